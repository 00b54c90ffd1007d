"""Clusters that are dense enough to be one person.

Average linkage joins outliers with each other once nothing else is left to join them to; such
clusters are loose, and are broken up.
"""

import numpy as np

from castmap.clustering.agglomeration import Joins, in_order_of_first

LOOSE = 2 / 3  # of the stop distance: a cluster whose nearest neighbours are farther apart is loose


def dense_clusters(distances: np.ndarray, joins: Joins, n_joins: int, reach: float) -> np.ndarray:
    """The largest dense clusters among those that the first joins made.

    A cluster is dense if its items' distances to their nearest neighbours in it are at most
    ``reach`` in the mean. The last join of a cluster that is not is undone, and so on with its
    halves.

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
    dense = [True] * n
    for one, other in joins.items[:n_joins]:
        left, right = members[cluster[one]], members[cluster[other]]
        between = distances[np.ix_(left, right)]
        nearest[left] = np.minimum(nearest[left], between.min(axis=1))
        nearest[right] = np.minimum(nearest[right], between.min(axis=0))
        both = np.concatenate([left, right])
        cluster[both] = len(members)
        members.append(both)
        dense.append(nearest[both].mean() <= reach)
    found = np.full(n, -1)
    for number in reversed(np.flatnonzero(dense)):
        items = members[number]
        if found[items[0]] < 0:  # then none of them is in a larger one
            found[items] = number
    return in_order_of_first(found)
