"""The stop distance: where joins happen, against scipy, and what moves it."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.cluster.hierarchy import cophenet, linkage
from scipy.spatial.distance import squareform

from castmap.clustering.agglomeration import agglomerate
from castmap.clustering.calibration import (
    ALLOWED_ERROR,
    calibrate,
    held_out_joins,
    joined_at,
)

NONE = np.zeros((0, 2), int)


@settings(max_examples=40)
@given(st.integers(2, 40), st.integers(0, 10**6))
def test_two_items_are_joined_at_their_cophenetic_distance(n, seed):
    condensed = np.random.default_rng(seed).uniform(0, 2, n * (n - 1) // 2)
    pairs = np.column_stack(np.triu_indices(n, 1))
    found = joined_at(agglomerate(squareform(condensed), NONE), pairs)
    assert np.allclose(found, cophenet(linkage(condensed, "average")))


def test_what_must_stay_apart_is_never_joined():
    distances = 1 - np.eye(3)
    joins = agglomerate(distances, np.array([[0, 1]]))
    # Item 2 is as near to either; it goes to the first.
    assert joined_at(joins, np.array([[0, 1], [0, 2], [1, 2]])).tolist() == [np.inf, 1, np.inf]


def test_a_hidden_pair_is_joined_unless_others_keep_it_apart():
    # 0 and 1 look alike and are seen at once in two guises: hiding one pair leaves the other.
    points = np.array([0.0, 0.1, 0.02, 0.12])
    distances = np.abs(points[:, None] - points)
    alone = held_out_joins(distances, np.array([[0, 1]]), 0)
    assert alone.tolist() == [pytest.approx(0.1)]
    both = held_out_joins(distances, np.array([[0, 1], [2, 3]]), 0)
    assert np.isinf(both).all()


def test_a_film_without_cannot_links_stops_at_the_prior():
    found = calibrate(np.zeros(0), 0.6, 0.15)
    assert found.stop_distance == pytest.approx(0.6, abs=0.005)
    assert found.expected_error == pytest.approx(ALLOWED_ERROR, abs=0.01)
    assert found.n_pairs == 0


def test_links_broken_early_lower_it_and_links_never_broken_raise_it():
    pulled = calibrate(np.full(30, 0.4), 0.6, 0.15)
    assert 0.35 < pulled.stop_distance < 0.4
    pushed = [calibrate(np.full(n, np.inf), 0.6, 0.15).stop_distance for n in (0, 50, 500)]
    assert pushed[0] < pushed[1] < pushed[2] < 0.6 + 0.15


@settings(max_examples=60)
@given(
    st.lists(st.floats(0, 2), max_size=60),
    st.floats(0.05, 1.5),
    st.floats(0, 0.5),
)
def test_no_more_links_than_allowed_are_expected_to_be_broken(joined, prior, spread):
    found = calibrate(np.array(joined), prior, spread)
    assert 0 <= found.stop_distance <= 2.5
    assert found.expected_error <= ALLOWED_ERROR or found.stop_distance == 0
