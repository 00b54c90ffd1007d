"""Reading faces from CenterFace's four maps, whichever engine has computed them."""

import cv2
import numpy as np

_STRIDE = 4


def read_maps(
    heat: np.ndarray,
    size: np.ndarray,
    offset: np.ndarray,
    landmarks: np.ndarray,
    *,
    shape: tuple[int, int],
    min_score: float,
    max_overlap: float,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The faces of one image: boxes, scores and landmarks, best first; see detection.Faces.

    Args:
        heat: float32 [1, h, w], how surely each point is a face's centre.
        size: float32 [2, h, w], logarithms; as all that follows y before x.
        offset: float32 [2, h, w], of the centre from the point.
        landmarks: float32 [10, h, w], relative to the box.
        shape: height and width in px of the image, without what it was padded by.
        min_score: less certain points are no faces.
        max_overlap: of two boxes of a higher IoU the less certain one is dropped.
    """
    row, column = np.nonzero(heat[0] >= min_score)
    scores = heat[0, row, column]
    sides = np.exp(size[:, row, column]) * _STRIDE
    centre = np.stack([row, column]).astype(np.float32) + offset[:, row, column] + 0.5
    start = centre * _STRIDE - sides / 2
    points = landmarks[:, row, column].reshape(5, 2, -1) * sides + start
    end = start + sides
    boxes = np.stack([start[1], start[0], end[1], end[0]], axis=1)
    boxes = boxes.clip(0, np.tile(np.array(shape[::-1], np.float32), 2))
    kept = _without_duplicates(boxes, scores, max_overlap)
    return boxes[kept], scores[kept], points.transpose(2, 0, 1)[kept, :, ::-1]


def _without_duplicates(boxes: np.ndarray, scores: np.ndarray, max_overlap: float) -> np.ndarray:
    """Indices of the boxes that overlap with no better one, best first."""
    if not len(boxes):
        return np.zeros(0, int)
    corners_and_sides = np.concatenate([boxes[:, :2], boxes[:, 2:] - boxes[:, :2]], axis=1)
    # Scores are above its own limit already.
    kept = cv2.dnn.NMSBoxes(corners_and_sides.tolist(), scores.tolist(), 0.0, max_overlap)
    return np.asarray(kept, int)
