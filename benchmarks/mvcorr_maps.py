"""How far a linear map can move the correlations of MvCorr, on simulated views.

Six people, 128 tracks, three views of each, 128 dimensions: a person, plus what the track has of
its own, plus what the view has, more in some directions than in others. The mean correlation over
all directions, as the loss has it (with its within-view covariance shrunk) and without shrinkage,
before and after unit length: of the views as they are, of random maps, of the map that whitens
them, and of the map that the loss learns from the identity.

    python -m benchmarks.mvcorr_maps
"""

import argparse
from unittest import mock

import pandas as pd
import torch
import torch.nn.functional as F

from castmap.adaptation.losses import mvcorr

PEOPLE, TRACKS, VIEWS, DIMENSION = 6, 128, 3, 128
STEPS, LEARNING_RATE = 300, 0.001


def simulated_views(generator: torch.Generator) -> torch.Tensor:
    """Centred unit rows, float64 [views, tracks, d]."""

    def normal(*shape: int) -> torch.Tensor:
        return torch.randn(*shape, DIMENSION, generator=generator).double() / DIMENSION**0.5

    who = torch.randint(PEOPLE, (TRACKS,), generator=generator)
    rows = F.normalize(normal(PEOPLE), dim=1)[who] + 0.6 * normal(TRACKS)
    rows = rows + 0.5 * normal(VIEWS, TRACKS)
    rows = F.normalize(rows * torch.linspace(1.5, 0.3, DIMENSION).double(), dim=-1)
    return rows - rows.mean((0, 1))


def correlations(views: torch.Tensor) -> dict[str, float]:
    """The mean correlation, shrunk and not, of rows as they are and at unit length."""
    found = {}
    for name, shrinkage in (("as the loss has it", mvcorr._SHRINKAGE), ("not shrunk", 0.0)):
        with mock.patch.object(mvcorr, "_SHRINKAGE", shrinkage):
            for length, rows in (("", views), (", unit length", F.normalize(views, dim=-1))):
                found[name + length] = mvcorr.view_correlations(rows).mean().item()
    return found


def whitening(views: torch.Tensor) -> torch.Tensor:
    """The map after which the views have no direction of more variance than another."""
    centred = views - views.mean(dim=1, keepdim=True)
    within = torch.einsum("lmi,lmj->ij", centred, centred)
    return torch.linalg.inv(torch.linalg.cholesky(within))


def learnt(views: torch.Tensor) -> torch.Tensor:
    """The map that the loss leads to from the identity, at unit length as a head's, by Adam."""
    turn = torch.eye(DIMENSION, dtype=torch.float64, requires_grad=True)
    optimizer = torch.optim.Adam([turn], LEARNING_RATE)
    for _ in range(STEPS):
        optimizer.zero_grad()
        mvcorr.loss(F.normalize(views @ turn.T, dim=-1)).backward()
        optimizer.step()
    return turn.detach()


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seeds", type=int, default=3)
    args = parser.parse_args()
    rows = []
    for seed in range(args.seeds):
        generator = torch.Generator().manual_seed(seed)
        views = simulated_views(generator)
        identity = torch.eye(DIMENSION, dtype=torch.float64)
        noise = torch.randn(DIMENSION, DIMENSION, generator=generator).double() / DIMENSION**0.5
        maps = {
            "as they are": identity,
            "identity + 0.3 noise": identity + 0.3 * noise,
            "identity + noise": identity + noise,
            "whitened": whitening(views),
            "learnt": learnt(views),
        }
        rows += [{"views": name} | correlations(views @ map_.T) for name, map_ in maps.items()]
    table = pd.DataFrame(rows).groupby("views", sort=False)
    print(f"means over {args.seeds} seeds, and their largest difference\n")
    print(table.mean().round(3).to_string(), end="\n\n")
    print((table.max() - table.min()).round(3).to_string())


if __name__ == "__main__":
    main()
