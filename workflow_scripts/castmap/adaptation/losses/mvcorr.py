"""The views of a track must vary together across tracks: multiview correlation (MvCorr).

Somandepalli, Hebbar, Narayanan, "Robust Character Labeling in Movie Videos" (arXiv 2008.11289):
deep multiset canonical correlation (arXiv 1904.01775) with one network for all views. Without
shrinkage, the mean over all directions is blind to an invertible linear map. With it, a head can
raise the mean while the views hardly agree better (docs/adaptation.md says how far).
"""

from typing import Any

import torch

MEMBER = {"order": 3, "draws": "views"}

_SHRINKAGE = 0.2
_NO_SPREAD = 1e-10  # of the mean variance: directions with less have no correlation
_TINY = 1e-30


def loss(views: torch.Tensor) -> torch.Tensor:
    """Minus the mean of view_correlations: -1 where all views agree.

    Args:
        views: see view_correlations.

    Returns:
        A scalar of the views' type, -1..1/(v - 1).
    """
    return -view_correlations(views).mean().to(views.dtype)


def view_correlations(views: torch.Tensor) -> torch.Tensor:
    """How far the views of the same tracks agree, direction by direction.

    With S_lk = H_l' H_k / (m - 1) over centred views H_l: the within-view covariance R_W is the sum
    of S_ll, the between-view covariance R_B that of S_lk, l != k, over v - 1. The directions w
    solve R_B w = rho R~_W w, where R~_W is R_W shrunk towards its mean variance (0.2), so that a
    batch with fewer tracks than dimensions has a solution. The correlation of a direction is
    w'R_B w / w'R_W w, not shrunk; a direction in which the views do not vary has 0.

    Solved in float64 whatever the views' type. Directions of equal correlation may be turned into
    one another; their share of the gradient that would tell them apart is left out.

    Args:
        views: [v, m, d]: of each of v views, the outputs for m tracks, in the same order.

    Returns:
        float64 [d], each -1/(v - 1)..1, ascending in the shrunk problem.

    Raises:
        ValueError: there are fewer than two views or two tracks.
    """
    n_views, n_tracks, dimension = views.shape
    if n_views < 2 or n_tracks < 2:
        raise ValueError(f"{n_views} views of {n_tracks} tracks; MvCorr needs two of each or more")
    centred = views.double() - views.double().mean(dim=1, keepdim=True)
    within = torch.einsum("lmi,lmj->ij", centred, centred) / (n_tracks - 1)
    total = centred.sum(dim=0)
    between = (total.T @ total / (n_tracks - 1) - within) / (n_views - 1)
    variance = within.diagonal().mean()
    identity = torch.eye(dimension, dtype=within.dtype, device=within.device)
    shrunk = (1 - _SHRINKAGE) * within + (_SHRINKAGE * variance + _TINY) * identity
    factor = torch.linalg.cholesky(shrunk)
    half = torch.linalg.solve_triangular(factor, between, upper=False)
    whitened = torch.linalg.solve_triangular(factor, half.T, upper=False)
    turned = _Eigenvectors.apply((whitened + whitened.T) / 2)
    directions = torch.linalg.solve_triangular(factor.T, turned, upper=True)
    shared = (directions * (between @ directions)).sum(dim=0)
    spread = (directions * (within @ directions)).sum(dim=0)
    least = _NO_SPREAD * variance * directions.square().sum(dim=0) + _TINY
    return shared / (spread + least)


class _Eigenvectors(torch.autograd.Function):
    """Eigenvectors of a symmetric matrix, in columns, with a gradient that stays finite.

    torch's own divides by the gaps between eigenvalues, which are zero in rank-poor batches.
    """

    @staticmethod
    def forward(ctx: Any, matrix: torch.Tensor) -> torch.Tensor:
        """Solve, and keep what the gradient needs."""
        values, vectors = torch.linalg.eigh(matrix)
        ctx.save_for_backward(values, vectors)
        return vectors

    @staticmethod
    def backward(ctx: Any, gradient: torch.Tensor) -> torch.Tensor:
        """1 / gap becomes gap / (gap^2 + eps): the same for any real gap, 0 for none."""
        values, vectors = ctx.saved_tensors
        gaps = values[None, :] - values[:, None]
        inverse = gaps / (gaps.square() + torch.finfo(values.dtype).eps)
        inner = vectors @ (inverse * (vectors.T @ gradient)) @ vectors.T
        return (inner + inner.T) / 2
