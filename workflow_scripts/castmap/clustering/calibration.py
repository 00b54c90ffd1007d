"""How far apart two clusters may be and still be one person: found without labels.

Clusters with a cannot-link are two people. Their distances say how far apart two people are in this
film: taken as a normal distribution, whose mean is pulled from a prior towards the film's own, the
more people are seen with others the further. With many people in a film, each has somebody who
looks alike by chance. So joining stops where a cluster has too many others too near: (n - 1) F(d)
of them are expected within the distance d, n being the clusters that are left and F the
distribution. ``benchmarks/stop_distance.py`` prints what the constants were chosen by.
"""

from typing import NamedTuple

import numpy as np
from scipy.special import ndtr, ndtri

from castmap.clustering.agglomeration import (
    FARTHEST,
    Joins,
    agglomerate,
    cosine_distances,
    cut,
    joins_within,
    links_among,
)

ALLOWED_OTHERS = 0.4  # people that a cluster may be expected to have within the stop distance,
ALLOWED_SHARE = 0.05  # and the share of pairs of two people, however few people there are
BETWEEN_FILMS = 0.03  # standard deviation of the mean distance of two people
WITHIN_FILM = 0.06  # standard deviation of the distances of two people in one film
_ROUNDS = 2  # where joining stops depends on the clusters' distances, and these on where it stops


class Calibration(NamedTuple):
    """A film's stop distance, and what it rests on.

    Attributes:
        stop_distance: clusters farther apart are not joined.
        prior_stop_distance: what it would be in a film without cannot-links.
        n_pairs: pairs of clusters with a cannot-link that it was found from.
        mean_distance: of two people of this film, as estimated.
        expected_error: the share of pairs of two people that are expected within the stop distance.
    """

    stop_distance: float
    prior_stop_distance: float
    n_pairs: int
    mean_distance: float
    expected_error: float


class TwoPeople(NamedTuple):
    """How far apart two people of a film are: a normal distribution of cosine distances."""

    mean: float
    deviation: float

    def share_within(self, distance: float | np.ndarray) -> np.ndarray:
        """The share of pairs of two people that are at most so far apart."""
        return ndtr((distance - self.mean) / self.deviation)

    def distance_of(self, share: float) -> float:
        """The distance within which there is such a share of them."""
        return float(ndtri(share) * self.deviation + self.mean)


def estimate(apart: np.ndarray, n_clusters: int, prior_distance: float) -> TwoPeople:
    """How far apart two people of a film are: a prior, and what those seen together say.

    The mean is normal around the prior, the distances are normal around the mean (conjugate; Murphy
    2007). Pairs that share a cluster depend on each other: all count for one less than there are
    clusters.

    Args:
        apart: float [k], the distances of clusters with a cannot-link.
        n_clusters: how many clusters are in the pairs.
        prior_distance: the mean without any.

    Returns:
        The predictive distribution of a further pair.
    """
    before, known = 1 / BETWEEN_FILMS**2, max(n_clusters - 1, 0) / WITHIN_FILM**2
    mean = (before * prior_distance + known * (apart.mean() if known else 0)) / (before + known)
    return TwoPeople(float(mean), float(np.sqrt(WITHIN_FILM**2 + 1 / (before + known))))


def stop_of(joins: Joins, people: TwoPeople) -> float:
    """The largest distance at which a cluster is expected to have few enough others nearby.

    Args:
        joins: of agglomerate.
        people: how far apart two of them are.
    """
    others = joins.n_items - 1 - np.arange(len(joins.items) + 1)  # before each join, and at the end
    allowed = np.minimum(ALLOWED_OTHERS / np.maximum(others, 1), ALLOWED_SHARE)
    too_far = people.share_within(joins.distances) > allowed[:-1]
    n_joins = int(np.argmax(np.append(too_far, True)))
    reached = joins.distances[n_joins - 1] if n_joins else 0.0
    return float(np.clip(people.distance_of(allowed[n_joins]), reached, FARTHEST))


def distances_apart(
    distances: np.ndarray, clusters: np.ndarray, cannot_links: np.ndarray
) -> tuple[np.ndarray, int]:
    """How far apart the clusters with a cannot-link are.

    Args:
        distances: float [n, n], symmetric.
        clusters: int [n], cluster numbers 0..
        cannot_links: int [k, 2], pairs of items of different clusters.

    Returns:
        float [p], the mean distance of each pair of clusters, and how many clusters are in pairs.
    """
    pairs = np.unique(np.sort(clusters[cannot_links], axis=1), axis=0)
    in_pairs = np.unique(pairs)
    order, sizes = np.argsort(clusters, kind="stable"), np.bincount(clusters)
    starts = np.cumsum(sizes) - sizes
    sums = np.array(
        [
            np.add.reduceat(distances[clusters == cluster].sum(axis=0, dtype=float)[order], starts)
            for cluster in in_pairs
        ]
    ).reshape(len(in_pairs), len(sizes))
    one, other = pairs.T
    means = sums[np.searchsorted(in_pairs, one), other] / (sizes[one] * sizes[other])
    return means, len(in_pairs)


def calibrate(
    distances: np.ndarray, cannot_links: np.ndarray, prior_distance: float
) -> Calibration:
    """Find where to stop.

    Args:
        distances: float [n, n], symmetric.
        cannot_links: int [k, 2], pairs of items.
        prior_distance: the mean distance of two people in a film without cannot-links.
    """
    joins = agglomerate(distances, cannot_links)
    people, n_pairs = estimate(np.zeros(0), 0, prior_distance), 0
    prior_stop = stop = stop_of(joins, people)
    for _ in range(_ROUNDS if len(cannot_links) else 0):
        clusters = cut(joins, joins_within(joins, stop))
        apart, n_clusters = distances_apart(distances, clusters, cannot_links)
        people, n_pairs = estimate(apart, n_clusters, prior_distance), len(apart)
        stop = stop_of(joins, people)
    return Calibration(stop, prior_stop, n_pairs, people.mean, float(people.share_within(stop)))


def calibrate_film(
    vectors: np.ndarray, cannot_links: np.ndarray, usable: np.ndarray, prior_distance: float
) -> Calibration:
    """Find a film's stop distance by an embedding that was not adapted to it.

    One that was adapted to the film has learnt its cannot-links: it puts people who are seen
    together farther apart than others.

    Args:
        vectors: float [n, d], unit rows: the items.
        cannot_links: int [k, 2], pairs of rows.
        usable: bool [n], items that may found a character.
        prior_distance: cosine distance; see calibrate.
    """
    distances = cosine_distances(vectors[usable])
    return calibrate(distances, links_among(cannot_links, usable), prior_distance)
