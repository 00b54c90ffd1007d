"""Compose films whose truth is known: people's crops laid on the tracks of real episodes.

Who appears when, where, how large and beside whom is a real episode's; each of its people is played
by a person of whom there are crops. A track shows a few photographs of its person, one after the
other, with a steady hand's jitter, made as poor as films make faces: the shot decides the exposure,
the colour, the noise and the strength of H.264, each look the turn of the head and the light on it,
the frame its motion blur, and the layout its size in pixels.

What is written for each film is what detect_faces and track_faces would have written, and its
labels. Any folder of archives (or folders) of aligned 112 x 112 crops will do, one per person.
"""

import argparse
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np
import pandas as pd

from castmap.faces.alignment import CROP_PX, TEMPLATE, blur
from castmap.files.hashing import sha256_file
from castmap.files.results import write_csv, write_table
from castmap.files.whole import replacing, write_json
from castmap.formats.face_archive import add_crop
from castmap.formats.kit_tracks import add_shots, read_shots, read_tracks
from castmap.formats.tables import (
    BOX_COLUMNS,
    DETECTIONS,
    FRAMES,
    LANDMARK_COLUMNS,
    SHOTS,
    TRACKS,
    TRUE_FACES,
    TRUE_SHOTS,
)
from castmap.stages.provenance import provenance

EVERY_NTH_FRAME = 3
_FRAME_S = 0.04
_FRAME_PX = (1024, 576)  # of the layouts
WIDE_SHOT_FACE_PX = 40.0  # the median, where all is filmed from afar
_FACE_PX = (25.0, float(CROP_PX))
_MIN_FACES = 3
_FACES_PER_LOOK = 8
_MOST_LOOKS = 6


@dataclass(frozen=True)
class Layout:
    """Who is where in an episode: tracks, each track's name, and shots."""

    tracks: pd.DataFrame
    names: pd.Series
    shots: pd.DataFrame


@dataclass(frozen=True)
class Grade:
    """What a shot does to its faces."""

    gamma: float
    gain: float
    colour: np.ndarray
    noise: float
    rate_factor: int
    motion_px: float


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


def read_layout(mat: Path) -> Layout:
    """The layout of an episode; its shots are in the .videvents file beside it."""
    with mat.open("rb") as file:
        tracks, names = read_tracks(file)
    events = mat.with_name(mat.name.removesuffix(".facetracks.mat") + ".videvents")
    n_frames = int(tracks["frame"].max()) + 1
    shots = read_shots(events.read_text(), n_frames)
    return Layout(add_shots(tracks, shots), names, shots)


def cast_layout(
    layout: Layout,
    people: Sequence[str],
    max_tracks: int,
    median_face_px: float | None,
    random: np.random.Generator,
) -> tuple[pd.DataFrame, pd.Series]:
    """Give the roles with the most tracks to people, and keep a stretch of the episode.

    Returns:
        The TRACKS table of the examined frames, tracks renumbered, boxes shrunk to the
        wanted median; and the person of each track.
    """
    roles = layout.names.value_counts().index[: len(people)]
    actor = dict(zip(roles, random.permutation(list(people)), strict=False))
    tracks = layout.tracks[layout.tracks["frame"] % EVERY_NTH_FRAME == 0]
    tracks = tracks[tracks["track"].map(layout.names).isin(roles)]
    tracks = tracks[tracks.groupby("track")["frame"].transform("size") >= _MIN_FACES]
    numbers = tracks.groupby("track")["frame"].min().sort_values(kind="stable").index
    start = int(random.integers(max(len(numbers) - max_tracks, 0) + 1))
    kept = numbers[start : start + max_tracks]
    tracks = tracks[tracks["track"].isin(kept)].copy()
    person = layout.names.loc[kept].map(actor).reset_index(drop=True)
    tracks["track"] = tracks["track"].map({old: new for new, old in enumerate(kept)})
    tracks = tracks.sort_values(["frame", "track"], kind="stable").reset_index(drop=True)
    tracks["detection"] = np.arange(len(tracks))
    boxes = list(BOX_COLUMNS)
    if median_face_px is not None:
        tracks[boxes] *= median_face_px / float(np.median(face_sizes(tracks)))
    return tracks, person


def face_sizes(tracks: pd.DataFrame) -> np.ndarray:
    """The size of each face, px: the geometric mean of its box's width and height."""
    widths, heights = tracks["x2"] - tracks["x1"], tracks["y2"] - tracks["y1"]
    return np.sqrt(np.maximum(widths * heights, 1)).to_numpy(float)


