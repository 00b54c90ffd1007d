"""The same person in several films."""

import itertools

import numpy as np
import pandas as pd

from castmap.clustering.agglomeration import cluster_constrained, cosine_distances
from castmap.clustering.cast import margins
from castmap.clustering.characters import is_character

_LEAST_WEIGHT = 0.05  # of a track of no confidence


def character_vectors(clusters: pd.DataFrame, pooled: np.ndarray) -> tuple[list[str], np.ndarray]:
    """One vector per character of a film: the mean of its tracks, weighted by confidence.

    Args:
        clusters: the CLUSTERS table.
        pooled: float [t, d], unit rows, the tracks in the table's order, by an embedding that is
            the same for all films.

    Returns:
        The characters' names, sorted, and float64 [k, d], unit rows.
    """
    names = sorted(clusters.loc[is_character(clusters["character"]), "character"].unique())
    member = clusters["character"].to_numpy()[None] == np.array(names, object)[:, None]
    weights = _LEAST_WEIGHT + clusters["confidence"].to_numpy(float)
    means = (member * weights) @ pooled
    return names, means / np.maximum(np.linalg.norm(means, axis=1, keepdims=True), 1e-12)


def find_people(
    vectors: np.ndarray, films: np.ndarray, stop_distance: float
) -> tuple[np.ndarray, np.ndarray]:
    """Which characters of different films are one person.

    Average linkage; two characters of one film are two people.

    Args:
        vectors: float [k, d], unit rows: characters of all films.
        films: int [k], the film of each.
        stop_distance: cosine distance; clusters farther apart are not joined.

    Returns:
        int [k], person numbers 0.. by first character; and float [k], 0..1, how much nearer each
        character is to its person than to the next (see cast.margins).
    """
    groups = [np.flatnonzero(films == film) for film in np.unique(films)]
    pairs = [pair for group in groups for pair in itertools.combinations(group.tolist(), 2)]
    apart = np.array(pairs, int).reshape(-1, 2)
    distances = cosine_distances(vectors)
    people = cluster_constrained(distances, apart, stop_distance)
    return people, margins(distances, people, apart, stop_distance)[0]
