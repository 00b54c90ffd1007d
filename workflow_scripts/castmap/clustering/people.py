"""The same person in several films."""

import itertools
from collections.abc import Mapping

import numpy as np
import pandas as pd

from castmap.clustering.agglomeration import cluster_constrained, cosine_distances
from castmap.clustering.cast import margins
from castmap.clustering.characters import is_character

_LEAST_WEIGHT = 0.05  # of a track whose confidence is 0


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


def people_table(
    characters: Mapping[str, tuple[list[str], np.ndarray]], stop_distance: float
) -> pd.DataFrame:
    """The PEOPLE table: P001, P002, ... by the order of films and characters.

    Args:
        characters: of each film, what character_vectors returns.
        stop_distance: see find_people.
    """
    rows = [
        (film, movie, name)
        for film, (movie, (names, _)) in enumerate(characters.items())
        for name in names
    ]
    table = pd.DataFrame(rows, columns=["film", "movie", "character"])
    vectors = np.concatenate([vectors for _, vectors in characters.values()])
    people, confidence = find_people(vectors, table.pop("film").to_numpy(int), stop_distance)
    digits = max(3, len(str(len(table))))
    table["person"] = [f"P{number + 1:0{digits}d}" for number in people]
    return table.assign(confidence=confidence)


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
    cannot_links = np.array(pairs, int).reshape(-1, 2)
    distances = cosine_distances(vectors)
    people = cluster_constrained(distances, cannot_links, stop_distance)
    return people, margins(distances, people, cannot_links, stop_distance)[0]
