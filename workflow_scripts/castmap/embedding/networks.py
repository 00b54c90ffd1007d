"""The backbones in use: loaded with their weights, and one interface to embed by any of them."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn
from torch.nn.utils.fusion import fuse_conv_bn_eval

from castmap.catalogues import BACKBONES
from castmap.console import InputError
from castmap.formats.weights import fill_network
from castmap.packages.pretrained import read_pretrained
from castmap.packages.weights import is_trainable


class Embedder(Protocol):
    """A backbone ready to embed crops.

    Attributes:
        dimension: of the embeddings.
        device: where it runs.
    """

    dimension: int
    device: torch.device

    def embed(self, crops: np.ndarray) -> np.ndarray:
        """Embed a batch of crops.

        Args:
            crops: uint8 [n, 112, 112, 3], RGB, aligned.

        Returns:
            float32 [n, d], rows of unit length.
        """
        ...


@dataclass(frozen=True)
class Backbone:
    """What is known of a trainable backbone before its weights are.

    Attributes:
        size_px: the side of the crops that it takes.
        last_block: its last block's parts, by the beginnings of their names.
    """

    size_px: int
    last_block: tuple[str, ...]


def open_embedder(
    name: str, weights: Path, parameters: Mapping[str, object], device: torch.device
) -> Embedder:
    """The embedder by a backbone as it was pretrained.

    Args:
        name: of the backbone.
        weights: its imported weights; the network itself of one that is given as a file.
        parameters: its own.
        device: where it is to run.

    Raises:
        CatalogueError: there is no such backbone.
        InputError: the file does not hold it.
    """
    member = BACKBONES[name]
    if is_trainable(member):
        return load_embedder(name, read_pretrained(weights, name), device)
    return member.load().open_embedder(weights, device, **parameters)


def describe_backbone(name: str) -> Backbone:
    """What the catalogue says of a trainable backbone.

    Raises:
        CatalogueError: there is no such backbone.
        InputError: it is not trainable.
    """
    if not is_trainable(BACKBONES[name]):
        raise InputError(f"{name} cannot be trained itself; set adapt.trainable to a head")
    declared = BACKBONES[name].declared
    return Backbone(declared["size_px"], tuple(declared["last_block"]))


def load_network(name: str, state: dict[str, torch.Tensor]) -> nn.Module:
    """The trainable network with its pretrained weights, in evaluation mode.

    Args:
        name: of a backbone.
        state: the state dict that the backbone's ``import_weights`` made.

    Raises:
        CatalogueError: there is no such backbone.
        RuntimeError: the state is another network's.
    """
    network = BACKBONES[name].load().build()
    fill_network(network, state, name)
    return network.eval()


def load_embedder(name: str, state: dict[str, torch.Tensor], device: torch.device) -> Embedder:
    """An embedder by a trainable network; see load_network."""
    return NetworkEmbedder(load_network(name, state), describe_backbone(name).size_px, device)


def to_pixels(crops: torch.Tensor, size_px: int) -> torch.Tensor:
    """Crops as a backbone takes them: float32 [n, 3, size_px, size_px], 0..255.

    Args:
        crops: uint8 [n, 112, 112, 3], RGB, aligned.
        size_px: of the backbone.
    """
    pixels = crops.permute(0, 3, 1, 2).float()
    if pixels.shape[2] != size_px:
        size = (size_px, size_px)
        pixels = F.interpolate(pixels, size, mode="bilinear", align_corners=False)
    return pixels


class NetworkEmbedder:
    """An embedder by a torch network."""

    def __init__(self, network: nn.Module, size_px: int, device: torch.device) -> None:
        """Take a network.

        Args:
            network: in evaluation mode; changed in place. Input: float32 [n, 3, size_px, size_px],
                RGB, 0..255. Output: [n, d].
            size_px: the side of its crops.
            device: where it is to run.
        """
        self._size_px = size_px
        self.device = device
        network = fused(network).to(device)
        # torch's types do not know of it.
        self._network = network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        self.dimension = self.embed(np.zeros((1, size_px, size_px, 3), np.uint8)).shape[1]

    @torch.inference_mode()
    def embed(self, crops: np.ndarray) -> np.ndarray:
        """Embed a batch of crops; see Embedder."""
        pixels = to_pixels(torch.from_numpy(crops).to(self.device), self._size_px)
        outputs = self._network(pixels.contiguous(memory_format=torch.channels_last))
        return F.normalize(outputs.float()).cpu().numpy()


def fused(network: nn.Module) -> nn.Module:
    """Fold each batch normalisation that follows a convolution into it: the same, but faster.

    Args:
        network: in evaluation mode; changed in place.
    """
    for module in network.modules():
        if isinstance(module, nn.Sequential) and len(module) > 1:
            first, second = module[0], module[1]
            if isinstance(first, nn.Conv2d) and isinstance(second, nn.BatchNorm2d):
                module[0], module[1] = fuse_conv_bn_eval(first, second), nn.Identity()
    return network
