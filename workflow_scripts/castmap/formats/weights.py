"""Weights as files hold them, and how they get into a network."""

from pathlib import Path

import safetensors.torch
import torch
from torch import nn

from castmap.formats.sealed_weights import read_sealed_weights, sealing_metadata


def save_sealed(path: Path, state: dict[str, torch.Tensor], record: dict) -> None:
    """Write weights of our own making, with what is recorded of them and a hash of all.

    Args:
        path: the file, ``.safetensors``.
        state: on the CPU.
        record: what becomes JSON in the file's metadata.
    """
    metadata = sealing_metadata(safetensors.torch.save(state), record)
    safetensors.torch.save_file(state, path, metadata)


def load_sealed(path: Path) -> tuple[dict[str, torch.Tensor], dict]:
    """The weights and the record that save_sealed wrote.

    Raises:
        WeightsError: it is no such file, or one bit of it is another. The text names the file.
    """
    content, record = read_sealed_weights(path)
    return safetensors.torch.load(content), record


def fill_network(network: nn.Module, state: dict[str, torch.Tensor], name: str) -> None:
    """Put weights into a network.

    Args:
        network: takes the weights.
        state: its state dict; the counters of batches seen, which are no weights, may be missing.
        name: what the network is called in the error.

    Raises:
        RuntimeError: the weights are another network's.
    """
    missing, unexpected = network.load_state_dict(state, strict=False)
    missing = [key for key in missing if not key.endswith("num_batches_tracked")]
    if missing or unexpected:
        raise RuntimeError(
            f"weights do not fit {name}: missing {missing[:3]}, unexpected {unexpected[:3]}"
        )
