"""Constrained average linkage with calibrated stop distance; small clusters become background.

Usable tracks are agglomerated under the cannot-links up to the stop distance, and loose clusters
are broken up. Of the clusters the large ones are characters. Small ones, and tracks that are not
usable or show no face, join the nearest character, or none: it must be within the stop distance,
and one of its tracks as near as those of a dense cluster are to each other.
"""

import numpy as np

from castmap.clustering.agglomeration import (
    agglomerate,
    cosine_distances,
    joins_within,
    links_among,
)
from castmap.clustering.assignment import Assignment, assign_remaining
from castmap.clustering.characters import UNASSIGNED
from castmap.clustering.density import LOOSE, dense_clusters
from castmap.clustering.film import FilmTracks

MEMBER = {
    "order": 1,
    "heeds_cannot_links": True,
    "calibrated": True,
}


def cluster(
    vectors: np.ndarray, film: FilmTracks, *, stop_distance: float, **_: object
) -> Assignment:
    """The characters of a film; see castmap.clustering.algorithms."""
    usable, reach = film.usable, LOOSE * stop_distance
    clusters = np.full(len(vectors), UNASSIGNED)
    clusters[usable] = _dense_clusters(
        vectors[usable], links_among(film.cannot_links, usable), stop_distance, reach
    )
    return assign_remaining(
        cosine_distances(vectors),
        clusters,
        film.cannot_links,
        np.where(film.faceless, 0, film.n_frames),
        stop_distance,
        reach,
        film.n_tracks,
    )


def _dense_clusters(
    vectors: np.ndarray, cannot_links: np.ndarray, stop_distance: float, reach: float
) -> np.ndarray:
    distances = cosine_distances(vectors)
    joins = agglomerate(distances, cannot_links)
    return dense_clusters(distances, joins, joins_within(joins, stop_distance), reach)
