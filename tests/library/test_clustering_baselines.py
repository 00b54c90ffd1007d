"""Every method on clusters that are known, and its own against scipy."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.cluster.hierarchy import fcluster, linkage
from scipy.spatial.distance import pdist

from castmap.clustering.baselines import METHODS, TAKE_N_CLUSTERS, cluster

pytestmark = pytest.mark.filterwarnings("error")

NONE = np.zeros((0, 2), int)
ESTIMATE = {"stop_distance": 0.5, "seed": 0}
seeds = st.integers(0, 10**6)


def unit(vectors):
    vectors = np.asarray(vectors, float)
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def some_vectors(n, seed, dimensions=6):
    return unit(np.random.default_rng(seed).normal(size=(n, dimensions)))


def some_pairs(n, seed, share):
    pairs = np.array(list(itertools.combinations(range(n), 2)), int).reshape(-1, 2)
    return pairs[np.random.default_rng(seed + 1).random(len(pairs)) < share]


def blobs(sizes, seed=0, dimensions=16, spread=0.05):
    """Unit vectors around orthogonal directions, shuffled, and the direction of each."""
    random = np.random.default_rng(seed)
    truth = random.permutation(np.repeat(np.arange(len(sizes)), sizes))
    noise = random.normal(scale=spread, size=(len(truth), dimensions))
    return unit(np.eye(dimensions)[truth] + noise), truth


def by_first_item(truth):
    order = list(dict.fromkeys(truth.tolist()))
    return [order.index(label) for label in truth.tolist()]


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("sizes", [(9, 9), (20, 12, 8, 15)])
def test_clusters_far_apart_are_found_without_being_told_how_many(method, sizes):
    vectors, truth = blobs(sizes)
    assert cluster(method, vectors, NONE, **ESTIMATE).tolist() == by_first_item(truth)


@pytest.mark.parametrize("method", sorted(TAKE_N_CLUSTERS))
@pytest.mark.parametrize("sizes", [(9, 9), (20, 12, 8, 15), (3, 1, 1, 30)])
def test_clusters_far_apart_are_found_when_told_how_many(method, sizes):
    vectors, truth = blobs(sizes)
    found = cluster(method, vectors, NONE, n_clusters=len(sizes), seed=0)
    assert found.tolist() == by_first_item(truth)


@pytest.mark.parametrize("method", METHODS)
def test_only_our_own_method_looks_at_the_cannot_links(method):
    vectors, truth = blobs((12, 12))
    forbidden = np.flatnonzero(truth == 0)[:2][None]
    found = cluster(method, vectors, forbidden, **ESTIMATE)
    if method == "agglomerative_constrained":
        assert found[forbidden[0, 0]] != found[forbidden[0, 1]]
    else:
        assert found.tolist() == by_first_item(truth)


@settings(max_examples=60)
@given(st.integers(2, 40), seeds, st.floats(0.05, 1.9))
def test_without_cannot_links_both_stop_where_average_linkage_does(n, seed, stop):
    vectors = some_vectors(n, seed)
    scipys = fcluster(linkage(pdist(vectors, "cosine"), "average"), stop, "distance")
    for method in ("agglomerative_constrained", "agglomerative"):
        found = cluster(method, vectors, NONE, stop_distance=stop, seed=0)
        assert found.tolist() == by_first_item(scipys)


@settings(max_examples=60)
@given(st.integers(2, 40), seeds, st.data())
def test_without_cannot_links_both_find_the_clusters_of_average_linkage(n, seed, data):
    vectors, wanted = some_vectors(n, seed), data.draw(st.integers(1, n))
    scipys = fcluster(linkage(pdist(vectors, "cosine"), "average"), wanted, "maxclust")
    for method in ("agglomerative_constrained", "agglomerative"):
        found = cluster(method, vectors, NONE, n_clusters=wanted, seed=0)
        assert found.max() + 1 == wanted
        assert found.tolist() == by_first_item(scipys)


def test_both_join_what_is_exactly_as_far_as_the_stop_distance():
    vectors = np.eye(2)
    for method in ("agglomerative_constrained", "agglomerative"):
        assert cluster(method, vectors, NONE, stop_distance=1.0, seed=0).tolist() == [0, 0]
        assert cluster(method, vectors, NONE, stop_distance=0.999, seed=0).tolist() == [0, 1]


@settings(max_examples=60)
@given(st.integers(2, 30), seeds, st.floats(0, 1), st.data())
def test_forbidden_pairs_never_share_a_cluster(n, seed, share, data):
    vectors, forbidden = some_vectors(n, seed), some_pairs(n, seed, share)
    wanted = data.draw(st.integers(1, n))
    told = cluster("agglomerative_constrained", vectors, forbidden, n_clusters=wanted, seed=0)
    fewest = cluster("agglomerative_constrained", vectors, forbidden, stop_distance=2.0, seed=0)
    for found in (told, fewest):
        assert (found[forbidden[:, 0]] != found[forbidden[:, 1]]).all()
    # It stops at the number wanted, or at the fewest that the cannot-links allow.
    assert told.max() + 1 == max(wanted, fewest.max() + 1)
    # Joining goes on from where it stopped: each cluster lies in one of the fewest.
    assert len({*zip(told.tolist(), fewest.tolist(), strict=True)}) == told.max() + 1


def test_cannot_links_may_leave_more_clusters_than_wanted():
    vectors = unit([[1, 0], [1, 0.1], [1, 0.2], [0, 1]])
    forbidden = np.array([[0, 1], [0, 2], [1, 2]])
    found = cluster("agglomerative_constrained", vectors, forbidden, n_clusters=2, seed=0)
    assert found.tolist() == [0, 1, 2, 2]


def test_of_equally_near_clusters_only_as_many_are_joined_as_wanted():
    vectors = np.eye(3)[[0, 0, 1, 1, 2]]
    found = cluster("agglomerative_constrained", vectors, NONE, n_clusters=4, seed=0)
    assert found.tolist() == [0, 0, 1, 2, 3]


@pytest.mark.parametrize(("apart", "number"), [(0.05, 3), (0.6, 6)])
def test_k_means_takes_the_number_with_the_best_silhouette(apart, number):
    # Six groups, two by two around orthogonal directions: near enough they count as three.
    axes = np.eye(6)
    centres = [axes[2 * i] + sign * apart * axes[2 * i + 1] for i in range(3) for sign in (-1, 1)]
    noise = np.random.default_rng(0).normal(scale=0.01, size=(60, 6))
    vectors = unit(np.repeat(unit(centres), 10, axis=0) + noise)
    assert cluster("k_means", vectors, NONE, seed=0).tolist() == (
        np.repeat(np.arange(number), 60 // number).tolist()
    )


def test_vectors_that_were_rounded_to_float32_are_unit_enough():
    vectors, truth = blobs((9, 7, 8))
    rounded = vectors.astype(np.float32).astype(float)
    for method in METHODS:
        assert cluster(method, rounded, NONE, **ESTIMATE).tolist() == by_first_item(truth)


def test_hdbscan_leaves_each_outlier_alone():
    vectors, truth = blobs((10, 10, 1, 1))
    found = cluster("hdbscan", vectors, NONE, seed=0)
    assert found.tolist() == by_first_item(truth)


@settings(max_examples=25)
@given(st.sampled_from(METHODS), st.integers(2, 30), seeds)
def test_the_same_seed_finds_the_same_clusters_numbered_by_their_first_item(method, n, seed):
    vectors, forbidden = some_vectors(n, seed), some_pairs(n, seed, 0.1)
    found = cluster(method, vectors, forbidden, stop_distance=0.5, seed=seed)
    again = cluster(method, vectors, forbidden, stop_distance=0.5, seed=seed)
    assert found.tolist() == again.tolist() == by_first_item(found)
    assert found.dtype.kind == "i"


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("n", [0, 1])
def test_nothing_and_one_item(method, n):
    vectors = np.eye(3)[:n]
    assert cluster(method, vectors, NONE, **ESTIMATE).tolist() == list(range(n))
    if method in TAKE_N_CLUSTERS:
        assert cluster(method, vectors, NONE, n_clusters=4, seed=0).tolist() == list(range(n))


@pytest.mark.parametrize(
    ("method", "opposite"),
    [
        ("agglomerative_constrained", [0, 1]),
        ("agglomerative", [0, 1]),
        ("k_means", [0, 0]),  # no silhouette to choose by
        ("affinity_propagation", [0, 1]),
        ("hdbscan", [0, 1]),
    ],
)
def test_two_items(method, opposite):
    vectors = np.array([[1.0, 0.0], [-1.0, 0.0]])
    assert cluster(method, vectors, NONE, **ESTIMATE).tolist() == opposite
    if method in TAKE_N_CLUSTERS:
        assert cluster(method, vectors, NONE, n_clusters=1, seed=0).tolist() == [0, 0]
        assert cluster(method, vectors, NONE, n_clusters=2, seed=0).tolist() == [0, 1]


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("n", [2, 3, 9])
def test_equal_vectors_are_one_cluster_but_noise_to_hdbscan(method, n):
    vectors = np.tile([0.6, 0.0, 0.8], (n, 1))
    wanted = list(range(n)) if method == "hdbscan" else [0] * n
    assert cluster(method, vectors, NONE, **ESTIMATE).tolist() == wanted


def test_of_equal_vectors_agglomeration_can_make_as_many_clusters_as_wanted():
    vectors = np.tile([0.6, 0.0, 0.8], (5, 1))
    numbers = {
        method: cluster(method, vectors, NONE, n_clusters=3, seed=0).max() + 1
        for method in TAKE_N_CLUSTERS
    }
    assert numbers == {"agglomerative_constrained": 3, "agglomerative": 3, "k_means": 1}


@pytest.mark.parametrize("method", sorted(TAKE_N_CLUSTERS))
@pytest.mark.parametrize("wanted", [7, 8, 100])
def test_there_are_no_more_clusters_than_items(method, wanted):
    found = cluster(method, some_vectors(7, 0), NONE, n_clusters=wanted, seed=0)
    assert found.tolist() == list(range(7))


@pytest.mark.parametrize("method", ["affinity_propagation", "hdbscan"])
def test_methods_that_find_the_number_themselves_cannot_be_told_it(method):
    with pytest.raises(ValueError, match=f"^{method} finds the number of clusters itself"):
        cluster(method, np.eye(3), NONE, n_clusters=2, seed=0)


@pytest.mark.parametrize("method", ["agglomerative_constrained", "agglomerative"])
def test_agglomeration_must_know_where_to_stop(method):
    with pytest.raises(ValueError, match=f"^{method} needs n_clusters or stop_distance$"):
        cluster(method, np.eye(3), NONE, seed=0)


def test_unknown_methods_and_impossible_numbers_are_refused():
    with pytest.raises(ValueError, match="'spectral'; there are agglomerative_constrained, "):
        cluster("spectral", np.eye(3), NONE, seed=0)
    with pytest.raises(ValueError, match="n_clusters is 0 and must be at least 1"):
        cluster("k_means", np.eye(3), NONE, n_clusters=0, seed=0)
