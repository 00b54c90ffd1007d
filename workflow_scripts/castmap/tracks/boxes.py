"""Overlap of boxes."""

import numpy as np


def pairwise_iou(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Intersection over union of every box with every other.

    Args:
        first: [n, 4], x1, y1, x2, y2.
        second: [m, 4].

    Returns:
        float64 [n, m], 0..1; 0 where a box is empty.
    """
    return paired_iou(first[:, None], second[None])


def paired_iou(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Intersection over union of each box with the one in the same place.

    Args:
        first: [..., 4], x1, y1, x2, y2.
        second: [..., 4], of a shape that broadcasts with the first.

    Returns:
        float64 [...], 0..1; 0 where a box is empty.
    """
    first, second = first.astype(float), second.astype(float)
    shared = _shared_area(first, second)
    return _share(shared, _area(first) + _area(second) - shared)


def pairwise_containment(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """The share of the smaller box of each pair that lies in the larger; as pairwise_iou."""
    first, second = first[:, None].astype(float), second[None].astype(float)
    return _share(_shared_area(first, second), np.minimum(_area(first), _area(second)))


def _share(part: np.ndarray, whole: np.ndarray) -> np.ndarray:
    return np.divide(part, whole, out=np.zeros_like(part), where=whole > 0)


def _shared_area(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    start = np.maximum(first[..., :2], second[..., :2])
    end = np.minimum(first[..., 2:], second[..., 2:])
    return np.clip(end - start, 0, None).prod(axis=-1)


def _area(boxes: np.ndarray) -> np.ndarray:
    return (boxes[..., 2:] - boxes[..., :2]).prod(axis=-1)
