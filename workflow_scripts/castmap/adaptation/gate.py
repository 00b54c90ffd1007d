"""Does an adapted embedding separate weak pairs better than its baseline?

Tracklets of one track show one person; tracklets of two tracks with a cannot-link show two. Of each
track, the two least similar tracklets count; of each cannot-link, the two most similar ones: the
pairs that an embedding is most likely to get wrong. How often the first are more similar than the
second, the area under the ROC curve (AUC), needs no labels. It is computed on tracks that the
embedding was not trained on. An embedding is significantly better if the 95 % interval of its gain
lies above 0, by a paired bootstrap over tracks and over cannot-links (Efron 1979).
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd

from castmap.evaluation.verification import auc
from castmap.mining.hard_examples import farthest_siblings
from castmap.tracks.cooccurrence import linked_tracks

_INTERVAL = (2.5, 97.5)


class WeakScores(NamedTuple):
    """The similarities of weak pairs by one embedding: cosines.

    Attributes:
        same: float [k], of each track, its two least similar tracklets.
        different: float [p], of each cannot-link, the two most similar tracklets of its tracks.
    """

    same: np.ndarray
    different: np.ndarray


class Gain(NamedTuple):
    """How much larger the AUC of one embedding is than that of another.

    Attributes:
        value: of all pairs.
        draws: float [b], of the pairs of each draw of the bootstrap.
    """

    value: float
    draws: np.ndarray

    @property
    def interval(self) -> tuple[float, float]:
        """The 95 % interval."""
        low, high = np.percentile(self.draws, _INTERVAL)
        return float(low), float(high)


def weak_scores(
    tracklets: pd.DataFrame, means: np.ndarray, pairs: pd.DataFrame, tracks: np.ndarray
) -> WeakScores:
    """The scores of a film's weak pairs.

    Args:
        tracklets: the TRACKLETS table, of k tracks.
        means: float [k, v, d], unit rows: what tracklets.tracklet_means returns.
        pairs: the COOCCURRENCE table.
        tracks: track numbers; pairs with other tracks are left out.
    """
    numbers = np.unique(tracklets["track"])
    kept = np.isin(numbers, tracks)
    cannot_links = linked_tracks(pairs)
    cannot_links = cannot_links[np.isin(cannot_links, numbers[kept]).all(axis=1)]
    one, other = np.searchsorted(numbers, cannot_links).T
    if not kept.any():
        return WeakScores(np.zeros(0), np.zeros(0))
    same = 1 - farthest_siblings(means[kept])[1].max(axis=1)
    different = np.einsum("pid,pjd->pij", means[one], means[other])
    return WeakScores(same, different.max(axis=(1, 2), initial=-1))


def auc_of_draws(scores: WeakScores, seed: int, draws: int) -> np.ndarray | None:
    """The AUC of weak pairs, of all and of each draw.

    Args:
        scores: by one embedding. For another of the same film the draws are the same.
        seed: of the bootstrap.
        draws: how often tracks, and cannot-links, are drawn with replacement.

    Returns:
        Float [1 + draws], the first of all pairs; None where a kind of pairs is missing.
    """
    if not len(scores.same) or not len(scores.different):
        return None
    random = np.random.default_rng(seed)
    values = [_auc(*scores)]
    for _ in range(draws):
        values.append(_auc(*(kind[random.integers(len(kind), size=len(kind))] for kind in scores)))
    return np.array(values)


def gain_over_films(gains: Sequence[np.ndarray], weights: Sequence[float]) -> Gain:
    """The mean gain of an embedding over films.

    Args:
        gains: of each film (at least one), what auc_of_draws gave less what it gave for the
            baseline.
        weights: of each film, above 0.
    """
    mean = np.average(np.array(gains), axis=0, weights=weights)
    return Gain(float(mean[0]), mean[1:])


def _auc(same: np.ndarray, different: np.ndarray) -> float:
    truth = np.repeat([True, False], [len(same), len(different)])
    found = auc(np.concatenate([same, different]), truth)
    assert found is not None  # there are pairs of both kinds
    return found
