"""What a page shows and where: time codes, axes, and which faces stand for a character."""

import math

import numpy as np
import pandas as pd

# Okabe and Ito's palette, told apart with every kind of colour vision; then it starts again.
COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#8c6bb1", "#8a8f98")
_TICK_STEPS_S = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600)
_MOST_TICKS = 9
_PER_GROUP = 4
GROUPS = ("best", "median", "least certain")


def time_code(seconds: float, decimals: int = 0) -> str:
    """Seconds as h:mm:ss, with decimals if asked; rounded, never "60" seconds."""
    unit = 10**decimals
    total = round(seconds * unit)
    rest = total % (60 * unit)
    whole, part = divmod(rest, unit)
    minutes = total // (60 * unit)
    tail = f".{part:0{decimals}d}" if decimals else ""
    return f"{minutes // 60}:{minutes % 60:02d}:{whole:02d}{tail}"


def ticks(duration_s: float) -> list[float]:
    """Round times for the marks of an axis from 0 to ``duration_s``, nine at most."""
    wide_enough = (step for step in _TICK_STEPS_S if duration_s / step <= _MOST_TICKS)
    step = next(wide_enough, 3600 * math.ceil(duration_s / 3600 / _MOST_TICKS))
    return [float(t) for t in np.arange(0, duration_s, step)]


def colour(rank: int) -> str:
    """The colour of the character of that rank, from 0."""
    return COLOURS[rank % len(COLOURS)]


def spread_evenly(count: int, most: int) -> list[int]:
    """At most ``most`` of the positions 0..count-1, evenly spread, first and last among them."""
    if count <= most:
        return list(range(count))
    return sorted({round(i * (count - 1) / (most - 1)) for i in range(most)})


def contact_sheet(faces: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """Choose the faces that stand for a character: best, median and least certain.

    Faces come from as many tracks as there are, and from different times of a track if tracks are
    few; no face is shown twice.

    Args:
        faces: detected faces of the character's tracks: detection, track, time_s, the track's
            confidence, and the face's quality.

    Returns:
        Up to four rows of ``faces`` for each of GROUPS.
    """
    wanted = _PER_GROUP * len(GROUPS)
    per_track = math.ceil(wanted / max(faces["track"].nunique(), 1))
    chosen = []
    for _, track in faces.sort_values("time_s").groupby("track"):
        parts = np.array_split(np.arange(len(track)), min(per_track, len(track)))
        chosen += [track.iloc[part].nlargest(1, "quality") for part in parts]
    ranked = pd.concat(chosen).sort_values(
        ["confidence", "quality", "detection"], ascending=[False, False, True]
    )
    best, rest = ranked.iloc[:_PER_GROUP], ranked.iloc[_PER_GROUP:]
    least, rest = rest.iloc[::-1].iloc[:_PER_GROUP], rest.iloc[: max(len(rest) - _PER_GROUP, 0)]
    middle = max(0, (len(rest) - _PER_GROUP) // 2)
    return dict(zip(GROUPS, (best, rest.iloc[middle : middle + _PER_GROUP], least), strict=True))


def best_faces(faces: pd.DataFrame) -> pd.DataFrame:
    """The best face of each track, in order of track number; columns as in contact_sheet."""
    ranked = faces.sort_values(["quality", "detection"], ascending=[False, True])
    return ranked.drop_duplicates("track").sort_values("track")


def reasons_skipped(detections: pd.DataFrame, tracks: pd.DataFrame) -> dict[str, int]:
    """How many faces were found, and how many of them no track took in."""
    tracked = int((~tracks["interpolated"]).sum()) if len(tracks) else 0
    return {
        "faces found": len(detections),
        "faces in tracks": tracked,
        "faces left out": len(detections) - tracked,
        "boxes filled in": len(tracks) - tracked,
    }
