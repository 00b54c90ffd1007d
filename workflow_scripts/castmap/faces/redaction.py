"""Faces on pages: shown, blurred beyond recognition, or left out."""

from typing import Literal, get_args

import cv2
import numpy as np

Redaction = Literal["shown", "blurred", "left_out"]
SHOWN, BLURRED, LEFT_OUT = WAYS = get_args(Redaction)
_CELLS = 6  # across a face; recognition by people and by machines needs some 16
_CELLS_OF_FRAME = 24  # a face is a quarter of a close-up's width
_GREY = 128


def redact_face(crop: np.ndarray, way: str) -> np.ndarray:
    """A crop of a face, uint8 [h, w, 3], shown one of WAYS."""
    return _redact(crop, way, _CELLS)


def redact_frame(frame: np.ndarray, way: str) -> np.ndarray:
    """A whole frame, uint8 [h, w, 3], shown one of WAYS; it may show faces anywhere."""
    return _redact(frame, way, _CELLS_OF_FRAME)


def _redact(picture: np.ndarray, way: str, cells: int) -> np.ndarray:
    if way == SHOWN:
        return picture
    if way == LEFT_OUT:
        return np.full_like(picture, _GREY)
    height, width = picture.shape[:2]
    rows = max(1, round(cells * height / width))
    coarse = cv2.resize(picture, (cells, rows), interpolation=cv2.INTER_AREA)
    return cv2.resize(coarse, (width, height), interpolation=cv2.INTER_LINEAR)
