"""Which frames the labels judge, and where tracks are in those that were not examined.

Labels of every fifth frame say nothing about the four in between. See docs/evaluation.md.
"""

from collections.abc import Callable

import numpy as np
import pandas as pd

from castmap.formats.label_names import is_named
from castmap.formats.tables import BOX_COLUMNS
from castmap.tracks.examined import every_nth, examined_frames, seen_frames

_STAGGERED = 0.25  # of the labels: so many more would be needed if all shared their frames
FEW_FRAMES = 2  # in a row: labels of moving pictures go on for longer


def join_ranges(ranges: pd.DataFrame) -> pd.DataFrame:
    """The stretches in which each person is labelled: ranges that touch or overlap become one.

    Args:
        ranges: columns person, start_frame, end_frame.

    Returns:
        The same columns, by person and start.
    """
    ranges = ranges.sort_values(["person", "start_frame"], kind="stable")
    reached = ranges.groupby("person")["end_frame"].cummax().groupby(ranges["person"]).shift()
    starts = reached.isna() | (ranges["start_frame"] > reached)
    return ranges.groupby(starts.cumsum().to_numpy()).agg(
        person=("person", "first"),
        start_frame=("start_frame", "min"),
        end_frame=("end_frame", "max"),
    )


def are_of_single_frames(true_faces: pd.DataFrame, listed: np.ndarray | None = None) -> bool:
    """Whether most of what is labelled goes on for one or two frames only.

    Args:
        true_faces: the labels, TRUE_FACES; only named people count.
        listed: the frames that count as following each other; None: all do.
    """
    named = is_named(true_faces["person"])
    ranges = true_faces.loc[named, ["person", "start_frame", "end_frame"]]
    if listed is not None:
        ranges = ranges.assign(
            start_frame=np.searchsorted(listed, ranges["start_frame"]),
            end_frame=np.searchsorted(listed, ranges["end_frame"]),
        )
    stretches = join_ranges(ranges)
    lengths = (stretches["end_frame"] - stretches["start_frame"]).to_numpy()
    return bool(2 * lengths[lengths <= FEW_FRAMES].sum() > lengths.sum())


def labelled_frames(true_faces: pd.DataFrame) -> np.ndarray:
    """The frames in which somebody named is labelled, int [k], ascending."""
    named = is_named(true_faces["person"])
    spans = true_faces.loc[named, ["start_frame", "end_frame"]].drop_duplicates().to_numpy()
    frames = [np.arange(start, end) for start, end in spans]
    return np.unique(np.concatenate([np.empty(0, int), *frames]))


def align_single_frames(
    true_faces: pd.DataFrame, judged: np.ndarray
) -> tuple[pd.DataFrame, np.ndarray]:
    """Give people who are labelled at frames of their own labels in those of the others.

    Ann at frames 0, 5, 10 and Ben at 2, 7, 12: Ann is there at 7, too. Where most labels of a
    person are equally far apart, its region moves straight between two that are, if they overlap.
    If not (a cut, a jump), and less than that far before or after a label with no other, a frame
    says nothing for certain. Labels that share their frames, as most do, stay as they are, and so
    do labels of nobody named.

    Args:
        true_faces: labels of single frames, TRUE_FACES.
        judged: int [k], their frames, ascending.

    Returns:
        TRUE_FACES, and the frames that are certain.
    """
    named = true_faces[is_named(true_faces["person"])]
    parts = [_between_own(own, judged) for _, own in named.groupby("person", sort=False)]
    between = pd.concat([true_faces.iloc[:0].assign(sure=True), *parts], ignore_index=True)
    sure = between["sure"].astype(bool)
    if sure.sum() <= _STAGGERED * len(named):
        return true_faces, judged
    unsure, added = between.loc[~sure, "start_frame"], between[sure].drop(columns="sure")
    faces = pd.concat([true_faces, added], ignore_index=True).astype(true_faces.dtypes)
    certain = faces[~faces["start_frame"].isin(unsure)].reset_index(drop=True)
    return certain, labelled_frames(certain)


def _between_own(own: pd.DataFrame, judged: np.ndarray) -> pd.DataFrame:
    """One person's labels in judged frames near its own, and whether they are ``sure``."""
    own = own.sort_values("start_frame", kind="stable").drop_duplicates("start_frame")
    frames = own["start_frame"].to_numpy()
    steps, counts = np.unique(np.diff(frames), return_counts=True)
    usual = steps[counts.argmax()] if len(steps) else 0
    if 2 * counts.max(initial=0) <= counts.sum():
        return own.iloc[:0].assign(sure=True)
    at = np.setdiff1d(judged, frames)
    after = np.searchsorted(frames, at)
    first, second = (np.clip(n, 0, len(frames) - 1) for n in (after - 1, after))
    between = frames[second] - frames[first] == usual
    near = np.minimum(abs(at - frames[first]), abs(at - frames[second])) < usual
    boxes = own[list(BOX_COLUMNS)].to_numpy(float)
    edges = np.minimum(boxes[first], boxes[second])[:, 2:]
    overlap = (edges > np.maximum(boxes[first], boxes[second])[:, :2]).all(axis=1)
    table = pd.DataFrame({e: np.interp(at, frames, boxes[:, n]) for n, e in enumerate(BOX_COLUMNS)})
    table = table.assign(person=own["person"].iloc[0], start_frame=at, end_frame=at + 1)
    return table.assign(sure=between & overlap)[near]


