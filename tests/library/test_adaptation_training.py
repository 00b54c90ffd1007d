"""Training a head on films whose people and nuisances are known."""

import copy

import numpy as np
import pandas as pd
import pytest
import torch

from castmap.adaptation.faces import EmbeddingRows
from castmap.adaptation.gate import gain_over_films, statistic_of_draws, weak_scores
from castmap.adaptation.head import LinearHead, apply_head, make_head, mean_face
from castmap.adaptation.losses import load_loss
from castmap.adaptation.network import AdaptedNetwork
from castmap.adaptation.trainable import HEADS, LINEAR_HEAD
from castmap.adaptation.training import Recipe, Training
from castmap.adaptation.weak_labels import FilmLabels, gather
from castmap.catalogues import LOSSES
from castmap.compute.fabric import make_fabric
from castmap.mining.hard_examples import find_hard_examples
from castmap.mining.tracklets import tracklet_means
from castmap.tracks.cooccurrence import CANNOT_LINK

DIMENSION, NUISANCES = 24, 18
RECIPE = {
    "steps": 150,
    "batch": 128,
    "learning_rate": 3e-3,
    "l2_sp_weight": 1e-4,
}
PARAMETERS = {"triplet": {"margin": 0.5}, "improved_triplet": {"margin": 0.5}, "mvcorr": {}}


def make_film(seed, n_pairs=80, shuffled=False):
    """Pairs of tracks with a cannot-link; tracklets differ where people hardly do.

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
    nuisances = rng.normal(0, np.sqrt(1 - of_people**2), (3 * n_tracks, DIMENSION))
    rows = people + np.repeat(nuisances, 4, axis=0) + rng.normal(0, 0.1, people.shape) + 0.3
    rows = (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)
    if shuffled:
        tracklets["detection"] = rng.permutation(tracklets["detection"])
    links = np.arange(n_tracks).reshape(-1, 2)
    hard = find_hard_examples(
        tracklets, tracklet_means(tracklets, rows), tracklets, rows, links
    ).assign(kept=True)
    pairs = pd.DataFrame(links, columns=["track", "other_track"]).assign(kind=CANNOT_LINK)
    return FilmLabels(rows, tracklets, hard), pairs


def train(film, method, recipe, seed, centre=None, trainable=LINEAR_HEAD):
    """A trained head, and its losses."""
    centre = torch.zeros(DIMENSION) if centre is None else centre
    head = make_head(trainable, centre, seed)
    network = AdaptedNetwork(head)
    labels = gather([film], 3)
    inputs = EmbeddingRows(labels.embeddings)
    loss = load_loss(method, PARAMETERS[method])
    fabric = make_fabric("cpu", 1, "32-true")
    training = Training(network, inputs, labels, loss, recipe, seed, fabric)
    assert list(training.run()) == list(range(1, recipe.steps + 1))
    return head, training.losses


def departure(head, trainable, seed):
    start = make_head(trainable, torch.zeros(DIMENSION), seed)
    pairs = zip(head.parameters(), start.parameters(), strict=True)
    return sum((weight - first).square().sum().item() for weight, first in pairs)


def judged(method, shuffled, trainable=LINEAR_HEAD):
    """Train on one film and compare with centring alone on another, of other people."""
    film, _ = make_film(0, shuffled=shuffled)
    centre = mean_face([film.embeddings])
    head, losses = train(film, method, Recipe(**RECIPE), seed=1, centre=centre, trainable=trainable)
    held_out, pairs = make_film(1)
    tracks = np.unique(held_out.tracklets["track"])
    before, after = (
        statistic_of_draws(weak_scores(held_out.tracklets, means, pairs, tracks), seed=0, draws=100)
        for means in (
            tracklet_means(held_out.tracklets, apply_head(model, held_out.embeddings))
            for model in (LinearHead(centre), head)
        )
    )
    return gain_over_films([after - before], [1]), losses


@pytest.mark.parametrize("trainable", HEADS)
@pytest.mark.parametrize("method", ["triplet", "improved_triplet"])
def test_triplets_help_people_never_seen(method, trainable):
    gain, losses = judged(method, shuffled=False, trainable=trainable)
    assert losses[-10:].mean() < losses[:10].mean() / 2
    assert gain.interval[0] > 0
    assert gain.value > 0.03


def test_mvcorr_falls_little_as_it_hardly_sees_a_linear_map():
    _, losses = judged("mvcorr", shuffled=False)
    fall = losses[:10].mean() - losses[-10:].mean()
    assert 0.005 < fall < 0.1


@pytest.mark.parametrize("trainable", HEADS)
@pytest.mark.parametrize("method", LOSSES.members)
def test_shuffled_weak_labels_do_not_pass_the_gate(method, trainable):
    gain, _ = judged(method, shuffled=True, trainable=trainable)
    assert gain.interval[0] <= 0


@pytest.mark.parametrize("method", LOSSES.members)
def test_the_seed_decides_every_bit(method):
    film, _ = make_film(0, n_pairs=5)
    recipe = Recipe(**RECIPE | {"steps": 5})
    runs = [train(film, method, recipe, seed) for seed in (3, 3, 4)]
    assert torch.equal(runs[0][0].turn.weight, runs[1][0].turn.weight)
    assert np.array_equal(runs[0][1], runs[1][1])
    assert not np.array_equal(runs[0][1], runs[2][1])


@pytest.mark.parametrize("trainable", HEADS)
@pytest.mark.parametrize("method", LOSSES.members)
def test_a_training_taken_up_again_ends_as_one_that_never_stopped(method, trainable):
    film, _ = make_film(0, n_pairs=5)
    labels = gather([film], 3)
    recipe = Recipe(**RECIPE | {"steps": 9})

    def start():
        network = AdaptedNetwork(make_head(trainable, torch.zeros(DIMENSION), seed=3))
        fabric = make_fabric("cpu", 1, "32-true")
        inputs = EmbeddingRows(labels.embeddings)
        loss = load_loss(method, PARAMETERS[method])
        return network, Training(network, inputs, labels, loss, recipe, 3, fabric)

    _, stopped = start()
    for step in stopped.run():
        if step == 4:
            break
    network, resumed = start()
    resumed.restore(copy.deepcopy(stopped.state()))
    assert list(resumed.run()) == [5, 6, 7, 8, 9]
    whole, training = start()
    list(training.run())
    for resumed_weight, weight in zip(network.parameters(), whole.parameters(), strict=True):
        assert torch.equal(resumed_weight, weight)
    assert np.array_equal(resumed.losses, training.losses)


@pytest.mark.parametrize("trainable", HEADS)
def test_a_large_l2_sp_weight_keeps_the_head_where_it_started(trainable):
    film, _ = make_film(0, n_pairs=10)
    held = Recipe(**RECIPE | {"l2_sp_weight": 1e4, "learning_rate": 1e-4})
    free = Recipe(**RECIPE | {"l2_sp_weight": 0.0})
    held_moved, free_moved = (
        departure(train(film, "triplet", recipe, 0, trainable=trainable)[0], trainable, seed=0)
        for recipe in (held, free)
    )
    assert held_moved < 0.01 * free_moved
