"""One interface to every face embedding: crops in, unit vectors out.

A new backbone is a module with ``SIZE_PX``, ``DIMENSION``, ``LAST_BLOCK`` and ``import_weights``,
and a line in BACKBONES.
"""

from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn
from torch.nn.utils.fusion import fuse_conv_bn_eval

from castmap.embedding import dlib_resnet, sface
from castmap.formats.weights import fill_network


@dataclass(frozen=True)
class Kind:
    """What is known of a backbone before its weights are."""

    network: type[nn.Module]
    size_px: int
    dimension: int
    last_block: tuple[str, ...]


BACKBONES = {
    "sface": Kind(sface.SFace, sface.SIZE_PX, sface.DIMENSION, sface.LAST_BLOCK),
    "dlib_resnet": Kind(
        *(dlib_resnet.DlibResNet, dlib_resnet.SIZE_PX),
        *(dlib_resnet.DIMENSION, dlib_resnet.LAST_BLOCK),
    ),
}


def load_network(name: str, state: dict[str, torch.Tensor]) -> nn.Module:
    """The trainable network with its pretrained weights, in evaluation mode.

    Args:
        name: a key of BACKBONES.
        state: the state dict that the backbone's ``import_weights`` made.

    Raises:
        KeyError: there is no such backbone.
        RuntimeError: the state is another network's.
    """
    network = BACKBONES[name].network()
    fill_network(network, state, name)
    return network.eval()


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


class Embedder:
    """A backbone ready to embed crops."""

    def __init__(self, name: str, state: dict[str, torch.Tensor], device: torch.device) -> None:
        self._size_px = BACKBONES[name].size_px
        self.dimension = BACKBONES[name].dimension
        self._device = device
        network = _fused(load_network(name, state))
        self._network = network.to(device, memory_format=torch.channels_last)

    @torch.inference_mode()
    def embed(self, crops: np.ndarray) -> np.ndarray:
        """Embed a batch of crops.

        Args:
            crops: uint8 [n, 112, 112, 3], RGB, aligned.

        Returns:
            float32 [n, d], rows of unit length.
        """
        pixels = to_pixels(torch.from_numpy(crops).to(self._device), self._size_px)
        outputs = self._network(pixels.contiguous(memory_format=torch.channels_last))
        return F.normalize(outputs.float()).cpu().numpy()


def _fused(network: nn.Module) -> nn.Module:
    """Fold each batch normalisation that follows a convolution into it: the same, but faster."""
    for module in network.modules():
        if isinstance(module, nn.Sequential) and len(module) > 1:
            first, second = module[0], module[1]
            if isinstance(first, nn.Conv2d) and isinstance(second, nn.BatchNorm2d):
                module[0], module[1] = fuse_conv_bn_eval(first, second), nn.Identity()
    return network
