"""The crops of a film, embedded."""

import math
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import numpy as np
import torch

from castmap.console import progress
from castmap.embedding.networks import Embedder
from castmap.files.results import opened_zip
from castmap.formats.face_archive import read_batches
from castmap.stages.unfinished import Unfinished

# On a CPU a larger batch outgrows the caches: it is slower, and fragments the memory.
_BATCH = {"cpu": 8, "cuda": 32, "mps": 32}


def embed_archive(
    embedder: Embedder,
    faces: Path,
    detections: Sequence[int],
    name: str,
    unfinished: Unfinished | None = None,
    side_by_side: int = 1,
) -> np.ndarray:
    """Embed the crops of these detections.

    Args:
        embedder: embeds them.
        faces: the archive.
        detections: their numbers.
        name: for the log.
        unfinished: keeps what is done, and what an earlier run did; the caller removes it.
        side_by_side: how many batches are embedded at a time, each on one thread of torch's. The
            result is the same for any number.

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
    batch = _BATCH[embedder.device.type]
    with opened_zip(faces) as archive:
        batches = read_batches(archive, detections[n_done:], batch)
        total = math.ceil((len(detections) - n_done) / batch)
        what = f"{name}: embedding {len(detections) - n_done} faces, {batch} at a time"
        embedded = _embed_side_by_side(embedder, batches, side_by_side)
        for done in progress(embedded, total, "batches", what):
            rows.append(done)
            if unfinished and unfinished.is_due():
                unfinished.add(np.concatenate(rows[n_kept:]).tobytes())
                n_kept = len(rows)
    return np.concatenate(rows)


def _embed_side_by_side(
    embedder: Embedder, batches: Iterable[np.ndarray], number: int
) -> Iterator[np.ndarray]:
    """Embed batches, so many at a time; the results come in order.

    A small network gains nothing from several threads in one batch.
    """
    if number == 1:
        yield from map(embedder.embed, batches)
        return
    with ThreadPoolExecutor(number, initializer=torch.set_num_threads, initargs=(1,)) as pool:
        waiting: deque[Future[np.ndarray]] = deque()
        for crops in batches:
            waiting.append(pool.submit(embedder.embed, crops))
            if len(waiting) > number:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
