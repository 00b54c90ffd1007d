"""Does an adapted embedding separate weak pairs better than its baseline?

Tracklets of one track show one person; tracklets of two tracks with a cannot-link show two. Of each
track, the two least similar tracklets count; of each cannot-link, the two most similar ones: the
pairs that an embedding is most likely to get wrong. How far apart the two kinds lie, in units of
their own spread (d', the sensitivity index: Green and Swets 1966), needs no labels. It is computed
on tracks that the embedding was not trained on. An embedding is significantly better if the 95 %
interval of its gain lies above 0, by a paired bootstrap over groups of tracks (Efron 1979).

The area under the ROC curve is no substitute: in most films an embedding tells all weak pairs
apart, so it is 1 before and after, whatever was learnt.
"""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd

from castmap.adaptation.weak_labels import groups_of_tracks
from castmap.mining.hard_examples import farthest_siblings
from castmap.tracks.cooccurrence import linked_tracks

LEAST_GROUPS = 4  # with cannot-links, that a film must have to be judged
_INTERVAL = (2.5, 97.5)
_LEAST_DEVIATION = 1e-6  # of cosines; below, they are the same but for rounding


class WeakScores(NamedTuple):
    """The similarities of weak pairs by one embedding: cosines.

    Attributes:
        same: float [k], of each track, its two least similar tracklets.
        different: float [p], of each cannot-link, the two most similar tracklets of its tracks.
        group_of_same: int [k], the group of each track; see weak_labels.groups_of_tracks.
        group_of_different: int [p], that of both tracks of each cannot-link.
    """

    same: np.ndarray
    different: np.ndarray
    group_of_same: np.ndarray
    group_of_different: np.ndarray


class Gain(NamedTuple):
    """How much better one embedding separates weak pairs than another.

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
    numbers, means = numbers[kept], means[kept]
    cannot_links = linked_tracks(pairs)
    cannot_links = cannot_links[np.isin(cannot_links, numbers).all(axis=1)]
    group = groups_of_tracks(numbers, cannot_links)
    one, other = np.searchsorted(numbers, cannot_links).T
    same = 1 - farthest_siblings(means)[1].max(axis=1, initial=0)
    different = np.einsum("pid,pjd->pij", means[one], means[other]).max(axis=(1, 2), initial=-1)
    return WeakScores(same, different, group, group[one])


def separation(same: np.ndarray, different: np.ndarray) -> float:
    """d': the difference of the means, over the root of the mean of both variances.

    Args:
        same: float [k], k > 0.
        different: float [p], p > 0.

    Returns:
        0 where both kinds lie at the same place, negative where they lie the wrong way round.
    """
    deviation = np.sqrt((same.var() + different.var()) / 2)
    return float((same.mean() - different.mean()) / max(deviation, _LEAST_DEVIATION))


def statistic_of_draws(
    scores: WeakScores,
    seed: int,
    draws: int,
    statistic: Callable[[np.ndarray, np.ndarray], float] = separation,
) -> np.ndarray | None:
    """A statistic of weak pairs, of all and of each draw of a bootstrap over groups of tracks.

    Tracks of a group are seen together, so their pairs are of the same few people in the same
    light: a group is drawn whole. Groups with cannot-links, and those without, are drawn by
    themselves, so that each draw has as many of each.

    Args:
        scores: by one embedding. For another of the same film the draws are the same.
        seed: of the bootstrap.
        draws: how often groups are drawn with replacement.
        statistic: of the scores of both kinds.

    Returns:
        Float [1 + draws], the first of all pairs; None where fewer than LEAST_GROUPS groups have
        cannot-links: so few say nothing of the film.
    """
    linked = np.unique(scores.group_of_different)
    if len(linked) < LEAST_GROUPS:
        return None
    alone = np.setdiff1d(scores.group_of_same, linked)
    random = np.random.default_rng(seed)
    values = [statistic(scores.same, scores.different)]
    for _ in range(draws):
        drawn = [kind[random.integers(len(kind), size=len(kind))] for kind in (linked, alone)]
        times = np.bincount(np.concatenate(drawn), minlength=scores.group_of_same.max() + 1)
        values.append(
            statistic(
                np.repeat(scores.same, times[scores.group_of_same]),
                np.repeat(scores.different, times[scores.group_of_different]),
            )
        )
    return np.array(values)


def gain_over_films(gains: Sequence[np.ndarray], weights: Sequence[float]) -> Gain:
    """The mean gain of an embedding over films.

    Args:
        gains: of each film (at least one), what statistic_of_draws gave less what it gave for the
            baseline.
        weights: of each film, above 0.
    """
    mean = np.average(np.array(gains), axis=0, weights=weights)
    return Gain(float(mean[0]), mean[1:])
