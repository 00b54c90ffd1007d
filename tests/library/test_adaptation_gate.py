"""The gate: weak pairs, their AUC by several embeddings, and differences over films."""

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import roc_auc_score

from workflow_scripts.adaptation.gate import WeakPairs, aucs_of_draws, difference, weak_pairs
from workflow_scripts.tracks.cooccurrence import CANNOT_LINK


def unit(rows):
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


@pytest.fixture
def tables():
    tracklets = pd.DataFrame({"track": [4, 4, 4, 9, 9, 9], "tracklet": [0, 1, 2] * 2})
    pairs = pd.DataFrame(
        [(4, 9, CANNOT_LINK), (4, 5, CANNOT_LINK), (4, 9, "duplicate")],
        columns=["track", "other_track", "kind"],
    )
    return tracklets, pairs


def test_weak_pairs_are_within_tracks_and_between_strangers(tables):
    positives, negatives = weak_pairs(*tables, tracks=[4, 9])
    assert positives.tolist() == [
        [0, 1, 0], [0, 2, 0], [1, 2, 0], [3, 4, 1], [3, 5, 1], [4, 5, 1]
    ]  # fmt: skip
    assert negatives[:, :2].tolist() == [[a, b] for a in range(3) for b in range(3, 6)]


def test_pairs_of_tracks_that_are_not_held_out_are_left_out(tables):
    positives, negatives = weak_pairs(*tables, tracks=[9])
    assert positives.tolist() == [[3, 4, 0], [3, 5, 0], [4, 5, 0]]
    assert not len(negatives)


def test_the_auc_of_all_pairs_is_scikit_learns():
    rng = np.random.default_rng(0)
    rows = unit(rng.normal(size=(12, 5)))
    positives = np.array([(3 * t + a, 3 * t + b, t) for t in range(4) for a, b in ((0, 1), (1, 2))])
    negatives = np.array([(a, 3 + b, 0) for a in range(3) for b in range(3)])
    aucs = aucs_of_draws({"one": rows}, WeakPairs(positives, negatives), seed=0, draws=7)["one"]
    pairs = np.concatenate([positives, negatives])
    scores = (rows[pairs[:, 0]] * rows[pairs[:, 1]]).sum(axis=1)
    assert aucs.shape == (8,)
    assert aucs[0] == pytest.approx(roc_auc_score([1] * 8 + [0] * 9, scores))


def test_a_film_without_one_kind_of_pairs_is_not_judged():
    rows, some, none = np.eye(3), np.array([[0, 1, 0]]), np.zeros((0, 3), int)
    for pairs in (WeakPairs(some, none), WeakPairs(none, some)):
        assert aucs_of_draws({"one": rows}, pairs, seed=0, draws=5) is None


def test_draws_are_paired_so_that_equal_models_differ_by_nothing():
    rng = np.random.default_rng(1)
    rows = unit(rng.normal(size=(9, 4)))
    positives = np.array([(0, 1, 0), (3, 4, 1), (6, 7, 2)])
    negatives = np.array([(0, 3, 0), (3, 6, 1), (0, 6, 2)])
    models = {"one": rows, "same": rows.copy(), "turned": -rows}
    aucs = aucs_of_draws(models, WeakPairs(positives, negatives), seed=2, draws=50)
    assert difference([aucs["one"]], [aucs["turned"]], [1]).interval == (0.0, 0.0)
    assert aucs["one"].std() > 0


def test_the_difference_over_films_is_their_weighted_mean():
    before = [np.array([0.5, 0.5, 0.5]), np.array([0.9, 0.8, 0.7])]
    after = [np.array([0.9, 0.7, 0.6]), np.array([0.9, 0.9, 0.7])]
    gain = difference(before, after, [1, 3])
    assert gain.value == pytest.approx(0.1)
    assert gain.draws == pytest.approx([0.125, 0.025])
    low, high = gain.interval
    assert 0.025 <= low < high <= 0.125
