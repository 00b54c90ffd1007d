"""What each stage after detection costs by the length of a film: processor seconds and peak memory.

The films are made up. Every four seconds there is a cut; in each shot one to three of 25 people are
seen, or 60 of 80 (`--crowd` minutes of film), and move a little; of each face there are two
embeddings. Their video is grey, their crops are one picture. Each stage runs on the files as it
does in a workflow, in a process of its own; two thirds of a second to two seconds are its start.

    python -m benchmarks.film_scale
"""

import argparse
import os
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Sequence
from pathlib import Path

import av
import numpy as np
import pandas as pd
import yaml

from castmap.exports.files import exported_files
from castmap.faces.alignment import TEMPLATE
from castmap.files.results import write_table
from castmap.files.whole import write_json
from castmap.formats.embeddings import write_embeddings
from castmap.formats.face_archive import add_jpeg, encode_crop
from castmap.formats.tables import DETECTIONS, EXAMINED, FRAMES, LANDMARK_COLUMNS, SHOTS
from castmap.tracks.examined import every_nth
from castmap.video.inspection import inspect_film

ROOT = Path(__file__).resolve().parents[1]
_RATE, _EVERY_NTH, _SHOT_FRAMES = 25, 3, 100
_WIDTH, _HEIGHT, _FACE_PX = 1280, 720, 70
_MODELS, _DIMENSIONS = ("sface", "adapted"), 128
_TABLES = ("frames", "examined", "shots", "detections")
_MINED = ("tracklets", "cooccurrence", "must_links", "hard_examples")


def make_film(folder: Path, minutes: float, in_shot: tuple[int, int], n_people: int) -> int:
    """Write what the stages read of a film; the number of its faces.

    Args:
        folder: where to.
        minutes: its length.
        in_shot: how many people are seen in a shot, at least and at most.
        n_people: in the film.
    """
    random = np.random.default_rng(0)
    n_frames = round(60 * minutes * _RATE)
    _write_video(folder / "film.mp4", n_frames)
    film = inspect_film(folder / "film.mp4", "made_up")
    shots = _shots(n_frames)
    examined = every_nth(_EVERY_NTH, n_frames)
    detections, who = _detections(examined["frame"].to_numpy(), in_shot, n_people, random)
    tables = {"frames": (FRAMES, film.frames), "examined": (EXAMINED, examined)}
    tables |= {"shots": (SHOTS, shots), "detections": (DETECTIONS, detections)}
    for name, (schema, table) in tables.items():
        write_table(folder / f"{name}.parquet", schema, table, {})
    for model in _MODELS:
        write_embeddings(folder / f"embeddings.{model}.safetensors", _embed(who, random), {})
    with zipfile.ZipFile(folder / "faces.zip", "w") as archive:
        crop = encode_crop(random.integers(0, 256, (112, 112, 3), np.uint8))
        for detection in detections["detection"].tolist():
            add_jpeg(archive, detection, crop)
    names = {"movie": "made_up", "file": "film.mp4", "title": "Made up", "year": None}
    size = {"width": _WIDTH, "height": _HEIGHT, "stored_width": _WIDTH, "stored_height": _HEIGHT}
    write_json(folder / "movie.json", names | film.facts | size)
    choice = {"model": _MODELS[0], "reason": "made up", "models": [{"model": _MODELS[0]}]}
    write_json(folder / "choice.json", choice)
    return len(detections)


def _shots(n_frames: int) -> pd.DataFrame:
    starts = np.arange(0, n_frames, _SHOT_FRAMES)
    ends = np.append(starts[1:], n_frames)
    columns = {
        "shot": np.arange(len(starts)),
        "start_frame": starts,
        "end_frame": ends,
        "start_s": starts / _RATE,
        "end_s": ends / _RATE,
        "boundary": np.where(starts == 0, "film_start", "cut"),
        "transition_start_frame": starts,
        "transition_end_frame": starts,
        "score": 1.0,
    }
    return pd.DataFrame(columns)


