"""Which frames were looked at for faces, and how long an appearance lasts between them."""

from collections.abc import Iterator

import numpy as np
import pandas as pd


def examined_frames(shots: pd.DataFrame, every_nth_frame: int) -> Iterator[tuple[int, np.ndarray]]:
    """The examined frames of each shot that lie outside its transitions.

    Args:
        shots: the SHOTS table.
        every_nth_frame: frames whose number it divides were examined.

    Yields:
        Shot number and int [k] frame numbers, ascending; k may be 0.
    """
    following = shots["transition_start_frame"].shift(-1)
    ends = np.fmin(shots["end_frame"], following.fillna(np.inf)).astype(int)
    starts = np.maximum(shots["start_frame"], shots["transition_end_frame"]).astype(int)
    for shot, start, end in zip(shots["shot"], starts, ends, strict=True):
        first = -(-start // every_nth_frame) * every_nth_frame
        yield int(shot), np.arange(first, end, every_nth_frame)


def steps_s(frames: pd.DataFrame, every_nth_frame: int) -> np.ndarray:
    """How long after each examined frame the next one is shown, or the film ends.

    Args:
        frames: the FRAMES table.
        every_nth_frame: frames whose number it divides were examined.

    Returns:
        float [k], s, of the film's examined frames in order.
    """
    times = frames["time_s"].to_numpy()
    end_s = times[-1:] + frames["duration_s"].to_numpy()[-1:]
    return np.diff(np.append(times[::every_nth_frame], end_s))


def track_intervals(
    tracks: pd.DataFrame, shots: pd.DataFrame, frames: pd.DataFrame, every_nth_frame: int
) -> pd.DataFrame:
    """When each track's face is on screen.

    Between examined frames nobody looked. An appearance lasts from half a step before its first
    face to half a step after its last, inside its shot; and where its first (last) face is on the
    first (last) examined frame of the shot, it lasts from the shot's start (to its end).

    Args:
        tracks: the TRACKS table.
        shots: the SHOTS table.
        frames: the FRAMES table.
        every_nth_frame: which frames were examined.

    Returns:
        One row per track: track, shot, start_s, end_s (seconds, half-open), n_faces (detected).
    """
    seen = seen_frames(tracks, shots, every_nth_frame)
    times = np.append(frames["time_s"], frames["time_s"].max() + frames["duration_s"].iloc[-1:])
    found = tracks[~tracks["interpolated"]].groupby("track").size()
    return pd.DataFrame(
        {
            "track": seen.index,
            "shot": seen["shot"].to_numpy(),
            "start_s": times[seen["start_frame"]],
            "end_s": times[seen["end_frame"]],
            "n_faces": found.reindex(seen.index, fill_value=0).to_numpy(),
        }
    )


def seen_frames(tracks: pd.DataFrame, shots: pd.DataFrame, every_nth_frame: int) -> pd.DataFrame:
    """In which frames each track's face is on screen; see track_intervals.

    Args:
        tracks: the TRACKS table.
        shots: the SHOTS table.
        every_nth_frame: which frames were examined.

    Returns:
        By track: shot, start_frame, end_frame (half-open).
    """
    examined = dict(examined_frames(shots, every_nth_frame))
    bounds = shots.set_index("shot")[["start_frame", "end_frame"]]
    half = every_nth_frame // 2
    rows = {}
    for track, faces in tracks.groupby("track", sort=True):
        shot = int(faces["shot"].iloc[0])
        first, last = int(faces["frame"].min()), int(faces["frame"].max())
        start, end = bounds.loc[shot]
        if first != examined[shot][0]:
            start = max(start, first - half)
        if last != examined[shot][-1]:
            end = min(end, last + half + 1)
        rows[track] = (shot, start, end)
    columns = ["shot", "start_frame", "end_frame"]
    return pd.DataFrame.from_dict(rows, orient="index", columns=columns, dtype=int)


def union_length(start: np.ndarray, end: np.ndarray) -> float:
    """The length of the union of the intervals start[i]..end[i]."""
    if not len(start):
        return 0.0
    order = np.argsort(start, kind="stable")
    start, end = start[order], end[order]
    reached = np.concatenate([start[:1], np.maximum.accumulate(end)[:-1]])
    return float(np.maximum(end - np.maximum(start, reached), 0.0).sum())
