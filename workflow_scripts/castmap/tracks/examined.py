"""Which frames were searched for faces, and how long an appearance lasts between them."""

from collections.abc import Iterator

import numpy as np
import pandas as pd


def every_nth(n: int, n_frames: int) -> pd.DataFrame:
    """The EXAMINED table of a film whose frames 0, n, 2 n, ... are examined."""
    return pd.DataFrame({"frame": np.arange(0, n_frames, n)})


def examined_frames(
    shots: pd.DataFrame, examined: pd.DataFrame
) -> Iterator[tuple[int, np.ndarray]]:
    """The examined frames of each shot that lie outside its transitions.

    Args:
        shots: the SHOTS table.
        examined: the EXAMINED table.

    Yields:
        Shot number and int [k] frame numbers, ascending; k may be 0.
    """
    numbers = examined["frame"].to_numpy()
    following = shots["transition_start_frame"].shift(-1)
    ends = np.fmin(shots["end_frame"], following.fillna(np.inf)).astype(int)
    starts = np.maximum(shots["start_frame"], shots["transition_end_frame"]).astype(int)
    bounds = np.searchsorted(numbers, [starts, ends]).T
    for shot, (first, last) in zip(shots["shot"], bounds, strict=True):
        yield int(shot), numbers[first:last]


def steps_s(frames: pd.DataFrame, examined: pd.DataFrame) -> np.ndarray:
    """How long after each examined frame the next one is shown, or the film ends.

    Args:
        frames: the FRAMES table.
        examined: the EXAMINED table.

    Returns:
        float [k], s, of the film's examined frames in order.
    """
    times = frames["time_s"].to_numpy()
    end_s = times[-1:] + frames["duration_s"].to_numpy()[-1:]
    return np.diff(np.append(times[examined["frame"]], end_s))


def track_intervals(
    tracks: pd.DataFrame, shots: pd.DataFrame, frames: pd.DataFrame, examined: pd.DataFrame
) -> pd.DataFrame:
    """When each track's face is on screen.

    Nothing is known of the frames between examined ones. An appearance lasts from half a step
    before its first face to half a step after its last, inside its shot; and where its first (last)
    face is on the first (last) examined frame of the shot, it lasts from the shot's start (to its
    end).

    Args:
        tracks: the TRACKS table.
        shots: the SHOTS table.
        frames: the FRAMES table.
        examined: the EXAMINED table.

    Returns:
        One row per track: track, shot, start_s, end_s (seconds, half-open), n_faces (detected).
    """
    seen = seen_frames(tracks, shots, examined)
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


def seen_frames(tracks: pd.DataFrame, shots: pd.DataFrame, examined: pd.DataFrame) -> pd.DataFrame:
    """In which frames each track's face is on screen; see track_intervals.

    Args:
        tracks: the TRACKS table.
        shots: the SHOTS table.
        examined: the EXAMINED table.

    Returns:
        By track: shot, start_frame, end_frame (half-open).
    """
    numbers = examined["frame"].to_numpy()
    of_shots = dict(examined_frames(shots, examined))
    bounds = shots.set_index("shot")[["start_frame", "end_frame"]]
    rows = {}
    for track, faces in tracks.groupby("track", sort=True):
        shot = int(faces["shot"].iloc[0])
        first, last = int(faces["frame"].min()), int(faces["frame"].max())
        start, end = bounds.loc[shot]
        if first != of_shots[shot][0]:
            before = numbers[np.searchsorted(numbers, first) - 1]
            start = max(start, first - (first - before) // 2)
        if last != of_shots[shot][-1]:
            after = numbers[np.searchsorted(numbers, last) + 1]
            end = min(end, last + (after - last) // 2 + 1)
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
