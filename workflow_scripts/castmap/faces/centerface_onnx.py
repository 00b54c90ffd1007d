"""CenterFace on a CPU, run by onnxruntime: what ``centerface`` finds in mmdet, in half the time."""

from collections.abc import Mapping

import cv2
import numpy as np
import onnxruntime
import torch

from castmap.compute.onnx_sessions import CPU, session_options
from castmap.faces import centerface_config
from castmap.faces.centerface_graph import INPUT, build_graph
from castmap.faces.centerface_maps import read_maps
from castmap.faces.detection import NO_FACES, FaceLimits, Faces, keep_faces, shrunk_size

_MULTIPLE_PX = centerface_config.model["data_preprocessor"]["pad_size_divisor"]
_TEST = centerface_config.model["test_cfg"]


class OnnxCenterFace:
    """A detector by CenterFace's weights; see detection.FaceDetector."""

    def __init__(self, state: Mapping[str, torch.Tensor], limits: FaceLimits) -> None:
        """Put the network together.

        Args:
            state: the state dict of the detector in centerface_config.
            limits: which faces it finds and keeps.
        """
        self.device = torch.device("cpu")
        graph = build_graph({name: tensor.numpy() for name, tensor in state.items()})
        self._session = onnxruntime.InferenceSession(
            graph.SerializeToString(), session_options(), [CPU]
        )
        self._limits = limits
        self._min_score = max(limits.min_score, _TEST["score_thr"])

    def detect(self, frames: list[np.ndarray]) -> list[Faces]:
        """Find the faces of a batch of frames; see detection.FaceDetector."""
        if not frames:
            return []
        shape = shrunk_size(frames[0], self._limits.long_side_px)
        if min(shape) < 1:
            return [NO_FACES] * len(frames)
        maps = self._session.run(None, {INPUT: _to_pixels(frames, shape)})
        scale = np.divide(shape, frames[0].shape[:2]).astype(np.float32)[::-1]
        return [self._faces(own, shape, scale) for own in zip(*maps, strict=True)]

    def _faces(
        self, maps: tuple[np.ndarray, ...], shape: tuple[int, int], scale: np.ndarray
    ) -> Faces:
        """The faces of a frame that was seen in ``shape``; ``scale`` in x and y."""
        boxes, scores, landmarks = read_maps(
            *maps,
            shape=shape,
            min_score=self._min_score,
            max_overlap=_TEST["nms"]["iou_threshold"],
        )
        return keep_faces(boxes / np.tile(scale, 2), scores, landmarks / scale, self._limits)


def _to_pixels(frames: list[np.ndarray], shape: tuple[int, int]) -> np.ndarray:
    """Frames as the network takes them: shrunk to ``shape``, and padded with zeros."""
    height, width = shape
    padded = (height + -height % _MULTIPLE_PX, width + -width % _MULTIPLE_PX)
    pixels = np.zeros((len(frames), 3, *padded), np.float32)
    for own, frame in zip(pixels, frames, strict=True):
        own[:, :height, :width] = cv2.resize(frame, (width, height)).transpose(2, 0, 1)
    return pixels
