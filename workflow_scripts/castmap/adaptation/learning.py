"""What training needs of the machine: devices, checkpoints, and crops by row."""

import io
import os
import zipfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from lightning_fabric import Fabric
from lightning_fabric.plugins.environments import LightningEnvironment

from castmap.compute.devices import pick_devices
from castmap.embedding.networks import to_pixels
from castmap.files.results import reading
from castmap.formats.face_archive import read_crop
from castmap.stages.unfinished import read_sealed, write_sealed


def make_fabric(device: str, n_devices: int, precision: str) -> Fabric:
    """Choose what a network is trained on.

    Args:
        device: auto, cpu, cuda or cuda:N.
        n_devices: how many of them; each draws its own batches, and gradients are averaged.
        precision: as Lightning names it: 32-true, 16-mixed, bf16-mixed.

    Raises:
        ValueError: a GPU is asked for where torch sees none, or more of them than it sees.
    """
    chosen = pick_devices(device, n_devices)
    kind = chosen[0].type
    devices = n_devices if kind == "cpu" else [gpu.index for gpu in chosen]
    strategy = "ddp_spawn" if n_devices > 1 else "auto"
    # A cluster's job is one task with several devices. By itself Fabric would take it for one of
    # several tasks, as soon as it saw SLURM's variables, and start no process for the others.
    return Fabric(
        accelerator=kind,
        devices=devices,
        strategy=strategy,
        precision=precision,
        plugins=[LightningEnvironment()],
    )


class CheckpointFile:
    """Where a training that is killed goes on: a file outside the declared outputs."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def load(self) -> dict | None:
        """The state of the training, if there is a checkpoint and it is whole."""
        content = read_sealed(self._path)
        if content is None:
            return None
        return torch.load(io.BytesIO(content), map_location="cpu", weights_only=True)

    def save(self, state: dict) -> None:
        """Replace the checkpoint."""
        content = io.BytesIO()
        torch.save(state, content)
        write_sealed(self._path, content.getvalue())

    def remove(self) -> None:
        """The training is over."""
        self._path.unlink(missing_ok=True)


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
