"""Pretrained weights in files: read by stages, checked before anything is done with them."""

from pathlib import Path

import safetensors.torch
import torch

from castmap.console import InputError
from castmap.files.hashing import sha256_file
from castmap.formats.sealed_weights import WeightsError, check_sha256
from castmap.packages.weights import pretrained_networks


def read_pretrained(path: Path, network: str) -> dict[str, torch.Tensor]:
    """The state dict of a network's pretrained weights.

    Raises:
        InputError: the file cannot be read, or is not, bit for bit, what import_weights makes.
    """
    return safetensors.torch.load(_checked(path, network))


def hash_pretrained(path: Path, network: str) -> str:
    """SHA-256 of the file that holds a network.

    Raises:
        InputError: it holds imported weights, and read_pretrained would refuse it.
    """
    if network in pretrained_networks():
        _checked(path, network)
    return sha256_file(path)


def _checked(path: Path, network: str) -> bytes:
    try:
        content = path.read_bytes()
        check_sha256(content, pretrained_networks()[network].imported_sha256)
    except (OSError, WeightsError) as error:
        said = error.strerror if isinstance(error, OSError) else error
        raise InputError(f"{path}: {said}; `make weights` makes it anew") from error
    return content
