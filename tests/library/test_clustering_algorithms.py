"""Every standard algorithm on clusters that are known; average linkage and FINCH by themselves."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.cluster.hierarchy import fcluster, linkage
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components
from scipy.spatial.distance import cdist, pdist

from castmap.catalogues import ALGORITHMS, CatalogueError
from castmap.clustering.algorithms.finch import partitions
from castmap.clustering.calibration import Calibration
from castmap.clustering.cast import find_cast
from castmap.clustering.film import FilmTracks

pytestmark = pytest.mark.filterwarnings("error")

NONE = np.zeros((0, 2), int)
seeds = st.integers(0, 10**6)
# castmap's own is tested in test_clustering_cast.
STANDARD = {name: own.declared for name, own in ALGORITHMS.members.items() if name != "castmap"}
TAKE_N_CLUSTERS = [name for name, declared in STANDARD.items() if declared.get("takes_n_clusters")]
# FINCH joins every item with another, however far away, and groups of groups all the more.
LEAVE_ALONE = [name for name in STANDARD if name != "finch"]


def cluster(
    algorithm,
    vectors,
    cannot_links=NONE,
    stop_distance=0.5,
    n_clusters=None,
    seed=0,
    must_links=NONE,
):
    flags = np.ones(len(vectors), bool)
    calibration = Calibration(0.1, stop_distance, 0, 0.8, 0.0)
    known = (vectors, cannot_links, flags, ~flags, flags.astype(int), calibration)
    film = FilmTracks(*known, must_links)
    cast = find_cast(vectors, film, algorithm, seed=seed, n_clusters=n_clusters)
    assert cast.characters.shape == cast.joined.shape and not cast.joined.any()
    return cast.characters


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


@pytest.mark.parametrize("method", LEAVE_ALONE)
@pytest.mark.parametrize("sizes", [(9, 9), (20, 12, 8, 15)])
def test_clusters_far_apart_are_found_where_k_is_not_given(method, sizes):
    vectors, truth = blobs(sizes)
    assert cluster(method, vectors).tolist() == by_first_item(truth)


@pytest.mark.parametrize(
    ("method", "sizes"),
    [
        *itertools.product(TAKE_N_CLUSTERS, [(9, 9), (20, 12, 8, 15)]),
        *((name, (3, 1, 1, 30)) for name in TAKE_N_CLUSTERS if name in LEAVE_ALONE),
    ],
)
def test_clusters_far_apart_are_found_with_oracle_k(method, sizes):
    vectors, truth = blobs(sizes)
    found = cluster(method, vectors, n_clusters=len(sizes))
    assert found.tolist() == by_first_item(truth)


@pytest.mark.parametrize("method", STANDARD)
def test_cannot_links_are_heeded_where_the_catalogue_says_so(method):
    vectors, truth = blobs((12, 12))
    cannot_links = np.flatnonzero(truth == 0)[:2][None]
    found = cluster(method, vectors, cannot_links)
    if STANDARD[method].get("heeds_cannot_links"):
        assert found[cannot_links[0, 0]] != found[cannot_links[0, 1]]
    else:
        assert found.tolist() == by_first_item(truth)


@settings(max_examples=60)
@given(st.integers(2, 40), seeds, st.floats(0.05, 1.9))
def test_without_cannot_links_both_stop_where_average_linkage_does(n, seed, stop):
    vectors = some_vectors(n, seed)
    scipys = fcluster(linkage(pdist(vectors, "cosine"), "average"), stop, "distance")
    for method in ("agglomerative_constrained", "agglomerative"):
        found = cluster(method, vectors, stop_distance=stop)
        assert found.tolist() == by_first_item(scipys)


@settings(max_examples=60)
@given(st.integers(2, 40), seeds, st.data())
def test_without_cannot_links_both_find_the_clusters_of_average_linkage(n, seed, data):
    vectors, wanted = some_vectors(n, seed), data.draw(st.integers(1, n))
    scipys = fcluster(linkage(pdist(vectors, "cosine"), "average"), wanted, "maxclust")
    for method in ("agglomerative_constrained", "agglomerative"):
        found = cluster(method, vectors, n_clusters=wanted)
        assert found.max() + 1 == wanted
        assert found.tolist() == by_first_item(scipys)


def test_both_join_what_is_exactly_as_far_as_the_stop_distance():
    vectors = np.eye(2)
    for method in ("agglomerative_constrained", "agglomerative"):
        assert cluster(method, vectors, stop_distance=1.0).tolist() == [0, 0]
        assert cluster(method, vectors, stop_distance=0.999).tolist() == [0, 1]


@settings(max_examples=60)
@given(st.integers(2, 30), seeds, st.floats(0, 1), st.data())
def test_cannot_links_never_share_a_cluster(n, seed, share, data):
    vectors, cannot_links = some_vectors(n, seed), some_pairs(n, seed, share)
    wanted = data.draw(st.integers(1, n))
    oracle = cluster("agglomerative_constrained", vectors, cannot_links, n_clusters=wanted)
    fewest = cluster("agglomerative_constrained", vectors, cannot_links, stop_distance=2.0)
    for found in (oracle, fewest):
        assert (found[cannot_links[:, 0]] != found[cannot_links[:, 1]]).all()
    # It stops at the number wanted, or at the fewest that the cannot-links allow.
    assert oracle.max() + 1 == max(wanted, fewest.max() + 1)
    # Joining goes on from where it stopped: each cluster lies in one of the fewest.
    assert len({*zip(oracle.tolist(), fewest.tolist(), strict=True)}) == oracle.max() + 1


def test_cannot_links_may_leave_more_clusters_than_wanted():
    vectors = unit([[1, 0], [1, 0.1], [1, 0.2], [0, 1]])
    cannot_links = np.array([[0, 1], [0, 2], [1, 2]])
    found = cluster("agglomerative_constrained", vectors, cannot_links, n_clusters=2)
    assert found.tolist() == [0, 1, 2, 2]


def test_of_equally_near_clusters_only_as_many_are_joined_as_wanted():
    vectors = np.eye(3)[[0, 0, 1, 1, 2]]
    found = cluster("agglomerative_constrained", vectors, n_clusters=4)
    assert found.tolist() == [0, 0, 1, 2, 3]


@pytest.mark.parametrize(("apart", "number"), [(0.05, 3), (0.6, 6)])
def test_k_means_takes_the_number_with_the_best_silhouette(apart, number):
    # Six groups, two by two around orthogonal directions: near enough they count as three.
    axes = np.eye(6)
    centres = [axes[2 * i] + sign * apart * axes[2 * i + 1] for i in range(3) for sign in (-1, 1)]
    noise = np.random.default_rng(0).normal(scale=0.01, size=(60, 6))
    vectors = unit(np.repeat(unit(centres), 10, axis=0) + noise)
    assert cluster("k_means", vectors).tolist() == (
        np.repeat(np.arange(number), 60 // number).tolist()
    )


def test_vectors_that_were_rounded_to_float32_are_unit_enough():
    vectors, truth = blobs((9, 7, 8))
    rounded = vectors.astype(np.float32).astype(float)
    for method in LEAVE_ALONE:
        assert cluster(method, rounded).tolist() == by_first_item(truth)


def test_hdbscan_leaves_each_outlier_alone():
    vectors, truth = blobs((10, 10, 1, 1))
    found = cluster("hdbscan", vectors)
    assert found.tolist() == by_first_item(truth)


@settings(max_examples=25)
@given(st.sampled_from(list(STANDARD)), st.integers(2, 30), seeds)
def test_the_same_seed_finds_the_same_clusters_numbered_by_their_first_item(method, n, seed):
    vectors, cannot_links = some_vectors(n, seed), some_pairs(n, seed, 0.1)
    found = cluster(method, vectors, cannot_links, stop_distance=0.5, seed=seed)
    again = cluster(method, vectors, cannot_links, stop_distance=0.5, seed=seed)
    assert found.tolist() == again.tolist() == by_first_item(found)
    assert found.dtype.kind == "i"


@pytest.mark.parametrize("method", STANDARD)
@pytest.mark.parametrize("n", [0, 1])
def test_nothing_and_one_item(method, n):
    vectors = np.eye(3)[:n]
    assert cluster(method, vectors).tolist() == list(range(n))
    if method in TAKE_N_CLUSTERS:
        assert cluster(method, vectors, n_clusters=4).tolist() == list(range(n))


@pytest.mark.parametrize(
    ("method", "opposite"),
    [
        ("agglomerative_constrained", [0, 1]),
        ("agglomerative", [0, 1]),
        ("k_means", [0, 0]),  # no silhouette to choose by
        ("affinity_propagation", [0, 1]),
        ("hdbscan", [0, 1]),
        ("finch", [0, 0]),
    ],
)
def test_two_items(method, opposite):
    vectors = np.array([[1.0, 0.0], [-1.0, 0.0]])
    assert cluster(method, vectors).tolist() == opposite
    if method in TAKE_N_CLUSTERS:
        assert cluster(method, vectors, n_clusters=1).tolist() == [0, 0]
        assert cluster(method, vectors, n_clusters=2).tolist() == [0, 1]


@pytest.mark.parametrize("method", STANDARD)
@pytest.mark.parametrize("n", [2, 3, 9])
def test_equal_vectors_are_one_cluster_but_noise_to_hdbscan(method, n):
    vectors = np.tile([0.6, 0.0, 0.8], (n, 1))
    wanted = list(range(n)) if method == "hdbscan" else [0] * n
    assert cluster(method, vectors).tolist() == wanted


def test_of_equal_vectors_agglomeration_can_make_as_many_clusters_as_wanted():
    vectors = np.tile([0.6, 0.0, 0.8], (5, 1))
    numbers = {
        method: cluster(method, vectors, n_clusters=3).max() + 1 for method in TAKE_N_CLUSTERS
    }
    assert numbers.pop("k_means") == 1
    assert numbers == {"agglomerative_constrained": 3, "agglomerative": 3, "finch": 3}


@pytest.mark.parametrize("method", TAKE_N_CLUSTERS)
@pytest.mark.parametrize("wanted", [7, 8, 100])
def test_there_are_no_more_clusters_than_items(method, wanted):
    found = cluster(method, some_vectors(7, 0), n_clusters=wanted)
    assert found.tolist() == list(range(7))


@pytest.mark.parametrize("method", ["affinity_propagation", "hdbscan"])
def test_an_algorithm_that_finds_the_number_itself_refuses_oracle_k(method):
    with pytest.raises(ValueError, match=f"^{method} finds the number of clusters itself"):
        cluster(method, np.eye(3), n_clusters=2)


def test_unknown_algorithms_and_impossible_numbers_are_refused():
    with pytest.raises(CatalogueError, match="called spectral; use castmap, agglomerative_const"):
        cluster("spectral", np.eye(3))
    with pytest.raises(ValueError, match="n_clusters is 0 and must be at least 1"):
        cluster("k_means", np.eye(3), n_clusters=0)


def test_the_catalogue_lists_castmap_first_and_the_standard_ones_in_the_order_of_the_tables():
    assert list(ALGORITHMS.members) == [
        "castmap",
        "agglomerative_constrained",
        "agglomerative",
        "k_means",
        "affinity_propagation",
        "hdbscan",
        "finch",
    ]


def as_unit(degrees):
    angles = np.radians(degrees)
    return np.column_stack([np.cos(angles), np.sin(angles)])


def test_finch_connects_first_neighbours_and_then_the_means_of_what_they_connect():
    vectors = as_unit([0, 10, 21, 90, 100, 41, 45])
    assert [labels.tolist() for labels in partitions(vectors, NONE)] == [
        [0, 1, 2, 3, 4, 5, 6],
        [0, 0, 0, 1, 1, 2, 2],
        # All in one would come next: that is no partition.
    ]
    vectors = as_unit([0, 1, 10, 11, 90, 91, 100, 101])
    assert [labels.max() + 1 for labels in partitions(vectors, NONE)] == [8, 4, 2]
    assert cluster("finch", vectors).tolist() == [0, 0, 0, 0, 1, 1, 1, 1]


def test_finch_takes_the_next_neighbour_where_a_cannot_link_forbids_the_first():
    # 21 degrees must not be with 10. It is left by itself, for 0 is nearer to 10; then it goes to
    # the only ones left, who in turn must not be joined with the others.
    found = partitions(as_unit([0, 10, 21, 90, 100]), np.array([[2, 1]]))
    assert [labels.tolist() for labels in found[1:]] == [[0, 0, 1, 2, 2], [0, 0, 1, 1, 1]]


def test_finch_gives_the_partition_that_is_asked_for_or_the_last():
    vectors = as_unit([0, 1, 10, 11, 90, 91, 100, 101])
    flags, calibration = np.ones(8, bool), Calibration(0.1, 0.5, 0, 0.8, 0.0)
    film = FilmTracks(vectors, NONE, flags, ~flags, flags.astype(int), calibration)
    numbers = [
        find_cast(vectors, film, "finch", seed=0, parameters={"partition": partition})
        for partition in (1, 2, 3, 100)
    ]
    assert [cast.characters.max() + 1 for cast in numbers] == [4, 2, 2, 2]


@settings(max_examples=60)
@given(st.integers(2, 60), seeds)
def test_each_partition_of_finch_is_the_papers_equation(n, seed):
    """Components of A(i, j) = 1 where j is i's first neighbour, i is j's, or theirs is the same."""
    vectors = some_vectors(n, seed)
    found = partitions(vectors, NONE)
    labels = np.arange(n)
    for partition in found[1:]:
        means = np.array(
            [vectors[labels == label].mean(axis=0) for label in range(max(labels) + 1)]
        )
        distances = cdist(means, means, "cosine") + np.diag(np.full(len(means), np.inf))
        first = distances.argmin(axis=1)
        adjacent = (first[:, None] == np.arange(len(means))) | (first[:, None] == first)
        joined = connected_components(csr_array(adjacent), directed=False)[1]
        labels = np.array(by_first_item(joined[labels]))
        assert partition.tolist() == labels.tolist()
    assert len(found) == 2 or max(found[-1]) > 0


@settings(max_examples=60)
@given(st.integers(2, 30), seeds, st.floats(0, 1), st.data())
def test_finch_never_breaks_a_cannot_link_and_leaves_out_no_other_pair(n, seed, share, data):
    vectors, cannot_links = some_vectors(n, seed), some_pairs(n, seed, share)
    found = partitions(vectors, cannot_links)
    oracle = cluster("finch", vectors, cannot_links, n_clusters=data.draw(st.integers(1, n)))
    for labels in (*found, oracle):
        assert (labels[cannot_links[:, 0]] != labels[cannot_links[:, 1]]).all()
    linked = np.zeros((n, n), bool)
    linked[tuple(cannot_links.T)] = linked[tuple(cannot_links.T[::-1])] = True
    for fine, coarse in itertools.pairwise(found):
        groups = [fine == label for label in range(max(fine) + 1)]
        means = np.array([vectors[group].mean(axis=0) for group in groups])
        for group, mean in zip(groups, means, strict=True):
            assert len(set(coarse[group])) == 1
            allowed = [
                other for other, rows in enumerate(groups) if not linked[group][:, rows].any()
            ]
            allowed.remove(fine[group][0])
            if allowed:
                first = groups[allowed[cdist([mean], means[allowed], "cosine").argmin()]]
                ours, theirs = (coarse == coarse[rows][0] for rows in (group, first))
                assert (ours == theirs).all() or linked[ours][:, theirs].any()


@settings(max_examples=40)
@given(st.integers(2, 40), seeds, st.data())
def test_finch_makes_as_many_clusters_as_wanted(n, seed, data):
    vectors, wanted = some_vectors(n, seed), data.draw(st.integers(1, n))
    assert cluster("finch", vectors, n_clusters=wanted).max() + 1 == wanted


@pytest.mark.parametrize("algorithm", ALGORITHMS.members)
def test_what_must_be_one_person_is_for_every_algorithm(algorithm):
    vectors = unit(np.vstack([some_vectors(12, 0), -some_vectors(1, 0)]))
    found = cluster(algorithm, vectors, must_links=np.array([[0, 12], [3, 12]]))
    assert found[0] == found[3] == found[12]


@pytest.mark.parametrize(("similarity", "character"), [(0.7, 0), (0.6, -1)])
@pytest.mark.parametrize("faceless", [False, True])
def test_a_poor_track_joins_only_whom_it_is_very_much_like(similarity, character, faceless):
    """Within two thirds of the stop distance, 1/3."""
    one, other = np.eye(3)[0], np.array([similarity, np.sqrt(1 - similarity**2), 0])
    poor = np.array([False, False, True, False])
    calibration = Calibration(0.5, 0.5, 0, 0.8, 0.0)
    film = FilmTracks(
        *(np.array([one, one, other, one]), NONE, ~poor, poor & faceless, np.full(4, 9)),
        calibration,
    )
    cast = find_cast(film.calibration_vectors, film, seed=0)
    assert cast.characters.tolist() == [0, 0, character, 0]
    assert cast.joined.tolist() == [False, False, character == 0, False]
