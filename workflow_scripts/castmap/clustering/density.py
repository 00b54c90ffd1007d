"""Clusters that hold together: a chain of strangers, joined late, is no character."""

import numpy as np

from castmap.clustering.agglomeration import Joins, in_order_of_first

LOOSE = 2 / 3  # of the stop distance: a cluster whose tracks' next of kin are farther is loose


def dense_clusters(distances: np.ndarray, joins: Joins, n_joins: int, reach: float) -> np.ndarray:
    """The largest clusters that hold together, among those that the first joins made.

    A cluster holds together if its items' distances to their nearest companions in it are at most
    ``reach`` in the mean. Average linkage asks how far two clusters are apart as wholes, and so
    also joins items none of which is like another, if nothing else is left to join them to. Such
    a cluster's last join is undone, and its halves are looked at again.

    Args:
        distances: float [n, n], symmetric.
        joins: of agglomerate.
        n_joins: how many of them count.
        reach: in the unit of the distances.

    Returns:
        int [n], cluster numbers 0.. in order of each cluster's first item.
    """
    n = joins.n_items
    members = [np.array([item]) for item in range(n)]
    cluster = np.arange(n)
    nearest = np.full(n, np.inf)
    holds = [True] * n
    for one, other in joins.items[:n_joins]:
        left, right = members[cluster[one]], members[cluster[other]]
        between = distances[np.ix_(left, right)]
        nearest[left] = np.minimum(nearest[left], between.min(axis=1))
        nearest[right] = np.minimum(nearest[right], between.min(axis=0))
        both = np.concatenate([left, right])
        cluster[both] = len(members)
        members.append(both)
        holds.append(nearest[both].mean() <= reach)
    found = np.full(n, -1)
    for number in reversed(np.flatnonzero(holds)):
        items = members[number]
        if found[items[0]] < 0:  # then none of them is in a larger one
            found[items] = number
    return in_order_of_first(found)
