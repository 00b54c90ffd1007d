"""How likely it is that a track is of the person whom its character mostly shows."""

import itertools

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial.distance import squareform

from castmap.clustering.agglomeration import cluster_constrained
from castmap.clustering.certainty import place_tracks, track_confidence
from castmap.clustering.characters import UNASSIGNED

NONE = np.zeros((0, 2), int)


def margins(*known):
    return place_tracks(*known).margins()


def some_distances(n, seed):
    return squareform(np.random.default_rng(seed).uniform(0.01, 2, n * (n - 1) // 2))[:n, :n]


def some_pairs(n, seed, share):
    pairs = np.array(list(itertools.combinations(range(n), 2)), int).reshape(-1, 2)
    return pairs[np.random.default_rng(seed + 1).random(len(pairs)) < share]


def test_the_second_character_is_the_nearest_that_is_allowed():
    distances = np.array([[0.0, 0.3, 0.4], [0.3, 0.0, 0.9], [0.4, 0.9, 0.0]])
    assert place_tracks(distances, np.arange(3), NONE, 0.2).second.tolist() == [1, 0, 0]
    apart = np.array([[0, 1]])
    assert place_tracks(distances, np.arange(3), apart, 0.2).second.tolist() == [2, 2, 0]


def test_the_margin_compares_its_own_cluster_with_the_next():
    distances = np.array(
        [
            [0.0, 0.2, 0.8, 0.6],
            [0.2, 0.0, 0.4, 1.0],
            [0.8, 0.4, 0.0, 1.5],
            [0.6, 1.0, 1.5, 0.0],
        ]
    )
    found = margins(distances, np.array([0, 0, 1, 2]), NONE, 0.6)
    # Items 2 and 3 are alone: half the stop distance stands for their own cluster.
    assert np.allclose(found, [0.4 / 0.6, 0.2 / 0.4, 0.3 / 0.6, 0.5 / 0.8])


def test_the_margin_ignores_characters_that_cannot_links_forbid():
    distances = np.array([[0.0, 0.2, 0.4], [0.2, 0.0, 0.4], [0.4, 0.4, 0.0]])
    # Item 0 has no other cluster left, and 2 is as far as anything can be; item 2 neither.
    found = margins(distances, np.array([0, 0, 1]), np.array([[0, 2]]), 0.6)
    assert np.allclose(found, [1.8 / 2, 0.2 / 0.4, 1.7 / 2])


@settings(max_examples=40)
@given(st.integers(1, 20), st.integers(0, 10**6))
def test_margin_and_confidence_are_shares_and_the_second_is_another(n, seed):
    distances, cannot_links = some_distances(n, seed), some_pairs(n, seed, 0.2)
    clusters = cluster_constrained(distances, cannot_links, 0.9)
    places = place_tracks(distances, clusters, cannot_links, 0.9)
    for found in (places.margins(), track_confidence(places)):
        assert ((found >= 0) & (found <= 1)).all()
    assert (places.second != clusters).all()


def test_who_is_like_its_own_character_and_like_no_other_is_surer():
    distances = np.array(
        [[0, 0.1, 0.5, 0.9], [0.1, 0, 0.4, 0.8], [0.5, 0.4, 0, 0.3], [0.9, 0.8, 0.3, 0]]
    )
    characters = np.array([0, 0, 0, 1])
    places = place_tracks(distances, characters, NONE, 0.6)
    assert np.allclose(places.nearest, [0.1, 0.1, 0.4, 0.3])  # alone: half the stop distance
    assert np.allclose(places.nearest_other, [0.9, 0.8, 0.3, 0.3])
    found = track_confidence(places)
    assert found[0] > found[1] > 0.9 > found[3] > found[2]
    kept_apart = place_tracks(distances, characters, np.array([[2, 3]]), 0.6)
    assert kept_apart.nearest_other.tolist() == [0.9, 0.8, 2, 0.8]
    unassigned = place_tracks(distances, np.array([0, 0, 0, UNASSIGNED]), NONE, 0.6)
    assert unassigned.nearest_other.tolist() == [2, 2, 2, 0.3]
    assert track_confidence(unassigned)[3] == 0
