"""Constrained average linkage against scipy, scikit-learn and a literal reading."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.cluster.hierarchy import fcluster, linkage
from scipy.spatial.distance import squareform
from sklearn.cluster import AgglomerativeClustering
from sklearn.metrics import adjusted_rand_score

from castmap.clustering.agglomeration import (
    carried_stop_distance,
    cluster_constrained,
    cosine_distances,
)

NONE = np.zeros((0, 2), int)
seeds = st.integers(0, 10**6)


def some_distances(n, seed):
    rng = np.random.default_rng(seed)
    upper = np.triu(rng.uniform(0, 2, (n, n)), 1)
    return upper + upper.T


def some_pairs(n, seed, share):
    pairs = np.array(list(itertools.combinations(range(n), 2)), int).reshape(-1, 2)
    return pairs[np.random.default_rng(seed + 1).random(len(pairs)) < share]


def literally(distances, cannot_links, stop):
    """Join the nearest allowed clusters, each time looking at all pairs of items."""
    clusters = [{i} for i in range(len(distances))]
    apart = {tuple(pair) for pair in cannot_links}
    while True:
        allowed = [
            (np.mean([distances[i, j] for i in a for j in b]), a, b)
            for a, b in itertools.combinations(clusters, 2)
            if not any((min(i, j), max(i, j)) in apart for i in a for j in b)
        ]
        nearest = min(allowed, key=lambda found: found[0], default=(np.inf,))
        if nearest[0] > stop:
            return clusters
        clusters = [c for c in clusters if c not in nearest[1:]] + [nearest[1] | nearest[2]]


def partition(labels):
    return {frozenset(np.flatnonzero(labels == label).tolist()) for label in set(labels.tolist())}


@settings(max_examples=60)
@given(st.integers(2, 30), seeds, st.floats(0.05, 1.9))
def test_without_constraints_it_is_average_linkage(n, seed, stop):
    distances = some_distances(n, seed)
    ours = cluster_constrained(distances, NONE, stop)
    scipys = fcluster(linkage(squareform(distances), "average"), stop, "distance")
    assert adjusted_rand_score(ours, scipys) == 1
    sklearns = AgglomerativeClustering(
        n_clusters=None, metric="precomputed", linkage="average", distance_threshold=stop
    ).fit_predict(distances)
    assert adjusted_rand_score(ours, sklearns) == 1


@settings(max_examples=60)
@given(st.integers(1, 9), seeds, st.floats(0.1, 1.9), st.floats(0, 1))
def test_with_constraints_it_is_its_literal_reading(n, seed, stop, share):
    distances, cannot_links = some_distances(n, seed), some_pairs(n, seed, share)
    ours = cluster_constrained(distances, cannot_links, stop)
    assert partition(ours) == set(map(frozenset, literally(distances, cannot_links, stop)))


@settings(max_examples=40)
@given(st.integers(1, 40), seeds, st.floats(0, 1))
def test_no_cluster_holds_a_cannot_link_and_the_order_of_items_does_not_matter(n, seed, share):
    distances, cannot_links = some_distances(n, seed), some_pairs(n, seed, share)
    ours = cluster_constrained(distances, cannot_links, 2.0)
    assert (ours[cannot_links[:, 0]] != ours[cannot_links[:, 1]]).all()
    order = np.random.default_rng(seed + 2).permutation(n)
    place = np.argsort(order)
    shuffled = cluster_constrained(distances[np.ix_(order, order)], place[cannot_links], 2.0)
    assert adjusted_rand_score(ours, shuffled[place]) == 1


def test_when_all_must_stay_apart_each_is_alone():
    cannot_links = some_pairs(6, 0, 2.0)
    assert cluster_constrained(np.zeros((6, 6)), cannot_links, 1.0).tolist() == list(range(6))


def test_clusters_are_numbered_by_their_first_item():
    points = np.array([5.0, 0.0, 5.1, 9.0, 0.1])
    distances = np.abs(points[:, None] - points)
    assert cluster_constrained(distances, NONE, 1.0).tolist() == [0, 1, 0, 2, 1]


@pytest.mark.parametrize("n", [0, 1])
def test_nothing_and_one_item(n):
    assert cluster_constrained(np.zeros((n, n)), NONE, 1.0).tolist() == list(range(n))


@settings(max_examples=40)
@given(st.integers(1, 20), seeds, st.floats(0, 0.6), st.data())
def test_told_a_number_it_stops_there_or_at_the_fewest_allowed(n, seed, share, data):
    distances, cannot_links = some_distances(n, seed), some_pairs(n, seed, share)
    wanted = data.draw(st.integers(1, n))
    fewest = cluster_constrained(distances, cannot_links).max() + 1
    found = cluster_constrained(distances, cannot_links, n_clusters=wanted)
    assert found.max() + 1 == max(wanted, fewest)


def test_cosine_distances_of_known_vectors():
    vectors = np.array([[1.0, 0.0], [0.0, 1.0], [-1.0, 0.0], [0.6, 0.8]])
    wanted = [[0, 1, 2, 0.4], [1, 0, 1, 0.2], [2, 1, 0, 1.6], [0.4, 0.2, 1.6, 0]]
    found = cosine_distances(vectors)
    assert np.allclose(found, wanted)
    assert np.array_equal(found, found.T)


@settings(max_examples=30)
@given(st.integers(0, 300), st.integers(1, 130), seeds)
def test_cosine_distances_are_exactly_symmetric(n, dimensions, seed):
    vectors = np.random.default_rng(seed).normal(size=(n, dimensions))
    found = cosine_distances(vectors / np.linalg.norm(vectors, axis=1, keepdims=True))
    assert np.array_equal(found, found.T)


@settings(max_examples=60)
@given(st.integers(0, 12), seeds, st.floats(0, 2), st.booleans())
def test_a_carried_stop_distance_is_of_equal_rank_among_all_distances(n, seed, stop, tied):
    before, after = some_distances(n, seed), some_distances(n, seed + 7)
    if tied:
        before, after = before.round(1), after.round(1)
    ranked = [
        np.sort([0, *squareform(distances, checks=False), 2]) if n else np.array([0, 2])
        for distances in (before, after)
    ]
    wanted = min(np.interp(stop, *ranked), max(stop, (stop + 0.95) / 2))
    assert carried_stop_distance(before, after, stop) == pytest.approx(wanted)


def test_a_carried_stop_distance_lets_as_many_pairs_be_joined():
    rng = np.random.default_rng(0)
    before = squareform(rng.uniform(0, 1, 45))
    after = 0.3 + 0.5 * before
    pairs = np.triu_indices(10, 1)
    stop = carried_stop_distance(before, after, 0.4)
    assert (after[pairs] <= stop).sum() == pytest.approx((before[pairs] <= 0.4).sum(), abs=1)
    assert stop == pytest.approx(0.5, abs=0.03)


def test_one_track_has_no_pairs_to_carry_a_stop_distance_by():
    assert carried_stop_distance(np.zeros((1, 1)), np.zeros((1, 1)), 0.6) == 0.6


@pytest.mark.parametrize(("stop", "carried"), [(0.5, 0.725), (0.21, 0.52), (0.96, 0.96)])
def test_a_stop_distance_is_not_carried_to_where_unrelated_faces_are(stop, carried):
    # 15 pairs, 0.2 to 1.0 apart; driven apart to twice as far and 0.1 more.
    before = squareform(np.linspace(0.2, 1.0, 15))
    after = np.where(before > 0, 2 * before + 0.1, 0)
    assert carried_stop_distance(before, after, stop) == pytest.approx(carried)
