"""What is adapted: a head on a frozen embedding, or the backbone below it too."""

from typing import Protocol, cast, runtime_checkable

import torch
import torch.nn.functional as F
from torch import nn

from castmap.adaptation.head import Head
from castmap.adaptation.trainable import ALL, HEADS, TRAINABLE

_BACKBONE = "backbone."


@runtime_checkable
class Divided(Protocol):
    """A backbone that can be computed in two parts, one after the other."""

    def trunk(self, crops: torch.Tensor) -> torch.Tensor:
        """What lies below the last block, of crops as the backbone takes them."""
        ...

    def last_block(self, maps: torch.Tensor) -> torch.Tensor:
        """The rest, of what trunk returned: [n, d], of any length."""
        ...


class AdaptedNetwork(nn.Module):
    """A head, and the backbone below it if that is trained too.

    Input: unit embeddings [n, d] without a backbone; with one, crops as the backbone takes them, or
    above its trunk what that makes of them. Output: [n, d], unit rows.

    The network stays in evaluation mode while it is trained: batch normalisation keeps the
    statistics of the large set it was pretrained on, and nothing is dropped at random.
    """

    def __init__(
        self, head: Head, backbone: nn.Module | None = None, above_trunk: bool = False
    ) -> None:
        super().__init__()
        self.head = head
        self.backbone = backbone
        self._above_trunk = above_trunk
        self.eval()

    def forward(self, faces: torch.Tensor) -> torch.Tensor:
        """Embed faces; see the class."""
        if self.backbone is not None:
            divided = cast("Divided", self.backbone)
            embed = divided.last_block if self._above_trunk else self.backbone
            faces = F.normalize(embed(faces).float(), dim=-1)
        return self.head(faces)


def freeze_all_but(network: AdaptedNetwork, trainable: str, last_block: tuple[str, ...]) -> None:
    """Choose what is trained; batch normalisations never are.

    Args:
        network: changed in place.
        trainable: one of TRAINABLE.
        last_block: the parts of the backbone, by the beginnings of their names, that are trained
            beside the head where trainable is ``last_block``.

    Raises:
        ValueError: trainable is unknown, or needs a backbone that the network has not.
    """
    if trainable not in TRAINABLE:
        raise ValueError(f"trainable is {trainable!r}; it takes {', '.join(TRAINABLE)}")
    if (network.backbone is None) != (trainable in HEADS):
        raise ValueError(f"trainable is {trainable!r}, which does not fit the network's parts")
    if network.backbone is None:
        return
    parts = ("",) if trainable == ALL else last_block
    norms = (nn.BatchNorm1d, nn.BatchNorm2d)
    frozen = [name for name, part in network.backbone.named_modules() if isinstance(part, norms)]
    for name, parameter in network.backbone.named_parameters():
        normalises = name.rpartition(".")[0] in frozen
        parameter.requires_grad_(name.startswith(parts) and not normalises)


def split_state(
    state: dict[str, torch.Tensor],
) -> tuple[dict[str, torch.Tensor], dict[str, torch.Tensor]]:
    """The head's and the backbone's part of an AdaptedNetwork's state; the second may be empty."""
    head = {name.removeprefix("head."): state[name] for name in state if name.startswith("head.")}
    below = {n.removeprefix(_BACKBONE): state[n] for n in state if n.startswith(_BACKBONE)}
    return head, below
