"""The file of a film's face embeddings."""

import json
from pathlib import Path

import numpy as np
from safetensors.numpy import load_file, save_file

from castmap.files.results import reading
from castmap.files.whole import replacing

_TENSOR = "embedding"


def write_embeddings(path: Path, embeddings: np.ndarray, record: dict) -> None:
    """Write embeddings as half precision, row i for detection i.

    Args:
        path: the file, ``.safetensors``.
        embeddings: [n, d] rows of unit length.
        record: what to keep beside them (see files.provenance).

    Raises:
        ValueError: a value is not finite; such a face must be found, not clustered.
    """
    if not np.isfinite(embeddings).all():
        bad = int(np.flatnonzero(~np.isfinite(embeddings).all(axis=1))[0])
        raise ValueError(f"{path}: the embedding of detection {bad} is not finite")
    text = json.dumps(record, sort_keys=True, default=str)
    with replacing(path) as partial:
        save_file({_TENSOR: _halved(embeddings)}, partial, {"castmap": text})


def read_embeddings(path: Path) -> np.ndarray:
    """Read embeddings, float32 [n, d], row i for detection i.

    Raises:
        InputError: the file is missing, or not one that write_embeddings wrote.
    """
    with reading(path):
        return load_file(path)[_TENSOR].astype(np.float32)


def at_half_precision(embeddings: np.ndarray) -> np.ndarray:
    """Embeddings, float32 [n, d], as they are read after they were written."""
    return _halved(embeddings).astype(np.float32)


def _halved(embeddings: np.ndarray) -> np.ndarray:
    return np.ascontiguousarray(embeddings, np.float16)
