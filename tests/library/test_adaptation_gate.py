"""The gate: weak pairs, how far apart they lie by several embeddings, and gains over films."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import norm
from sklearn.metrics import roc_auc_score

from castmap.adaptation.gate import (
    LEAST_GROUPS,
    WeakScores,
    gain_over_films,
    separation,
    statistic_of_draws,
    weak_scores,
)
from castmap.tracks.cooccurrence import CANNOT_LINK


def unit(rows):
    return rows / np.linalg.norm(rows, axis=-1, keepdims=True)


def scores_of(same, different, linked=8):
    """Each track is a group by itself; the first ones have the cannot-links, in turn."""
    return WeakScores(
        np.asarray(same, float),
        np.asarray(different, float),
        np.arange(len(same)),
        np.arange(len(different)) % linked,
    )


@pytest.fixture
def film():
    """Tracks 4, 9 and 12 of three tracklets; 4 and 9 have a cannot-link, 5 was not split."""
    tracklets = pd.DataFrame({"track": np.repeat([4, 9, 12], 3), "tracklet": [0, 1, 2] * 3})
    pairs = pd.DataFrame(
        [(4, 9, CANNOT_LINK), (4, 5, CANNOT_LINK), (9, 12, "duplicate")],
        columns=["track", "other_track", "kind"],
    )
    means = unit(np.random.default_rng(0).normal(size=(3, 3, 6)))
    return tracklets, means, pairs


def test_the_least_similar_tracklets_and_the_most_similar_of_a_cannot_link_count(film):
    tracklets, means, pairs = film
    scores = weak_scores(tracklets, means, pairs, tracks=[4, 9])
    least = [min(track[a] @ track[b] for a, b in ((0, 1), (0, 2), (1, 2))) for track in means[:2]]
    assert scores.same == pytest.approx(least)
    assert scores.different == pytest.approx([(means[0] @ means[1].T).max()])


def test_tracks_seen_together_are_one_group(film):
    tracklets, means, pairs = film
    scores = weak_scores(tracklets, means, pairs, tracks=[4, 9, 12])
    one, other, third = scores.group_of_same
    assert one == other == scores.group_of_different[0] != third


def test_pairs_with_tracks_that_were_trained_on_are_left_out(film):
    scores = weak_scores(*film, tracks=[9, 12])
    assert len(scores.same) == 2
    assert not len(scores.different)
    nothing = weak_scores(*film, tracks=[])
    assert not len(nothing.same)
    assert statistic_of_draws(nothing, seed=0, draws=3) is None


@pytest.mark.parametrize("distance", [-1.0, 0.0, 0.5, 3.0])
def test_of_two_gaussians_the_separation_is_the_distance_of_their_means(distance):
    quantiles = norm.ppf((np.arange(10_000) + 0.5) / 10_000)
    assert separation(quantiles + distance, quantiles) == pytest.approx(distance, rel=1e-3)
    unequal = separation(3 * quantiles + distance, quantiles)
    assert unequal == pytest.approx(distance / np.sqrt(5), rel=1e-3)


def test_the_separation_still_grows_where_every_pair_is_told_apart():
    same, different = np.linspace(0.6, 0.9, 20), np.linspace(0.0, 0.3, 20)
    shifts = (0, 0.05, 0.1, 0.3)
    truth = np.repeat([1, 0], 20)
    assert {roc_auc_score(truth, np.r_[same, different - shift]) for shift in shifts} == {1.0}
    found = [separation(same, different - shift) for shift in shifts]
    assert found == sorted(set(found))


@given(
    st.lists(st.integers(-9, 9), min_size=2, max_size=9, unique=True),
    st.lists(st.integers(-9, 9), min_size=2, max_size=9, unique=True),
    st.floats(0.1, 10),
    st.floats(-5, 5),
)
def test_the_separation_has_no_unit(same, different, scale, shift):
    same, different = np.array(same, float), np.array(different, float)
    found = separation(same, different)
    assert separation(scale * same + shift, scale * different + shift) == pytest.approx(found)
    assert separation(different, same) == pytest.approx(-found)


def test_pairs_of_no_spread_are_told_apart_by_a_finite_number():
    assert np.isfinite(separation(np.ones(3), np.zeros(2)))


def test_the_first_of_all_draws_is_of_all_pairs():
    random = np.random.default_rng(0)
    scores = scores_of(random.normal(0.5, 1, 8), random.normal(0, 1, 9))
    found = statistic_of_draws(scores, seed=0, draws=7)
    assert found.shape == (8,)
    assert found[0] == separation(scores.same, scores.different)
    assert np.array_equal(found, statistic_of_draws(scores, seed=0, draws=7))


def test_a_group_is_drawn_whole_and_as_many_are_drawn_as_there_are():
    """Pairs say which group they are of, and whether it has a cannot-link."""
    group = np.repeat(np.arange(7), [3, 2, 2, 2, 2, 1, 1])
    scores = WeakScores(group.astype(float), np.arange(5.0), group, np.arange(5))
    seen = []

    def look(same, different):
        seen.append((same, different))
        return 0.0

    statistic_of_draws(scores, seed=1, draws=30, statistic=look)
    for same, different in seen:
        assert len(different) == 5
        assert (same >= 5).sum() == 2
        times = np.bincount(different.astype(int), minlength=5)
        assert (
            np.bincount(same.astype(int), minlength=7)[:5].tolist()
            == (times * [3, 2, 2, 2, 2]).tolist()
        )
    assert len({tuple(different) for _, different in seen}) > 10


@pytest.mark.parametrize("linked", [0, LEAST_GROUPS - 1, LEAST_GROUPS])
def test_a_film_with_few_groups_of_cannot_links_is_not_judged(linked):
    random = np.random.default_rng(0)
    scores = scores_of(random.normal(1, 1, 20), random.normal(0, 1, linked), max(linked, 1))
    found = statistic_of_draws(scores, seed=0, draws=5)
    assert (found is None) == (linked < LEAST_GROUPS)


def test_draws_are_paired_so_that_models_of_equal_order_differ_by_nothing():
    random = np.random.default_rng(1)
    scores = scores_of(random.normal(0.5, 1, 20), random.normal(0, 1, 20))
    shifted = scores._replace(same=2 * scores.same + 3, different=2 * scores.different + 3)
    one, other = (statistic_of_draws(each, seed=2, draws=50) for each in (scores, shifted))
    assert gain_over_films([other - one], [1]).interval == pytest.approx((0, 0), abs=1e-9)
    assert one.std() > 0


def test_the_gain_over_films_is_their_weighted_mean():
    gains = [np.array([0.4, 0.2, 0.1]), np.array([0.0, 0.1, 0.0])]
    gain = gain_over_films(gains, [1, 3])
    assert gain.value == pytest.approx(0.1)
    assert gain.draws == pytest.approx([0.125, 0.025])
    low, high = gain.interval
    assert 0.025 <= low < high <= 0.125
