"""The same person in several films."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from castmap.clustering.agglomeration import (
    cluster_constrained,
    cosine_distances,
    in_order_of_first,
)
from castmap.clustering.certainty import place_tracks
from castmap.clustering.characters import is_character
from castmap.clustering.film import pool_items
from castmap.formats.label_names import is_named, one_spelling

_LEAST_WEIGHT = 0.05  # of a track whose confidence is 0


def character_vectors(characters: pd.DataFrame, pooled: np.ndarray) -> tuple[list[str], np.ndarray]:
    """One vector per character of a film: the mean of its tracks, weighted by confidence.

    Args:
        characters: the CHARACTERS table.
        pooled: float [t, d], unit rows, the tracks in the table's order, by an embedding that is
            the same for all films.

    Returns:
        The characters' names, sorted, and float64 [k, d], unit rows.
    """
    names = sorted(characters.loc[is_character(characters["character"]), "character"].unique())
    member = characters["character"].to_numpy()[None] == np.array(names, object)[:, None]
    weights = _LEAST_WEIGHT + characters["confidence"].to_numpy(float)
    means = (member * weights) @ pooled
    return names, means / np.maximum(np.linalg.norm(means, axis=1, keepdims=True), 1e-12)


def names_used(characters: pd.DataFrame) -> dict[str, str]:
    """What each character of a film is called; none where that is unknown.

    Args:
        characters: the CHARACTERS table.
    """
    named = characters.dropna(subset="name").drop_duplicates("character")
    return dict(zip(named["character"], named["name"], strict=True))


def people_table(
    characters: Mapping[str, tuple[list[str], np.ndarray]],
    names: Mapping[str, Mapping[str, str]],
    stop_distance: float,
) -> pd.DataFrame:
    """The PEOPLE table: P001, P002, ... by the order of films and characters.

    Args:
        characters: of each film, what character_vectors returns.
        names: of each film, what names_used returns. Names that differ in case or spaces only are
            one, spelled as the first; a character that is called unknown has none.
        stop_distance: see find_people.
    """
    rows = [
        (film, movie, name, names[movie].get(name))
        for film, (movie, (found, _)) in enumerate(characters.items())
        for name in found
    ]
    table = pd.DataFrame(rows, columns=["film", "movie", "character", "name"])
    spelled = one_spelling(table["name"].astype(object))
    table["name"] = spelled.where(is_named(spelled) & spelled.notna(), None).astype(object)
    vectors = np.concatenate([vectors for _, vectors in characters.values()])
    films, called = table.pop("film").to_numpy(int), pd.factorize(table["name"])[0]
    people, margin = find_people(vectors, films, called, stop_distance)
    digits = max(3, len(str(len(table))))
    table["person"] = [f"P{number + 1:0{digits}d}" for number in people]
    table["name"] = table.groupby("person")["name"].transform("first")
    return table.assign(margin=margin)


def people_by_name(names: Mapping[str, Mapping[str, str]]) -> pd.DataFrame:
    """The PEOPLE table of the characters that have a name; it rests on names alone.

    Args:
        names: of each film, what names_used returns; there is a film at least.
    """
    characters = {movie: (sorted(own), np.zeros((len(own), 1))) for movie, own in names.items()}
    table = people_table(characters, names, stop_distance=0.0)
    return table[table["name"].notna()].assign(margin=1.0)


def find_people(
    vectors: np.ndarray, films: np.ndarray, names: np.ndarray, stop_distance: float
) -> tuple[np.ndarray, np.ndarray]:
    """Which characters are one person.

    Characters of one name are one person, of two names two. Others are joined by average linkage,
    a name's characters as one by the mean of their vectors; no two characters of one film are one
    person, unless they have one name.

    Args:
        vectors: float [k, d], unit rows: characters of all films.
        films: int [k], the film of each.
        names: int [k], a number for each name; -1 of a character that has none.
        stop_distance: cosine distance; clusters farther apart are not joined.

    Returns:
        int [k], person numbers 0.. by first character; and float [k], 0..1, how much nearer each
        character is to its person than to the next (see certainty.Places).
    """
    n = len(vectors)
    item = in_order_of_first(np.where(names < 0, len(names) + np.arange(n), names))
    apart = _apart(item, films, names)
    joined = cluster_constrained(
        cosine_distances(pool_items(vectors, item)), np.argwhere(np.triu(apart)), stop_distance
    )
    people = joined[item]
    cannot_links = np.argwhere(np.triu(apart[np.ix_(item, item)]))
    distances = cosine_distances(vectors)
    return people, place_tracks(distances, people, cannot_links, stop_distance).margins()


def _apart(item: np.ndarray, films: np.ndarray, names: np.ndarray) -> np.ndarray:
    """Which items are two people, bool [m, m]: they share a film, or have two names."""
    n_items = item.max(initial=-1) + 1
    seen_in = np.zeros((n_items, films.max(initial=-1) + 1), np.float32)
    seen_in[item, films] = 1
    named = np.zeros(n_items, bool)
    named[item[names >= 0]] = True
    apart = (seen_in @ seen_in.T > 0) | (named[:, None] & named)
    np.fill_diagonal(apart, False)
    return apart
