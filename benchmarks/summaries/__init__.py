"""How benchmarks sum up films: paired differences with intervals, and what counts as right."""

import pandas as pd
from scipy import stats

RATIO = (0.8, 1.25)  # of characters found and people, that counts as right


def mean_gain(gains: pd.Series) -> str:
    """The mean of paired differences, two at least, and half of its 95 % t-interval."""
    half = stats.t.ppf(0.975, len(gains) - 1) * stats.sem(gains)
    return f"{gains.mean():+.3f} ± {half:.3f}"