def draw_grade(random: np.random.Generator) -> Grade:
    """The light and the recording of one shot."""
    return Grade(
        gamma=float(random.uniform(0.8, 1.8)),
        gain=float(random.uniform(0.45, 1.1)),
        colour=random.uniform(0.8, 1.2, 3),
        noise=float(random.uniform(0, 9)),
        rate_factor=int(random.integers(22, 35)),
        motion_px=float(random.choice([0, 3, 8], p=[0.4, 0.35, 0.25])),
    )


def compose_track(
    photographs: Sequence[np.ndarray],
    sizes_px: np.ndarray,
    grade: Grade,
    random: np.random.Generator,
) -> list[np.ndarray]:
    """The crops of one track, uint8 [112, 112, 3] each, as castmap would have cut them out."""
    n_faces = len(sizes_px)
    n_looks = int(np.clip(n_faces // _FACES_PER_LOOK, 1, _MOST_LOOKS))
    looks = random.choice(len(photographs), size=min(n_looks, len(photographs)), replace=False)
    look_of = np.sort(random.integers(len(looks), size=n_faces))
    turns = np.stack([random.uniform(0.72, 1.0, len(looks)), random.uniform(0, 0.7, len(looks))])
    light = random.uniform(0.7, 1.3, len(looks))
    side = int(np.clip(np.median(sizes_px), *_FACE_PX)) // 2 * 2
    drift = np.cumsum(random.normal(0, 0.5, (n_faces, 3)), axis=0)
    drift -= drift.mean(axis=0)
    small = []
    for look, (angle, x, y) in zip(look_of, np.clip(drift, -6, 6), strict=True):
        face = _turned(photographs[looks[look]], *turns[:, look])
        face = _moved(face, angle, x, y)
        face = cv2.resize(face, (side, side), interpolation=cv2.INTER_AREA)
        face = _blurred(face, grade.motion_px * side / CROP_PX, random)
        small.append(_graded(face, light[look], grade, random))
    return [
        cv2.resize(face, (CROP_PX, CROP_PX), interpolation=cv2.INTER_LINEAR)
        for face in _encoded(small, grade.rate_factor)
    ]


def _turned(face: np.ndarray, squeeze: float, fade: float) -> np.ndarray:
    """A head turned aside: narrower, and the far half in shade."""
    matrix = np.array([[squeeze, 0, CROP_PX * (1 - squeeze) / 2], [0, 1, 0]])
    narrow = cv2.warpAffine(face, matrix, (CROP_PX, CROP_PX), borderMode=cv2.BORDER_REPLICATE)
    shade = 1 - fade * np.linspace(0, 1, CROP_PX) ** 2
    return (narrow * shade[None, :, None]).astype(np.uint8)


def _moved(face: np.ndarray, angle: float, x: float, y: float) -> np.ndarray:
    matrix = cv2.getRotationMatrix2D((CROP_PX / 2, CROP_PX / 2), angle, 1 + y / 100)
    matrix[:, 2] += (x / 2, y / 2)
    return cv2.warpAffine(face, matrix, (CROP_PX, CROP_PX), borderMode=cv2.BORDER_REPLICATE)


def _blurred(face: np.ndarray, length_px: float, random: np.random.Generator) -> np.ndarray:
    length = int(length_px * random.uniform(0, 2))
    if length < 2:
        return face
    kernel = np.zeros((length, length), np.float32)
    kernel[length // 2] = 1 / length
    turn = cv2.getRotationMatrix2D(((length - 1) / 2,) * 2, random.uniform(0, 180), 1)
    kernel = cv2.warpAffine(kernel, turn, (length, length))
    return cv2.filter2D(face, -1, kernel / max(kernel.sum(), 1e-6))


def _graded(
    face: np.ndarray, light: float, grade: Grade, random: np.random.Generator
) -> np.ndarray:
    shown = light * grade.gain * grade.colour * (face / 255.0) ** grade.gamma * 255
    return np.clip(shown + random.normal(0, grade.noise, face.shape), 0, 255).astype(np.uint8)


def _encoded(faces: Sequence[np.ndarray], rate_factor: int) -> list[np.ndarray]:
    """Through H.264 and back."""
    side = faces[0].shape[0]
    encoder = av.CodecContext.create("libx264", "w")
    encoder.width = encoder.height = side
    encoder.pix_fmt, encoder.time_base = "yuv420p", Fraction(1, 25)
    # x264 reads past the edge of pictures this small where it uses vector instructions: the same
    # pictures give other bytes each time.
    x264 = {"threads": "1", "x264-params": "asm=0"}
    encoder.options = {"crf": str(rate_factor), "preset": "veryfast", **x264}
    frames = (av.VideoFrame.from_ndarray(np.ascontiguousarray(f), "rgb24") for f in faces)
    packets = []
    for place, frame in enumerate(frames):
        frame.pts = place
        packets += encoder.encode(frame.reformat(format="yuv420p"))
    packets += encoder.encode(None)
    decoder = av.CodecContext.create("h264", "r")
    decoder.thread_count = 1
    shown = [f for packet in packets for f in decoder.decode(packet)] + decoder.decode(None)
    return [frame.to_ndarray(format="rgb24") for frame in shown]


def compose_film(
    folder: Path,
    labels: Path,
    layout: Layout,
    people: dict[str, list[np.ndarray]],
    *,
    max_tracks: int,
    median_face_px: float | None,
    seed: int,
) -> None:
    """Write one film's files and its labels.

    Args:
        folder: results/{movie}; its name is the film's.
        labels: the folder of shots.csv and faces.csv.
        layout: an episode.
        people: the crops of each person of the cast.
        max_tracks: how long a stretch of the episode.
        median_face_px: how large faces are; None: as large as in the episode.
        seed: decides the cast, the stretch, the photographs and the grades.
    """
    random = np.random.default_rng(seed)
    tracks, person = cast_layout(layout, list(people), max_tracks, median_face_px, random)
    grades = {shot: draw_grade(random) for shot in sorted(tracks["shot"].unique())}
    sizes = face_sizes(tracks)
    crops: dict[int, np.ndarray] = {}
    for track, faces in tracks.groupby("track"):
        rows = faces.index.to_numpy()
        grade = grades[faces["shot"].iloc[0]]
        shown = compose_track(people[person[track]], sizes[rows], grade, random)
        crops |= dict(zip(faces["detection"], shown, strict=True))
    last = int(layout.shots["end_frame"].iloc[-1])
    record = provenance("compose", seed=seed)
    frames = pd.DataFrame({"frame": np.arange(last)})
    frames["time_s"] = frames["frame"] * _FRAME_S
    tracks["time_s"] = tracks["frame"] * _FRAME_S
    frames = frames.assign(duration_s=_FRAME_S, time_source="pts")
    with (
        replacing(folder / "faces.zip") as partial,
        zipfile.ZipFile(partial, "w", zipfile.ZIP_STORED) as archive,
    ):
        for detection in sorted(crops):
            add_crop(archive, detection, crops[detection])
    write_table(folder / "frames.parquet", FRAMES, frames, record)
    write_table(folder / "shots.parquet", SHOTS, layout.shots, record)
    write_table(folder / "detections.parquet", DETECTIONS, _detections(tracks, crops), record)
    write_table(folder / "tracks.parquet", TRACKS, tracks, record)
    write_json(folder / "movie.json", _movie_info(folder, last))
    write_csv(labels / "faces.csv", TRUE_FACES, _true_faces(tracks, person))
    write_csv(labels / "shots.csv", TRUE_SHOTS, layout.shots[TRUE_SHOTS.columns])


def _detections(tracks: pd.DataFrame, crops: dict[int, np.ndarray]) -> pd.DataFrame:
    table = tracks[["detection", "frame", "time_s", *BOX_COLUMNS]].copy()
    boxes = table[list(BOX_COLUMNS)].to_numpy(float)
    sides = boxes[:, 2:] - boxes[:, :2]
    landmarks = boxes[:, None, :2] + TEMPLATE / CROP_PX * sides[:, None]
    table["score"] = 0.9
    table[list(LANDMARK_COLUMNS)] = landmarks.reshape(len(table), -1)
    table["size_px"] = face_sizes(tracks)
    table["blur"] = [blur(crops[detection]) for detection in table["detection"]]
    table["yaw"] = 0.0
    return table


def _true_faces(tracks: pd.DataFrame, person: pd.Series) -> pd.DataFrame:
    table = tracks[list(BOX_COLUMNS)].copy()
    table["person"] = tracks["track"].map(person)
    table["start_frame"] = tracks["frame"]
    table["end_frame"] = tracks["frame"] + 1
    return table.drop_duplicates(["person", "start_frame"])


def _movie_info(folder: Path, n_frames: int) -> dict:
    return {
        "movie": folder.name,
        "title": folder.name,
        "sha256": sha256_file(folder / "faces.zip"),
        "year": None,
        "status": "ok",
        "reason": None,
        "width": _FRAME_PX[0],
        "height": _FRAME_PX[1],
        "stored_width": _FRAME_PX[0],
        "stored_height": _FRAME_PX[1],
        "n_frames": n_frames,
        "duration_s": n_frames * _FRAME_S,
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