def scored_frames(
    shots: pd.DataFrame, examined: pd.DataFrame, judged: np.ndarray | None
) -> pd.DataFrame:
    """The frames in which what was found is compared with the labels.

    Those are the examined frames that were judged. Judged frames in a row of which none was
    examined are taken, too: what the tracks say of them is known from the frames around.

    Args:
        shots: SHOTS; frames inside their transitions do not count.
        examined: the EXAMINED table.
        judged: int [k], ascending; None: all frames.

    Returns:
        Columns shot, frame, by frame.
    """
    of_shots = _table_of(shots, examined)
    if judged is None:
        return of_shots
    frames = _of_rows_without(judged, of_shots["frame"].to_numpy())
    table = _table_of(shots, every_nth(1, shots["end_frame"].to_numpy().max(initial=0)))
    return table[table["frame"].isin(frames)].reset_index(drop=True)


def boxes_scored(
    tracks: pd.DataFrame, shots: pd.DataFrame, examined: pd.DataFrame, judged: np.ndarray | None
) -> pd.DataFrame:
    """Where the tracks are in the frames of scored_frames.

    Args:
        tracks: TRACKS.
        shots: SHOTS.
        examined: the EXAMINED table.
        judged: int [k], ascending; None: all frames.

    Returns:
        TRACKS; see boxes_between. A track is seen for as long as its appearance lasts.
    """
    if judged is None or tracks.empty:
        return tracks
    frames = scored_frames(shots, examined, judged)["frame"].to_numpy()
    return boxes_between(tracks, frames, seen_frames(tracks, shots, examined))


def boxes_judged(tracks: pd.DataFrame, judged: np.ndarray | None) -> pd.DataFrame:
    """Where the tracks are in judged frames, from their first face to their last.

    Args:
        tracks: TRACKS.
        judged: int [k], ascending; None: all frames.

    Returns:
        TRACKS; see boxes_between.
    """
    if judged is None or tracks.empty:
        return tracks
    frames = _of_rows_without(judged, np.unique(tracks["frame"]))
    own = tracks.groupby("track")["frame"]
    seen = pd.DataFrame({"start_frame": own.min(), "end_frame": own.max() + 1})
    return boxes_between(tracks, frames, seen)


def boxes_between(tracks: pd.DataFrame, frames: np.ndarray, seen: pd.DataFrame) -> pd.DataFrame:
    """The boxes of tracks in given frames, examined or not.

    Between two faces of a track its box moves straight; before the first and after the last it
    stays. A box is as the face nearest in time, of two the earlier: interpolated or detected.

    Args:
        tracks: TRACKS.
        frames: int [k], ascending.
        seen: by track, start_frame and end_frame: where it is seen.

    Returns:
        The columns of ``tracks``; by track and frame.
    """
    parts = []
    for track, faces in tracks.sort_values(["track", "frame"]).groupby("track"):
        start, end = seen.loc[track, ["start_frame", "end_frame"]].to_numpy(int)
        at = frames[np.searchsorted(frames, start) : np.searchsorted(frames, end)]
        own = faces["frame"].to_numpy()
        after = np.searchsorted(own, at).clip(max=len(own) - 1)
        before = (after - 1).clip(min=0)
        nearest = np.where(abs(own[after] - at) < abs(at - own[before]), after, before)
        boxes = {edge: np.interp(at, own, faces[edge]) for edge in BOX_COLUMNS}
        parts.append(faces.iloc[nearest].assign(frame=at, **boxes))
    return pd.concat(parts, ignore_index=True).astype(tracks.dtypes)


def judged_clock(
    frames: pd.DataFrame, judged: np.ndarray | None
) -> Callable[[np.ndarray], np.ndarray]:
    """Seconds of the film as seconds of its judged frames alone.

    Args:
        frames: FRAMES.
        judged: int [k], ascending; None: all frames.
    """
    if judged is None:
        return lambda seconds: seconds
    duration = frames["duration_s"].to_numpy()
    end = frames["time_s"].to_numpy()[-1:] + duration[-1:]
    edges = np.concatenate([frames["time_s"], end])
    shown = np.where(frames["frame"].isin(judged), duration, 0.0)
    elapsed = np.concatenate([[0.0], np.cumsum(shown)])
    return lambda seconds: np.interp(seconds, edges, elapsed)


def places_of(judged: np.ndarray) -> np.ndarray:
    """Numbers of judged frames, of which those of neighbours follow each other, int [k].

    Frames further apart than twice the usual distance are no neighbours.
    """
    steps = np.diff(judged)
    wide = steps > 2 * np.median(steps) if len(steps) else steps.astype(bool)
    return np.arange(len(judged)) + np.concatenate([[0], np.cumsum(wide)])[: len(judged)]


def _table_of(shots: pd.DataFrame, examined: pd.DataFrame) -> pd.DataFrame:
    parts = [
        pd.DataFrame({"shot": shot, "frame": frames})
        for shot, frames in examined_frames(shots, examined)
    ]
    return pd.concat([pd.DataFrame({"shot": [], "frame": []}, dtype=int), *parts])


def _of_rows_without(judged: np.ndarray, examined: np.ndarray) -> np.ndarray:
    """Judged frames that were examined, and all of rows of them in which none was."""
    row = np.concatenate([[0], np.cumsum(np.diff(judged) > 1)])[: len(judged)]
    was_examined = np.isin(judged, examined)
    examined_in_row = np.bincount(row, was_examined, minlength=1) > 0
    return judged[was_examined | ~examined_in_row[row]]
