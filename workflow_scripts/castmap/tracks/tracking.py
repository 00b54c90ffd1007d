"""From detections to tracks: association, the purity guard, and gaps.

A track follows one person's face inside one shot. Purity comes before length: two tracks of one
person are joined later by clustering, but a track of two people can never be repaired.
"""

import math
from dataclasses import dataclass

import numpy as np
import pandas as pd

from castmap.formats.tables import BOX_COLUMNS, TRACKS
from castmap.tracks.association import FAR_APART_S, associate
from castmap.tracks.boxes import pairwise_containment, pairwise_iou
from castmap.tracks.examined import examined_frames, steps_s

_DUPLICATE_IOU = 0.5
_DUPLICATE_CONTAINMENT = 0.8
_GUARD_WINDOW = 5  # faces averaged on either side: one blurred face does not split a track


@dataclass(frozen=True)
class TrackLimits:
    """What makes a track; the section ``tracks`` of config.yaml.

    Attributes:
        min_faces: tracks with fewer detected faces are dropped; see faces_needed.
        min_best_score: tracks without one face of this score are dropped: a hand or a pattern on a
            wall never resembles a face much, a face does at some moment. Its other faces may score
            as little as the detector lets through: they are where the face is turned or blurred.
        max_gap_s: for how long a face may be missed, s; one examined frame may always be.
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
    examined: pd.DataFrame,
    limits: TrackLimits,
) -> pd.DataFrame:
    """Follow faces through each shot.

    Frames inside a transition are left out: a dissolve shows two pictures at once.

    Args:
        detections: the DETECTIONS table.
        embeddings: float [n, d], unit rows, row i for detection i; for the purity guard.
        shots: the SHOTS table.
        frames: the FRAMES table.
        examined: the EXAMINED table.
        limits: what makes a track.

    Returns:
        The TRACKS table: detected faces, and interpolated ones in the gaps.
    """
    times = frames["time_s"].to_numpy()
    steps = steps_s(frames, examined)
    faces = drop_duplicates(detections).sort_values("frame", kind="stable")
    frame_of_face = faces["frame"].to_numpy()
    pieces = []
    for shot, numbers in examined_frames(shots, examined):
        inside = faces.iloc[_slice_between(frame_of_face, numbers)]
        if inside.empty:
            continue
        for rows in associate(inside, numbers, times, limits.max_gap_s):
            places = np.searchsorted(examined["frame"], detections["frame"].loc[rows])
            spacing_s = steps[places].mean()
            needed = faces_needed(spacing_s, limits)
            # Far apart, somebody else may have been and gone by the next frame.
            window = _GUARD_WINDOW if needed == limits.min_faces else needed
            for part in split_impure(embeddings[rows], limits.min_similarity, needed, window):
                detected = detections.loc[rows[part]]
                certain = detected["score"].max() >= limits.min_best_score
                if _is_seen_enough(len(part), spacing_s, len(numbers), limits) and certain:
                    pieces.append(_with_gaps(detected, numbers, times).assign(shot=shot))
    return _numbered(pieces)


def _slice_between(ascending: np.ndarray, numbers: np.ndarray) -> slice:
    """The places of all that lies between the first and the last of these numbers."""
    if not len(numbers):
        return slice(0)
    return slice(
        np.searchsorted(ascending, numbers[0]),
        np.searchsorted(ascending, numbers[-1], side="right"),
    )


def faces_needed(spacing_s: float, limits: TrackLimits) -> int:
    """How many faces make a track where examined frames lie ``spacing_s`` apart.

    ``min_faces``; beyond half a second, as many as last as long as ``min_faces`` at half a second.
    Of three, two are enough at one second, and one at five.
    """
    as_long = math.ceil(limits.min_faces * FAR_APART_S / max(spacing_s, FAR_APART_S))
    return min(limits.min_faces, as_long)


def _is_seen_enough(n_faces: int, spacing_s: float, n_examined: int, limits: TrackLimits) -> bool:
    """Whether so many faces make a track; far apart, also those of all frames of a short shot."""
    whole_shot = n_faces == n_examined and spacing_s > FAR_APART_S
    return whole_shot or n_faces >= faces_needed(spacing_s, limits)


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


def split_impure(
    embeddings: np.ndarray, min_similarity: float, min_faces: int, window: int = _GUARD_WINDOW
) -> list[np.ndarray]:
    """Split a track where its face changes: the purity guard.

    At every place with ``min_faces`` or more faces on both sides, the mean of up to ``window``
    faces before is compared with that of as many after; where the cosine is lowest, and below
    ``min_similarity``, the track is cut, and both parts are looked at again.

    Args:
        embeddings: float [n, d], unit rows, in time.
        min_similarity: a cosine.
        min_faces: parts with fewer faces are not looked for; they could not be kept.
        window: a number of faces.

    Returns:
        Positions 0..n-1 in parts, in time.
    """
    waiting, parts = [np.arange(len(embeddings))], []
    while waiting:
        part = waiting.pop()
        places = np.arange(min_faces, len(part) - min_faces + 1)
        similarity = [_similarity_at(embeddings[part], place, window) for place in places.tolist()]
        if len(places) and min(similarity) < min_similarity:
            place = places[int(np.argmin(similarity))]
            waiting += [part[place:], part[:place]]
        else:
            parts.append(part)
    return parts


def _similarity_at(embeddings: np.ndarray, place: int, window: int) -> float:
    before = embeddings[max(0, place - window) : place].mean(axis=0)
    after = embeddings[place : place + window].mean(axis=0)
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
