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
    shared, first_area, second_area = _areas(first, second)
    union = first_area[:, None] + second_area[None] - shared
    return np.divide(shared, union, out=np.zeros_like(shared), where=union > 0)


def paired_iou(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Intersection over union of each box with the one in the same row.

    Args:
        first: [n, 4], x1, y1, x2, y2.
        second: [n, 4].

    Returns:
        float64 [n], 0..1; 0 where a box is empty.
    """
    first, second = first.astype(float), second.astype(float)
    shared = _shared_area(first, second)
    union = _area(first) + _area(second) - shared
    return np.divide(shared, union, out=np.zeros_like(shared), where=union > 0)


def pairwise_containment(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """The share of the smaller box of each pair that lies in the larger; arguments as above."""
    shared, first_area, second_area = _areas(first, second)
    smaller = np.minimum(first_area[:, None], second_area[None])
    return np.divide(shared, smaller, out=np.zeros_like(shared), where=smaller > 0)


def _areas(first: np.ndarray, second: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    first, second = first.astype(float), second.astype(float)
    shared = _shared_area(first[:, None], second[None])
    return shared, _area(first), _area(second)


def _shared_area(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    start = np.maximum(first[..., :2], second[..., :2])
    end = np.minimum(first[..., 2:], second[..., 2:])
    return np.clip(end - start, 0, None).prod(axis=-1)


def _area(boxes: np.ndarray) -> np.ndarray:
    return (boxes[:, 2:] - boxes[:, :2]).prod(axis=1)
