"""The stop distance: what it is estimated from, by integration and by loops, and what moves it."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import norm

from castmap.clustering.agglomeration import agglomerate, cut, joins_within
from castmap.clustering.calibration import (
    ALLOWED_OTHERS,
    ALLOWED_SHARE,
    BETWEEN_FILMS,
    WITHIN_FILM,
    TwoPeople,
    calibrate,
    distances_apart,
    estimate,
    stop_of,
)

NONE = np.zeros((0, 2), int)
PRIOR = 0.8


def spread_out(n, distance=0.9):
    """n items, all equally far apart."""
    return distance * (1 - np.eye(n))


def test_without_pairs_the_estimate_is_the_prior():
    found = estimate(np.zeros(0), 0, PRIOR)
    assert found.mean == PRIOR
    assert found.deviation == pytest.approx(np.hypot(BETWEEN_FILMS, WITHIN_FILM))


def test_the_estimate_is_bayes_rule_integrated():
    apart = np.array([0.7, 0.74, 0.66])  # of three clusters: they count as two distances
    means = np.linspace(0, 2, 20001)
    weight = norm.pdf(means, PRIOR, BETWEEN_FILMS) * norm.pdf(apart.mean(), means, WITHIN_FILM) ** 2
    weight /= weight.sum()
    mean = weight @ means
    variance = weight @ (means - mean) ** 2 + WITHIN_FILM**2
    found = estimate(apart, 3, PRIOR)
    assert found.mean == pytest.approx(mean)
    assert found.deviation == pytest.approx(np.sqrt(variance))


@settings(max_examples=60)
@given(st.integers(2, 25), st.integers(0, 10**6), st.floats(0.3, 1.2), st.floats(0.01, 0.2))
def test_no_cluster_is_expected_to_have_more_others_nearby_than_allowed(n, seed, mean, deviation):
    points = np.random.default_rng(seed).normal(size=(n, 5))
    points /= np.linalg.norm(points, axis=1, keepdims=True)
    joins = agglomerate(1 - points @ points.T, NONE)
    people = TwoPeople(mean, deviation)
    stop = stop_of(joins, people)
    for number in range(joins_within(joins, stop)):
        others = n - 1 - number
        share = people.share_within(joins.distances[number])
        assert others * share <= ALLOWED_OTHERS
        assert share <= ALLOWED_SHARE
    left = n - 1 - joins_within(joins, stop)
    further = people.share_within(stop + 1e-6)
    assert left * further > ALLOWED_OTHERS or further > ALLOWED_SHARE or not left


@settings(max_examples=40)
@given(st.integers(2, 20), st.integers(1, 6), st.integers(0, 30), st.integers(0, 10**6))
def test_distances_of_clusters_are_means_over_their_pairs(n, n_clusters, n_links, seed):
    random = np.random.default_rng(seed)
    distances = random.uniform(0, 2, (n, n))
    distances += distances.T
    clusters = cut(agglomerate(distances, NONE), max(n - n_clusters, 0))
    links = random.integers(n, size=(n_links, 2))
    links = links[clusters[links[:, 0]] != clusters[links[:, 1]]]
    wanted = {}
    for a, b in links:
        one, other = sorted((clusters[a], clusters[b]))
        block = distances[np.ix_(clusters == one, clusters == other)]
        wanted[one, other] = block.mean()
    found, met = distances_apart(distances, clusters, links)
    assert found == pytest.approx([wanted[pair] for pair in sorted(wanted)])
    assert met == len({cluster for pair in wanted for cluster in pair})


def test_a_film_without_cannot_links_stops_at_the_prior():
    found = calibrate(spread_out(6), NONE, PRIOR)
    assert found.stop_distance == found.prior_stop_distance < PRIOR
    assert found.mean_distance == PRIOR
    assert found.n_pairs == 0


@pytest.mark.parametrize(("distance", "moves"), [(0.6, -1), (1.0, 1)])
def test_people_seen_together_move_it_to_how_far_apart_they_are(distance, moves):
    links = np.array([[0, 1], [1, 2], [0, 2]])
    found = calibrate(spread_out(6, distance), links, PRIOR)
    assert found.n_pairs == 3
    assert np.sign(found.stop_distance - found.prior_stop_distance) == moves
    assert np.sign(found.mean_distance - PRIOR) == moves


def test_the_more_people_the_nearer_it_stops():
    few, many = (calibrate(spread_out(n), NONE, PRIOR) for n in (6, 60))
    assert many.stop_distance < few.stop_distance
    assert 59 * many.expected_error == pytest.approx(ALLOWED_OTHERS)


@pytest.mark.parametrize("n", [0, 1, 2])
def test_a_film_of_next_to_nothing_has_a_stop_distance(n):
    found = calibrate(spread_out(n), NONE, PRIOR)
    assert found.expected_error == pytest.approx(ALLOWED_SHARE)
