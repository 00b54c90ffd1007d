"""dlib's face recognition ResNet as a trainable torch module.

King, "High Quality Face Recognition with Deep Metric Learning" (dlib blog, 2017): a ResNet-34 with
half the filters of each layer, trained by a metric loss. dlib cuts its 150 pixel chips a little
wider than the 112 pixel crops used here are; the crops are enlarged, which costs it some accuracy.
"""

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

MEMBER = {
    "order": 2,
    "size_px": 150,
    "last_block": ["blocks.13", "project"],
    "weights": {
        "original": "dlib_resnet.dat",
        "imported_sha256": "009ee047c24a658f1bd730308db4062d497f93fb785e3bd29ade6f90d10fb4b0",
    },
}
_DIMENSION = 128
_MEAN_RGB = (122.782, 117.001, 104.298)
# Filters and down-sampling of the residual blocks, from the input on.
_BLOCKS = (
    (32, False),
    (32, False),
    (32, False),
    (64, True),
    (64, False),
    (64, False),
    (64, False),
    (128, True),
    (128, False),
    (128, False),
    (256, True),
    (256, False),
    (256, False),
    (256, True),
)


class _Affine(nn.Module):
    """A frozen batch normalisation: one scale and one shift per channel."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.ones(channels))
        self.bias = nn.Parameter(torch.zeros(channels))

    def forward(self, maps: torch.Tensor) -> torch.Tensor:
        return maps * self.weight[:, None, None] + self.bias[:, None, None]


class _Residual(nn.Module):
    """Two convolutions and a shortcut; unequal sizes are filled up with zeros, as dlib does."""

    def __init__(self, inputs: int, outputs: int, down: bool) -> None:
        super().__init__()
        self.down = down
        first = nn.Conv2d(inputs, outputs, 3, 2, 0) if down else nn.Conv2d(inputs, outputs, 3, 1, 1)
        self.body = nn.Sequential(
            first,
            _Affine(outputs),
            nn.ReLU(),
            nn.Conv2d(outputs, outputs, 3, 1, 1),
            _Affine(outputs),
        )

    def forward(self, maps: torch.Tensor) -> torch.Tensor:
        body = self.body(maps)
        shortcut = F.avg_pool2d(maps, 2) if self.down else maps
        shape = [max(a, b) for a, b in zip(body.shape[1:], shortcut.shape[1:], strict=True)]
        return F.relu(_filled(body, shape) + _filled(shortcut, shape))


def _filled(maps: torch.Tensor, shape: list[int]) -> torch.Tensor:
    channels, height, width = (
        want - have for want, have in zip(shape, maps.shape[1:], strict=True)
    )
    return F.pad(maps, (0, width, 0, height, 0, channels))


class DlibResNet(nn.Module):
    """Aligned face crops to embeddings.

    Input: [n, 3, 150, 150] RGB, 0..255. Output: [n, 128], not normalised. dlib compares them by
    Euclidean distance, 0.6 apart being different people; normalised to unit length they rank pairs
    almost the same.
    """

    mean: torch.Tensor

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("mean", torch.tensor(_MEAN_RGB)[:, None, None], persistent=False)
        self.stem = nn.Sequential(nn.Conv2d(3, 32, 7, 2, 0), _Affine(32), nn.ReLU())
        channels = [32, *(outputs for outputs, _ in _BLOCKS)]
        self.blocks = nn.Sequential(
            *(
                _Residual(inputs, outputs, down)
                for inputs, (outputs, down) in zip(channels[:-1], _BLOCKS, strict=True)
            )
        )
        self.project = nn.Linear(channels[-1], _DIMENSION, bias=False)

    def forward(self, crops: torch.Tensor) -> torch.Tensor:
        """Embed crops; see the class."""
        return self.last_block(self.trunk(crops))

    def trunk(self, crops: torch.Tensor) -> torch.Tensor:
        """What the last block takes."""
        maps = F.max_pool2d(self.stem((crops - self.mean) / 256.0), 3, 2)
        return self.blocks[:-1](maps)

    def last_block(self, maps: torch.Tensor) -> torch.Tensor:
        """Embeddings of what trunk returned."""
        return self.project(self.blocks[-1:](maps).mean(dim=(2, 3)))


def build() -> nn.Module:
    """The network, without its weights."""
    return DlibResNet()


def import_weights(original: bytes) -> dict[str, torch.Tensor]:
    """Read the weights of dlib's serialised network.

    dlib writes layers from the input on; a tensor is its version 2 and its four dimensions as
    integers (a length byte, then little-endian bytes), then raw 32-bit floats. A convolution's
    filters and bias, and an affine layer's scale and shift, are one tensor each.

    Args:
        original: the ``.dat`` file.

    Returns:
        The state dict of DlibResNet.

    Raises:
        ValueError: the file does not hold this network.
    """
    state, offset = {}, 0
    for name, module in DlibResNet().named_modules():
        if isinstance(module, nn.Linear):
            shape = (module.in_features, module.out_features)
            values, offset = _read_tensor(original, offset, shape)
            state[f"{name}.weight"] = values.reshape(shape).T
        elif isinstance(module, nn.Conv2d | _Affine) and module.bias is not None:
            cut = module.weight.numel()
            values, offset = _read_tensor(original, offset, (cut + module.bias.numel(), 1))
            state[f"{name}.weight"] = values[:cut].reshape(module.weight.shape)
            state[f"{name}.bias"] = values[cut:]
    return {name: torch.tensor(np.ascontiguousarray(array)) for name, array in state.items()}


def _read_tensor(original: bytes, offset: int, shape: tuple[int, int]) -> tuple[np.ndarray, int]:
    """The next tensor of this shape at or after ``offset``, and where it ends."""
    header = b"".join(_packed(number) for number in (2, *shape, 1, 1))
    found = original.find(header, offset)
    if found < 0:
        raise ValueError(f"not dlib's face recognition network: no tensor of shape {shape}")
    count = shape[0] * shape[1]
    start = found + len(header)
    return np.frombuffer(original, "<f4", count, start), start + 4 * count


def _packed(number: int) -> bytes:
    length = (number.bit_length() + 7) // 8
    return bytes([length]) + number.to_bytes(length, "little")
