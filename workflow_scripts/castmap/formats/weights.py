"""Weights as files hold them: which bytes they are, and how they get into a network."""

import hashlib
import json
from pathlib import Path

import safetensors
import safetensors.torch
import torch
from torch import nn

from castmap.files.hashing import sha256_bytes

_RECORD, _SEAL = "castmap", "sha256"


class WeightsError(ValueError):
    """Weights are damaged, or not those they should be."""


def check_sha256(content: bytes, expected: str) -> None:
    """Check which bytes these are.

    Raises:
        WeightsError: they are others.
    """
    found = sha256_bytes(content)
    if found != expected:
        raise WeightsError(f"has SHA-256 {found} instead of {expected}: damaged, or tampered with")


def save_sealed(path: Path, state: dict[str, torch.Tensor], record: dict) -> None:
    """Write weights of our own making, with what is recorded of them and a hash of all.

    Args:
        path: the file, ``.safetensors``.
        state: on the CPU.
        record: what becomes JSON in the file's metadata.
    """
    sealed = record | {_SEAL: _hash(state, record)}
    text = json.dumps(sealed, sort_keys=True)
    safetensors.torch.save_file(state, path, {_RECORD: text})


def load_sealed(path: Path) -> tuple[dict[str, torch.Tensor], dict]:
    """The weights and the record that save_sealed wrote.

    Raises:
        WeightsError: it is no such file, or one bit of it is another. The text names the file.
    """
    try:
        with safetensors.safe_open(path, "pt") as file:
            record = json.loads((file.metadata() or {}).get(_RECORD, "{}"))
            state = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 (no dict)
    except (safetensors.SafetensorError, ValueError, OSError) as error:
        raise WeightsError(f"{path} cannot be read ({error}); delete it, and run again") from error
    if record.pop(_SEAL, None) != _hash(state, record):
        raise WeightsError(f"{path} is damaged, or was tampered with; delete it, and run again")
    return state, record


def _hash(state: dict[str, torch.Tensor], record: dict) -> str:
    digest = hashlib.sha256(json.dumps(record, sort_keys=True).encode())
    for name in sorted(state):
        tensor = state[name].contiguous()
        digest.update(f"{name} {tensor.dtype} {tuple(tensor.shape)}".encode())
        digest.update(tensor.reshape(-1).view(torch.uint8).numpy().data)
    return digest.hexdigest()


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
