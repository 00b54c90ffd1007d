"""Standard algorithms that cluster the tracks of a film, to stand beside castmap's own.

Every method sees the same unit vectors. Only castmap's own looks at the cannot-links; the others
are as scikit-learn has them.
"""

import warnings

import numpy as np
from sklearn.cluster import HDBSCAN, AffinityPropagation, AgglomerativeClustering, KMeans
from sklearn.exceptions import ConvergenceWarning
from sklearn.metrics import silhouette_score

from castmap.clustering.agglomeration import (
    cluster_constrained,
    cosine_distances,
    in_order_of_first,
)

METHODS = (
    "agglomerative_constrained",
    "agglomerative",
    "k_means",
    "affinity_propagation",
    "hdbscan",
)
TAKE_N_CLUSTERS = frozenset({"agglomerative_constrained", "agglomerative", "k_means"})
_TAKE_STOP_DISTANCE = frozenset({"agglomerative_constrained", "agglomerative"})
_MOST_CLUSTERS = 40  # up to which k-means looks for the number of clusters


def cluster(
    method: str,
    vectors: np.ndarray,
    forbidden: np.ndarray,
    *,
    n_clusters: int | None = None,
    stop_distance: float | None = None,
    seed: int,
) -> np.ndarray:
    """Cluster tracks by one method, with the number of clusters given or found by the method.

    Where n_clusters is not given, agglomeration stops at stop_distance, k-means takes the number
    with the largest silhouette, and affinity propagation and HDBSCAN find it by their nature. What
    a method leaves unassigned (HDBSCAN: noise; affinity propagation: everything, if no exemplar
    emerges) is a cluster of its own, item by item.

    Args:
        method: one of METHODS.
        vectors: float64 [n, d], unit rows.
        forbidden: int [k, 2], the cannot-links: pairs of items. Only agglomerative_constrained
            looks at them.
        n_clusters: how many clusters, at least 1; more than n count as n. Only for the methods of
            TAKE_N_CLUSTERS. k_means finds fewer if fewer vectors differ;
            agglomerative_constrained more if the cannot-links leave no choice.
        stop_distance: cosine distance, 0..2; clusters farther apart are not joined. Looked at only
            by the agglomerative methods, and only without n_clusters.
        seed: of k-means and affinity propagation.

    Returns:
        int [n], cluster numbers 0.. in order of each cluster's first item.

    Raises:
        ValueError: the method is unknown, cannot take n_clusters, or was told neither n_clusters
            nor the stop_distance it needs; or n_clusters is below 1.
    """
    _check(method, n_clusters, stop_distance)
    n = len(vectors)
    if n < 2:  # which scikit-learn refuses
        return np.arange(n)
    n_clusters = None if n_clusters is None else min(n_clusters, n)
    match method:
        case "agglomerative_constrained":
            distances = cosine_distances(vectors)
            stop = stop_distance if n_clusters is None else None
            labels = cluster_constrained(distances, forbidden, stop, n_clusters or 1)
        case "agglomerative":
            labels = _agglomerative(vectors, n_clusters, stop_distance)
        case "k_means":
            labels = _k_means(vectors, n_clusters, seed)
        case "affinity_propagation":
            labels = _affinity_propagation(vectors, seed)
        case "hdbscan":
            labels = HDBSCAN(min_cluster_size=2, copy=True).fit_predict(vectors)
    return _numbered(labels)


def _check(method: str, n_clusters: int | None, stop_distance: float | None) -> None:
    if method not in METHODS:
        raise ValueError(f"no method is called {method!r}; there are {', '.join(METHODS)}")
    if n_clusters is None:
        if method in _TAKE_STOP_DISTANCE and stop_distance is None:
            raise ValueError(f"{method} needs n_clusters or stop_distance")
    elif method not in TAKE_N_CLUSTERS:
        raise ValueError(f"{method} finds the number of clusters itself and takes no n_clusters")
    elif n_clusters < 1:
        raise ValueError(f"n_clusters is {n_clusters} and must be at least 1")


def _agglomerative(
    vectors: np.ndarray, n_clusters: int | None, stop_distance: float | None
) -> np.ndarray:
    # scikit-learn does not join at the threshold, cluster_constrained does at the stop distance.
    threshold = np.nextafter(stop_distance, np.inf) if n_clusters is None else None
    model = AgglomerativeClustering(
        n_clusters=n_clusters,
        metric="precomputed",
        linkage="average",
        distance_threshold=threshold,
    )
    return model.fit_predict(cosine_distances(vectors))


def _k_means(vectors: np.ndarray, n_clusters: int | None, seed: int) -> np.ndarray:
    if n_clusters is None:
        n_clusters = _most_distinct(vectors, seed)
    return _k_means_into(n_clusters, vectors, seed, n_init=10)


def _most_distinct(vectors: np.ndarray, seed: int) -> int:
    """The number of clusters with the largest silhouette, 2.._MOST_CLUSTERS; the smallest if tied.

    To save time each number is tried from one start. It is 1 where no number has a silhouette:
    below three items, or if all are equal.
    """
    distances = cosine_distances(vectors)
    np.fill_diagonal(distances, 0)  # silhouette_score refuses what float32 rounding leaves
    best, best_score = 1, -np.inf
    for n_clusters in range(2, min(_MOST_CLUSTERS, len(vectors) - 1) + 1):
        labels = _k_means_into(n_clusters, vectors, seed, n_init=1)
        if labels.min() == labels.max():
            break
        score = silhouette_score(distances, labels, metric="precomputed")
        if score > best_score:
            best, best_score = n_clusters, score
    return best


def _k_means_into(n_clusters: int, vectors: np.ndarray, seed: int, n_init: int) -> np.ndarray:
    model = KMeans(n_clusters, n_init=n_init, random_state=seed)
    with warnings.catch_warnings():
        # Equal vectors may leave fewer distinct clusters than asked for.
        warnings.filterwarnings("ignore", "Number of distinct clusters", ConvergenceWarning)
        return model.fit_predict(vectors)


def _affinity_propagation(vectors: np.ndarray, seed: int) -> np.ndarray:
    model = AffinityPropagation(
        affinity="precomputed", damping=0.9, max_iter=1000, random_state=seed
    )
    with warnings.catch_warnings():
        # Unconverged, its last exemplars stand.
        warnings.filterwarnings("ignore", "Affinity propagation did not", ConvergenceWarning)
        warnings.filterwarnings("ignore", "All samples have mutually equal", UserWarning)
        return model.fit_predict(1 - cosine_distances(vectors))


def _numbered(labels: np.ndarray) -> np.ndarray:
    """Labels 0.. by first item, each item labelled -1 becoming a cluster of its own."""
    alone = labels < 0
    labels = np.where(alone, labels.max() + 1 + np.arange(len(labels)), labels)
    return in_order_of_first(labels)
