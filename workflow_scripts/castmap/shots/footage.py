"""A film as a shot detector sees it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
import torch


class Progress(Protocol):
    """How far a film was computed: kept now and then, so that a run that is killed goes on."""

    def load(self) -> dict[str, torch.Tensor]:
        """What was saved last; empty if nothing was."""

    def is_due(self) -> bool:
        """Whether it is time to save."""

    def save(self, state: dict[str, torch.Tensor]) -> None:
        """Keep this instead of what was saved before."""


@dataclass(frozen=True)
class Footage:
    """A film to be cut into shots, and what a network needs for that.

    Attributes:
        width: of the film as it is shown, px.
        height: of the film as it is shown, px.
        decode: from a width and height in px to all frames at that size, in order, uint8
            (height, width, 3), RGB. The film is decoded once: it is to be called once, and what it
            yields read to the end.
        frame_s: from one frame to the next, s: the median of the film.
        device: where a network runs.
        weights: the state dict of the pretrained weights that the detector names; None if it
            names none.
        progress: where a detector may save how far it has come; None to save nothing.
    """

    width: int
    height: int
    decode: Callable[[tuple[int, int]], Iterator[np.ndarray]]
    frame_s: float = 0.04
    device: torch.device = field(default_factory=lambda: torch.device("cpu"))
    weights: dict[str, torch.Tensor] | None = None
    progress: Progress | None = None
