"""Print how many true shot boundaries each detector finds, and at what cost, as Markdown tables.

Films with labels: the demo films, and in a folder of further footage friends_scene.mp4 and every
clip with a shots.csv beside it. sweden.mp4 there has no labels; its boundaries are only counted.
Every detector runs as the stage detect_shots runs it, with a threshold of 0.5 and shots of 0.2 s or
more. Frames/s and processor seconds include decoding.

The constants of the detector ``fused`` were chosen on the films of CHOOSING; the others report.
Where truth.json beside a clip says that the picture fades or flashes, a shot that begins there may
be found anywhere in it, and where none begins nothing is judged.
"""

import argparse
import json
import resource
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import NamedTuple

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
CHOOSING = ("casablanca", "golden", "office")
RIGHT = [
    *("Recall", "Recall, cuts", "Recall, gradual", "Precision"),
    *("Frames/s", "Processor s / 1000 frames"),
]
COLUMNS = {
    "Detector": "{detector}",
    "Film": "{film}",
    "Half": "{half}",
    "True": "{true}",
    "Found": "{found}",
    "Recall, cuts": "{cut_recall:.3f}",
    "Recall, gradual": "{gradual_recall:.3f}",
    "Precision": "{precision:.3f}",
    "Missed at": "{missed}",
    "False at": "{false}",
    "Frames/s": "{frames_per_s:.0f}",
    "Processor s / 1000 frames": "{processor_s:.1f}",
}
SUMS = {
    "Half": "{half}",
    "Detector": "{detector}",
    "True": "{true}",
    "Found": "{found}",
    "Recall": "{recall:.3f}",
    "Precision": "{precision:.3f}",
    "Frames/s": "{frames_per_s:.0f}",
    "Processor s / 1000 frames": "{processor_s:.1f}",
}


class Labels(NamedTuple):
    """What is known of a film.

    Attributes:
        shots: TRUE_SHOTS.
        unjudged: ranges of frames, first and last, in which no boundary is judged.
    """

    shots: pd.DataFrame
    unjudged: list[tuple[int, int]]


def demo_labels(file: Path, count: int) -> Labels:
    return Labels(read_csv(file, TRUE_SHOTS), [])


def friends_labels(file: Path, count: int) -> Labels:
    """Labels from ``[[part, first frame], ...]``: parts begin with a cut."""
    starts = [first for _, first in json.loads(file.read_text())]
    shots = pd.DataFrame(
        {
            "start_frame": starts,
            "end_frame": [*starts[1:], count],
            "boundary": ["film_start", *["cut"] * (len(starts) - 1)],
            "transition_start_frame": starts,
            "transition_end_frame": starts,
        }
    )
    return Labels(shots, [])


def clip_labels(file: Path, count: int) -> Labels:
    """The labels of a clip, with what its truth.json says of fades and flashes."""
    shots = read_csv(file, TRUE_SHOTS)
    truth = json.loads((file.parent / "truth.json").read_text())
    unjudged = []
    for first, last in [*truth.get("fades", []), *truth.get("flash", [])]:
        inside = shots["start_frame"].between(first, last) & (shots["boundary"] != "film_start")
        if inside.any():
            extent = ["boundary", "transition_start_frame", "transition_end_frame"]
            shots.loc[inside, extent] = "gradual", first, last + 1
        else:
            unjudged.append((first, last))
    return Labels(shots, unjudged)


def films(footage: Path) -> Iterator[tuple[Path, str, Callable[[int], Labels] | None]]:
    """Each film, what it serves for, and a function from its number of frames to its labels."""
    demo = ROOT / "resources" / "demo"
    for film in sorted((demo / "films").glob("[!.]*.mp4")):
        yield film, "check", partial(demo_labels, demo / "labels" / film.stem / "shots.csv")
    for file in sorted(footage.rglob("shots.csv")):
        film = file.with_name(f"{file.parent.name}.mp4")
        half = "choosing" if film.stem in CHOOSING else "reporting"
        yield film, half, partial(clip_labels, file)
    for name, half in (("friends_scene", "reporting"), ("sweden", "none")):
        found = next(footage.rglob(f"{name}.mp4"), None)
        if found is None:
            print(f"{name}.mp4 is absent in {footage}: left out\n")
            continue
        file = found.with_suffix(".shots.json")
        yield found, half, partial(friends_labels, file) if file.exists() else None


def measure(
    detector: Member, film: Path, half: str, labels: Callable[[int], Labels] | None
) -> dict:
    with open_film(film) as container:
        stream = choose_stream(container)
        picture, frames = probe(container, stream, decode_raw(container, stream.index))
    display = (picture["width"], picture["height"])
    weights = load_file(WEIGHTS) if detector.network else None
    started, used = time.perf_counter(), time.process_time()
    with open_film(film) as container:

        def decode(size: tuple[int, int]) -> Iterator[np.ndarray]:
            decoded = decode_frames(container, picture["video_stream"], display=display, size=size)
            return (frame for _, frame in decoded)

        footage = Footage(*display, decode, weights=weights)
        shots = find_shots(footage, frames, ShotSettings(detector.name, {}, 0.5, 0.2))
    row = {
        "detector": detector.name,
        "film": film.stem,
        "half": half,
        "frames": len(frames),
        "seconds": time.perf_counter() - started,
        "processor": time.process_time() - used,
    }
    if labels is None:
        return {**row, "found": len(shots) - 1}
    true, unjudged = labels(len(frames))
    for first, last in unjudged:
        shots = shots[~shots["start_frame"].between(first, last)]
    metrics = score_boundaries(shots, true)
    return {
        **row,
        **metrics,
        "true": f"{metrics['cuts']} + {metrics['gradual']}",
        "missed": ", ".join(map(str, metrics["missed_frames"])) or None,
        "false": ", ".join(map(str, metrics["false_frames"])) or None,
    }


def per_half(measured: pd.DataFrame) -> pd.DataFrame:
    """A row of SUMS for each half and detector: all boundaries of its films together."""
    labelled = measured[measured["half"] != "none"]
    counts = ["cuts", "gradual", "found", "matched", "frames", "seconds", "processor"]
    table = labelled.groupby(["half", "detector"], sort=False)[counts].sum().reset_index()
    table["true"] = (table["cuts"] + table["gradual"]).astype(int)
    table["recall"] = table["matched"] / table["true"]
    table["precision"] = table["matched"] / table["found"]
    return with_speed(table)


def with_speed(table: pd.DataFrame) -> pd.DataFrame:
    """The table with what a detector costs."""
    return table.assign(
        frames_per_s=table["frames"] / table["seconds"],
        processor_s=table["processor"] / table["frames"] * 1000,
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("footage", type=Path, help="folder of further footage; may be empty")
    parser.add_argument("--threads", type=int, default=1)
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    measured = pd.DataFrame(
        [
            measure(detector, film, half, labels)
            for film, half, labels in films(args.footage)
            for detector in SHOT_DETECTORS.members.values()
        ]
    )
    caption = f"Shot boundaries, {args.threads} thread(s); true ones are cuts + gradual"
    peak_gib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    note = f"Peak memory {peak_gib:.2f} GiB."
    films_table = print_cells(with_speed(measured), COLUMNS)
    print(to_markdown(films_table, caption, "", [name for name in COLUMNS if name in RIGHT]))
    halves = print_cells(per_half(measured), SUMS)
    caption = "All films of a half together"
    print(to_markdown(halves, caption, note, [name for name in SUMS if name in RIGHT]))


if __name__ == "__main__":
    main()
