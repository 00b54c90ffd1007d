"""The losses against known answers, scipy, and finite differences."""

import numpy as np
import pytest
import scipy.linalg
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from pytorch_metric_learning.distances import LpDistance
from pytorch_metric_learning.losses import TripletMarginLoss
from pytorch_metric_learning.reducers import MeanReducer

from castmap.adaptation.losses import improved_triplet, load_loss, mvcorr, triplet
from castmap.adaptation.losses.mvcorr import view_correlations
from castmap.adaptation.weak_labels import DRAWS
from castmap.catalogues import LOSSES, CatalogueError


def some_views(n_views, n_tracks, dimension, seed=0, noise=1.0, kind=torch.float64):
    """The same tracks in every view, with independent noise."""
    generator = torch.Generator().manual_seed(seed)
    tracks = torch.randn(1, n_tracks, dimension, generator=generator, dtype=torch.float64)
    errors = torch.randn(n_views, n_tracks, dimension, generator=generator, dtype=torch.float64)
    return (tracks + noise * errors).to(kind)


def test_identical_views_agree_in_every_direction():
    correlations = view_correlations(some_views(3, 60, 8, noise=0))
    assert torch.allclose(correlations, torch.ones(8, dtype=torch.float64), atol=1e-6)
    assert mvcorr.loss(some_views(3, 60, 8, noise=0)) == pytest.approx(-1, abs=1e-6)


def test_independent_views_do_not_agree():
    generator = torch.Generator().manual_seed(1)
    views = torch.randn(3, 4000, 8, generator=generator, dtype=torch.float64)
    assert abs(mvcorr.loss(views)) < 0.01


@pytest.mark.parametrize("n_views", [2, 3, 5])
def test_views_that_sum_to_zero_disagree_as_far_as_can_be(n_views):
    views = some_views(n_views, 60, 8)
    views = views - views.mean(dim=0)
    assert mvcorr.loss(views) == pytest.approx(1 / (n_views - 1), abs=1e-6)


def test_noise_as_large_as_the_signal_leaves_about_half():
    losses = [float(mvcorr.loss(some_views(3, 100, 16, seed))) for seed in range(20)]
    assert np.mean(losses) == pytest.approx(-0.48, abs=0.02)


def test_directions_are_those_of_scipys_generalised_problem():
    views = some_views(3, 50, 6, seed=4)
    centred = [view - view.mean(axis=0) for view in views.numpy()]
    covariance = [[a.T @ b / 49 for b in centred] for a in centred]
    within = sum(covariance[i][i] for i in range(3))
    between = sum(covariance[i][j] for i in range(3) for j in range(3) if i != j) / 2
    shrunk = 0.8 * within + 0.2 * np.trace(within) / 6 * np.eye(6)
    _, directions = scipy.linalg.eigh(between, shrunk)
    wanted = [(w @ between @ w) / (w @ within @ w) for w in directions.T]
    assert np.allclose(view_correlations(views), wanted, atol=1e-8)


@settings(max_examples=40)
@given(
    st.integers(2, 5),
    st.integers(2, 30),
    st.integers(1, 12),
    st.integers(0, 10**6),
    st.floats(0.01, 10),
)
def test_every_correlation_is_in_range_and_the_order_of_views_does_not_matter(v, m, d, seed, noise):
    views = some_views(v, m, d, seed, noise)
    correlations = view_correlations(views)
    assert correlations.shape == (d,)
    assert correlations.min() >= -1 / (v - 1) - 1e-6
    assert correlations.max() <= 1 + 1e-6
    assert mvcorr.loss(views.flip(0)) == pytest.approx(float(mvcorr.loss(views)), abs=1e-6)


def test_neither_place_nor_scale_of_the_outputs_matters():
    views = some_views(3, 40, 5)
    moved = 1000 * views + torch.randn(3, 1, 5, dtype=torch.float64)
    assert mvcorr.loss(moved) == pytest.approx(float(mvcorr.loss(views)), abs=1e-9)


@pytest.mark.parametrize(("n_tracks", "dimension"), [(20, 4), (6, 4), (5, 8)])
def test_the_gradient_is_that_of_finite_differences(n_tracks, dimension):
    views = some_views(3, n_tracks, dimension, seed=2)
    if n_tracks > dimension:
        assert torch.autograd.gradcheck(mvcorr.loss, views.requires_grad_(), atol=1e-6)
    else:
        # Directions without spread are interchangeable: only the slope along the way counts.
        views.requires_grad_()
        (gradient,) = torch.autograd.grad(mvcorr.loss(views), views)
        step = 1e-6 * gradient / gradient.norm()
        slope = (mvcorr.loss(views + step) - mvcorr.loss(views - step)) / 2e-6
        assert slope.item() == pytest.approx(gradient.norm().item(), rel=1e-3)


