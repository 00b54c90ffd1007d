"""Names are assigned as a whole: against counting all assignments."""

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from castmap.people.assignment import NOBODY, most_probable, probabilities

NO_CONFLICTS = np.zeros((0, 2), int)


def count_all(log_odds, conflicts):
    """How probable each legal assignment is, and each name of a character, by counting."""
    k, p = log_odds.shape
    weights, share = {}, np.zeros((k, p))
    for assignment in itertools.product(range(NOBODY, p), repeat=k):
        if any(assignment[a] == assignment[b] != NOBODY for a, b in conflicts):
            continue
        named = [(c, person) for c, person in enumerate(assignment) if person != NOBODY]
        weights[assignment] = np.exp(sum(log_odds[pair] for pair in named))
        for pair in named:
            share[pair] += weights[assignment]
    return weights, share / sum(weights.values())


@st.composite
def films(draw, loops):
    k, p = draw(st.integers(1, 5)), draw(st.integers(1, 3))
    odds = draw(st.lists(st.floats(-6, 6), min_size=k * p, max_size=k * p, unique=True))
    barred = draw(st.lists(st.booleans(), min_size=k * p, max_size=k * p))
    log_odds = np.where(barred, -np.inf, odds).reshape(k, p)
    if loops:
        pairs = draw(st.sets(st.sampled_from([(a, b) for b in range(k) for a in range(b + 1)])))
        pairs = sorted(pair for pair in pairs if pair[0] != pair[1])
    else:
        pairs = [(draw(st.integers(0, b - 1)), b) for b in range(1, k) if draw(st.booleans())]
    return log_odds, np.array(pairs, int).reshape(-1, 2)


@given(films(loops=True))
def test_the_assignment_is_the_most_probable_of_all(film):
    weights, _ = count_all(*film)
    found = weights[tuple(most_probable(*film).tolist())]  # a legal one
    assert found >= max(weights.values()) * (1 - 1e-6)


@given(films(loops=False))
def test_probabilities_are_exact_where_conflicts_form_no_loop(film):
    assert np.allclose(probabilities(*film), count_all(*film)[1], atol=1e-6)


@given(films(loops=True))
def test_probabilities_are_not_far_from_exact_in_loops_and_never_above_one(film):
    found = probabilities(*film)
    # The worst that a search of 2,500 films for it has found is 0.36.
    assert np.abs(found - count_all(*film)[1]).max() < 0.4
    assert (found >= 0).all() and (found.sum(axis=1) <= 1 + 1e-9).all()


def test_two_who_are_seen_at_once_share_a_name_that_both_could_have():
    log_odds = np.full((2, 1), 8.0)
    alone = probabilities(log_odds, NO_CONFLICTS)
    both = probabilities(log_odds, np.array([[0, 1]]))
    assert np.allclose(alone, 1 / (1 + np.exp(-8)))
    assert np.allclose(both, np.exp(8) / (1 + 2 * np.exp(8)))
    assert sorted(most_probable(log_odds, np.array([[0, 1]])).tolist()) == [NOBODY, 0]


@pytest.mark.parametrize("shape", [(0, 3), (3, 0), (0, 0)])
def test_nobody_is_named_where_nobody_is_known_or_seen(shape):
    log_odds = np.zeros(shape)
    assert probabilities(log_odds, NO_CONFLICTS).shape == shape
    assert most_probable(log_odds, NO_CONFLICTS).tolist() == [NOBODY] * shape[0]
