"""The crops of a film, embedded."""

import math
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from castmap.console import progress
from castmap.embedding.networks import Embedder
from castmap.files.results import opened_zip
from castmap.formats.face_archive import read_batches
from castmap.stages.unfinished import Unfinished

_BATCH = 32


def embed_archive(
    embedder: Embedder,
    faces: Path,
    detections: Sequence[int],
    name: str,
    unfinished: Unfinished | None = None,
) -> np.ndarray:
    """Embed the crops of these detections.

    Args:
        embedder: embeds them.
        faces: the archive.
        detections: their numbers.
        name: for the log.
        unfinished: keeps what is done, and what an earlier run did; the caller removes it.

    Returns:
        Float32 [n, d], unit rows.
    """
    rows = [np.zeros((0, embedder.dimension), np.float32)]
    if unfinished:
        rows += [
            np.frombuffer(content, np.float32).reshape(-1, embedder.dimension)
            for content in unfinished.pieces()
        ]
    n_done, n_kept = sum(map(len, rows)), len(rows)
    with opened_zip(faces) as archive:
        batches = read_batches(archive, detections[n_done:], _BATCH)
        total = math.ceil((len(detections) - n_done) / _BATCH)
        what = f"{name}: embedding {len(detections) - n_done} faces, {_BATCH} at a time"
        for crops in progress(batches, total, "batches", what):
            rows.append(embedder.embed(crops))
            if unfinished and unfinished.is_due():
                unfinished.add(np.concatenate(rows[n_kept:]).tobytes())
                n_kept = len(rows)
    return np.concatenate(rows)
