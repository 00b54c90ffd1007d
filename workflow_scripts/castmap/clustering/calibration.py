"""How far apart two clusters may be and still be one person: found without labels.

Tracks seen at the same time are different people: cannot-links. If some of them are hidden from the
agglomeration, the distance at which it joins their tracks nevertheless says how far it may be
trusted: beyond that distance it makes mistakes in this film. The stop distance is the largest at
which the expected share of hidden cannot-links that are broken is allowed. A film with few
cannot-links says little, so a prior counts like a number of further pairs.
"""

from typing import NamedTuple

import numpy as np
from scipy.special import expit

from castmap.clustering.agglomeration import (
    Joins,
    agglomerate,
    all_pairs,
    cosine_distances,
    links_among,
)

PRIOR_PAIRS = 50  # what the prior counts for
ALLOWED_ERROR = 0.05  # share of hidden cannot-links that may be broken
_PRIOR_WIDTH = 0.15  # of the logistic curve, as a share of the spread of all distances
_GRID = 400
_FOLDS = 4
_ENOUGH = 1000  # pairs; from more the distance does not move, but each fold costs a clustering


class Calibration(NamedTuple):
    """A film's stop distance, and what it rests on.

    Attributes:
        stop_distance: clusters farther apart are not joined.
        prior_stop_distance: what it would be without any cannot-link.
        n_pairs: hidden cannot-links that it was found from.
        expected_error: the share of cannot-links expected to be broken if they are not known; the
            prior counts as pairs.
    """

    stop_distance: float
    prior_stop_distance: float
    n_pairs: int
    expected_error: float


def joined_at(joins: Joins, pairs: np.ndarray) -> np.ndarray:
    """The distance at which agglomeration joins the two items of each pair (cophenetic distance).

    Args:
        joins: of agglomerate.
        pairs: int [k, 2], items.

    Returns:
        float [k]; infinite where the two are never joined.
    """
    parent = np.arange(joins.n_items)
    # The tree of joins, by union without path compression: the way up has rising distances.
    joined = np.full(joins.n_items, np.inf)
    size = np.ones(joins.n_items, int)
    for items, distance in zip(joins.items, joins.distances, strict=True):
        small, large = sorted((_top(parent, item) for item in items), key=size.__getitem__)
        parent[small], joined[small] = large, distance
        size[large] += size[small]
    return np.array([_meeting(parent, joined, one, other) for one, other in pairs], float)


def held_out_joins(distances: np.ndarray, cannot_links: np.ndarray, seed: int) -> np.ndarray:
    """The distance at which the two tracks of each cannot-link are joined while it is hidden.

    The cannot-links are split into folds at random; each fold is hidden once, until there are
    enough.

    Args:
        distances: float [n, n], symmetric.
        cannot_links: int [k, 2], pairs of items.
        seed: decides the folds.

    Returns:
        float [h]; infinite where the two are kept apart by the cannot-links that are not hidden.
    """
    found = [np.zeros(0)]
    fold = np.random.default_rng(seed).permutation(len(cannot_links)) % _FOLDS
    for hidden in np.unique(fold):
        if sum(map(len, found)) < _ENOUGH:
            joins = agglomerate(distances, cannot_links[fold != hidden])
            found.append(joined_at(joins, cannot_links[fold == hidden]))
    return np.concatenate(found)


def calibrate(joined: np.ndarray, prior_stop_distance: float, spread: float) -> Calibration:
    """The largest stop distance at which the expected share of broken cannot-links is allowed.

    The prior is a logistic curve of the distance that reaches ALLOWED_ERROR at the prior stop
    distance; it counts for PRIOR_PAIRS pairs beside those of the film.

    Args:
        joined: float [k], of held_out_joins.
        prior_stop_distance: where to stop in a film without cannot-links.
        spread: the standard deviation of the distances of all pairs of tracks.
    """
    width = max(_PRIOR_WIDTH * spread, 1e-6)
    centre = prior_stop_distance + width * np.log(1 / ALLOWED_ERROR - 1)
    grid = np.linspace(0, centre + 6 * width, _GRID)
    prior = expit((grid - centre) / width)
    wrong = np.searchsorted(np.sort(joined), grid, side="right")
    error = (wrong + PRIOR_PAIRS * prior) / (len(joined) + PRIOR_PAIRS)
    place = max(int(np.searchsorted(error, ALLOWED_ERROR, side="right")) - 1, 0)
    return Calibration(
        float(grid[place]), float(prior_stop_distance), len(joined), float(error[place])
    )


def calibrate_film(
    vectors: np.ndarray,
    cannot_links: np.ndarray,
    usable: np.ndarray,
    prior_stop_distance: float,
    seed: int,
) -> Calibration:
    """Find a film's stop distance by an embedding that was not adapted to it.

    One that was adapted to the film has learnt its cannot-links, and would rarely break them.

    Args:
        vectors: float [n, d], unit rows: the tracks.
        cannot_links: int [k, 2], pairs of rows.
        usable: bool [n], tracks that may found a character.
        prior_stop_distance: cosine distance; see calibrate.
        seed: of the folds.
    """
    distances = cosine_distances(vectors[usable])
    spread = float(all_pairs(distances).std()) if usable.sum() > 1 else 0.0
    joined = held_out_joins(distances, links_among(cannot_links, usable), seed)
    return calibrate(joined, prior_stop_distance, spread)


def _top(parent: np.ndarray, item: int) -> int:
    while parent[item] != item:
        item = parent[item]
    return int(item)


def _meeting(parent: np.ndarray, joined: np.ndarray, one: int, other: int) -> float:
    """Climb from the lower of the two until they meet; the last join on the way is theirs."""
    distance = -np.inf
    while one != other:
        if joined[one] > joined[other]:
            one, other = other, one
        if parent[one] == one:
            return np.inf
        distance, one = joined[one], int(parent[one])
    return distance
