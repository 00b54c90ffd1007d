"""Weights as bytes: which ones they are, and what is recorded of them.

A stage that asks no more than that imports no torch.
"""

import hashlib
import json
from pathlib import Path

import safetensors

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


def sealing_metadata(content: bytes, record: dict) -> dict[str, str]:
    """The metadata of a file of weights: the record, and a hash of it and the weights.

    Args:
        content: the weights in the format safetensors; metadata in it does not count.
        record: what becomes JSON.
    """
    return {_RECORD: json.dumps(record | {_SEAL: _hash(content, record)}, sort_keys=True)}


def read_sealed_weights(path: Path) -> tuple[bytes, dict]:
    """What is in a file of weights, and the record that sealing_metadata put there.

    Raises:
        WeightsError: it is no such file, or one bit of it is another. The text names the file.
    """
    try:
        with safetensors.safe_open(path, "np") as file:
            record = json.loads((file.metadata() or {}).get(_RECORD, "{}"))
        content = path.read_bytes()
        seal = record.pop(_SEAL, None)
        is_whole = seal == _hash(content, record)
    except (safetensors.SafetensorError, ValueError, OSError) as error:
        raise WeightsError(f"{path} cannot be read ({error}); delete it, and run again") from error
    if not is_whole:
        raise WeightsError(f"{path} is damaged, or was tampered with; delete it, and run again")
    return content, record


def _hash(content: bytes, record: dict) -> str:
    digest = hashlib.sha256(json.dumps(record, sort_keys=True).encode())
    for name, tensor in sorted(safetensors.deserialize(content), key=lambda item: item[0]):
        digest.update(f"{name} {tensor['dtype']} {tensor['shape']}".encode())
        digest.update(tensor["data"])
    return digest.hexdigest()
