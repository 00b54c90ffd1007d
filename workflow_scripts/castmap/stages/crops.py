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
BATCH = {"cpu": 8, "cuda": 32, "mps": 32}


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
    # Filled in place: rows that stay between what is freed would keep it from being used again.
    rows = np.empty((len(detections), embedder.dimension), np.float32)
    n_done = 0
    for content in unfinished.pieces() if unfinished else ():
        piece = np.frombuffer(content, np.float32).reshape(-1, embedder.dimension)
        rows[n_done : n_done + len(piece)] = piece
        n_done += len(piece)
    n_kept, n_left = n_done, len(detections) - n_done
    batch = BATCH[embedder.device.type]
    with opened_zip(faces) as archive:
        batches = read_batches(archive, detections[n_done:], batch)
        what = f"{name}: embedding {n_left} faces, {batch} at a time"
        embedded = _embed_side_by_side(embedder, batches, side_by_side)
        for some in progress(embedded, math.ceil(n_left / batch), "batches", what):
            rows[n_done : n_done + len(some)] = some
            n_done += len(some)
            if unfinished and unfinished.is_due():
                unfinished.add(rows[n_kept:n_done].tobytes())
                n_kept = n_done
    return rows


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
