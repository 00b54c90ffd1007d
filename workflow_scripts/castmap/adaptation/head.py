"""What is trained on top of a frozen embedding."""

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn


class Head(nn.Module):
    """Centre an embedding on the films it is adapted to, and turn it a little.

    Input: [..., d], unit rows. Output: [..., d], unit rows: of W (x - centre).

    The centre is the mean of the films' faces, not trained: what all faces of dark or blurred
    films have in common says nothing about who they are. W starts as the identity. There is no
    bias: MvCorr does not see a shift of all faces, and losses that draw positives together would
    gain by moving all faces to one side.
    """

    centre: torch.Tensor

    def __init__(self, centre: torch.Tensor) -> None:
        super().__init__()
        dimension = len(centre)
        self.register_buffer("centre", centre.clone().float())
        self.turn = nn.Linear(dimension, dimension, bias=False)
        nn.init.eye_(self.turn.weight)

    def forward(self, embeddings: torch.Tensor) -> torch.Tensor:
        """Adapt embeddings; see the class."""
        return F.normalize(self.turn(embeddings - self.centre), dim=-1)


def mean_face(embeddings: list[np.ndarray]) -> torch.Tensor:
    """The mean over all faces of all films, float32 [d].

    Args:
        embeddings: of each film, float [n, d], unit rows.

    Raises:
        ValueError: there is no face.
    """
    faces = np.concatenate(embeddings)
    if not len(faces):
        raise ValueError("no face to centre on: the films have no faces")
    return torch.from_numpy(faces.mean(axis=0, dtype=np.float64).astype(np.float32))


@torch.inference_mode()
def apply_head(head: Head, embeddings: np.ndarray) -> np.ndarray:
    """Adapt the embeddings of a film, float32 [n, d], unit rows.

    Args:
        head: trained.
        embeddings: float32 [n, d], unit rows.
    """
    return head(torch.from_numpy(embeddings)).numpy()
