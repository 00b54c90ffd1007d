"""Train a head, or a backbone below it, on the weak labels of films."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import torch
from lightning_fabric import Fabric

from castmap.adaptation.losses import Loss
from castmap.adaptation.network import AdaptedNetwork
from castmap.adaptation.weak_labels import DRAWS, WeakLabels


@dataclass(frozen=True)
class Recipe:
    """How a network is trained, whatever the loss.

    Attributes:
        steps: batches.
        batch: triplets, or tracks, in a batch; on several devices, on each.
        learning_rate: of Adam.
        l2_sp_weight: of the squared distance of all trained weights from where they started (L2-SP;
            Li et al., ICML 2018). Weights soon tell a few people apart in ways that are of no use
            for others; this keeps them near the pretrained ones.
    """

    steps: int
    batch: int
    learning_rate: float
    l2_sp_weight: float


class Training:
    """A training that can be stopped after any step and resumed with the same result.

    The batch of a step depends on the seed, the device's rank and the step alone, so its only
    memory is the weights, the optimiser and the losses so far.

    Attributes:
        losses: float64 [steps], the loss of each step without L2-SP; NaN where not yet done.
    """

    def __init__(
        self,
        network: AdaptedNetwork,
        inputs: Callable[[np.ndarray], torch.Tensor],
        labels: WeakLabels,
        loss: Loss,
        recipe: Recipe,
        seed: int,
        fabric: Fabric,
    ) -> None:
        """Prepare.

        Args:
            network: trained in place.
            inputs: the faces of these rows of the labels, as the network takes them.
            labels: of the training films; see weak_labels.missing_for.
            loss: what is minimised.
            recipe: how.
            seed: of the batches.
            fabric: decides devices and precision; on one CPU the result is the same every time.
        """
        self.losses = np.full(recipe.steps, np.nan)
        self._inputs, self._labels, self._loss = inputs, labels, loss
        self._recipe, self._seed, self._fabric = recipe, seed, fabric
        self._network = fabric.to_device(network)
        trained = [weight for weight in network.parameters() if weight.requires_grad]
        self._start = [(weight, weight.detach().clone()) for weight in trained]
        optimizer = torch.optim.Adam(trained, lr=recipe.learning_rate)
        self._model, self._optimizer = fabric.setup(network, optimizer)
        self._step = 0

    def run(self) -> Iterator[int]:
        """Do the steps that are left; yields how many are done, after each."""
        draw = DRAWS[self._loss.draws]
        while self._step < self._recipe.steps:
            random = np.random.default_rng((self._seed, self._fabric.global_rank, self._step))
            rows = draw(self._labels, self._recipe.batch, random)
            faces = self._fabric.to_device(self._inputs(rows.ravel()))
            loss = self._loss.compute(self._model(faces).unflatten(0, rows.shape))
            self._optimizer.zero_grad()
            self._fabric.backward(loss + self._recipe.l2_sp_weight * self._l2_sp())
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

    def _l2_sp(self) -> torch.Tensor:
        moved = [(weight - start).square().sum() for weight, start in self._start]
        return sum(moved, torch.zeros(()))
