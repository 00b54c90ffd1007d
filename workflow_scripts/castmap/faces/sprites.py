"""Many small pictures in one: a page loads one image and shows parts of it."""

import base64
from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

_JPEG_QUALITY = 82
_COLUMNS = 32  # wide, not tall


@dataclass(frozen=True)
class Sprite:
    """One JPEG with pictures of equal size, and where each lies in it."""

    jpeg: bytes
    width: int
    height: int
    columns: int
    rows: int
    count: int

    @property
    def uri(self) -> str:
        """The image as a ``data:`` URI."""
        return "data:image/jpeg;base64," + base64.b64encode(self.jpeg).decode()

    def box(self, index: int) -> tuple[int, int, int, int]:
        """Where a picture's cell lies: x, y, width, height; pixels."""
        column, row = index % self.columns, index // self.columns
        return column * self.width, row * self.height, self.width, self.height

    def position(self, index: int) -> str:
        """CSS ``background-position`` of a picture, in percent: holds at any size."""
        column, row = index % self.columns, index // self.columns
        across = 100 * column / max(self.columns - 1, 1)
        down = 100 * row / max(self.rows - 1, 1)
        return f"{across:.4f}% {down:.4f}%"

    @property
    def size(self) -> str:
        """CSS ``background-size`` that makes one picture fill its element."""
        return f"{100 * self.columns}% {100 * self.rows}%"


def make_sprite(pictures: Sequence[np.ndarray], width: int, height: int) -> Sprite | None:
    """Lay pictures out in a grid.

    Args:
        pictures: uint8 [h, w, 3], RGB, any size; each is scaled to fit its cell, on black.
        width: of a cell, pixels.
        height: of a cell, pixels.

    Returns:
        The sprite; None for no pictures.
    """
    if not pictures:
        return None
    columns = min(_COLUMNS, len(pictures))
    rows = -(-len(pictures) // columns)
    sheet = np.zeros((rows * height, columns * width, 3), np.uint8)
    for index, picture in enumerate(pictures):
        top, left = index // columns * height, index % columns * width
        scale = min(width / picture.shape[1], height / picture.shape[0])
        size = (max(1, round(picture.shape[1] * scale)), max(1, round(picture.shape[0] * scale)))
        top += (height - size[1]) // 2
        left += (width - size[0]) // 2
        fitted = cv2.resize(picture, size, interpolation=cv2.INTER_AREA)
        sheet[top : top + size[1], left : left + size[0]] = fitted
    bgr = cv2.cvtColor(sheet, cv2.COLOR_RGB2BGR)
    _, jpeg = cv2.imencode(".jpg", bgr, [cv2.IMWRITE_JPEG_QUALITY, _JPEG_QUALITY])
    return Sprite(jpeg.tobytes(), width, height, columns, rows, len(pictures))
