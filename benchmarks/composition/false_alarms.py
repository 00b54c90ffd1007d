"""Tracks of what is no face: pieces of walls, shoulders and hair, patterns, faces cut off."""

import cv2
import numpy as np
import pandas as pd

from benchmarks.composition.faces import Faces, Variation, record, wander
from benchmarks.composition.heads import CANVAS, MARGIN
from benchmarks.composition.layouts import EVERY_NTH_FRAME, FRAME_PX, face_sizes
from benchmarks.composition.recording import Camera, Light
from castmap.faces.alignment import CROP_PX, TEMPLATE
from castmap.formats.tables import BOX_COLUMNS
from castmap.tracks.boxes import paired_iou

_SHARE = 0.08  # of false alarms, by the number of tracks
_TRIES = 20


def add_false_alarms(
    tracks: pd.DataFrame,
    person: pd.Series,
    shots: pd.DataFrame,
    random: np.random.Generator,
) -> tuple[pd.DataFrame, pd.Series]:
    """Add tracks of nobody, apart from all faces, and number all tracks by first frame.

    Args:
        tracks: the TRACKS table without its column detection.
        person: of each track.
        shots: the SHOTS table.
        random: decides where they are.

    Returns:
        The same with more tracks; the person of a false alarm is missing.
    """
    pieces = [tracks]
    shown = tracks["shot"].to_numpy()
    for number in range(len(person), len(person) + round(_SHARE * len(person))):
        for _ in range(_TRIES):
            found = _placed(tracks, shots.loc[random.choice(shown)], random)
            if found is not None:
                pieces.append(found.assign(track=number, interpolated=False))
                break
    table = pd.concat(pieces, ignore_index=True)
    first = table.groupby("track")["frame"].min().sort_values(kind="stable").index
    table["track"] = table["track"].map({old: new for new, old in enumerate(first)})
    table = table.sort_values(["frame", "track"], kind="stable").reset_index(drop=True)
    return table, person.reindex(first).reset_index(drop=True)


def _placed(
    tracks: pd.DataFrame, shot: pd.Series, random: np.random.Generator
) -> pd.DataFrame | None:
    """Where one false alarm of a shot is; None if there it would lie on a face."""
    start, end = int(shot["start_frame"]), int(shot["end_frame"])
    frames = np.arange(-(-start // EVERY_NTH_FRAME) * EVERY_NTH_FRAME, end, EVERY_NTH_FRAME)
    length = int(np.clip(random.geometric(0.15) + 2, 3, 40))
    if len(frames) < length:
        return None
    first = int(random.integers(len(frames) - length + 1))
    frames = frames[first : first + length]
    beside = tracks[tracks["shot"] == shot["shot"]]
    size = float(np.median(face_sizes(beside))) * random.uniform(0.4, 1.1)
    x, y = (random.uniform(0, max(edge - size, 1)) for edge in FRAME_PX)
    steps = np.cumsum(random.normal(0, 0.01 * size, (length, 2)), axis=0)
    table = pd.DataFrame({"frame": frames, "shot": int(shot["shot"])})
    table["x1"], table["y1"] = x + steps[:, 0], y + steps[:, 1]
    table["x2"], table["y2"] = table["x1"] + size, table["y1"] + 1.2 * size
    met = table.merge(beside, on="frame", suffixes=("", "_face"))
    faces = met[[f"{name}_face" for name in BOX_COLUMNS]].to_numpy()
    overlap = paired_iou(met[list(BOX_COLUMNS)].to_numpy(), faces)
    return None if (overlap > 0).any() else table


def compose_false_alarm(
    photograph: np.ndarray,
    light: Light,
    sizes_px: np.ndarray,
    camera: Camera,
    variation: Variation,
    random: np.random.Generator,
) -> Faces:
    """What a false alarm shows, and landmarks that fit no face.

    Args:
        photograph: one of which a piece is shown, uint8 [112, 112, 3].
        light: what it is seen in.
        sizes_px: of its boxes, in pixels of the film.
        camera: of its shot.
        variation: the landmarks' error.
        random: decides all else.
    """
    n = len(sizes_px)
    piece = random.choice([_corner, _pattern, _cut_off])(photograph, random)
    drift = np.stack([wander(n, variation.steady_faces, random) for _ in range(2)], axis=1)
    shown = [_shifted(piece, *step) for step in drift]
    places = TEMPLATE + random.normal(0, random.uniform(4, 16), (5, 2))
    landmarks = places + random.normal(0, 0.03 * CROP_PX, (n, 5, 2))
    crops = record(shown, [light] * n, landmarks, sizes_px, [camera] * n, random)
    return Faces(crops, landmarks, np.zeros(n))


def _corner(photograph: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """A corner of the photograph, enlarged: wall, hair or shoulder."""
    side = int(random.integers(20, 34))
    x, y = (int(random.choice([0, CROP_PX - side])) for _ in range(2))
    return cv2.resize(photograph[y : y + side, x : x + side], (CANVAS, CANVAS))


def _pattern(photograph: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """Coarse and fine blotches of the photograph's colours."""
    colours = photograph.reshape(-1, 3)
    layers = [
        cv2.resize(
            colours[random.integers(len(colours), size=(side, side))].astype(np.float32),
            (CANVAS, CANVAS),
            interpolation=cv2.INTER_CUBIC,
        )
        for side in (4, 9, 20)
    ]
    return np.clip(np.average(layers, axis=0, weights=[3, 2, 1]), 0, 255).astype(np.uint8)


def _cut_off(photograph: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """The edge of a head: the crop beside the face."""
    left = int(random.choice([-1, 1])) * random.uniform(45, 60) + MARGIN
    matrix = np.array([[1.0, 0, left], [0, 1.0, MARGIN + random.uniform(-30, 30)]])
    return cv2.warpAffine(photograph, matrix, (CANVAS, CANVAS), borderMode=cv2.BORDER_REPLICATE)


def _shifted(piece: np.ndarray, x: float, y: float) -> np.ndarray:
    matrix = np.array([[1.0, 0, 2 * x], [0, 1.0, 2 * y]])
    return cv2.warpAffine(piece, matrix, (CANVAS, CANVAS), borderMode=cv2.BORDER_REPLICATE)
