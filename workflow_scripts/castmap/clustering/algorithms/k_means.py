"""k-means, by scikit-learn; where K is to be found, the one with the largest silhouette."""

import warnings

import numpy as np
from sklearn.cluster import KMeans
from sklearn.exceptions import ConvergenceWarning
from sklearn.metrics import silhouette_score

from castmap.clustering.agglomeration import cosine_distances
from castmap.clustering.assignment import Assignment, assign_all
from castmap.clustering.film import FilmTracks
from castmap.clustering.scikit_learn import fit_predict

MEMBER = {
    "order": 4,
    "takes_n_clusters": True,
}
_MOST_CLUSTERS = 40  # up to which the number of clusters is looked for


def cluster(
    vectors: np.ndarray,
    film: FilmTracks,
    *,
    n_clusters: int | None,
    seed: int,
    **_: object,
) -> Assignment:
    """See castmap.clustering.algorithms; fewer than n_clusters if fewer vectors differ."""
    if n_clusters is None:
        n_clusters = _most_distinct(vectors, seed)
    return assign_all(_fit(n_clusters, vectors, seed, n_init=10))


def _most_distinct(vectors: np.ndarray, seed: int) -> int:
    """The number of clusters with the largest silhouette, 2.._MOST_CLUSTERS; the smallest if tied.

    To save time each number is tried from one start. It is 1 where no number has a silhouette:
    below three items, or if all are equal.
    """
    distances = cosine_distances(vectors)
    np.fill_diagonal(distances, 0)  # silhouette_score refuses what float32 rounding leaves
    best, best_score = 1, -np.inf
    for n_clusters in range(2, min(_MOST_CLUSTERS, len(vectors) - 1) + 1):
        labels = _fit(n_clusters, vectors, seed, n_init=1)
        if labels.min() == labels.max():
            break
        score = silhouette_score(distances, labels, metric="precomputed")
        if score > best_score:
            best, best_score = n_clusters, score
    return best


def _fit(n_clusters: int, vectors: np.ndarray, seed: int, n_init: int) -> np.ndarray:
    model = KMeans(n_clusters, n_init=n_init, random_state=seed)
    with warnings.catch_warnings():
        # Equal vectors may leave fewer distinct clusters than asked for.
        warnings.filterwarnings("ignore", "Number of distinct clusters", ConvergenceWarning)
        return fit_predict(model, vectors)
