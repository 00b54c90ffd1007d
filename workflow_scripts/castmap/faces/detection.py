"""What every face detector takes and gives: frames, and the faces in them."""

from dataclasses import dataclass
from typing import Protocol

import numpy as np
import torch


@dataclass(frozen=True)
class Faces:
    """The faces of one frame, best first.

    boxes: float32 [k, 4], x1, y1, x2, y2 in pixels; scores: float32 [k];
    landmarks: float32 [k, 5, 2] in pixels: eyes, nose, corners of the mouth, viewer's left first.
    """

    boxes: np.ndarray
    scores: np.ndarray
    landmarks: np.ndarray


NO_FACES = Faces(*(np.zeros((0, *shape), np.float32) for shape in ((4,), (), (5, 2))))


@dataclass(frozen=True)
class FaceLimits:
    """Which faces are found and kept.

    Attributes:
        long_side_px: frames whose longer side is longer are shrunk to this.
        min_score: less certain faces are dropped.
        min_size_px: faces with a shorter side are dropped; pixels of the frame.
    """

    long_side_px: int
    min_score: float
    min_size_px: float


class FaceDetector(Protocol):
    """A detector ready to find faces.

    Attributes:
        device: where it runs.
    """

    device: torch.device

    def detect(self, frames: list[np.ndarray]) -> list[Faces]:
        """Find the faces of a batch of frames.

        Args:
            frames: uint8 [height, width, 3], RGB, all of one size.
        """
        ...


def shrunk_size(frame: np.ndarray, long_side_px: int) -> tuple[int, int]:
    """Height and width in px that a detector sees a frame in; 0 px of a strip that gets too thin.

    Args:
        frame: [height, width, 3].
        long_side_px: see FaceLimits.
    """
    height, width = frame.shape[:2]
    scale = min(1.0, long_side_px / max(height, width))
    return int(height * scale + 0.5), int(width * scale + 0.5)  # as mmdet rounds


def keep_faces(
    boxes: np.ndarray, scores: np.ndarray, landmarks: np.ndarray, limits: FaceLimits
) -> Faces:
    """The faces that are certain and large enough, best first; see Faces."""
    sides = np.minimum(boxes[:, 2] - boxes[:, 0], boxes[:, 3] - boxes[:, 1])
    order = np.argsort(-scores, kind="stable")
    order = order[(scores >= limits.min_score)[order] & (sides >= limits.min_size_px)[order]]
    return Faces(boxes[order], scores[order], landmarks[order])
