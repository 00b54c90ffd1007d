"""Faces by row, as a network takes them.

Embeddings for a head, pixels for a backbone, and for the last block of one what lies below it.
"""

import os
import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import torch

from castmap.embedding.networks import to_pixels
from castmap.files.results import reading
from castmap.formats.face_archive import read_crop

_KEPT_BYTES = 1 << 30


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


class TrunkRows:
    """Faces by row, as the last block of a backbone takes them.

    What lies below the last block is not trained, so each face passes it once and is kept, as long
    as there is room. Faces pass one by one: so a face has the same bytes whatever it is drawn with.
    """

    def __init__(
        self,
        crops: Callable[[np.ndarray], torch.Tensor],
        trunk: Callable[[torch.Tensor], torch.Tensor],
    ) -> None:
        """Prepare.

        Args:
            crops: the faces of these rows as the backbone takes them.
            trunk: what lies below the last block, on the CPU.
        """
        self._crops, self._trunk = crops, trunk
        self._kept: dict[int, torch.Tensor] = {}

    def __call__(self, rows: np.ndarray) -> torch.Tensor:
        """Float32 [n, ...]: what the trunk makes of each face."""
        return torch.cat([self._face(int(row)) for row in rows])

    @torch.no_grad()
    def _face(self, row: int) -> torch.Tensor:
        if row in self._kept:
            return self._kept[row]
        face = self._trunk(self._crops(np.array([row]))).clone()
        if (len(self._kept) + 1) * face.nbytes <= _KEPT_BYTES:
            self._kept[row] = face
        return face
