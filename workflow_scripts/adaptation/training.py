"""Train a head on the weak labels of films by one of three losses."""

from dataclasses import dataclass

import numpy as np
import torch
from pytorch_metric_learning.distances import LpDistance
from pytorch_metric_learning.losses import TripletMarginLoss
from pytorch_metric_learning.reducers import MeanReducer

from workflow_scripts.adaptation.head import Head
from workflow_scripts.adaptation.losses import improved_triplet_loss, mvcorr_loss
from workflow_scripts.adaptation.weak_labels import WeakLabels, draw_triplets, draw_views

# MvCorr over all directions is blind to an invertible linear map. A head has no other means than
# the unit sphere to lower it, and so gains less by it than by triplets.
METHODS = ("triplet", "improved_triplet", "mvcorr")


@dataclass(frozen=True)
class Recipe:
    """How a head is trained.

    Attributes:
        method: one of METHODS.
        steps: batches.
        batch: tracks (mvcorr) or triplets in a batch.
        learning_rate: of Adam.
        pull: towards the untrained head: its weight on Head.departure. A few people are soon told
            apart by a head that is of no use for others; the pull prevents it.
        margin: of both triplet losses, in squared distance, 0..4.
        radius: within which improved triplets are drawn, in squared distance.
        radius_weight: how much that counts.
    """

    method: str
    steps: int
    batch: int
    learning_rate: float
    pull: float
    margin: float
    radius: float
    radius_weight: float


def train_head(
    labels: WeakLabels, centre: torch.Tensor, recipe: Recipe, seed: int
) -> tuple[Head, np.ndarray]:
    """Train a head; the same seed gives the same head on a CPU.

    Args:
        labels: of the training films.
        centre: float32 [d], the mean of their faces.
        recipe: how.
        seed: of the batches.

    Returns:
        The head, in evaluation mode, and its loss without the pull, float64 [steps].

    Raises:
        ValueError: the method is unknown, or the films do not give it two tracks (mvcorr) or a
            hard example (triplets).
    """
    if recipe.method not in METHODS:
        raise ValueError(f"method {recipe.method!r}; the methods are {', '.join(METHODS)}")
    head = Head(centre)
    faces = torch.from_numpy(labels.embeddings)
    optimizer = torch.optim.Adam(head.parameters(), lr=recipe.learning_rate)
    random = np.random.default_rng(seed)
    losses = np.zeros(recipe.steps)
    for step in range(recipe.steps):
        loss = _loss(head, faces, labels, recipe, random)
        losses[step] = loss.detach().item()
        optimizer.zero_grad()
        (loss + recipe.pull * head.departure()).backward()
        optimizer.step()
    return head.eval(), losses


def triplet_loss(
    anchor: torch.Tensor, positive: torch.Tensor, negative: torch.Tensor, *, margin: float
) -> torch.Tensor:
    """The mean of [d(a,p) - d(a,n) + margin]+, d being the squared Euclidean distance.

    Args:
        anchor: [n, d], unit rows.
        positive: [n, d], unit rows: the anchor's person.
        negative: [n, d], unit rows: somebody else.
        margin: by how much the negative must be farther.

    Returns:
        A scalar, 0 or more; satisfied triplets count in the mean.
    """
    n = len(anchor)
    places = torch.arange(n, device=anchor.device)
    loss = TripletMarginLoss(
        margin=margin,
        distance=LpDistance(normalize_embeddings=False, p=2, power=2),
        reducer=MeanReducer(),  # the default leaves satisfied triplets out of the mean
    )
    return loss(
        torch.cat([anchor, positive, negative]),
        indices_tuple=(places, places + n, places + 2 * n),
    )


def _loss(
    head: Head,
    faces: torch.Tensor,
    labels: WeakLabels,
    recipe: Recipe,
    random: np.random.Generator,
) -> torch.Tensor:
    if recipe.method == "mvcorr":
        return mvcorr_loss(head(faces[draw_views(labels, recipe.batch, random)]))
    anchor, positive, negative = head(faces[draw_triplets(labels, recipe.batch, random)])
    if recipe.method == "triplet":
        return triplet_loss(anchor, positive, negative, margin=recipe.margin)
    return improved_triplet_loss(
        *(anchor, positive, negative),
        margin=recipe.margin,
        radius=recipe.radius,
        radius_weight=recipe.radius_weight,
    )
