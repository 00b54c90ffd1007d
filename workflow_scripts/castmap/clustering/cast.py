"""From tracks to characters: cluster them by one of the algorithms, and say how sure it is."""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
import pandas as pd

from castmap.catalogues import ALGORITHMS
from castmap.clustering.agglomeration import carried_stop_distance, cosine_distances
from castmap.clustering.certainty import place_tracks, track_confidence
from castmap.clustering.characters import label_unassigned, name_characters
from castmap.clustering.film import FilmTracks, pool_items

DEFAULT_ALGORITHM = "castmap"


class Cast(NamedTuple):
    """Which track is which character.

    Attributes:
        characters: int [n], numbers 0.. by first founding track, UNASSIGNED where a track is in
            none.
        joined: bool [n], whether a track joined a character that others had founded.
        confidence: float [n], 0..1; see certainty.track_confidence.
        second: int [n], the next character each track might be, UNASSIGNED if there is none.
        stop_distance: cosine distance by the embedding that was clustered.
    """

    characters: np.ndarray
    joined: np.ndarray
    confidence: np.ndarray
    second: np.ndarray
    stop_distance: float


def find_cast(
    vectors: np.ndarray,
    film: FilmTracks,
    algorithm: str = DEFAULT_ALGORITHM,
    *,
    seed: int,
    n_clusters: int | None = None,
    parameters: Mapping[str, object] | None = None,
) -> Cast:
    """The characters of a film.

    What must-links join is one item for the algorithm, and so is in one character.

    Args:
        vectors: float [n, d], unit rows: the tracks by the embedding to be clustered.
        film: what else is known of them.
        algorithm: name of a clustering algorithm in the catalogue.
        seed: of the algorithm.
        n_clusters: the number of characters, at least 1, for algorithms that can be given it
            (oracle K); more than items count as so many. None: the algorithm finds it.
        parameters: the algorithm's own; those that are not given have their defaults.

    Raises:
        CatalogueError: no algorithm has this name.
        ValueError: n_clusters is below 1, or the algorithm does not take it.
    """
    member = ALGORITHMS[algorithm]
    if n_clusters is not None:
        if not member.declared.get("takes_n_clusters"):
            raise ValueError(f"{algorithm} finds the number of clusters itself; give it none")
        if n_clusters < 1:
            raise ValueError(f"n_clusters is {n_clusters} and must be at least 1")
    item, items = film.item_of_track(), film.items()
    rows = pool_items(vectors, item)
    if n_clusters is not None:
        n_clusters = min(n_clusters, len(rows))
    stop_distance = _stop_distance(rows, items, member.declared.get("calibrated", False))
    own = {name: schema["default"] for name, schema in member.parameters.items()}
    own |= parameters or {}
    found = member.load().cluster(
        rows, items, stop_distance=stop_distance, n_clusters=n_clusters, seed=seed, **own
    )
    characters, joined = (of_items[item] for of_items in found)
    places = place_tracks(cosine_distances(vectors), characters, film.cannot_links, stop_distance)
    return Cast(characters, joined, track_confidence(places), places.second, stop_distance)


def _stop_distance(vectors: np.ndarray, film: FilmTracks, calibrated: bool) -> float:
    """The film's stop distance, or the prior, by the embedding that is to be clustered."""
    calibration = film.calibration
    wanted = calibration.stop_distance if calibrated else calibration.prior_stop_distance
    if np.array_equal(vectors, film.calibration_vectors):
        return wanted
    rows = film.usable if calibrated else np.ones(len(vectors), bool)
    before, after = (
        cosine_distances(all_rows[rows]) for all_rows in (film.calibration_vectors, vectors)
    )
    return carried_stop_distance(before, after, wanted)


def clusters_table(intervals: pd.DataFrame, film: FilmTracks, cast: Cast) -> pd.DataFrame:
    """The CLUSTERS table of a cast.

    Args:
        intervals: of the film's tracks; see track_intervals.
        film: its tracks.
        cast: which track is which character.
    """
    names = name_characters(intervals, cast.characters)
    character = pd.Series(cast.characters).map(names)
    unassigned = pd.Series(label_unassigned(film.usable, film.faceless))
    return intervals.assign(
        character=character.where(character.notna(), unassigned).astype(str),
        confidence=cast.confidence,
        second_character=pd.Series(cast.second).map(names).astype(object),
        joined=cast.joined,
    )
