"""Average-linkage agglomeration under cannot-links."""

from typing import NamedTuple

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from scipy.spatial.distance import squareform

FARTHEST = 2.0  # the largest cosine distance
UNRELATED = 0.95  # faces that have nothing in common are at right angles, about 1 apart


class Joins(NamedTuple):
    """Which clusters agglomeration joined, in order.

    Attributes:
        items: int [m, 2], an item of each of the two clusters that were joined.
        distances: float [m], of the two clusters; it never falls.
        n_items: how many items there were.
    """

    items: np.ndarray
    distances: np.ndarray
    n_items: int


def agglomerate(distances: np.ndarray, cannot_links: np.ndarray) -> Joins:
    """Join the two nearest clusters until cannot-links keep all that are left apart.

    The distance of two clusters is the mean over their pairs (Lance-Williams update). Two clusters
    are kept apart if any two of their items are. Of equally near pairs the one with the lowest
    item numbers is joined first, so the result does not depend on chance.

    Args:
        distances: float [n, n], symmetric.
        cannot_links: int [k, 2], pairs of items that must not be joined.
    """
    n = len(distances)
    between, sizes, item_of_row = np.array(distances), np.ones(n), np.arange(n)
    # Such pairs are infinitely far apart; infinity survives every later average.
    between[cannot_links[:, 0], cannot_links[:, 1]] = np.inf
    between[cannot_links[:, 1], cannot_links[:, 0]] = np.inf
    np.fill_diagonal(between, np.inf)
    nearest = between.argmin(axis=1) if n else np.zeros(0, int)
    reach = between[np.arange(n), nearest]
    items, reached = [], []
    while n and np.isfinite(reach.min()):
        i = int(reach.argmin())
        j = int(nearest[i])
        items.append((item_of_row[i], item_of_row[j]))
        reached.append(reach[i])
        i, j = min(i, j), max(i, j)
        merged = (sizes[i] * between[i] + sizes[j] * between[j]) / (sizes[i] + sizes[j])
        merged[[i, j]] = np.inf
        sizes[i] += sizes[j]
        between[i], between[:, i] = merged, merged
        between[j], between[:, j] = np.inf, np.inf
        reach[j] = np.inf
        sizes[j] = 0
        # Only rows whose nearest was i or j, and i itself, can have lost their nearest.
        stale = np.flatnonzero(((nearest == i) | (nearest == j)) & np.isfinite(reach))
        for row in {i, *stale.tolist()}:
            nearest[row] = between[row].argmin()
            reach[row] = between[row, nearest[row]]
        closer = between[i] < reach
        nearest[closer], reach[closer] = i, between[i][closer]
        if n - len(items) < len(sizes) / 2:  # rows of clusters that are no more only cost time
            left = np.flatnonzero(sizes)
            between, sizes, reach = between[np.ix_(left, left)], sizes[left], reach[left]
            nearest, item_of_row = np.searchsorted(left, nearest[left]), item_of_row[left]
    # Means of equal numbers may be rounded a little below them.
    distances_of_joins = np.maximum.accumulate(np.array(reached, float))
    return Joins(np.array(items, int).reshape(-1, 2), distances_of_joins, n)


def cut(joins: Joins, n_joins: int) -> np.ndarray:
    """The clusters after the first joins.

    Returns:
        int [n], cluster numbers 0.. in order of each cluster's first item.
    """
    return connected(joins.n_items, joins.items[:n_joins])


def connected(n: int, pairs: np.ndarray) -> np.ndarray:
    """What pairs connect, int [n]: numbers 0.. in order of first items."""
    graph = coo_array((np.ones(len(pairs)), tuple(pairs.T)), shape=(n, n))
    return in_order_of_first(connected_components(graph, directed=False)[1])


def in_order_of_first(labels: np.ndarray) -> np.ndarray:
    """The same clusters with numbers 0.. in order of each cluster's first item, int [n]."""
    _, first, numbers = np.unique(labels, return_index=True, return_inverse=True)
    return np.argsort(np.argsort(first))[numbers]


