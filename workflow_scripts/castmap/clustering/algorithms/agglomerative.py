"""Average linkage, by scikit-learn."""

import numpy as np
from sklearn.cluster import AgglomerativeClustering

from castmap.clustering.agglomeration import cosine_distances
from castmap.clustering.assignment import Assignment, assign_all
from castmap.clustering.film import FilmTracks
from castmap.clustering.scikit_learn import fit_predict

MEMBER = {
    "order": 3,
    "takes_n_clusters": True,
}


def cluster(
    vectors: np.ndarray,
    film: FilmTracks,
    *,
    stop_distance: float,
    n_clusters: int | None,
    **_: object,
) -> Assignment:
    """See castmap.clustering.algorithms."""
    # scikit-learn does not join at the threshold, cluster_constrained does at the stop distance.
    threshold = np.nextafter(stop_distance, np.inf) if n_clusters is None else None
    model = AgglomerativeClustering(
        n_clusters=n_clusters,
        metric="precomputed",
        linkage="average",
        distance_threshold=threshold,
    )
    return assign_all(fit_predict(model, cosine_distances(vectors)))
