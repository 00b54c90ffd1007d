"""Average linkage that never joins tracks seen at the same time."""

import numpy as np

from castmap.clustering.agglomeration import cluster_constrained, cosine_distances
from castmap.clustering.assignment import Assignment, assign_all
from castmap.clustering.film import FilmTracks

MEMBER = {
    "order": 2,
    "takes_n_clusters": True,
    "heeds_cannot_links": True,
}


def cluster(
    vectors: np.ndarray,
    film: FilmTracks,
    *,
    stop_distance: float,
    n_clusters: int | None,
    **_: object,
) -> Assignment:
    """See castmap.clustering.algorithms; n_clusters may be exceeded to keep the cannot-links."""
    distances = cosine_distances(vectors)
    if n_clusters is None:
        return assign_all(cluster_constrained(distances, film.cannot_links, stop_distance))
    return assign_all(cluster_constrained(distances, film.cannot_links, n_clusters=n_clusters))
