"""What docs/adaptation.md says of linear maps holds."""

import torch

from benchmarks.mvcorr_maps import DIMENSION, correlations, simulated_views, whitening


def test_only_without_shrinkage_is_the_mean_correlation_blind_to_a_linear_map():
    generator = torch.Generator().manual_seed(7)
    views = simulated_views(generator)
    noise = torch.randn(DIMENSION, DIMENSION, generator=generator).double() / DIMENSION**0.5
    before, turned, white = (
        correlations(views @ map_.T)
        for map_ in (torch.eye(DIMENSION).double(), noise, whitening(views))
    )
    assert abs(turned["not shrunk"] - before["not shrunk"]) < 1e-6
    assert abs(white["not shrunk"] - before["not shrunk"]) < 1e-6
    assert turned["as the loss has it"] < before["as the loss has it"] - 0.01
    # Shrinking changes nothing where all directions vary equally.
    assert abs(white["as the loss has it"] - white["not shrunk"]) < 1e-6
    assert before["as the loss has it"] < white["as the loss has it"] - 0.01
