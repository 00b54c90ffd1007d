"""Compose films whose truth is known: people's photographs laid on the tracks of real episodes.

Who appears when, where, how large and beside whom is a real episode's; each of its people is played
by a person of whom there are photographs. The film falls into scenes (composition/scenes.py). In a
scene a person keeps one look: one photograph in one light. Inside a track the head turns, tilts,
comes nearer and speaks as far as one photograph allows (heads.py), and the light moves with it; the
shot decides the noise, the focus, the motion and the strength of H.264 (recording.py). Landmarks
are misplaced as a detector misplaces them, and crops are aligned by these; some faces are in
profile or half hidden (faces.py), and some tracks show no face at all (false_alarms.py). How much
of each is what composition_check.py compares with real films.

What is written for each film is what detect_faces and track_faces would have written, and its
labels. Any folder of archives (or folders) of aligned 112 x 112 crops will do, one per person.
"""

import argparse
import zipfile
from pathlib import Path

import cv2
import numpy as np
import pandas as pd
import yaml

from benchmarks.composition.faces import Faces, Variation, compose_track, in_film
from benchmarks.composition.false_alarms import add_false_alarms, compose_false_alarm
from benchmarks.composition.layouts import (
    EVERY_NTH_FRAME,
    FRAME_PX,
    FRAME_S,
    Layout,
    cast_layout,
    face_sizes,
    read_layout,
)
from benchmarks.composition.looks import Look, draw_looks
from benchmarks.composition.recording import draw_camera, draw_light
from castmap.faces.alignment import CROP_PX, blur, yaw
from castmap.files.hashing import sha256_file
from castmap.files.results import write_csv, write_table
from castmap.files.whole import replacing, write_json
from castmap.formats.face_archive import add_crop
from castmap.formats.tables import (
    BOX_COLUMNS,
    DETECTIONS,
    EXAMINED,
    FRAMES,
    LANDMARK_COLUMNS,
    SHOTS,
    TRACKS,
    TRUE_FACES,
    TRUE_SHOTS,
)
from castmap.stages.provenance import provenance

WIDE_SHOT_FACE_PX = 40.0  # the median, where all is filmed from afar
LIKE_FILMS = Variation()
_CONFIG = Path(__file__).resolve().parents[1] / "config.yaml"


def read_people(folder: Path) -> dict[str, list[np.ndarray]]:
    """The crops of each person, RGB: one archive or folder of pictures per person."""
    people = {}
    for entry in sorted(folder.iterdir()):
        if entry.suffix == ".zip":
            with zipfile.ZipFile(entry) as archive:
                files = [archive.read(name) for name in sorted(archive.namelist())]
        elif entry.is_dir():
            files = [path.read_bytes() for path in sorted(entry.iterdir())]
        else:
            continue
        pictures = [cv2.imdecode(np.frombuffer(file, np.uint8), cv2.IMREAD_COLOR) for file in files]
        people[entry.stem] = [
            cv2.cvtColor(cv2.resize(picture, (CROP_PX, CROP_PX)), cv2.COLOR_BGR2RGB)
            for picture in pictures
            if picture is not None
        ]
    return people


def compose_film(
    folder: Path,
    labels: Path,
    layout: Layout,
    people: dict[str, list[np.ndarray]],
    *,
    max_tracks: int,
    median_face_px: float | None,
    seed: int,
    variation: Variation = LIKE_FILMS,
) -> None:
    """Write one film's files and its labels.

    Args:
        folder: results/{movie}; its name is the film's.
        labels: the folder of shots.csv and faces.csv.
        layout: an episode.
        people: the crops of each person of the cast.
        max_tracks: how long a stretch of the episode.
        median_face_px: how large faces are; None: as large as in the episode.
        seed: decides the cast, the stretch, the photographs, the light and the poses.
        variation: how much the faces of a track differ.
    """
    random = np.random.default_rng(seed)
    tracks, person = cast_layout(layout, list(people), max_tracks, median_face_px, random)
    looks = draw_looks(tracks, person, people, random)
    tracks, person = add_false_alarms(tracks, person, layout.shots, random)
    tracks["detection"] = np.arange(len(tracks))
    faces = compose_faces(tracks, person, looks, people, variation, random)
    last = int(layout.shots["end_frame"].iloc[-1])
    record = provenance("compose", seed=seed)
    frames = pd.DataFrame({"frame": np.arange(last)})
    frames["time_s"] = frames["frame"] * FRAME_S
    tracks["time_s"] = tracks["frame"] * FRAME_S
    frames = frames.assign(duration_s=FRAME_S, time_source="pts")
    with (
        replacing(folder / "faces.zip") as partial,
        zipfile.ZipFile(partial, "w", zipfile.ZIP_STORED) as archive,
    ):
        for detection, crop in enumerate(faces.crops):
            add_crop(archive, detection, crop)
    write_table(folder / "frames.parquet", FRAMES, frames, record)
    examined = frames.loc[frames["frame"] % EVERY_NTH_FRAME == 0, ["frame"]]
    write_table(folder / "examined.parquet", EXAMINED, examined, record)
    write_table(folder / "shots.parquet", SHOTS, layout.shots, record)
    detections = _detections(tracks, faces, random)
    write_table(folder / "detections.parquet", DETECTIONS, detections, record)
    write_table(folder / "tracks.parquet", TRACKS, tracks, record)
    write_json(folder / "movie.json", _movie_info(folder, last))
    write_csv(labels / "faces.csv", TRUE_FACES, _true_faces(tracks, person))
    write_csv(labels / "shots.csv", TRUE_SHOTS, layout.shots[TRUE_SHOTS.columns])


