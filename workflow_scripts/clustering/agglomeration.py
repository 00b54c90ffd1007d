"""Average-linkage agglomeration that never joins what must stay apart."""

import numpy as np


def cluster_constrained(
    distances: np.ndarray, forbidden: np.ndarray, stop_distance: float
) -> np.ndarray:
    """Join the two nearest clusters until the nearest allowed pair is too far apart.

    The distance of two clusters is the mean over their pairs (Lance-Williams update). A pair of
    clusters is forbidden if any of its pairs of items is. Of equally near pairs the one with the
    lowest item numbers is joined first, so the result does not depend on chance.

    Args:
        distances: float [n, n], symmetric.
        forbidden: int [k, 2], pairs of items that must not be joined.
        stop_distance: pairs farther apart than this are not joined.

    Returns:
        int [n], cluster numbers 0.. in order of each cluster's first item.
    """
    n = len(distances)
    between = np.array(distances, dtype=np.float64)
    # Forbidden pairs are infinitely far apart; infinity survives every later average.
    between[forbidden[:, 0], forbidden[:, 1]] = np.inf
    between[forbidden[:, 1], forbidden[:, 0]] = np.inf
    np.fill_diagonal(between, np.inf)
    sizes = np.ones(n)
    owner = np.arange(n)
    nearest = between.argmin(axis=1) if n else np.zeros(0, int)
    reach = between[np.arange(n), nearest]
    while n and reach.min() <= stop_distance:
        i = int(reach.argmin())
        j = int(nearest[i])
        i, j = min(i, j), max(i, j)
        merged = (sizes[i] * between[i] + sizes[j] * between[j]) / (sizes[i] + sizes[j])
        merged[[i, j]] = np.inf
        sizes[i] += sizes[j]
        owner[owner == j] = i
        between[i], between[:, i] = merged, merged
        between[j], between[:, j] = np.inf, np.inf
        reach[j] = np.inf
        # Only rows whose nearest was i or j, and i itself, can have lost their nearest.
        stale = np.flatnonzero(np.isin(nearest, (i, j)) & np.isfinite(reach))
        for row in {i, *stale.tolist()}:
            nearest[row] = between[row].argmin()
            reach[row] = between[row, nearest[row]]
        closer = merged < reach
        nearest[closer], reach[closer] = i, merged[closer]
    return np.unique(owner, return_inverse=True)[1]


def cosine_distances(vectors: np.ndarray) -> np.ndarray:
    """1 - cosine of every pair of unit rows, float64 [n, n], exactly symmetric, 0..2."""
    similarity = vectors @ vectors.T
    return np.clip(1 - (similarity + similarity.T) / 2, 0, 2)


def carried_stop_distance(before: np.ndarray, after: np.ndarray, stop_distance: float) -> float:
    """The stop distance of an embedding whose distances are not those it was chosen for.

    Adaptation moves all distances; what it should not move is how many pairs of tracks are near
    enough to be joined. The distance within which as many pairs lie after as did before is taken.

    Args:
        before: float [n, n], the distances of tracks that the stop distance was chosen for.
        after: float [n, n], those of the same tracks by another embedding.
        stop_distance: for the first.

    Returns:
        A stop distance for the second; the same if there are no pairs.
    """
    pairs = np.triu_indices(len(before), 1)
    if not len(pairs[0]):
        return stop_distance
    return float(np.quantile(after[pairs], np.mean(before[pairs] <= stop_distance)))


def confidence(
    distances: np.ndarray, clusters: np.ndarray, forbidden: np.ndarray, stop_distance: float
) -> np.ndarray:
    """How much nearer each item is to its own cluster than to the next one it might belong to.

    (d_other - d_own) / max(d_own, d_other), clipped to 0..1: d_own is the mean distance to the
    other items of its cluster (alone: stop_distance / 2), d_other that to the nearest cluster that
    is not forbidden to it, and at most the largest distance, 2.

    Args:
        distances: float [n, n], symmetric.
        clusters: int [n].
        forbidden: int [k, 2], pairs of items that must not be joined.
        stop_distance: where agglomeration stopped.

    Returns:
        float [n], 0..1.
    """
    n = len(distances)
    member = np.eye(clusters.max() + 1 if n else 0)[clusters] if n else np.zeros((0, 0))
    sizes = member.sum(axis=0)
    total = distances @ member
    own = np.take_along_axis(total, clusters[:, None], 1)[:, 0] if n else np.zeros(0)
    others = sizes[clusters] - 1 if n else np.zeros(0)
    d_own = np.where(others > 0, own / np.maximum(others, 1), stop_distance / 2)
    mean = total / sizes
    blocked = np.zeros_like(mean, dtype=bool)
    blocked[np.arange(n), clusters] = True
    for one, other in ((0, 1), (1, 0)):
        blocked[forbidden[:, one], clusters[forbidden[:, other]]] = True
    mean = np.where(blocked, 2.0, mean)
    d_other = mean.min(axis=1) if n else np.zeros(0)
    return np.clip((d_other - d_own) / np.maximum(np.maximum(d_own, d_other), 1e-12), 0, 1)
