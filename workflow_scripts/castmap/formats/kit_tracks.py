"""Face tracks and shots of TV episodes as KIT publishes them, as castmap's own tables.

The layout is that of M. Tapaswi's TVPersonID data: a MATLAB file with one structure per face track,
and a text file of video events. Frame numbers are the files'; their time base is
frame * 0.04 s + 0.054 s.
"""

from typing import Any, BinaryIO

import numpy as np
import pandas as pd
import scipy.io

_UNKNOWN = "unknown"  # lumps many extras
_EVENTS_HEADER = "CVHCI_VIDEOEVENTS_V1"
_FRAME_S, _OFFSET_S = 0.04, 0.054


def read_tracks(file: BinaryIO) -> tuple[pd.DataFrame, pd.Series]:
    """Read a .facetracks.mat file.

    Args:
        file: open for reading.

    Returns:
        The TRACKS table without its column shot (see add_shots), tracks numbered from 0 by first
        frame; and the name of each track's person, missing for extras.

    Raises:
        ValueError: the file does not hold face tracks.
    """
    content = scipy.io.loadmat(file, squeeze_me=True, struct_as_record=False)
    if "FaceTracks" not in content:
        names = [name for name in content if not name.startswith("__")]
        raise ValueError(f"no variable FaceTracks in the file; it holds {names}")
    found = np.atleast_1d(content["FaceTracks"])
    order = np.argsort([np.min(track.frames) for track in found], kind="stable")
    tracks = pd.concat(
        [_faces(found[place], number) for number, place in enumerate(order)], ignore_index=True
    )
    tracks["detection"] = np.arange(len(tracks))
    names = [str(found[place].groundTruthIdentity) for place in order]
    people = [None if name == _UNKNOWN else name for name in names]
    return tracks, pd.Series(people, name="person", dtype="str")


def read_shots(text: str, n_frames: int) -> pd.DataFrame:
    """Read a .videvents file: cuts, and fades, which begin a shot in their middle.

    Args:
        text: its content.
        n_frames: of the episode; later events are left out.

    Returns:
        The SHOTS table.

    Raises:
        ValueError: the text is of another kind.
    """
    header, *lines = text.splitlines() or [""]
    if header.strip() != _EVENTS_HEADER:
        raise ValueError(f"the file begins with {header!r}, not with {_EVENTS_HEADER}")
    boundaries = {0: ("film_start", 0, 0)}
    for fields in map(str.split, lines):
        kind = fields[2] if len(fields) > 2 else None
        if kind == "CUT":
            frame = int(fields[0])
            boundary = ("cut", frame, frame)
        elif kind == "FADE":
            start, end = int(fields[0]), int(fields[3])
            frame, boundary = (start + end) // 2, ("gradual", start, end)
        else:
            continue
        if 0 < frame < n_frames:
            boundaries[frame] = boundary
    starts = sorted(boundaries)
    shots = pd.DataFrame({"shot": range(len(starts)), "start_frame": starts})
    shots["end_frame"] = [*starts[1:], n_frames]
    for edge in ("start", "end"):
        shots[f"{edge}_s"] = shots[f"{edge}_frame"] * _FRAME_S + _OFFSET_S
    columns = ["boundary", "transition_start_frame", "transition_end_frame"]
    shots[columns] = [boundaries[start] for start in starts]
    return shots.assign(score=1.0)


def add_shots(tracks: pd.DataFrame, shots: pd.DataFrame) -> pd.DataFrame:
    """Give each track the shot that its middle face lies in.

    The episodes' tracks may reach a few frames over a boundary; they are left whole.

    Args:
        tracks: what read_tracks returns.
        shots: the SHOTS table.
    """
    middle = tracks.groupby("track")["frame"].transform("median")
    shot = np.searchsorted(shots["start_frame"], middle, side="right") - 1
    return tracks.assign(shot=shots["shot"].to_numpy()[shot])


def _faces(track: Any, number: int) -> pd.DataFrame:
    """The faces of one track; a track of one face holds scalars, and sizes are unsigned bytes."""
    x, y, width, height = (
        np.atleast_1d(getattr(track, name)).astype(float) for name in ("x", "y", "w", "h")
    )
    return pd.DataFrame(
        {
            "track": number,
            "frame": np.atleast_1d(track.frames).astype(int),
            "time_s": np.atleast_1d(track.timestamps).astype(float),
            "x1": x,
            "y1": y,
            "x2": x + width,
            "y2": y + height,
            "interpolated": False,
        }
    )
