"""Search frames where faces change, and few where they do not.

A grid of frames is laid through each shot. Where the faces of two neighbouring frames of it match
one to one, they are taken to have moved straight between them; where they do not, somebody has
appeared, left, jumped or met somebody, and the frame in the middle is searched, too, and so on.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple, TypeVar

import numpy as np
import pandas as pd

from castmap.tracks.boxes import pairwise_iou
from castmap.tracks.examined import every_nth, examined_frames

Found = TypeVar("Found")
_CLOCK_ERROR_S = 1e-6  # sums of times are rounded


@dataclass(frozen=True)
class Effort:
    """How closely frames are searched; docs/running.md says what the choice rests on.

    Attributes:
        coarse_s: how far apart searched frames are at most, s, unless the film's are further apart.
        fine_s: frames this near to each other, s, are near enough, whatever changes.
        min_iou: overlap from which two faces match.
        sure: score from which a face has to have a match.
    """

    coarse_s: float = 0.45
    fine_s: float = 0.1
    min_iou: float = 0.4
    sure: float = 0.5


EFFORT = Effort()


class Boxes(NamedTuple):
    """The faces of a frame.

    Attributes:
        boxes: float [k, 4], x1, y1, x2, y2, px.
        scores: float [k].
    """

    boxes: np.ndarray
    scores: np.ndarray


def lay_grid(
    shots: pd.DataFrame, frames: pd.DataFrame, n_steps: int, effort: Effort = EFFORT
) -> Iterator[np.ndarray]:
    """The frames that are searched in any case.

    In each shot its first and its last, and between them so many that they are about
    ``coarse_s`` apart at most, unless the film's are further apart. Frames inside transitions are
    left out.

    Args:
        shots: the SHOTS table.
        frames: the FRAMES table.
        n_steps: from one frame of the grid to the next, at most, in a stretch.
        effort: how closely.

    Yields:
        Stretches, int [k], k >= 1, ascending. The first frame of a stretch is the last of the one
        before it in its shot.
    """
    times = frames["time_s"].to_numpy()
    for _, inside in examined_frames(shots, every_nth(1, len(frames))):
        if len(inside):
            grid = _grid(inside, times[inside], effort.coarse_s)
            for start in range(0, max(1, len(grid) - 1), n_steps):
                yield grid[start : start + n_steps + 1]


def _grid(inside: np.ndarray, times: np.ndarray, coarse_s: float) -> np.ndarray:
    n_steps = max(1, int(np.ceil((times[-1] - times[0]) / coarse_s - _CLOCK_ERROR_S)))
    wanted = np.linspace(times[0], times[-1], n_steps + 1)
    return inside[np.unique(np.searchsorted(times, wanted - _CLOCK_ERROR_S))]


def examine(
    stretch: np.ndarray,
    times: np.ndarray,
    find: Callable[[list[int]], Sequence[Found]],
    boxes_of: Callable[[Found], Boxes],
    known: Mapping[int, Found],
    effort: Effort = EFFORT,
) -> dict[int, Found]:
    """Search the grid of a stretch, and between two frames of it until their faces match.

    Args:
        stretch: int [k], frames of the grid, ascending.
        times: float [n], of all frames of the film, in s.
        find: searches frames, which are given in ascending order.
        boxes_of: what it has found, as boxes.
        known: what was found in frames of the stretch that were searched before.
        effort: how closely.

    Returns:
        What was found, by frame, ascending; with what was known.
    """
    found = dict(known)
    wanted = [int(frame) for frame in stretch if frame not in known]
    gaps = list(pairwise(stretch.tolist()))
    while wanted:
        found |= zip(wanted, find(wanted), strict=True)
        gaps = [
            (one, other)
            for one, other in gaps
            if other - one > 1
            and times[other] - times[one] > effort.fine_s + _CLOCK_ERROR_S
            and not is_calm(boxes_of(found[one]), boxes_of(found[other]), effort)
        ]
        wanted = [(one + other) // 2 for one, other in gaps]
        gaps = [
            half
            for (one, other), middle in zip(gaps, wanted, strict=True)
            for half in ((one, middle), (middle, other))
        ]
    return dict(sorted(found.items()))


def is_calm(one: Boxes, other: Boxes, effort: Effort = EFFORT) -> bool:
    """Whether the faces of two frames match one to one.

    Every certain face overlaps one of the other frame, and no face more than one: where two could
    change places, they do not match.
    """
    close = pairwise_iou(one.boxes, other.boxes) >= effort.min_iou
    partners, partners_of_other = close.sum(axis=1), close.sum(axis=0)
    return bool(
        (partners <= 1).all()
        and (partners_of_other <= 1).all()
        and partners[one.scores >= effort.sure].all()
        and partners_of_other[other.scores >= effort.sure].all()
    )
