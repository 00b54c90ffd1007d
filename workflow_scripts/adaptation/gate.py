"""Does an adapted embedding tell held-out weak pairs apart better than the one before it?

A film says by itself, of tracks that nothing was trained on, which looks are one person (a track's
tracklets) and which are two (tracklets of strangers). How often the first are more alike than the
second, the area under the ROC curve (AUC), needs no labels. An adapted embedding is accepted where
its AUC is larger by more than chance: the lower end of the 95 % interval of a paired bootstrap over
tracks and pairs of tracks (Efron 1979) is above 0.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd

from workflow_scripts.evaluation.verification import auc
from workflow_scripts.tracks.cooccurrence import linked_tracks

_INTERVAL = (2.5, 97.5)


class WeakPairs(NamedTuple):
    """Pairs of tracklets, and the unit of each that a bootstrap draws.

    Attributes:
        positives: int [p, 3]: two tracklets of a track, and the track.
        negatives: int [q, 3]: two tracklets of strangers, and the pair of tracks.
    """

    positives: np.ndarray
    negatives: np.ndarray


class Difference(NamedTuple):
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


def weak_pairs(tracklets: pd.DataFrame, pairs: pd.DataFrame, tracks: np.ndarray) -> WeakPairs:
    """Pairs of tracklets that are one person, and pairs that are two, as a film says itself.

    Args:
        tracklets: the TRACKLETS table; its tracklets are numbered in order of track and tracklet.
        pairs: the COOCCURRENCE table.
        tracks: track numbers; pairs of other tracks are left out.
    """
    numbers = np.unique(tracklets["track"])
    n_tracklets = int(tracklets["tracklet"].max()) + 1 if len(tracklets) else 0
    kept = set(np.asarray(tracks).tolist())
    place = {
        int(track): row * n_tracklets for row, track in enumerate(numbers) if int(track) in kept
    }
    looks = range(n_tracklets)
    positives = [
        (start + a, start + b, unit)
        for unit, start in enumerate(place.values())
        for a in looks
        for b in looks
        if a < b
    ]
    strangers = [(a, b) for a, b in linked_tracks(pairs).tolist() if a in place and b in place]
    negatives = [
        (place[a] + one, place[b] + other, unit)
        for unit, (a, b) in enumerate(strangers)
        for one in looks
        for other in looks
    ]
    return WeakPairs(*(np.array(rows, int).reshape(-1, 3) for rows in (positives, negatives)))


def aucs_of_draws(
    means: Mapping[str, np.ndarray], pairs: WeakPairs, seed: int, draws: int
) -> dict[str, np.ndarray] | None:
    """The AUC of weak pairs by several embeddings, for all pairs and for each draw.

    Args:
        means: by model, float [n, d], unit rows: the tracklets of one film.
        pairs: of these tracklets.
        seed: of the bootstrap; each draw is the same for all models.
        draws: how often tracks and pairs of tracks are drawn again.

    Returns:
        By model, float [1 + draws], the first of all pairs; None where a kind of pairs is missing.
    """
    if not len(pairs.positives) or not len(pairs.negatives):
        return None
    scores = {model: [_scores(rows, kind) for kind in pairs] for model, rows in means.items()}
    random = np.random.default_rng(seed)
    chosen = [[slice(None)] * 2]
    chosen += [[_redraw(kind[:, 2], random) for kind in pairs] for _ in range(draws)]
    return {
        model: np.array([_auc(same[one], different[other]) for one, other in chosen])
        for model, (same, different) in scores.items()
    }


def difference(
    before: Sequence[np.ndarray], after: Sequence[np.ndarray], weights: Sequence[float]
) -> Difference:
    """Compare two embeddings over films: the mean of the films' differences.

    Args:
        before: of each film (at least one), what aucs_of_draws gave for one embedding.
        after: for the other.
        weights: of each film, above 0.
    """
    gains = np.average(np.array(after) - np.array(before), axis=0, weights=weights)
    return Difference(float(gains[0]), gains[1:])


def _scores(rows: np.ndarray, pairs: np.ndarray) -> np.ndarray:
    return np.einsum("ij,ij->i", rows[pairs[:, 0]], rows[pairs[:, 1]])


def _auc(same: np.ndarray, different: np.ndarray) -> float:
    truth = np.repeat([True, False], [len(same), len(different)])
    return auc(np.concatenate([same, different]), truth)


def _redraw(units: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """Rows of the units drawn with replacement; rows of a unit stay together."""
    n = units.max() + 1
    times = np.bincount(random.integers(n, size=n), minlength=n)
    return np.repeat(np.arange(len(units)), times[units])