def _detections(
    examined: np.ndarray, in_shot: tuple[int, int], n_people: int, random: np.random.Generator
) -> tuple[pd.DataFrame, np.ndarray]:
    """The DETECTIONS table, and who each face is, int [n]."""
    columns, rows = _WIDTH // (2 * _FACE_PX) + 1, _HEIGHT // (2 * _FACE_PX) + 1
    pieces = []
    for shot in np.unique(examined // _SHOT_FRAMES):
        seen = random.choice(n_people, random.integers(in_shot[0], in_shot[1] + 1), replace=False)
        places = random.choice(columns * rows, len(seen), replace=False)
        numbers = examined[examined // _SHOT_FRAMES == shot]
        drift = np.cumsum(random.normal(0, 1, (len(numbers), len(seen), 2)), axis=0)
        corner = np.stack([places % columns, places // columns], axis=1) * 1.6 * _FACE_PX + drift
        piece = pd.DataFrame({"frame": np.repeat(numbers, len(seen))})
        piece["who"] = np.tile(seen, len(numbers))
        piece[["x1", "y1"]] = corner.reshape(-1, 2)
        pieces.append(piece)
    table = pd.concat(pieces, ignore_index=True)
    table = table.assign(detection=np.arange(len(table)), time_s=table["frame"] / _RATE)
    table = table.assign(x2=table["x1"] + _FACE_PX, y2=table["y1"] + _FACE_PX, size_px=_FACE_PX)
    table["score"] = random.uniform(0.7, 0.95, len(table))
    table = table.assign(blur=200.0, yaw=0.0)
    table[list(LANDMARK_COLUMNS)] = TEMPLATE.ravel()
    return table[list(DETECTIONS.columns)].astype({"size_px": float}), table["who"].to_numpy()


def _embed(who: np.ndarray, random: np.random.Generator) -> np.ndarray:
    people = random.normal(size=(who.max() + 1, _DIMENSIONS))
    faces = people[who] + 0.8 * random.normal(size=(len(who), _DIMENSIONS))
    return (faces / np.linalg.norm(faces, axis=1, keepdims=True)).astype(np.float32)


def _write_video(path: Path, n_frames: int) -> None:
    with av.open(str(path), "w") as container:
        options = {"preset": "ultrafast"}
        stream = container.add_stream("libx264", rate=_RATE, width=64, height=36, options=options)
        stream.pix_fmt = "yuv420p"
        picture = av.VideoFrame.from_ndarray(np.full((54, 64), 128, np.uint8), format="yuv420p")
        for number in range(n_frames):
            picture.pts = number
            container.mux(stream.encode(picture))
        container.mux(stream.encode())


def stages(folder: Path) -> dict[str, list[str]]:
    """The arguments of each stage, in the order in which they run."""
    config = yaml.safe_load((ROOT / "config.yaml").read_text(encoding="utf-8"))
    files = {path.name.split(".")[0]: str(path) for path in folder.iterdir()}
    tables = ("tracks", *_MINED, "corrected", "corrected_tracks", "corrected_shots")
    tables += ("characters", "names", "evidence", "review")
    files |= {name: f"{folder}/{name}.parquet" for name in tables}
    files |= {name: f"{folder}/{name}.json" for name in ("journal", "known")}
    files |= {"clusters": f"{folder}/clusters.{_MODELS[0]}.parquet"}
    files |= {"calibration": f"{folder}/clusters.{_MODELS[0]}.json"}
    files |= {"embeddings": f"{folder}/embeddings.{_MODELS[0]}.safetensors"}

    def given(*names: str) -> list[str]:
        return [f"--{name.replace('_', '-')}={files[name]}" for name in names]

    def made(*names: str) -> list[str]:
        return [argument.replace("--", "--out-", 1) for argument in given(*names)]

    def by_model(option: str, pattern: str) -> list[str]:
        return [f"--{option}", *[f"{folder}/{pattern.format(model)}" for model in _MODELS]]

    def settings(**values: object) -> list[str]:
        return [f"--{name.replace('_', '-')}={value}" for name, value in values.items()]

    embeddings = by_model("embeddings", "embeddings.{}.safetensors")
    film, seed = settings(film=folder / "film.mp4", show_faces="shown"), settings(seed=1)
    exports = [f"{folder}/exports/{name}" for name in exported_files()]
    prior = settings(prior_distance=config["clustering"]["prior_distance"])
    pretrained = settings(calibration_model=_MODELS[0])
    return {
        "track_faces": given(*_TABLES, "embeddings")
        + settings(**config["tracks"])
        + made("tracks"),
        "mine_tracklets": given("detections", "tracks", "embeddings")
        + settings(**config["mining"])
        + seed
        + made(*_MINED)
        + settings(out_impossible_negatives=folder / "impossible_negatives.csv")
        + settings(out_summary=folder / "mining.json"),
        "cluster_characters": given(*_TABLES, "tracks", "tracklets", "must_links")
        + embeddings
        + pretrained
        + settings(algorithm="castmap", parameters="{}")
        + prior
        + seed
        + by_model("out-clusters", "clusters.{}.parquet")
        + by_model("out-calibrations", "clusters.{}.json"),
        "correct_characters": given(*_TABLES, "movie", "tracks", "clusters", "calibration")
        + given("choice")
        + embeddings
        + pretrained
        + made("corrected", "corrected_tracks", "corrected_shots", "journal"),
        "name_characters": [
            *given("tracks", "detections", "corrected", "embeddings", "journal"),
            *("--remembered", f"--expected-error={config['people']['expected_error']}"),
            *made("characters", "names", "evidence", "known"),
        ],
        "order_review": given("detections", "tracks", "cooccurrence", "characters", "journal")
        + given("names", "calibration", "choice")
        + embeddings
        + pretrained
        + made("review"),
        "export_movie": given(*_TABLES, "movie", "faces", "tracks", "characters")
        + film
        + ["--out-exports", *exports],
        "draw_key_frames": given("movie", "shots")
        + settings(film=folder / "film.mp4", out_pictures=folder / "key_frames.zip"),
        "report_movie": given(*_TABLES, "movie", "faces", "tracks", "characters", "calibration")
        + given("choice", "journal", "review", "names", "evidence", "known", "embeddings")
        + settings(found_shots=files["shots"])
        + film
        + settings(key_frames=folder / "key_frames.zip", out_page=folder / "page.html"),
    }


def run_stage(name: str, arguments: Sequence[str]) -> tuple[float, float]:
    """Processor seconds, and peak memory in MiB, of a stage in a process of its own."""
    command = [sys.executable, str(ROOT / "workflow_scripts" / f"{name}.py"), *arguments]
    environment = {**os.environ, "PYTHONHASHSEED": "0", "OMP_NUM_THREADS": "1"}
    with tempfile.TemporaryFile() as said:
        process = subprocess.Popen(command, env=environment, stdout=said, stderr=said)
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            said.seek(0)
            raise RuntimeError(f"{name} failed: {said.read().decode()[-2000:]}")
    return usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


def main() -> None:
    """Print a line per stage, a pair of columns per film."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--minutes", type=float, nargs="*", default=[1, 10, 120, 180])
    parser.add_argument("--crowd", type=float, nargs="*", default=[1, 10], help="minutes")
    args = parser.parse_args()
    print("| film | faces | tracks | stage | of the processor in s | peak MiB |")
    print("|---|---:|---:|---|---:|---:|")
    films = [(minutes, (1, 3), 25, "") for minutes in args.minutes]
    films += [(minutes, (60, 60), 80, ", 60 faces a frame") for minutes in args.crowd]
    for minutes, in_shot, n_people, kind in films:
        with tempfile.TemporaryDirectory() as place:
            folder = Path(place)
            n_faces = make_film(folder, minutes, in_shot, n_people)
            for name, arguments in stages(folder).items():
                seconds, peak = run_stage(name, arguments)
                n_tracks = pd.read_parquet(folder / "tracks.parquet", columns=["track"])
                print(
                    f"| {minutes:g} min{kind} | {n_faces:,} | {n_tracks['track'].nunique():,} "
                    f"| {name} | {seconds:.1f} | {peak:,.0f} |",
                    flush=True,
                )


if __name__ == "__main__":
    main()
