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
    n_views, n_tracks, _ = views.shape
    if n_views < 2 or n_tracks < 2:
        raise ValueError(f"{n_views} views of {n_tracks} tracks; MvCorr needs two of each or more")
    centred = views.double() - views.double().mean(dim=1, keepdim=True)
    faces = centred.flatten(0, 1)
    within = faces.T @ faces / (n_tracks - 1)
    total = centred.sum(dim=0)
    between = (total.T @ total / (n_tracks - 1) - within) / (n_views - 1)
    return _Correlations.apply(within, between)


class _Correlations(torch.autograd.Function):
    """From R_W and R_B, [d, d], the correlations of the directions that they share; [d].

    The gradient is that of the generalised problem: for directions V of unit R~_W-length,
    dV = V P with P_ji = v_j' (dR_B - rho~_i dR~_W) v_i / (rho~_i - rho~_j) and
    P_ii = -v_i' dR~_W v_i / 2. Where the gap is zero, as in rank-poor batches, that quotient is 0.
    Measured, a batch takes three quarters of the time that torch's own way through each factor
    and solution takes.
    """

    @staticmethod
    def forward(ctx: Any, within: torch.Tensor, between: torch.Tensor) -> torch.Tensor:
        """Solve, and keep what the gradient needs."""
        dimension = len(within)
        variance = within.diagonal().mean()
        shift = _SHRINKAGE * variance + _TINY
        identity = torch.eye(dimension, dtype=within.dtype, device=within.device)
        factor = torch.linalg.cholesky((1 - _SHRINKAGE) * within + shift * identity)
        half = torch.linalg.solve_triangular(factor, between, upper=False)
        whitened = torch.linalg.solve_triangular(factor, half.T, upper=False)
        shrunk, turned = torch.linalg.eigh((whitened + whitened.T) / 2)
        directions = torch.linalg.solve_triangular(factor.T, turned, upper=True)
        spread = within @ directions
        least = _NO_SPREAD * variance * directions.square().sum(dim=0) + _TINY
        lengths = (directions * spread).sum(dim=0) + least
        ctx.save_for_backward(shrunk, directions, spread, lengths, variance)
        return (directions * (between @ directions)).sum(dim=0) / lengths

    @staticmethod
    def backward(ctx: Any, gradient: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """See the class."""
        shrunk, directions, spread, lengths, variance = ctx.saved_tensors
        shared = gradient / lengths  # of v'R_B v
        apart = -shared * shrunk / lengths  # of the denominator
        slack = _NO_SPREAD * variance
        inner = 2 * apart * (directions.T @ (spread + slack * directions))
        inner.diagonal().add_(2 * shared * shrunk)
        gaps = shrunk[None, :] - shrunk[:, None]
        turns = inner * gaps / (gaps.square() + torch.finfo(gaps.dtype).eps)
        scales = turns * shrunk
        scales.diagonal().add_(inner.diagonal() / 2)
        of_between = directions @ (turns + shared.diag()) @ directions.T
        of_shrunk = -(directions @ scales @ directions.T)
        of_within = directions * apart @ directions.T + (1 - _SHRINKAGE) * of_shrunk
        of_variance = _NO_SPREAD * (apart * directions.square().sum(dim=0)).sum()
        of_variance = of_variance + _SHRINKAGE * of_shrunk.diagonal().sum()
        of_within.diagonal().add_(of_variance / len(gaps))
        return (of_within + of_within.T) / 2, (of_between + of_between.T) / 2
