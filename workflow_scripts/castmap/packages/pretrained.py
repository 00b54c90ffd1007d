"""Pretrained weights in files: read by stages, checked before anything is done with them."""

from pathlib import Path

import safetensors.torch
import torch

from castmap.console import InputError
from castmap.files.hashing import sha256_file
from castmap.formats.weights import IMPORTED_SHA256, WeightsError, check_sha256


def read_pretrained(path: Path, network: str) -> dict[str, torch.Tensor]:
    """The state dict of a network's pretrained weights.

    Raises:
        InputError: the file cannot be read, or is not, bit for bit, what import_weights makes.
    """
    return safetensors.torch.load(_checked(path, network))


def hash_pretrained(path: Path, network: str) -> str:
    """SHA-256 of the file that read_pretrained would read, which raises what that raises."""
    _checked(path, network)
    return IMPORTED_SHA256[network]


def damaged_weights(folder: Path) -> list[Path]:
    """The files of pretrained weights in a folder that are not what import_weights makes."""
    damaged = []
    for network, sha256 in IMPORTED_SHA256.items():
        path = folder / f"{network}.safetensors"
        if path.exists() and sha256_file(path) != sha256:
            damaged.append(path)
    return damaged


def _checked(path: Path, network: str) -> bytes:
    try:
        content = path.read_bytes()
        check_sha256(content, IMPORTED_SHA256[network])
    except (OSError, WeightsError) as error:
        said = error.strerror if isinstance(error, OSError) else error
        raise InputError(f"{path}: {said}; `make weights` makes it anew") from error
    return content
