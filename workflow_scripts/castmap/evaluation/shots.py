"""Shot boundaries against labels.

A true cut is found when a boundary lies within a tolerance of it, a true gradual transition when a
boundary lies inside it or within the tolerance of its ends. Matching is one to one: a second
boundary in the same dissolve is a false one.
"""

import numpy as np
import pandas as pd

TOLERANCE_FRAMES = 2
_FILM_START = "film_start"


def match_boundaries(
    found: np.ndarray, first: np.ndarray, last: np.ndarray, tolerance_frames: int
) -> np.ndarray:
    """Match as many true boundaries with found ones as can be, one to one.

    Args:
        found: frames of the found boundaries, integers (n,), in any order.
        first: earliest frame at which each true boundary may be found, integers (m,).
        last: the latest one, itself included, integers (m,).
        tolerance_frames: how far outside ``first`` and ``last`` is near enough.

    Returns:
        For each true boundary the position in ``found`` of its match, -1 where it was missed; (m,).
    """
    # Taking true boundaries by their latest frame, and for each the earliest boundary that is left,
    # gives the largest matching of points with intervals.
    order = np.argsort(found, kind="stable")
    taken = np.zeros(len(found), bool)
    matched = np.full(len(last), -1)
    for true in np.lexsort((first, last)):
        begin = np.searchsorted(found[order], first[true] - tolerance_frames, "left")
        end = np.searchsorted(found[order], last[true] + tolerance_frames, "right")
        free = [position for position in order[begin:end] if not taken[position]]
        if free:
            matched[true] = free[0]
            taken[free[0]] = True
    return matched


def score_boundaries(
    found: pd.DataFrame, true: pd.DataFrame, tolerance_frames: int = TOLERANCE_FRAMES
) -> dict:
    """Count the boundaries found, missed and invented.

    Args:
        found: SHOTS.
        true: TRUE_SHOTS.
        tolerance_frames: see :func:`match_boundaries`.

    Returns:
        ``cuts`` and ``gradual`` (true ones), ``found`` and ``matched`` (boundaries of either kind),
        ``cut_recall``, ``gradual_recall``, ``recall``, ``precision``, ``f1`` (0..1, None where
        there is nothing to divide by), ``missed_frames`` and ``false_frames`` (where to look).
    """
    true = true[true["boundary"] != _FILM_START]
    frames = found.loc[found["boundary"] != _FILM_START, "start_frame"].to_numpy()
    # A transition's last frame is transition_end - 1, and the shot of a dissolve that ends there
    # begins at transition_end at the latest; of a cut, start and end are the cut itself.
    matched = match_boundaries(
        frames,
        true["transition_start_frame"].to_numpy(),
        true["transition_end_frame"].to_numpy(),
        tolerance_frames,
    )
    hit = matched >= 0
    is_cut = (true["boundary"] == "cut").to_numpy()
    wrong = np.setdiff1d(np.arange(len(frames)), matched)
    return {
        "cuts": int(is_cut.sum()),
        "gradual": int((~is_cut).sum()),
        "found": len(frames),
        "matched": int(hit.sum()),
        "cut_recall": _share(hit[is_cut].sum(), is_cut.sum()),
        "gradual_recall": _share(hit[~is_cut].sum(), (~is_cut).sum()),
        "recall": _share(hit.sum(), len(hit)),
        "precision": _share(hit.sum(), len(frames)),
        "f1": _share(2 * hit.sum(), len(hit) + len(frames)),
        "missed_frames": true.loc[~hit, "start_frame"].tolist(),
        "false_frames": frames[wrong].tolist(),
    }


def _share(part: int, whole: int) -> float | None:
    return float(part / whole) if whole else None
