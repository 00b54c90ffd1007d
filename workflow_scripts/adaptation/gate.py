"""Does an adapted embedding tell held-out weak pairs apart better than the one before it?"""

import numpy as np
import pandas as pd

from workflow_scripts.evaluation.verification import auc
from workflow_scripts.tracks.cooccurrence import linked_tracks

_INTERVAL = (2.5, 97.5)


def weak_pairs(tracklets: pd.DataFrame, pairs: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    """Pairs of tracklets that are one person, and pairs that are two, as a film says itself.

    Args:
        tracklets: the TRACKLETS table; its tracklets are numbered in order of track and tracklet.
        pairs: the COOCCURRENCE table.

    Returns:
        int [p, 3] and int [q, 3]: two tracklets and the unit that a bootstrap draws: the track of a
        positive pair, the pair of tracks of a negative one.
    """
    numbers = np.unique(tracklets["track"])
    n_tracklets = int(tracklets["tracklet"].max()) + 1 if len(tracklets) else 0
    place = {int(track): row * n_tracklets for row, track in enumerate(numbers)}
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
    return tuple(np.array(rows, int).reshape(-1, 3) for rows in (positives, negatives))


def compare_on_weak_pairs(
    before: np.ndarray,
    after: np.ndarray,
    positives: np.ndarray,
    negatives: np.ndarray,
    seed: int,
    draws: int,
) -> dict:
    """The area under the ROC curve of weak pairs by two embeddings, and whether the second wins.

    It wins if the lower end of the 95 % interval of the difference is above 0: a paired bootstrap
    that draws tracks for positives and pairs of tracks for negatives (Efron 1979).

    Args:
        before: float [n, d], unit rows: tracklet means by one embedding.
        after: float [n, d], by the other.
        positives: what weak_pairs returns.
        negatives: what weak_pairs returns.
        seed: of the bootstrap.
        draws: how often.

    Returns:
        n_positive, n_negative, auc_before, auc_after, difference, difference_95 and accepted; the
        scores are None, and nothing is accepted, where there are no pairs of either kind.
    """
    result = {"n_positive": len(positives), "n_negative": len(negatives), "accepted": False}
    names = ("auc_before", "auc_after", "difference", "difference_95")
    if not len(positives) or not len(negatives):
        return result | dict.fromkeys(names)
    scores = [(_scores(rows, positives), _scores(rows, negatives)) for rows in (before, after)]
    one, other = (_auc(*pair) for pair in scores)
    random = np.random.default_rng(seed)
    differences = []
    for _ in range(draws):
        chosen = [_redraw(pairs[:, 2], random) for pairs in (positives, negatives)]
        drawn = [_auc(same[chosen[0]], different[chosen[1]]) for same, different in scores]
        differences.append(drawn[1] - drawn[0])
    low, high = (float(end) for end in np.percentile(differences, _INTERVAL))
    values = (one, other, other - one, [low, high])
    return result | dict(zip(names, values, strict=True)) | {"accepted": low > 0}


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