def joins_within(joins: Joins, stop_distance: float) -> int:
    """How many joins there are up to a distance, itself included."""
    return int(np.searchsorted(joins.distances, stop_distance, side="right"))


def cluster_constrained(
    distances: np.ndarray,
    cannot_links: np.ndarray,
    stop_distance: float | None = None,
    n_clusters: int = 1,
) -> np.ndarray:
    """Agglomerate until the nearest allowed pair is too far apart, or few clusters are left.

    Args:
        distances: float [n, n], symmetric.
        cannot_links: int [k, 2], pairs of items that must not be joined.
        stop_distance: pairs farther apart than this are not joined; None: no pair is too far.
        n_clusters: fewer than these are not made; more are left if they must stay apart.

    Returns:
        int [n], cluster numbers 0.. in order of each cluster's first item.
    """
    joins = agglomerate(distances, cannot_links)
    near = len(joins.items) if stop_distance is None else joins_within(joins, stop_distance)
    return cut(joins, max(min(near, joins.n_items - n_clusters), 0))


def cosine_distances(vectors: np.ndarray) -> np.ndarray:
    """1 - cosine of every pair of unit rows, float32 [n, n], exactly symmetric, 0..2."""
    rows = vectors.astype(np.float32)
    distances = rows @ rows.T  # of a matrix and its own transpose numpy makes one half, and copies
    np.subtract(1, distances, out=distances)
    return np.clip(distances, 0, FARTHEST, out=distances)


def all_pairs(distances: np.ndarray) -> np.ndarray:
    """The distance of each pair of different items, [n (n - 1) / 2]."""
    return squareform(distances, force="tovector", checks=False) if len(distances) else np.zeros(0)


def links_among(links: np.ndarray, kept: np.ndarray) -> np.ndarray:
    """The links of which both items are kept, by place among the kept ones, int [m, 2].

    Args:
        links: int [k, 2], pairs of items.
        kept: bool [n].
    """
    place = np.cumsum(kept) - 1
    return place[links[kept[links].all(axis=1)]]


def carried_stop_distance(before: np.ndarray, after: np.ndarray, stop_distance: float) -> float:
    """The stop distance of an embedding whose distances are not those it was chosen for.

    Adaptation moves all distances; what it should not move is how many pairs of tracks are near
    enough to be joined. The distance within which as many pairs lie after as did before is taken:
    of equal rank among all distances, and between two of them as far along as before. But it is
    not carried farther than farthest_carried.

    Args:
        before: float [n, n], the distances of tracks that the stop distance was chosen for.
        after: float [n, n], those of the same tracks by another embedding.
        stop_distance: for the first.

    Returns:
        A stop distance for the second; the same if there are no pairs.
    """
    pairs = all_pairs(before)
    rank = int(np.count_nonzero(pairs <= np.float64(stop_distance)))
    around = _neighbours(pairs, rank), _neighbours(all_pairs(after), rank)
    carried = float(np.interp(stop_distance, *around))
    return min(carried, max(stop_distance, farthest_carried(stop_distance)))


def farthest_carried(stop_distance: float) -> float:
    """How far a stop distance is carried at most, for the mean of two embeddings' distances.

    Adaptation drives apart whom it has seen together; those it has not stay where unrelated faces
    are. So by the adapted embedding the stop distance must not lie there; by the pretrained one it
    is what it was.
    """
    return (stop_distance + UNRELATED) / 2


def _neighbours(pairs: np.ndarray, rank: int) -> tuple[float, float]:
    """The distance of a rank, the nearest pair's being 1, and the next; 0 and FARTHEST beyond."""
    places = [place for place in (rank - 1, rank) if 0 <= place < len(pairs)]
    ranked = np.partition(pairs, places) if places else pairs
    return (
        ranked[rank - 1] if rank > 0 else 0.0,
        ranked[rank] if rank < len(pairs) else FARTHEST,
    )
