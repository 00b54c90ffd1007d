"""From tracks to characters: calibrate, agglomerate, settle what is left, say how sure it is."""

from typing import NamedTuple

import numpy as np

from castmap.clustering.agglomeration import (
    agglomerate,
    all_pairs,
    carried_stop_distance,
    cosine_distances,
    joins_within,
)
from castmap.clustering.baselines import cluster
from castmap.clustering.calibration import Calibration, calibrate, held_out_joins
from castmap.clustering.density import LOOSE, dense_clusters
from castmap.clustering.leftovers import NOBODY, settle_leftovers

CASTMAP = "castmap"  # beside baselines.METHODS: what find_cast does


class Cast(NamedTuple):
    """Who is whom.

    Attributes:
        characters: int [n], numbers 0.. by first founding track, NOBODY where a track is none's.
        joined: bool [n], whether a track joined a character that others had founded.
        confidence: float [n], 0..1; see margins.
        second: int [n], the next character each track might be, NOBODY if there is none.
        calibration: of the stop distance, by the embedding it is meant for.
        stop_distance: the same for the embedding that was clustered.
    """

    characters: np.ndarray
    joined: np.ndarray
    confidence: np.ndarray
    second: np.ndarray
    calibration: Calibration
    stop_distance: float


def find_cast(
    vectors: np.ndarray,
    meant_for: np.ndarray,
    forbidden: np.ndarray,
    usable: np.ndarray,
    n_frames: np.ndarray,
    calibration: Calibration,
) -> Cast:
    """The characters of a film.

    Usable tracks are agglomerated under the cannot-links up to the stop distance, and loose
    clusters are broken up. Of the clusters the large ones are characters; small ones,
    and tracks that show nobody well, join the nearest within the stop distance, or are nobody's.

    Args:
        vectors: float [n, d], unit rows: the tracks.
        meant_for: float [n, e], the same tracks by the embedding that was calibrated.
        forbidden: int [k, 2], the cannot-links: pairs of rows.
        usable: bool [n], tracks that may found a character.
        n_frames: int [n], in how many examined frames each track is seen.
        calibration: of calibrate_film.
    """
    rows, known = _among_usable(usable, forbidden)
    among_usable = cosine_distances(vectors[rows])
    stop_distance = carried_stop_distance(
        cosine_distances(meant_for[rows]), among_usable, calibration.stop_distance
    )
    joins = agglomerate(among_usable, known)
    clusters = np.full(len(vectors), NOBODY)
    clusters[rows] = dense_clusters(
        among_usable, joins, joins_within(joins, stop_distance), LOOSE * stop_distance
    )
    distances = cosine_distances(vectors)
    characters, joined = settle_leftovers(distances, clusters, forbidden, n_frames, stop_distance)
    confidence, second = margins(distances, characters, forbidden, stop_distance)
    return Cast(characters, joined, confidence, second, calibration, stop_distance)


def find_cast_by(
    method: str,
    vectors: np.ndarray,
    meant_for: np.ndarray,
    forbidden: np.ndarray,
    calibration: Calibration,
    seed: int,
) -> Cast:
    """The clusters of a standard algorithm as a cast: every one is a character, no track is left.

    Args:
        method: one of baselines.METHODS; agglomeration stops at the prior stop distance.
        vectors: float [n, d], unit rows: the tracks.
        meant_for: float [n, e], the same tracks by the embedding that was calibrated.
        forbidden: int [k, 2], the cannot-links: pairs of rows.
        calibration: of calibrate_film.
        seed: of the algorithm.
    """
    distances = cosine_distances(vectors)
    stop_distance = carried_stop_distance(
        cosine_distances(meant_for), distances, calibration.prior_stop_distance
    )
    labels = cluster(method, vectors, forbidden, stop_distance=stop_distance, seed=seed)
    confidence, second = margins(distances, labels, forbidden, stop_distance)
    joined = np.zeros(len(labels), bool)
    return Cast(labels, joined, confidence, second, calibration, stop_distance)


def calibrate_film(
    vectors: np.ndarray,
    forbidden: np.ndarray,
    usable: np.ndarray,
    prior_stop_distance: float,
    seed: int,
) -> Calibration:
    """Find a film's stop distance by an embedding that has not learnt from it.

    One that was adapted to the film has learnt who is a stranger, so that its strangers would tell
    too good a story.

    Args:
        vectors: float [n, d], unit rows: the tracks.
        forbidden: int [k, 2], the cannot-links: pairs of rows.
        usable: bool [n], tracks that may found a character.
        prior_stop_distance: cosine distance; see calibration.
        seed: of the folds.
    """
    rows, known = _among_usable(usable, forbidden)
    distances = cosine_distances(vectors[rows])
    spread = float(all_pairs(distances).std()) if len(rows) > 1 else 0.0
    return calibrate(held_out_joins(distances, known, seed), prior_stop_distance, spread)


def margins(
    distances: np.ndarray, characters: np.ndarray, forbidden: np.ndarray, stop_distance: float
) -> tuple[np.ndarray, np.ndarray]:
    """How much nearer each track is to its own character than to the next, and which that is.

    (d_other - d_own) / max(d_own, d_other), clipped to 0..1: d_own is the mean distance to the
    other tracks of its character (alone: stop_distance / 2), d_other that to the nearest character
    that is not forbidden to it, and at most the largest distance, 2.

    Args:
        distances: float [n, n], symmetric.
        characters: int [n], numbers 0.., or NOBODY.
        forbidden: int [k, 2], pairs of tracks that must not be joined.
        stop_distance: where agglomeration stopped.

    Returns:
        float [n], 0..1, 0 for a track that is nobody's; and int [n], the nearest other character
        that is allowed, NOBODY if there is none.
    """
    n, n_characters = len(characters), characters.max(initial=NOBODY) + 1
    if not n_characters:
        return np.zeros(n), np.full(n, NOBODY)
    somebody = characters != NOBODY
    member = (characters[:, None] == np.arange(n_characters)).astype(float)
    total, sizes = distances @ member, member.sum(axis=0)
    own_total = (total * member).sum(axis=1)
    others = (member * (sizes - 1)).sum(axis=1)
    d_own = np.where(others > 0, own_total / np.maximum(others, 1), stop_distance / 2)
    blocked = member.astype(bool)
    for one, other in ((0, 1), (1, 0)):
        linked = forbidden[somebody[forbidden[:, other]]]
        blocked[linked[:, one], characters[linked[:, other]]] = True
    to_others = np.where(blocked, np.inf, total / sizes)
    second = np.where(np.isinf(to_others.min(axis=1)), NOBODY, to_others.argmin(axis=1))
    d_other = np.minimum(to_others.min(axis=1), 2.0)
    confidence = (d_other - d_own) / np.maximum(np.maximum(d_own, d_other), 1e-12)
    return np.where(somebody, np.clip(confidence, 0, 1), 0.0), second


def _among_usable(usable: np.ndarray, pairs: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The rows of usable tracks, and the pairs among them by place in these rows."""
    rows = np.flatnonzero(usable)
    return rows, np.searchsorted(rows, pairs[usable[pairs].all(axis=1)])
