"""Where a face is in the picture, from its first frame to its last, in few numbers."""

import numpy as np
import pandas as pd

from castmap.formats.tables import BOX_COLUMNS

_TOLERANCE = 0.01  # of the frame: how far a straight line may be from the box


def box_paths(tracks: pd.DataFrame, width: int, height: int) -> dict[int, list[list[int]]]:
    """The boxes of each track as corners of lines that stay within 1 % of the frame of them.

    Args:
        tracks: the TRACKS table.
        width: of the film's frames, pixels.
        height: of the film's frames, pixels.

    Returns:
        By track: rows of milliseconds since the track's first frame, and x, y, width and height of
        the box in thousandths of the frame.
    """
    if tracks.empty:
        return {}  # also of a film that was turned away, whose size is not known
    ordered = tracks.sort_values(["track", "time_s"], kind="stable")
    x1, y1, x2, y2 = (ordered[name].to_numpy(float) for name in BOX_COLUMNS)
    boxes = np.column_stack([x1 / width, y1 / height, (x2 - x1) / width, (y2 - y1) / height])
    times = ordered["time_s"].to_numpy(float)
    numbers, starts = np.unique(ordered["track"].to_numpy(int), return_index=True)
    paths = {}
    for track, rows in zip(
        numbers.tolist(), np.split(np.arange(len(ordered)), starts[1:]), strict=True
    ):
        own_times, own = times[rows] - times[rows[0]], boxes[rows]
        kept = simplify(own_times, own, _TOLERANCE)
        corners = np.column_stack([own_times[kept], own[kept]]) * 1000
        paths[track] = np.rint(corners).astype(int).tolist()
    return paths


def simplify(times: np.ndarray, values: np.ndarray, tolerance: float) -> list[int]:
    """The rows between which straight lines are near all others (Douglas and Peucker 1973).

    Args:
        times: float [n], ascending.
        values: float [n, k].
        tolerance: how far any value may be from its line.

    Returns:
        Rows in order, the first and the last among them.
    """
    kept = {0, len(times) - 1}
    open_spans = [(0, len(times) - 1)]
    while open_spans:
        first, last = open_spans.pop()
        if last - first < 2:
            continue
        inner = slice(first + 1, last)
        share = (times[inner] - times[first]) / max(times[last] - times[first], 1e-9)
        line = values[first] + share[:, None] * (values[last] - values[first])
        away = np.abs(values[inner] - line).max(axis=1)
        if away.max() > tolerance:
            farthest = first + 1 + int(away.argmax())
            kept.add(farthest)
            open_spans += [(first, farthest), (farthest, last)]
    return sorted(kept)
