"""What a page shows and where: time codes, axes, and which faces stand for a character."""

import math
from collections.abc import Mapping

import numpy as np
import pandas as pd

# Okabe and Ito's palette, told apart with every kind of colour vision; then it starts again.
COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#8c6bb1", "#8a8f98")
_PER_GROUP = 4
_PER_TRACK = 4
GROUPS = ("best", "median", "least certain")


def title_of(info: Mapping) -> str:
    """What to call a film: its title, or its name if it has none.

    Args:
        info: movie.json.
    """
    return info["title"] or info["movie"]


def time_code(seconds: float, decimals: int = 0) -> str:
    """Seconds as h:mm:ss, with decimals if asked; rounded, never "60" seconds."""
    unit = 10**decimals
    total = round(seconds * unit)
    rest = total % (60 * unit)
    whole, part = divmod(rest, unit)
    minutes = total // (60 * unit)
    tail = f".{part:0{decimals}d}" if decimals else ""
    return f"{minutes // 60}:{minutes % 60:02d}:{whole:02d}{tail}"


def length(seconds: float) -> str:
    """How long something lasts, as one says it: "9.1 s", "33 s", "12 min", "2 h 3 min".

    The film's script says it the same way (templates/film/state.js). Sums of times, which two
    programs add up in their own ways, are the same to a millisecond.
    """
    seconds = round(seconds, 3)
    if seconds < 9.95:
        return f"{seconds:.1f} s"
    if (whole := math.floor(seconds + 0.5)) < 60:
        return f"{whole} s"
    minutes = math.floor(seconds / 60 + 0.5)
    return f"{minutes} min" if minutes < 60 else f"{minutes // 60} h {minutes % 60} min"


def count(number: int, thing: str, things: str = "") -> str:
    """So many things: "1 shot", "1,200 shots"; ``things`` is the plural that an s does not make."""
    return f"{number:,} {thing if number == 1 else things or f'{thing}s'}"


def colour(rank: int) -> str:
    """The colour of the character of that rank, from 0."""
    return COLOURS[rank % len(COLOURS)]


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


def spread_faces(faces: pd.DataFrame) -> pd.DataFrame:
    """The faces that stand for a track: the best of each part of its time, the best of all first.

    Args:
        faces: detected faces of one track; columns as in contact_sheet.

    Returns:
        Up to four rows of ``faces``.
    """
    ordered = faces.sort_values("time_s")
    parts = np.array_split(np.arange(len(ordered)), min(_PER_TRACK, len(ordered)))
    kept = pd.concat([ordered.iloc[part].nlargest(1, "quality") for part in parts])
    best = int(kept["quality"].to_numpy().argmax())
    others = [row for row in range(len(kept)) if row != best]
    return kept.iloc[[best, *others]]


def reasons_skipped(detections: pd.DataFrame, tracks: pd.DataFrame) -> dict[str, int]:
    """How many faces were found, and how many of them no track took in."""
    tracked = int((~tracks["interpolated"]).sum()) if len(tracks) else 0
    return {
        "faces found": len(detections),
        "faces in tracks": tracked,
        "faces left out": len(detections) - tracked,
        "boxes interpolated": len(tracks) - tracked,
    }
