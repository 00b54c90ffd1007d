"""What is trained on top of a frozen embedding."""

from collections.abc import Mapping

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

from castmap.adaptation.trainable import MLP_HEAD

_HIDDEN = 256  # units of an MLP head


class LinearHead(nn.Module):
    """Centre an embedding on the films it is adapted to, and turn the space a little.

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


class MlpHead(nn.Module):
    """Centre an embedding on the films it is adapted to, and bend the space a little.

    Input: [..., d], unit rows. Output: [..., d], unit rows: of z + V relu(W z), z = x - centre.

    A residual block of one hidden layer (He et al., CVPR 2016). V starts as 0, so that the head
    starts as centring (Zhang et al., "Fixup initialization", ICLR 2019). For the centre and the
    missing biases see LinearHead.
    """

    centre: torch.Tensor

    def __init__(self, centre: torch.Tensor, hidden: int, seed: int) -> None:
        """Prepare.

        Args:
            centre: float [d].
            hidden: the units of the hidden layer.
            seed: of W, which is drawn as He et al. (ICCV 2015) do.
        """
        super().__init__()
        dimension = len(centre)
        self.register_buffer("centre", centre.clone().float())
        self.hidden = nn.Linear(dimension, hidden, bias=False)
        self.bend = nn.Linear(hidden, dimension, bias=False)
        random = torch.Generator().manual_seed(seed)
        nn.init.kaiming_normal_(self.hidden.weight, nonlinearity="relu", generator=random)
        nn.init.zeros_(self.bend.weight)

    def forward(self, embeddings: torch.Tensor) -> torch.Tensor:
        """Adapt embeddings; see the class."""
        centred = embeddings - self.centre
        return F.normalize(centred + self.bend(self.hidden(centred).relu()), dim=-1)


Head = LinearHead | MlpHead


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


def make_head(trainable: str, centre: torch.Tensor, seed: int) -> Head:
    """The head that trains beside or without a backbone, before it is trained: it centres.

    Args:
        trainable: one of trainable.TRAINABLE. Above a backbone that is trained, too, the head is
            linear.
        centre: float [d], what is subtracted.
        seed: of the first weights that are drawn.
    """
    return MlpHead(centre, _HIDDEN, seed) if trainable == MLP_HEAD else LinearHead(centre)


def load_head(state: Mapping[str, torch.Tensor]) -> Head:
    """A head of stored weights, in evaluation mode.

    Args:
        state: the state dict of a head of either kind.
    """
    centre, hidden = state["centre"], state.get("hidden.weight")
    head: Head = LinearHead(centre) if hidden is None else MlpHead(centre, len(hidden), seed=0)
    head.load_state_dict(state)
    return head.eval()


@torch.inference_mode()
def apply_head(head: Head, embeddings: np.ndarray) -> np.ndarray:
    """Adapt the embeddings of a film, float32 [n, d], unit rows.

    Args:
        head: trained.
        embeddings: float32 [n, d], unit rows.
    """
    return head(torch.from_numpy(embeddings)).numpy()
