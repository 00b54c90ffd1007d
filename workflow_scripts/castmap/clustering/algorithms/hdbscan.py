"""HDBSCAN, by scikit-learn; each noise track is its own cluster."""

import numpy as np
from sklearn.cluster import HDBSCAN

from castmap.clustering.assignment import Assignment, assign_all
from castmap.clustering.film import FilmTracks
from castmap.clustering.scikit_learn import fit_predict

MEMBER = {
    "order": 6,
}


def cluster(vectors: np.ndarray, film: FilmTracks, **_: object) -> Assignment:
    """See castmap.clustering.algorithms."""
    return assign_all(fit_predict(HDBSCAN(min_cluster_size=2, copy=True), vectors))
