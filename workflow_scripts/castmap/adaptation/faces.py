"""Faces by row, as a network takes them: embeddings for a head, pixels for a backbone."""

import os
import zipfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch

from castmap.embedding.networks import to_pixels
from castmap.files.results import reading
from castmap.formats.face_archive import read_crop


class EmbeddingRows:
    """Faces by row, as embeddings."""

    def __init__(self, embeddings: np.ndarray) -> None:
        self._embeddings = torch.from_numpy(embeddings)

    def __call__(self, rows: np.ndarray) -> torch.Tensor:
        """Float32 [n, d]."""
        return self._embeddings[rows]


class CropRows:
    """Faces by row, as pixels read from the archives of films.

    Row i is detection i of the first film; the second film's rows follow the first's.
    """

    def __init__(self, archives: Sequence[Path], n_faces: Sequence[int], size_px: int) -> None:
        self._archives = list(archives)
        self._ends = np.cumsum(n_faces)
        self._starts = self._ends - np.array(n_faces)
        self._size_px = size_px
        self._open: dict[tuple[int, int], zipfile.ZipFile] = {}

    def __call__(self, rows: np.ndarray) -> torch.Tensor:
        """Float32 [n, 3, size_px, size_px]: see to_pixels."""
        films = np.searchsorted(self._ends, rows, side="right")
        crops = [
            read_crop(self._archive(int(film)), int(row - self._starts[film]))
            for film, row in zip(films, rows, strict=True)
        ]
        return to_pixels(torch.from_numpy(np.stack(crops)), self._size_px)

    def _archive(self, film: int) -> zipfile.ZipFile:
        # An open archive must not be shared with another process.
        key = (os.getpid(), film)
        if key not in self._open:
            with reading(self._archives[film]):
                self._open[key] = zipfile.ZipFile(self._archives[film])
        return self._open[key]
