"""Constrained average linkage with calibrated stop distance; small clusters become background.

Usable tracks are agglomerated under the cannot-links up to the stop distance, and loose clusters
are broken up. Of the clusters the large ones are characters; small ones, and tracks that are not
usable, join the nearest character within the stop distance, or none. What shows no face is in none.
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
    usable = film.usable
    clusters = np.full(len(vectors), UNASSIGNED)
    clusters[usable] = _dense_clusters(
        vectors[usable], links_among(film.cannot_links, usable), stop_distance
    )
    shown = ~film.faceless
    faces = film.only(shown)
    found = assign_remaining(
        *(cosine_distances(vectors[shown]), clusters[shown], faces.cannot_links, faces.n_frames),
        stop_distance,
        faces.n_tracks,
    )
    characters, joined = np.full(len(vectors), UNASSIGNED), np.zeros(len(vectors), bool)
    characters[shown], joined[shown] = found
    return Assignment(characters, joined)


def _dense_clusters(
    vectors: np.ndarray, cannot_links: np.ndarray, stop_distance: float
) -> np.ndarray:
    distances = cosine_distances(vectors)
    joins = agglomerate(distances, cannot_links)
    return dense_clusters(
        distances, joins, joins_within(joins, stop_distance), LOOSE * stop_distance
    )
