"""The file that a training which was killed resumes from."""

import io
from pathlib import Path

import torch

from castmap.files.sealed import read_sealed, write_sealed


class CheckpointFile:
    """The state of a training, in a file that is no output of a stage."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def load(self) -> dict | None:
        """The state of the training; None if there is no checkpoint, or it is damaged."""
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
