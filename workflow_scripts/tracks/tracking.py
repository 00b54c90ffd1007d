"""From detections to tracks: association, the purity guard, and gaps.

A track follows one person's face inside one shot. Purity comes before length: two tracks of one
person are joined later by clustering, but one track of two people can never be mended.
"""

import warnings
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd
import supervision
from trackers import ByteTrackTracker

from workflow_scripts.formats.tables import BOX_COLUMNS, TRACKS
from workflow_scripts.tracks.boxes import pairwise_containment, pairwise_iou
from workflow_scripts.tracks.examined import examined_frames

_DUPLICATE_IOU = 0.5
_DUPLICATE_CONTAINMENT = 0.8
_GUARD_WINDOW = 5  # faces averaged on either side: one blurred face does not split a track
_BUFFER_FRAMES_PER_S = 30  # the unit of ByteTrack's lost_track_buffer, whatever the film's rate


@dataclass(frozen=True)
class TrackLimits:
    """What makes a track.

    min_faces: tracks with fewer detected faces are dropped.
    min_best_score: tracks whose most certain face is less certain are dropped; a hand or a pattern
        on a wall never looks much like a face, a face does at some moment.
    max_gap_s: for how long a face may be missed, in seconds.
    min_similarity: cosine below which neighbouring stretches of a track are two people.
    """

    min_faces: int
    min_best_score: float
    max_gap_s: float
    min_similarity: float


def build_tracks(
    detections: pd.DataFrame,
    embeddings: np.ndarray,
    shots: pd.DataFrame,
    frames: pd.DataFrame,
    every_nth_frame: int,
    limits: TrackLimits,
) -> pd.DataFrame:
    """Follow faces through each shot.

    Frames inside a transition are left out: a dissolve shows two pictures at once.

    Args:
        detections: the DETECTIONS table.
        embeddings: float [n, d], unit rows, row i for detection i; for the purity guard.
        shots: the SHOTS table.
        frames: the FRAMES table.
        every_nth_frame: which frames were examined.
        limits: what makes a track.

    Returns:
        The TRACKS table: detected faces, and interpolated ones in the gaps.
    """
    times = frames["time_s"].to_numpy()
    faces = drop_duplicates(detections)
    pieces = []
    for shot, examined in examined_frames(shots, every_nth_frame):
        inside = faces[faces["frame"].isin(examined)]
        if inside.empty:
            continue
        for rows in _associate(inside, examined, times, limits.max_gap_s):
            for part in split_impure(embeddings[rows], limits.min_similarity, limits.min_faces):
                detected = detections.loc[rows[part]]
                certain = detected["score"].max() >= limits.min_best_score
                if len(part) >= limits.min_faces and certain:
                    pieces.append(_with_gaps(detected, examined, times).assign(shot=shot))
    return _numbered(pieces)


def drop_duplicates(detections: pd.DataFrame) -> pd.DataFrame:
    """Of faces found twice in a frame, keep the more certain one."""
    dropped = []
    ranked = detections.sort_values("score", ascending=False, kind="stable")
    for _, found in ranked.groupby("frame"):
        if len(found) == 1:
            continue
        boxes = found[list(BOX_COLUMNS)].to_numpy()
        same = pairwise_iou(boxes, boxes) > _DUPLICATE_IOU
        same |= pairwise_containment(boxes, boxes) > _DUPLICATE_CONTAINMENT
        kept: list[int] = []
        for index in range(len(found)):
            if same[index, kept].any():
                dropped.append(found.index[index])
            else:
                kept.append(index)
    return detections.drop(index=dropped)