def compose_faces(
    tracks: pd.DataFrame,
    person: pd.Series,
    looks: dict[tuple[int, str], Look],
    people: dict[str, list[np.ndarray]],
    variation: Variation,
    random: np.random.Generator,
) -> Faces:
    """The faces of all tracks, in order of detection.

    Args:
        tracks: the TRACKS table; row i is detection i.
        person: of each track, missing where it shows nobody.
        looks: of each person in each shot.
        people: the crops of each person: what false alarms are cut from.
        variation: how much the faces of a track differ.
        random: decides the rest.
    """
    photographs = [crop for crops in people.values() for crop in crops]
    cameras = {shot: draw_camera(random) for shot in sorted(tracks["shot"].unique())}
    sizes = face_sizes(tracks)
    crops = [np.zeros(0)] * len(tracks)
    landmarks, clear = np.zeros((len(tracks), 5, 2)), np.zeros(len(tracks))
    for track, faces in tracks.groupby("track"):
        rows, shot = faces.index.to_numpy(), int(faces["shot"].iloc[0])
        other = photographs[random.integers(len(photographs))]
        shared = (sizes[rows], cameras[shot])
        if pd.isna(person[track]):
            found = compose_false_alarm(other, draw_light(random), *shared, variation, random)
        else:
            look = looks[shot, person[track]]
            cover = cv2.resize(other[:24, :24], (CROP_PX, CROP_PX))
            found = compose_track(look, *shared, cover, variation, random)
        for row, crop in zip(rows, found.crops, strict=True):
            crops[row] = crop
        landmarks[rows], clear[rows] = found.landmarks, found.clear
    return Faces(crops, landmarks, clear)


def _detections(tracks: pd.DataFrame, faces: Faces, random: np.random.Generator) -> pd.DataFrame:
    table = tracks[["detection", "frame", "time_s", *BOX_COLUMNS]].copy()
    landmarks = in_film(faces.landmarks, table[list(BOX_COLUMNS)].to_numpy(float))
    table["score"] = _scores(tracks["track"], faces.clear, random)
    table[list(LANDMARK_COLUMNS)] = landmarks.reshape(len(table), -1)
    table["size_px"] = face_sizes(tracks)
    table["blur"] = [blur(crop) for crop in faces.crops]
    table["yaw"] = [yaw(points) for points in landmarks]
    return table


def _scores(track: pd.Series, clear: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """A detector's scores: lower the less of a face there is to see.

    Tracking has dropped the tracks whose best face scores less than its limit.
    """
    config = yaml.safe_load(_CONFIG.read_text(encoding="utf-8"))
    least, best_of_track = config["faces"]["min_score"], config["tracks"]["min_best_score"]
    own = dict(zip(track.unique(), random.normal(0, 0.05, track.nunique()), strict=True))
    scores = 0.6 + 0.24 * clear + track.map(own) + random.normal(0, 0.03, len(track))
    best = scores.groupby(track).transform("max")
    return (scores + np.maximum(best_of_track - best, 0)).clip(least, 0.95).to_numpy(float)


def _true_faces(tracks: pd.DataFrame, person: pd.Series) -> pd.DataFrame:
    table = tracks[list(BOX_COLUMNS)].copy()
    table["person"] = tracks["track"].map(person)
    table["start_frame"] = tracks["frame"]
    table["end_frame"] = tracks["frame"] + 1
    return table.dropna(subset="person").drop_duplicates(["person", "start_frame"])


def _movie_info(folder: Path, n_frames: int) -> dict:
    return {
        "movie": folder.name,
        "title": folder.name,
        "sha256": sha256_file(folder / "faces.zip"),
        "year": None,
        "status": "ok",
        "reason": None,
        "width": FRAME_PX[0],
        "height": FRAME_PX[1],
        "stored_width": FRAME_PX[0],
        "stored_height": FRAME_PX[1],
        "n_frames": n_frames,
        "duration_s": n_frames * FRAME_S,
    }


def main() -> None:
    """Compose one film."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--layout", type=Path, required=True, help="a .facetracks.mat file")
    parser.add_argument("--people", type=Path, required=True, help="archives of people's crops")
    parser.add_argument("--cast", nargs="*", help="names of archives; default: all")
    parser.add_argument("--max-tracks", type=int, default=200)
    parser.add_argument("--median-face-px", type=float, help="default: as large as in the episode")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out-folder", type=Path, required=True, help="results/MOVIE")
    parser.add_argument("--out-labels", type=Path, required=True)
    args = parser.parse_args()
    people = read_people(args.people)
    cast = {name: people[name] for name in args.cast or people}
    compose_film(
        args.out_folder,
        args.out_labels,
        read_layout(args.layout),
        cast,
        max_tracks=args.max_tracks,
        median_face_px=args.median_face_px,
        seed=args.seed,
    )


if __name__ == "__main__":
    main()
