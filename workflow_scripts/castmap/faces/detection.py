"""Run any mmdet detector over frames and return faces in the frames' own pixels."""

import copy
from dataclasses import dataclass

import cv2
import numpy as np
import torch
from mmengine.config import Config
from mmengine.registry import init_default_scope
from mmengine.structures import InstanceData

from castmap.faces import mmcv_standin

mmcv_standin.install()

import mmdet.models  # noqa: E402, F401 (registers the detectors; the stand-in comes first)
from mmcv.transforms import Compose  # noqa: E402
from mmdet.registry import MODELS  # noqa: E402

from castmap.faces.alignment import landmarks_in_boxes  # noqa: E402
from castmap.formats.weights import fill_network  # noqa: E402

_LOADING = ("LoadImageFromFile", "LoadAnnotations")


@dataclass(frozen=True)
class Faces:
    """The faces of one frame, best first.

    boxes: float32 [k, 4], x1, y1, x2, y2 in pixels; scores: float32 [k];
    landmarks: float32 [k, 5, 2] in pixels: eyes, nose, corners of the mouth, viewer's left first.
    """

    boxes: np.ndarray
    scores: np.ndarray
    landmarks: np.ndarray


_NO_FACES = Faces(*(np.zeros((0, *shape), np.float32) for shape in ((4,), (), (5, 2))))


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


class FaceDetector:
    """An mmdet detector with its test pipeline.

    Of a detector of several classes, class 0 is taken for faces. A detector without landmarks gets
    nominal ones from its boxes (see alignment.landmarks_in_boxes).
    """

    def __init__(
        self,
        config: Config,
        state: dict[str, torch.Tensor],
        device: torch.device,
        limits: FaceLimits,
    ) -> None:
        """Build the detector.

        Args:
            config: an mmdet config, with a ``model`` and a test pipeline.
            state: the model's weights.
            device: where it runs; on a GPU in half precision.
            limits: which faces it finds and keeps.

        Raises:
            RuntimeError: the weights are another model's.
        """
        init_default_scope("mmdet")
        layers = copy.deepcopy(config.model)
        if "backbone" in layers:
            layers.backbone.init_cfg = None  # weights are given; none are to be fetched
        model = MODELS.build(layers)
        fill_network(model, state, "the detector")
        self._model = model.to(device, memory_format=torch.channels_last).eval()
        self._steps = _test_steps(config)
        self._limits = limits
        self.device = device

    @torch.inference_mode()
    def detect(self, frames: list[np.ndarray]) -> list[Faces]:
        """Find the faces of a batch of frames.

        Args:
            frames: uint8 [height, width, 3], RGB, all of one size.
        """
        if not frames:
            return []
        short, long = sorted(frames[0].shape[:2])
        if round(short * min(1, self._limits.long_side_px / long)) < 1:
            return [_NO_FACES] * len(frames)  # shrunk, such a strip is less than a pixel high
        pipeline = self._pipeline(long)
        packed = [pipeline(_as_loaded(frame)) for frame in frames]
        batch = {key: [item[key] for item in packed] for key in packed[0]}
        with torch.autocast("cuda", enabled=self.device.type == "cuda"):
            results = self._model.test_step(batch)
        return [self._selected(result.pred_instances) for result in results]

    def _pipeline(self, long_side: int) -> Compose:
        side = min(self._limits.long_side_px, long_side)
        steps = copy.deepcopy(self._steps)
        for step in steps:
            if step["type"] == "Resize":
                step["scale"] = (side, side)
        return Compose(steps)

    def _selected(self, found: InstanceData) -> Faces:
        found = found[(found.labels == 0) & (found.scores >= self._limits.min_score)].cpu()
        boxes = found.bboxes.float().numpy()
        large = np.minimum(boxes[:, 2] - boxes[:, 0], boxes[:, 3] - boxes[:, 1])
        order = np.argsort(-found.scores.numpy(), kind="stable")
        order = order[large[order] >= self._limits.min_size_px]
        if "landmarks" in found:
            landmarks = found.landmarks.float().numpy()
        else:
            landmarks = landmarks_in_boxes(boxes)
        return Faces(boxes[order], found.scores.float().numpy()[order], landmarks[order])


def _test_steps(config: Config) -> list[dict]:
    """The config's test pipeline from a decoded image on."""
    steps = config.get("test_pipeline") or config.test_dataloader.dataset.pipeline
    return [dict(step) for step in steps if step["type"] not in _LOADING]


def _as_loaded(frame: np.ndarray) -> dict:
    """A frame as mmdet's image loader would hand it on; mmdet's images are BGR."""
    shape = frame.shape[:2]
    bgr = cv2.cvtColor(frame, cv2.COLOR_RGB2BGR)
    return {"img": bgr, "img_shape": shape, "ori_shape": shape, "img_id": 0, "img_path": ""}
