"""Which track a correction speaks of: the one whose face is there at that time."""

from collections.abc import Iterable, Sequence

import numpy as np
import pandas as pd

from castmap.corrections.replay import Placed
from castmap.formats.corrections import Correction, Face
from castmap.formats.tables import BOX_COLUMNS
from castmap.tracks.boxes import pairwise_iou

MIN_IOU = 0.3  # boxes of one face by different detectors overlap more
MAX_GAP_S = 0.5  # a track may begin later, or end sooner, than it did


def place_corrections(
    corrections: Sequence[Correction],
    numbers: pd.Series,
    tracks: pd.DataFrame,
    width: int,
    height: int,
) -> list[Placed]:
    """Corrections with the rows of the tracks that they speak of.

    Args:
        corrections: those that hold.
        numbers: of the tracks, row by row.
        tracks: the TRACKS table.
        width: of the display, pixels.
        height: likewise.
    """
    faces = [face for said in corrections for face in (said.face, said.other) if face]
    found = find_tracks(faces, tracks, width, height)
    row_of = {track: row for row, track in enumerate(numbers)}
    rows: dict[Face | None, int | None] = {face: row_of.get(track) for face, track in found.items()}
    return [Placed(said, rows.get(said.face), rows.get(said.other)) for said in corrections]


def find_tracks(
    faces: Iterable[Face], tracks: pd.DataFrame, width: int, height: int
) -> dict[Face, int | None]:
    """The track of each face.

    Between two frames of a track its box is taken to move evenly. Of the tracks whose box overlaps
    by MIN_IOU, the one seen at that time is taken, else the one whose end is nearest in time,
    within MAX_GAP_S, or the distance of examined frames where that is larger; of equally near
    ones, that of the largest overlap.

    Args:
        faces: anchors; see formats.corrections.
        tracks: the TRACKS table.
        width: of the display, pixels.
        height: likewise.

    Returns:
        A track number, or None, for each different face.
    """
    by_track = _by_track(tracks)
    numbers = np.array(list(by_track), int)
    starts = np.array([times[0] for times, _ in by_track.values()])
    ends = np.array([times[-1] for times, _ in by_track.values()])
    reach = _reach_s([times for times, _ in by_track.values()])
    found: dict[Face, int | None] = {}
    for face in set(faces):
        gaps = np.maximum(np.maximum(starts - face.time_s, face.time_s - ends), 0)
        near = numbers[gaps <= reach]
        boxes = [_box_at(face.time_s, *by_track[track]) for track in near]
        box = np.array([[face.x1, face.y1, face.x2, face.y2]]) * [width, height, width, height]
        overlaps = pairwise_iou(np.reshape(boxes, (-1, 4)), box)[:, 0]
        ranked = sorted(
            (gap, -overlap, int(track))
            for gap, overlap, track in zip(gaps[gaps <= reach], overlaps, near, strict=True)
            if overlap >= MIN_IOU
        )
        found[face] = ranked[0][2] if ranked else None
    return found


def _by_track(tracks: pd.DataFrame) -> dict[int, tuple[np.ndarray, np.ndarray]]:
    """When each track is seen, float (n,), and its boxes then, float (n, 4)."""
    ordered = tracks.sort_values(["track", "time_s"])
    numbers, firsts = np.unique(ordered["track"].to_numpy(int), return_index=True)
    both = (ordered["time_s"].to_numpy(float), ordered[list(BOX_COLUMNS)].to_numpy(float))
    times, boxes = (np.split(values, firsts[1:]) for values in both)
    return dict(zip(numbers.tolist(), zip(times, boxes, strict=True), strict=False))  # or no track


def _reach_s(times: list[np.ndarray]) -> np.ndarray:
    """For how long before and after each track its face may have been seen, float (n,)."""
    seen = np.unique(np.concatenate([np.zeros(0), *times]))
    usual_s = float(np.median(np.diff(seen))) if len(seen) > 1 else 0.0
    steps = [np.diff(own).max() if len(own) > 1 else usual_s for own in times]
    return np.maximum(np.array(steps, float), MAX_GAP_S)


def _box_at(time_s: float, times: np.ndarray, boxes: np.ndarray) -> list[float]:
    return [float(np.interp(time_s, times, edge)) for edge in boxes.T]