def _associate(
    faces: pd.DataFrame, examined: np.ndarray, times: np.ndarray, max_gap_s: float
) -> Iterator[np.ndarray]:
    """ByteTrack over one shot; yields the detection numbers of each track, in time."""
    steps = np.diff(times[examined])
    tracker = ByteTrackTracker(
        lost_track_buffer=max(1, round(max_gap_s * _BUFFER_FRAMES_PER_S)),
        frame_rate=1 / np.median(steps) if len(steps) else 1.0,
        track_activation_threshold=0.0,  # the detector's own threshold has been applied
        high_conf_det_threshold=0.0,
        minimum_consecutive_frames=1,
    )
    by_frame = dict(list(faces.groupby("frame")))
    tracks: dict[int, list[int]] = {}
    for frame in examined:
        found = _as_supervision(by_frame.get(frame, faces.iloc[:0]))
        tracked = tracker.update(found, timestamp=float(times[frame]))
        if (tracked.tracker_id < 0).any():
            # A new track is numbered only at its second face. Showing it the same moment again
            # numbers it at its first; that time stands still is what the warning would say.
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", UserWarning)
                tracked = tracker.update(found, timestamp=float(times[frame]))
        for track, detection in zip(
            tracked.tracker_id, tracked.data.get("detection", ()), strict=True
        ):
            if track >= 0:
                tracks.setdefault(int(track), []).append(int(detection))
    for rows in tracks.values():
        yield np.array(rows)


def _as_supervision(faces: pd.DataFrame) -> supervision.Detections:
    return supervision.Detections(
        xyxy=faces[list(BOX_COLUMNS)].to_numpy(np.float32).reshape(-1, 4),
        confidence=faces["score"].to_numpy(np.float32),
        data={"detection": faces["detection"].to_numpy()},
    )


def split_impure(embeddings: np.ndarray, min_similarity: float, min_faces: int) -> list[np.ndarray]:
    """Split a track where its face changes: the purity guard.

    At every place with ``min_faces`` or more faces on both sides, the mean of up to five faces
    before is compared with that of up to five after; where the cosine is lowest, and below
    ``min_similarity``, the track is cut, and both parts are looked at again.

    Args:
        embeddings: float [n, d], unit rows, in time.
        min_similarity: a cosine.
        min_faces: parts with fewer faces are not looked for; they could not be kept.

    Returns:
        Positions 0..n-1 in parts, in time.
    """
    waiting, parts = [np.arange(len(embeddings))], []
    while waiting:
        part = waiting.pop()
        places = np.arange(min_faces, len(part) - min_faces + 1)
        similarity = [_similarity_at(embeddings[part], place) for place in places]
        if len(places) and min(similarity) < min_similarity:
            place = places[int(np.argmin(similarity))]
            waiting += [part[place:], part[:place]]
        else:
            parts.append(part)
    return parts


def _similarity_at(embeddings: np.ndarray, place: int) -> float:
    before = embeddings[max(0, place - _GUARD_WINDOW) : place].mean(axis=0)
    after = embeddings[place : place + _GUARD_WINDOW].mean(axis=0)
    return float(before @ after / max(np.linalg.norm(before) * np.linalg.norm(after), 1e-12))


def _with_gaps(detected: pd.DataFrame, examined: np.ndarray, times: np.ndarray) -> pd.DataFrame:
    """One row per examined frame from the first face to the last; gaps interpolated in time."""
    first, last = detected["frame"].iloc[[0, -1]]
    wanted = examined[(examined >= first) & (examined <= last)]
    present = detected.set_index("frame")
    table = pd.DataFrame({"frame": wanted, "time_s": times[wanted]})
    table["detection"] = present["detection"].reindex(wanted).fillna(-1).astype(int).to_numpy()
    table["interpolated"] = table["detection"] < 0
    for column in BOX_COLUMNS:
        known_times = times[present.index]
        table[column] = np.interp(table["time_s"], known_times, present[column].astype(float))
    return table


def _numbered(pieces: list[pd.DataFrame]) -> pd.DataFrame:
    if not pieces:
        return TRACKS.empty()
    pieces = sorted(pieces, key=lambda piece: (piece["frame"].iloc[0], piece["x1"].iloc[0]))
    return pd.concat(
        [piece.assign(track=number) for number, piece in enumerate(pieces)], ignore_index=True
    )
