"""The crops of a film, embedded."""

import math
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from workflow_scripts.embedding.backbones import Embedder
from workflow_scripts.formats.face_archive import read_batches
from workflow_scripts.stagekit.console import progress
from workflow_scripts.stagekit.files import opened_zip

_BATCH = 32


def embed_archive(
    embedder: Embedder, faces: Path, detections: Sequence[int], name: str
) -> np.ndarray:
    """Embed the crops of these detections, float32 [n, d], unit rows; ``name`` is for the log."""
    rows = [np.zeros((0, embedder.dimension), np.float32)]
    with opened_zip(faces) as archive:
        batches = read_batches(archive, detections, _BATCH)
        total = math.ceil(len(detections) / _BATCH)
        what = f"{name}: embedding {len(detections)} faces, {_BATCH} at a time"
        rows += [embedder.embed(crops) for crops in progress(batches, total, "batches", what)]
    return np.concatenate(rows)
