"""Align faces to the template that embeddings expect, and measure their quality."""

import cv2
import numpy as np

CROP_PX = 112
# Where the five landmarks lie in an aligned crop (Deng et al., ArcFace, CVPR 2019).
TEMPLATE = np.array(
    [
        [38.2946, 51.6963],
        [73.5318, 51.5014],
        [56.0252, 71.7366],
        [41.5493, 92.3655],
        [70.7299, 92.2041],
    ]
)


def similarity_to_template(landmarks: np.ndarray) -> np.ndarray:
    """The rotation, uniform scale and shift that best bring landmarks onto the template.

    Least squares in closed form: as complex numbers, template = a * landmark + b.

    Args:
        landmarks: [5, 2], pixels.

    Returns:
        float64 [2, 3], for cv2.warpAffine.
    """
    source = landmarks @ np.array([1, 1j])
    target = TEMPLATE @ np.array([1, 1j])
    centred = source - source.mean()
    spread = max(np.vdot(centred, centred).real, np.finfo(float).tiny)
    a = np.vdot(centred, target - target.mean()) / spread
    b = target.mean() - a * source.mean()
    return np.array([[a.real, -a.imag, b.real], [a.imag, a.real, b.imag]])


def template_misfit(landmarks: np.ndarray) -> np.ndarray:
    """How badly landmarks fit the template however they are rotated, scaled and shifted.

    Args:
        landmarks: [n, 5, 2], pixels.

    Returns:
        float64 [n]: the distance left, as a share of the template's size; 0 is a perfect fit, and a
        face in profile is 0.4 to 0.8. It is no sign of what is no face.
    """
    source = landmarks.astype(float) @ np.array([1, 1j])
    target = TEMPLATE @ np.array([1, 1j])
    source = source - source.mean(axis=1, keepdims=True)
    target = target - target.mean()
    shared = np.abs(source @ target.conj()) ** 2
    whole = (np.abs(source) ** 2).sum(axis=1) * (np.abs(target) ** 2).sum()
    share = shared / np.maximum(whole, np.finfo(float).tiny)
    return np.sqrt(np.maximum(1 / np.maximum(share, 1e-6) - 1, 0))


def align_face(frame: np.ndarray, landmarks: np.ndarray) -> np.ndarray:
    """Cut an aligned crop out of a frame; what lies outside the frame is black.

    Args:
        frame: uint8 [height, width, 3].
        landmarks: [5, 2], pixels of the frame.

    Returns:
        uint8 [112, 112, 3].
    """
    matrix = similarity_to_template(landmarks)
    # A face much larger than the crop is shrunk with averaging first: bilinear reading alone would
    # skip pixels and alias.
    shrink = min(1.0, 2 * float(np.hypot(matrix[0, 0], matrix[1, 0])))
    if shrink < 1:
        frame, landmarks = _around_crop(frame, landmarks, matrix)
        size = tuple(max(1, round(side * shrink)) for side in frame.shape[1::-1])
        factor = np.array([size[0] / frame.shape[1], size[1] / frame.shape[0]])
        frame = cv2.resize(frame, size, interpolation=cv2.INTER_AREA)
        matrix = similarity_to_template(landmarks * factor)
    return cv2.warpAffine(frame, matrix, (CROP_PX, CROP_PX), flags=cv2.INTER_LINEAR)


def _around_crop(
    frame: np.ndarray, landmarks: np.ndarray, matrix: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """The part of a frame that a crop shows, with a margin, and the landmarks in its pixels."""
    edge = np.array([-2, CROP_PX + 2])
    corners = np.stack(np.meshgrid(edge, edge), axis=-1).reshape(-1, 2)
    shown = (corners - matrix[:, 2]) @ np.linalg.pinv(matrix[:, :2]).T
    limits = np.array(frame.shape[1::-1])
    start = np.clip(np.floor(shown.min(axis=0)), 0, limits - 1).astype(int)
    end = np.clip(np.ceil(shown.max(axis=0)), start + 1, limits).astype(int)
    return frame[start[1] : end[1], start[0] : end[0]], landmarks - start


def landmarks_in_boxes(boxes: np.ndarray) -> np.ndarray:
    """Nominal landmarks for a detector that has none: the template, centred in each box.

    Args:
        boxes: [k, 4], x1, y1, x2, y2.

    Returns:
        float32 [k, 5, 2].
    """
    centres = (boxes[:, None, :2] + boxes[:, None, 2:]) / 2
    sides = (boxes[:, 2:] - boxes[:, :2]).max(axis=1)[:, None, None]
    return (centres + (TEMPLATE / CROP_PX - 0.5) * sides).astype(np.float32)


def blur(crop: np.ndarray) -> float:
    """Variance of the Laplacian of a crop's grey levels: low means blurred.

    Args:
        crop: uint8 [112, 112, 3], RGB.
    """
    grey = cv2.cvtColor(crop, cv2.COLOR_RGB2GRAY)
    return float(cv2.Laplacian(grey, cv2.CV_64F).var())


def yaw(landmarks: np.ndarray) -> float:
    """How far a head is turned, without a model: the nose's offset along the line of the eyes.

    Args:
        landmarks: [5, 2], pixels.

    Returns:
        Offset from the middle of the eyes, in eye distances; 0 is frontal, positive means the nose
        points to the viewer's right. Clipped to -2..2, which a full profile exceeds.
    """
    left, right, nose = landmarks[:3].astype(float)
    line = right - left
    squared = max(float(line @ line), np.finfo(float).tiny)
    return float(np.clip((nose - (left + right) / 2) @ line / squared, -2.0, 2.0))