@pytest.mark.parametrize("kind", [torch.float32, torch.float16, torch.float64])
@pytest.mark.parametrize("spoil", ["few tracks", "one direction", "no spread", "identical"])
def test_poor_batches_stay_finite(kind, spoil):
    views = some_views(3, 10 if spoil == "few tracks" else 200, 64, kind=kind)
    if spoil == "one direction":
        views = views[..., :1].expand(3, 200, 64).clone()
    if spoil == "no spread":
        views = torch.ones_like(views)
    if spoil == "identical":
        views = views[:1].expand(3, 200, 64).clone()
    views.requires_grad_()
    loss = mvcorr.loss(views)
    loss.backward()
    assert loss.dtype == kind
    assert torch.isfinite(loss)
    assert torch.isfinite(views.grad).all()


def test_descending_brings_the_views_together():
    views = some_views(3, 200, 8, noise=1.0)
    layer = torch.nn.Linear(8, 4, bias=False).double()
    # Half of the inputs are noise alone; the layer must learn to leave them out.
    views[..., 4:] = torch.randn(3, 200, 4, dtype=torch.float64)
    optimizer = torch.optim.Adam(layer.parameters(), 0.02)
    before = mvcorr.loss(layer(views)).item()
    for _ in range(150):
        optimizer.zero_grad()
        mvcorr.loss(layer(views)).backward()
        optimizer.step()
    assert float(mvcorr.loss(layer(views))) < before - 0.1


@pytest.mark.parametrize("shape", [(1, 10, 4), (3, 1, 4)])
def test_one_view_or_one_track_is_refused(shape):
    with pytest.raises(ValueError, match="MvCorr needs two of each or more"):
        mvcorr.loss(torch.zeros(shape))


def test_improved_triplet_by_hand():
    anchor = torch.tensor([[1.0, 0.0], [1.0, 0.0]])
    positive = torch.tensor([[0.0, 1.0], [1.0, 0.0]])
    negative = torch.tensor([[-1.0, 0.0], [-1.0, 0.0]])
    triplets = torch.stack([anchor, positive, negative])
    loss = improved_triplet.loss(triplets, margin=0.5, radius=0.5, radius_weight=0.1)
    # First: d(a,p) = 2, d(a,n) = 4, d(p,n) = 2: [2 - 3 + 0.5]+ + 0.1 [2 - 0.5]+ = 0.15.
    # Second: d(a,p) = 0, both others 4: [0 - 4 + 0.5]+ + 0 = 0.
    assert loss == pytest.approx(0.15 / 2)


def test_improved_triplet_asks_more_of_the_negative_than_the_plain_one():
    anchor, positive = torch.tensor([[1.0, 0.0]]), torch.tensor([[0.6, 0.8]])
    terms = {"margin": 0.2, "radius": 4.0, "radius_weight": 1.0}
    beyond_the_anchor, beyond_the_positive = (
        improved_triplet.loss(torch.stack([anchor, positive, torch.tensor([negative])]), **terms)
        for negative in ([0.6, -0.8], [-0.28, 0.96])
    )
    # The negative's distances to the two faces of the pair count alike.
    assert beyond_the_anchor == pytest.approx(float(beyond_the_positive), abs=1e-6)


def test_the_triplet_loss_is_that_of_pytorch_metric_learning():
    rows = torch.nn.functional.normalize(
        torch.randn(3, 7, 5, generator=torch.manual_seed(0)), dim=2
    )
    a, p, n = rows
    pairs = ((a - p) ** 2).sum(1) - ((a - n) ** 2).sum(1) + 0.2
    assert (pairs < 0).any()  # a satisfied triplet counts in the mean
    peer = TripletMarginLoss(
        margin=0.2,
        distance=LpDistance(normalize_embeddings=False, p=2, power=2),
        reducer=MeanReducer(),
    )
    places = torch.arange(7)
    wanted = peer(rows.flatten(0, 1), indices_tuple=(places, places + 7, places + 14))
    assert triplet.loss(rows, margin=0.2).item() == pytest.approx(wanted.item())
    assert wanted.item() == pytest.approx(pairs.relu().mean().item())


def test_a_loss_has_the_defaults_of_what_it_is_not_given():
    loss = load_loss("improved_triplet", {"radius": 0.5})
    assert loss.parameters == {"margin": 1.0, "radius": 0.5, "radius_weight": 0.1}
    rows = torch.nn.functional.normalize(torch.randn(3, 9, 5), dim=2)
    assert loss.compute(rows) == improved_triplet.loss(rows, **loss.parameters)


def test_an_unknown_loss_or_parameter_names_the_known_ones():
    with pytest.raises(CatalogueError, match="triplet, improved_triplet, mvcorr"):
        load_loss("arcface", {})
    with pytest.raises(ValueError, match="triplet has no parameter radius; it has margin"):
        load_loss("triplet", {"radius": 1.0})


@pytest.mark.parametrize("name", LOSSES.members)
def test_a_loss_of_the_catalogue_is_a_finite_scalar_with_a_gradient(name):
    loss = load_loss(name, {})
    assert loss.draws in DRAWS
    outputs = torch.nn.functional.normalize(torch.randn(3, 40, 8), dim=2).requires_grad_()
    value = loss.compute(outputs)
    value.backward()
    assert value.shape == ()
    assert torch.isfinite(value)
    assert outputs.grad.abs().sum() > 0
