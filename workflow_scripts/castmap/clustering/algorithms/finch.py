"""First neighbours join, level by level (FINCH), under cannot-links.

M. S. Sarfraz, V. Sharma and R. Stiefelhagen, Efficient Parameter-free Clustering Using First
Neighbor Relations, CVPR 2019: two items share a cluster if one is the other's first neighbour, and
so does what such pairs connect. The next partition does the same to the means of the clusters,
until one cluster is left; that one is no partition, unless it is the first.

The paper knows no cannot-links. Here, first neighbours are the nearest clusters that none keeps
apart. What they connect may still hold a cannot-link: pairs are joined one after the other, the
nearest first, and a pair that would bring together two tracks seen at the same time is left out.
"""

import numpy as np

from castmap.clustering.agglomeration import cosine_distances, in_order_of_first
from castmap.clustering.assignment import Assignment, assign_all
from castmap.clustering.film import FilmTracks

MEMBER = {
    "order": 7,
    "takes_n_clusters": True,
    "heeds_cannot_links": True,
    "parameters": {
        "partition": {
            "type": "integer",
            "minimum": 1,
            "maximum": 100,
            "default": 2,
            "description": "a whole number, 1 (the finest) to 100; the last if there are fewer",
        },
    },
}


def cluster(
    vectors: np.ndarray,
    film: FilmTracks,
    *,
    n_clusters: int | None,
    partition: int,
    **_: object,
) -> Assignment:
    """See castmap.clustering.algorithms; n_clusters may be exceeded to keep the cannot-links.

    With n_clusters, the coarsest partition of at least so many clusters is taken, and its nearest
    two are joined until so many are left (the paper's way).
    """
    found = partitions(vectors, film.cannot_links)
    if n_clusters is None:
        return assign_all(found[min(partition, len(found) - 1)])
    enough = [labels for labels in found if labels.max(initial=-1) + 1 >= n_clusters]
    return assign_all(_join_until(n_clusters, enough[-1], vectors, film.cannot_links))


def partitions(vectors: np.ndarray, cannot_links: np.ndarray) -> list[np.ndarray]:
    """Each item by itself, and then FINCH's partitions, from fine to coarse.

    Args:
        vectors: float [n, d], unit rows.
        cannot_links: int [k, 2], pairs of items.

    Returns:
        int [n] each, cluster numbers 0.. in order of each cluster's first item.
    """
    found = [np.arange(len(vectors))]
    while True:
        distances = _between(found[-1], vectors, cannot_links)
        if np.isinf(distances).all():
            return found
        labels = _join_first_neighbours(distances)[found[-1]]
        if len(found) > 1 and labels.max() == 0:
            return found
        found.append(labels)


def _between(labels: np.ndarray, vectors: np.ndarray, cannot_links: np.ndarray) -> np.ndarray:
    """The cosine distances of clusters' means, [k, k]; infinite where they must not be joined."""
    sums = np.zeros((labels.max(initial=-1) + 1, vectors.shape[1]))
    np.add.at(sums, labels, vectors)
    lengths = np.linalg.norm(sums, axis=1, keepdims=True)
    distances = cosine_distances(sums / np.maximum(lengths, 1e-12))
    one, other = labels[cannot_links].T
    distances[one, other] = distances[other, one] = np.inf
    np.fill_diagonal(distances, np.inf)
    return distances


def _join_first_neighbours(distances: np.ndarray) -> np.ndarray:
    """The number of the new cluster of each cluster, in order of first clusters."""
    n = len(distances)
    nearest, apart = distances.argmin(axis=1), np.isinf(distances)
    reach = distances[np.arange(n), nearest]
    labels = np.arange(n)
    for one in np.argsort(reach, kind="stable"):
        kept, gone = labels[one], labels[nearest[one]]
        if kept != gone and not apart[kept, gone]:
            labels[labels == gone] = kept
            apart[kept] |= apart[gone]
            apart[:, kept] |= apart[:, gone]
    return in_order_of_first(labels)


def _join_until(
    n_clusters: int, labels: np.ndarray, vectors: np.ndarray, cannot_links: np.ndarray
) -> np.ndarray:
    """Join the two nearest clusters until n_clusters are left, or cannot-links keep all apart."""
    while labels.max(initial=-1) + 1 > n_clusters:
        distances = _between(labels, vectors, cannot_links)
        pair = np.unravel_index(distances.argmin(), distances.shape)
        if np.isinf(distances[pair]):
            break
        labels = in_order_of_first(np.where(labels == max(pair), min(pair), labels))
    return labels
