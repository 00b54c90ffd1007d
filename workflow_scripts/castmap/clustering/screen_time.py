"""How long each character is on screen, between which bounds.

A track of a character is that person's with the probability that is its confidence. A track that
is not the person's of its character, or that is in none, may be that of another character's person:
most likely of the second it may be. Were errors independent, the screen time would be a sum of
independent draws, and nearly normal. They are not: who was taken for somebody in one shot is taken
so in the next. So the bounds of independent errors are moved apart until they hold as often as they
say on films with labels (conformalised quantiles; Romano, Patterson and Candes 2019).
"""

from typing import NamedTuple

import numpy as np
import pandas as pd
from scipy.special import ndtri

from castmap.clustering.characters import is_character, screen_time
from castmap.formats.tables import NOT_A_FACE

COVERED = 0.9
_DEVIATIONS = float(ndtri((1 + COVERED) / 2))
_COLUMNS = ("character", "screen_time_s", "screen_time_low_s", "screen_time_high_s")


class Errors(NamedTuple):
    """How tracks are wrong; ``benchmarks/track_confidence.py`` fits and prints it.

    Attributes:
        to_second: of the tracks that are in no character, or not in their person's, the share that
            is that of the second character's person.
        to_other: the share that is that of any other character's person.
        together: how far either bound is moved, because errors come together: a share of the screen
            time of tracks that are not certain.
    """

    to_second: float
    to_other: float
    together: float


ERRORS = Errors(0.086, 0.069, 0.198)


def screen_times(characters: pd.DataFrame, errors: Errors = ERRORS) -> pd.DataFrame:
    """The screen time of each character, and between which bounds its person's is.

    The interval is that of the time for which the character's person is on screen in tracks that
    are in the character, in none, or alone among another person's. It is made to hold in 90 % of
    cases. What it leaves out: faces that no track follows, and further characters of the same
    person. It always holds the screen time.

    Args:
        characters: the CLUSTERS or CHARACTERS table.
        errors: how tracks are wrong.

    Returns:
        A row per character, in order of names: ``character``; ``screen_time_s``, by the tracks in
        it; ``screen_time_low_s`` and ``screen_time_high_s``.
    """
    known = is_character(characters["character"]).to_numpy()
    names = sorted(characters.loc[known, "character"].unique())
    lengths = (characters["end_s"] - characters["start_s"]).to_numpy(float)
    sure = characters["confidence"].to_numpy(float)
    to_other = errors.to_other / max(len(names) - 2, 1)
    somebody = (characters["character"] != NOT_A_FACE).to_numpy() & (sure < 1)
    rows = []
    for name in names:
        inside = (characters["character"] == name).to_numpy()
        outside = somebody & ~inside
        second = (characters["second_character"] == name).to_numpy()
        found = screen_time(characters[inside])
        own = lengths[inside] * found / max(lengths[inside].sum(), 1e-12)  # each second once
        elsewhere = (1 - sure) * np.where(second, errors.to_second, to_other)
        low, high = independent_bounds(
            np.concatenate([sure[inside], elsewhere[outside]]),
            np.concatenate([own, lengths[outside]]),
        )
        apart = errors.together * float(own[sure[inside] < 1].sum())
        rows.append((name, found, max(min(low, found) - apart, 0.0), max(high, found) + apart))
    return pd.DataFrame(rows, columns=_COLUMNS)


def independent_bounds(probabilities: np.ndarray, lengths: np.ndarray) -> tuple[float, float]:
    """Between which bounds a person is on screen in 90 % of cases, if tracks are independent.

    Args:
        probabilities: float [n], that each track is the person's.
        lengths: float [n], of the tracks, s.

    Returns:
        Seconds, of the normal distribution with the mean and variance of the sum; no less than all
        that is certain, and no more than all that may be.
    """
    mean = float(probabilities @ lengths)
    apart = _DEVIATIONS * float((probabilities * (1 - probabilities)) @ lengths**2) ** 0.5
    least, most = (float(lengths[which].sum()) for which in (probabilities == 1, probabilities > 0))
    return max(mean - apart, least), min(mean + apart, most)
