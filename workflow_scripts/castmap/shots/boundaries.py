"""From a detector's boundaries to shots that cover the film.

A detector (see ``shots.detectors``) returns a table of boundaries with the columns of
``BOUNDARY_TYPES``, sorted by ``frame``:

- ``frame``: first frame of the shot that begins here; of a gradual transition, its middle.
- ``kind``: ``cut`` or ``gradual``.
- ``transition_start``, ``transition_end``: the transition's frames, half-open; both ``frame`` for
  a cut.
- ``score``: 0..1; every boundary's score is at or above the threshold.
"""

from collections.abc import Iterable

import numpy as np
import pandas as pd

from castmap.formats.tables import SHOTS

BOUNDARY_TYPES = {
    "frame": "int64",
    "kind": "str",
    "transition_start": "int64",
    "transition_end": "int64",
    "score": "float64",
}


def boundaries_table(rows: Iterable[tuple[int, str, int, int, float]]) -> pd.DataFrame:
    """A table of boundaries from rows in the order of ``BOUNDARY_TYPES``."""
    return pd.DataFrame(list(rows), columns=list(BOUNDARY_TYPES)).astype(BOUNDARY_TYPES)


def shots_table(
    boundaries: pd.DataFrame, frames: pd.DataFrame, min_length_s: float = 0.0
) -> pd.DataFrame:
    """Cut the film into shots.

    Boundaries are taken from the strongest to the weakest (of equal ones, the earlier first); one
    that would make a shot shorter than ``min_length_s``, by the frames' own times, is dropped.

    Args:
        boundaries: as a detector gives them.
        frames: FRAMES of the same film.
        min_length_s: the shortest shot, in s; the film itself may be shorter.

    Returns:
        SHOTS; no rows for a film without frames. Shots cover the film without gaps or overlaps.
    """
    if frames.empty:
        return SHOTS.empty()
    starts_s = frames["time_s"].to_numpy()
    end_s = starts_s[-1] + frames["duration_s"].iloc[-1]
    kept = _long_enough(boundaries, starts_s, end_s, min_length_s)
    first = kept["frame"].to_numpy(dtype=np.int64)
    start = np.r_[0, first]
    return SHOTS.validate(
        pd.DataFrame(
            {
                "shot": np.arange(len(start)),
                "start_frame": start,
                "end_frame": np.r_[first, len(frames)],
                "start_s": starts_s[start],
                "end_s": np.r_[starts_s[first], end_s],
                "boundary": ["film_start", *kept["kind"]],
                "transition_start_frame": np.r_[0, kept["transition_start"]],
                "transition_end_frame": np.r_[0, kept["transition_end"]],
                "score": np.r_[1.0, kept["score"]],
            }
        )
    )


def _long_enough(
    boundaries: pd.DataFrame, starts_s: np.ndarray, end_s: float, min_length_s: float
) -> pd.DataFrame:
    inside = boundaries[boundaries["frame"].between(1, len(starts_s) - 1)]
    kept = []
    ends = [starts_s[0], end_s]
    strongest_first = inside.sort_values(["score", "frame"], ascending=[False, True])["frame"]
    for index, frame in strongest_first.items():
        time_s = starts_s[frame]
        if np.abs(np.array(ends) - time_s).min() >= min_length_s:
            kept.append(index)
            ends.append(time_s)
    return inside.loc[kept].sort_values("frame")
