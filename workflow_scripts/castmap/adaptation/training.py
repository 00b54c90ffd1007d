"""Train a head, or a backbone, on the weak labels of films by one of three losses."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import torch
from lightning_fabric import Fabric
from pytorch_metric_learning.distances import LpDistance
from pytorch_metric_learning.losses import TripletMarginLoss
from pytorch_metric_learning.reducers import MeanReducer

from castmap.adaptation.losses import improved_triplet_loss, mvcorr_loss
from castmap.adaptation.network import AdaptedNetwork
from castmap.adaptation.weak_labels import WeakLabels, draw_triplets, draw_views

# MvCorr over all directions is blind to an invertible linear map. A head has no other means than
# the unit sphere to raise it, and so departs less by it than by triplets.
METHODS = ("triplet", "improved_triplet", "mvcorr")


@dataclass(frozen=True)
class Recipe:
    """How a network is trained.

    Attributes:
        method: one of METHODS.
        steps: batches.
        batch: tracks (mvcorr) or triplets in a batch; on several devices, on each.
        learning_rate: of Adam.
        pull: towards the untrained network: the weight of the squared distance of all trained
            weights from where they started (Li et al., ICML 2018: L2-SP). A few people are soon
            told apart by weights that are of no use for others; the pull prevents it.
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


def why_untrainable(labels: WeakLabels, method: str) -> str | None:
    """What the films lack for a method, in words; None if nothing."""
    if method == "mvcorr" and len(labels.starts) < 2:
        return "fewer than two tracks were split into looks"
    if method != "mvcorr" and not len(labels.triplets):
        return "no track that was split into looks is seen together with somebody else"
    return None


class Training:
    """A training that can be stopped after any step and taken up again, with the same result.

    The batch of a step depends on the seed, the device's rank and the step alone, so its only
    memory is the weights, the optimiser and the losses so far.

    Attributes:
        losses: float64 [steps], the loss of each step without the pull; NaN where not yet done.
    """

    def __init__(
        self,
        network: AdaptedNetwork,
        inputs: Callable[[np.ndarray], torch.Tensor],
        labels: WeakLabels,
        recipe: Recipe,
        seed: int,
        fabric: Fabric,
    ) -> None:
        """Prepare.

        Args:
            network: trained in place.
            inputs: the faces of these rows of the labels, as the network takes them.
            labels: of the training films; see why_untrainable.
            recipe: how.
            seed: of the batches.
            fabric: decides devices and precision; on one CPU the result is the same every time.

        Raises:
            ValueError: the method is unknown.
        """
        if recipe.method not in METHODS:
            raise ValueError(f"method {recipe.method!r}; the methods are {', '.join(METHODS)}")
        self.losses = np.full(recipe.steps, np.nan)
        self._inputs, self._labels = inputs, labels
        self._recipe, self._seed, self._fabric = recipe, seed, fabric
        self._network = fabric.to_device(network)
        trained = [weight for weight in network.parameters() if weight.requires_grad]
        self._start = [(weight, weight.detach().clone()) for weight in trained]
        optimizer = torch.optim.Adam(trained, lr=recipe.learning_rate)
        self._model, self._optimizer = fabric.setup(network, optimizer)
        self._step = 0

    def run(self) -> Iterator[int]:
        """Do the steps that are left; yields how many are done, after each."""
        while self._step < self._recipe.steps:
            random = np.random.default_rng((self._seed, self._fabric.global_rank, self._step))
            rows = _draw(self._labels, self._recipe, random)
            faces = self._fabric.to_device(self._inputs(rows.ravel()))
            loss = _loss(self._model(faces).unflatten(0, rows.shape), self._recipe)
            self._optimizer.zero_grad()
            self._fabric.backward(loss + self._recipe.pull * self._departure())
            self._optimizer.step()
            self.losses[self._step] = loss.item()
            self._step += 1
            yield self._step

    def state(self) -> dict:
        """All that restore needs."""
        return {
            "step": self._step,
            "losses": torch.from_numpy(self.losses),
            "network": self._network.state_dict(),
            "optimizer": self._optimizer.state_dict(),
        }

    def restore(self, state: dict) -> None:
        """Go on from what state returned."""
        self._step = state["step"]
        self.losses[:] = state["losses"].numpy()
        self._network.load_state_dict(state["network"])
        self._optimizer.load_state_dict(state["optimizer"])

    def _departure(self) -> torch.Tensor:
        return sum((weight - start).square().sum() for weight, start in self._start)


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


def _draw(labels: WeakLabels, recipe: Recipe, random: np.random.Generator) -> np.ndarray:
    draw = draw_views if recipe.method == "mvcorr" else draw_triplets
    return draw(labels, recipe.batch, random)


def _loss(outputs: torch.Tensor, recipe: Recipe) -> torch.Tensor:
    """The loss of a batch: of views, or of anchors, positives and negatives."""
    if recipe.method == "mvcorr":
        return mvcorr_loss(outputs)
    if recipe.method == "triplet":
        return triplet_loss(*outputs, margin=recipe.margin)
    return improved_triplet_loss(
        *outputs,
        margin=recipe.margin,
        radius=recipe.radius,
        radius_weight=recipe.radius_weight,
    )
