"""Which clusters hold together."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from castmap.clustering.agglomeration import agglomerate, cut, joins_within
from castmap.clustering.density import dense_clusters

NONE = np.zeros((0, 2), int)


def line(*points):
    points = np.array(points, float)
    return np.abs(points[:, None] - points)


def found(distances, reach, stop=np.inf):
    joins = agglomerate(distances, NONE)
    return dense_clusters(distances, joins, joins_within(joins, stop), reach).tolist()


def test_what_is_dense_stays_and_what_is_loose_falls_apart():
    points = line(0, 1, 2, 20, 26, 32)
    assert found(points, reach=1) == [0, 0, 0, 1, 2, 3]
    assert found(points, reach=6, stop=10) == [0, 0, 0, 1, 1, 1]


def test_the_dense_part_of_a_loose_cluster_is_kept():
    assert found(line(0, 1, 2, 9), reach=2) == [0, 0, 0, 1]


def test_the_mean_over_items_counts():
    # Their nearest companions are 1, 1 and 4 away: 2 in the mean.
    assert found(line(0, 1, 5), reach=2) == [0, 0, 0]
    assert found(line(0, 1, 5), reach=1.9) == [0, 0, 1]


def test_without_items_there_are_no_clusters():
    assert found(np.zeros((0, 0)), reach=1) == []


@settings(max_examples=60)
@given(st.integers(1, 25), st.integers(0, 10**6), st.floats(0.1, 1.5), st.floats(0.1, 1))
def test_it_refines_the_clusters_and_all_parts_hold_together(n, seed, stop, share):
    rows = np.random.default_rng(seed).normal(size=(n, 3))
    distances = np.linalg.norm(rows[:, None] - rows, axis=2)
    joins = agglomerate(distances, NONE)
    n_joins = joins_within(joins, stop)
    parts = dense_clusters(distances, joins, n_joins, share * stop)
    whole = cut(joins, n_joins)
    for part in range(parts.max() + 1):
        items = np.flatnonzero(parts == part)
        assert len(np.unique(whole[items])) == 1
        if len(items) > 1:
            own = distances[np.ix_(items, items)] + np.diag(np.full(len(items), np.inf))
            assert own.min(axis=1).mean() <= share * stop + 1e-12
    assert np.array_equal(dense_clusters(distances, joins, n_joins, np.inf), whole)
