"""Print how many true shot boundaries each detector finds, and how fast, as a Markdown table.

Films with labels: the demo films, and friends_scene.mp4 in a folder of further footage. sweden.mp4
there has no labels; its boundaries are only counted. Every detector runs as the stage detect_shots
runs it, with a threshold of 0.5 and shots of 0.2 s or more. Frames/s include decoding.
"""

import argparse
import json
import resource
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from safetensors.torch import load_file

from castmap.catalogues import SHOT_DETECTORS, Member
from castmap.evaluation.shots import score_boundaries
from castmap.files.results import read_csv
from castmap.formats.printing import print_cells, to_markdown
from castmap.formats.tables import TRUE_SHOTS
from castmap.shots.detection import ShotSettings, find_shots
from castmap.shots.footage import Footage
from castmap.video.decoding import decode_frames, decode_raw, open_film
from castmap.video.probing import choose_stream, probe

ROOT = Path(__file__).resolve().parents[1]
WEIGHTS = ROOT / "resources" / "weights" / "transnetv2.safetensors"
COLUMNS = {
    "Detector": "{detector}",
    "Film": "{film}",
    "True": "{true}",
    "Found": "{found}",
    "Recall, cuts": "{cut_recall:.3f}",
    "Recall, gradual": "{gradual_recall:.3f}",
    "Precision": "{precision:.3f}",
    "Missed at": "{missed}",
    "False at": "{false}",
    "Frames/s": "{frames_per_s:.0f}",
}


def friends_labels(file: Path, count: int) -> pd.DataFrame:
    """Labels from ``[[part, first frame], ...]``: parts begin with a cut."""
    starts = [first for _, first in json.loads(file.read_text())]
    return pd.DataFrame(
        {
            "start_frame": starts,
            "end_frame": [*starts[1:], count],
            "boundary": ["film_start", *["cut"] * (len(starts) - 1)],
            "transition_start_frame": starts,
            "transition_end_frame": starts,
        }
    )


def films(footage: Path) -> Iterator[tuple[Path, Callable[[int], pd.DataFrame] | None]]:
    """Each film with a function from its number of frames to its labels."""
    demo = ROOT / "resources" / "demo"
    for film in sorted((demo / "films").glob("[!.]*.mp4")):
        labels = demo / "labels" / film.stem / "shots.csv"
        yield film, lambda count, labels=labels: read_csv(labels, TRUE_SHOTS)
    for name in ("friends_scene", "sweden"):
        film = next(footage.rglob(f"{name}.mp4"), None)
        if film is None:
            print(f"{name}.mp4 is absent in {footage}: left out\n")
            continue
        labels = film.with_suffix(".shots.json")
        yield film, partial(friends_labels, labels) if labels.exists() else None


def measure(detector: Member, film: Path, labels: Callable[[int], pd.DataFrame] | None) -> dict:
    with open_film(film) as container:
        stream = choose_stream(container)
        picture, frames = probe(container, stream, decode_raw(container, stream.index))
    display = (picture["width"], picture["height"])
    weights = load_file(WEIGHTS) if detector.declared.get("weights") else None
    started = time.perf_counter()
    with open_film(film) as container:

        def decode(size: tuple[int, int]) -> Iterator[np.ndarray]:
            decoded = decode_frames(container, picture["video_stream"], display=display, size=size)
            return (frame for _, frame in decoded)

        footage = Footage(*display, decode, weights=weights)
        shots = find_shots(footage, frames, ShotSettings(detector.name, {}, 0.5, 0.2))
    seconds = time.perf_counter() - started
    row = {"detector": detector.name, "film": film.stem, "frames_per_s": len(frames) / seconds}
    if labels is None:
        unknown = dict.fromkeys(("true", "cut_recall", "gradual_recall", "precision"))
        return {**row, **unknown, "found": len(shots) - 1, "missed": None, "false": None}
    metrics = score_boundaries(shots, labels(len(frames)))
    return {
        **row,
        **metrics,
        "true": f"{metrics['cuts']} + {metrics['gradual']}",
        "missed": ", ".join(map(str, metrics["missed_frames"])) or None,
        "false": ", ".join(map(str, metrics["false_frames"])) or None,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("footage", type=Path, help="folder of further footage; may be empty")
    parser.add_argument("--threads", type=int, default=1)
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    rows = [
        measure(detector, film, labels)
        for film, labels in films(args.footage)
        for detector in SHOT_DETECTORS.members.values()
    ]
    right = ["Recall, cuts", "Recall, gradual", "Precision", "Frames/s"]
    cells = print_cells(pd.DataFrame(rows), COLUMNS)
    caption = f"Shot boundaries, {args.threads} thread(s); true ones are cuts + gradual"
    peak_gib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    print(to_markdown(cells, caption, f"Peak memory {peak_gib:.2f} GiB.", right))


if __name__ == "__main__":
    main()
