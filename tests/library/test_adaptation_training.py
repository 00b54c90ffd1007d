"""Training a head on films whose people and nuisances are known, and the gate that judges it."""

import numpy as np
import pandas as pd
import pytest
import torch

from workflow_scripts.adaptation.gate import compare_on_weak_pairs, weak_pairs
from workflow_scripts.adaptation.head import Head, apply_head, mean_face
from workflow_scripts.adaptation.training import METHODS, Recipe, train_head, triplet_loss
from workflow_scripts.adaptation.weak_labels import FilmLabels, gather
from workflow_scripts.mining.hard_examples import find_hard_examples
from workflow_scripts.mining.tracklets import tracklet_means
from workflow_scripts.tracks.cooccurrence import CANNOT_LINK

DIMENSION, NUISANCES = 24, 18
RECIPE = {
    "steps": 150,
    "batch": 128,
    "learning_rate": 3e-3,
    "pull": 1e-4,
    "margin": 0.5,
    "radius": 0.8,
    "radius_weight": 0.1,
}


def make_film(seed, n_pairs=80, shuffled=False):
    """Pairs of strangers of three looks; looks differ in directions that hardly tell people apart.

    All directions vary as much, so that only true weak labels tell which are which.
    """
    rng = np.random.default_rng(seed)
    n_tracks = 2 * n_pairs
    tracklets = pd.DataFrame(
        {
            "track": np.repeat(np.arange(n_tracks), 12),
            "tracklet": np.tile(np.repeat([0, 1, 2], 4), n_tracks),
            "detection": np.arange(12 * n_tracks),
        }
    )
    of_people = np.where(np.arange(DIMENSION) < NUISANCES, 0.3, 0.95)
    people = np.repeat(rng.normal(0, of_people, (n_tracks, DIMENSION)), 12, axis=0)
    looks = rng.normal(0, np.sqrt(1 - of_people**2), (3 * n_tracks, DIMENSION))
    rows = people + np.repeat(looks, 4, axis=0) + rng.normal(0, 0.1, people.shape) + 0.3
    rows = (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)
    if shuffled:
        tracklets["detection"] = rng.permutation(tracklets["detection"])
    links = np.arange(n_tracks).reshape(-1, 2)
    hard = find_hard_examples(
        tracklets, tracklet_means(tracklets, rows), tracklets, rows, links
    ).assign(kept=True)
    pairs = pd.DataFrame(links, columns=["track", "other_track"]).assign(kind=CANNOT_LINK)
    return FilmLabels(rows, tracklets, hard), pairs


def judged(method, shuffled):
    """Train on one film and compare with centring alone on another, of other people."""
    film, _ = make_film(0, shuffled=shuffled)
    centre = mean_face([film.embeddings])
    head, losses = train_head(gather([film], 3), centre, Recipe(method=method, **RECIPE), seed=1)
    held_out, pairs = make_film(1)
    means = tracklet_means(held_out.tracklets, held_out.embeddings).reshape(-1, DIMENSION)
    before, after = (apply_head(model, means.astype(np.float32)) for model in (Head(centre), head))
    verdict = compare_on_weak_pairs(
        before, after, *weak_pairs(held_out.tracklets, pairs), seed=0, draws=100
    )
    return verdict, losses


@pytest.mark.parametrize("method", ["triplet", "improved_triplet"])
def test_triplets_help_people_never_seen(method):
    verdict, losses = judged(method, shuffled=False)
    assert losses[-10:].mean() < losses[:10].mean() / 2
    assert verdict["accepted"]
    assert verdict["difference"] > 0.03


def test_mvcorr_falls_little_as_it_hardly_sees_a_linear_map():
    _, losses = judged("mvcorr", shuffled=False)
    fall = losses[:10].mean() - losses[-10:].mean()
    assert 0.005 < fall < 0.1


@pytest.mark.parametrize("method", METHODS)
def test_shuffled_weak_labels_are_refused(method):
    verdict, _ = judged(method, shuffled=True)
    assert not verdict["accepted"]


@pytest.mark.parametrize("method", METHODS)
def test_the_seed_decides_every_bit(method):
    film, _ = make_film(0, n_pairs=5)
    recipe = Recipe(method=method, **RECIPE | {"steps": 5})
    heads = [train_head(gather([film], 3), torch.zeros(DIMENSION), recipe, seed=3) for _ in "ab"]
    assert torch.equal(heads[0][0].turn.weight, heads[1][0].turn.weight)
    assert np.array_equal(heads[0][1], heads[1][1])


def test_a_strong_pull_keeps_the_head_where_it_started():
    film, _ = make_film(0, n_pairs=10)
    recipe = Recipe(method="triplet", **RECIPE | {"pull": 1e4, "learning_rate": 1e-4})
    head, _ = train_head(gather([film], 3), torch.zeros(DIMENSION), recipe, seed=0)
    free = Recipe(method="triplet", **RECIPE | {"pull": 0.0})
    other, _ = train_head(gather([film], 3), torch.zeros(DIMENSION), free, seed=0)
    assert head.departure() < 0.01 * other.departure()


def test_an_unknown_method_names_the_known_ones():
    film, _ = make_film(0, n_pairs=2)
    with pytest.raises(ValueError, match="triplet, improved_triplet, mvcorr"):
        train_head(gather([film], 3), torch.zeros(4), Recipe(method="arcface", **RECIPE), seed=0)


def test_the_triplet_loss_is_its_formula():
    rows = torch.nn.functional.normalize(
        torch.randn(3, 7, 5, generator=torch.manual_seed(0)), dim=2
    )
    a, p, n = rows
    pairs = ((a - p) ** 2).sum(1) - ((a - n) ** 2).sum(1) + 0.2
    assert triplet_loss(a, p, n, margin=0.2).item() == pytest.approx(pairs.relu().mean().item())


def test_weak_pairs_are_within_tracks_and_between_strangers():
    tracklets = pd.DataFrame({"track": [4, 4, 4, 9, 9, 9], "tracklet": [0, 1, 2] * 2})
    pairs = pd.DataFrame(
        [(4, 9, CANNOT_LINK), (4, 5, CANNOT_LINK), (4, 9, "duplicate")],
        columns=["track", "other_track", "kind"],
    )
    positives, negatives = weak_pairs(tracklets, pairs)
    assert positives.tolist() == [
        [0, 1, 0], [0, 2, 0], [1, 2, 0], [3, 4, 1], [3, 5, 1], [4, 5, 1]
    ]  # fmt: skip
    assert negatives[:, :2].tolist() == [[a, b] for a in range(3) for b in range(3, 6)]


def test_the_gate_needs_pairs_of_both_kinds_and_a_real_difference():
    rows = np.eye(4)
    positives, negatives = np.array([[0, 1, 0]]), np.array([[0, 2, 0]])
    empty = compare_on_weak_pairs(rows, rows, positives, negatives[:0], seed=0, draws=5)
    assert empty["auc_before"] is None
    assert not empty["accepted"]
    same = compare_on_weak_pairs(rows, rows, positives, negatives, seed=0, draws=5)
    assert same["difference_95"] == [0.0, 0.0]
    assert not same["accepted"]
