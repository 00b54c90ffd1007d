"""The gate: weak pairs, their AUC by several embeddings, and gains over films."""

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import roc_auc_score

from castmap.adaptation.gate import (
    WeakScores,
    auc_of_draws,
    gain_over_films,
    weak_scores,
)
from castmap.tracks.cooccurrence import CANNOT_LINK


def unit(rows):
    return rows / np.linalg.norm(rows, axis=-1, keepdims=True)


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


def test_pairs_with_tracks_that_were_trained_on_are_left_out(film):
    scores = weak_scores(*film, tracks=[9, 12])
    assert len(scores.same) == 2
    assert not len(scores.different)
    nothing = weak_scores(*film, tracks=[])
    assert not len(nothing.same)
    assert auc_of_draws(nothing, seed=0, draws=3) is None


def test_the_auc_of_all_pairs_is_scikit_learns():
    random = np.random.default_rng(0)
    scores = WeakScores(random.normal(0.5, 1, 8), random.normal(0, 1, 9))
    aucs = auc_of_draws(scores, seed=0, draws=7)
    assert aucs.shape == (8,)
    assert aucs[0] == pytest.approx(roc_auc_score([1] * 8 + [0] * 9, np.concatenate(scores)))
    assert np.array_equal(aucs, auc_of_draws(scores, seed=0, draws=7))


@pytest.mark.parametrize("missing", [0, 1])
def test_a_film_without_one_kind_of_pairs_is_not_judged(missing):
    scores = [np.ones(3), np.zeros(3)]
    scores[missing] = np.zeros(0)
    assert auc_of_draws(WeakScores(*scores), seed=0, draws=5) is None


def test_draws_are_paired_so_that_models_of_equal_order_differ_by_nothing():
    random = np.random.default_rng(1)
    scores = WeakScores(random.normal(0.5, 1, 20), random.normal(0, 1, 20))
    shifted = WeakScores(*(2 * kind + 3 for kind in scores))
    one, other = (auc_of_draws(each, seed=2, draws=50) for each in (scores, shifted))
    assert gain_over_films([other - one], [1]).interval == (0.0, 0.0)
    assert one.std() > 0


def test_the_gain_over_films_is_their_weighted_mean():
    gains = [np.array([0.4, 0.2, 0.1]), np.array([0.0, 0.1, 0.0])]
    gain = gain_over_films(gains, [1, 3])
    assert gain.value == pytest.approx(0.1)
    assert gain.draws == pytest.approx([0.125, 0.025])
    low, high = gain.interval
    assert 0.025 <= low < high <= 0.125
