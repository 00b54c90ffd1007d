"""Affinity propagation, by scikit-learn."""

import warnings

import numpy as np
from sklearn.cluster import AffinityPropagation
from sklearn.exceptions import ConvergenceWarning

from castmap.clustering.agglomeration import cosine_distances
from castmap.clustering.assignment import Assignment, assign_all
from castmap.clustering.film import FilmTracks
from castmap.clustering.scikit_learn import fit_predict

MEMBER = {
    "order": 5,
}


def cluster(vectors: np.ndarray, film: FilmTracks, *, seed: int, **_: object) -> Assignment:
    """See castmap.clustering.algorithms; if no exemplar emerges, each track is a cluster."""
    model = AffinityPropagation(
        affinity="precomputed", damping=0.9, max_iter=1000, random_state=seed
    )
    with warnings.catch_warnings():
        # Unconverged, its last exemplars stand.
        warnings.filterwarnings("ignore", "Affinity propagation did not", ConvergenceWarning)
        warnings.filterwarnings("ignore", "All samples have mutually equal", UserWarning)
        return assign_all(fit_predict(model, 1 - cosine_distances(vectors)))
