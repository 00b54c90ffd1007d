"""Run any mmdet detector over frames and return faces in the frames' own pixels."""

import copy

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
from castmap.faces.detection import (  # noqa: E402
    NO_FACES,
    FaceLimits,
    Faces,
    keep_faces,
    shrunk_size,
)
from castmap.formats.weights import fill_network  # noqa: E402

_LOADING = ("LoadImageFromFile", "LoadAnnotations")


class MmdetDetector:
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
        *,
        half: bool = True,
    ) -> None:
        """Build the detector.

        Args:
            config: an mmdet config, with a ``model`` and a test pipeline.
            state: the model's weights.
            device: where it runs.
            limits: which faces it finds and keeps.
            half: on a GPU it computes in half precision.

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
        self._half = half and device.type == "cuda"
        self.device = device

    @torch.inference_mode()
    def detect(self, frames: list[np.ndarray]) -> list[Faces]:
        """Find the faces of a batch of frames; see detection.FaceDetector."""
        if not frames:
            return []
        if min(shrunk_size(frames[0], self._limits.long_side_px)) < 1:
            return [NO_FACES] * len(frames)
        pipeline = self._pipeline(max(frames[0].shape[:2]))
        packed = [pipeline(_as_loaded(frame)) for frame in frames]
        batch = {key: [item[key] for item in packed] for key in packed[0]}
        with torch.autocast("cuda", enabled=self._half):
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
        found = found[found.labels == 0].cpu()
        boxes = found.bboxes.float().numpy()
        if "landmarks" in found:
            landmarks = found.landmarks.float().numpy()
        else:
            landmarks = landmarks_in_boxes(boxes)
        return keep_faces(boxes, found.scores.float().numpy(), landmarks, self._limits)


def _test_steps(config: Config) -> list[dict]:
    """The config's test pipeline from a decoded image on."""
    steps = config.get("test_pipeline") or config.test_dataloader.dataset.pipeline
    return [dict(step) for step in steps if step["type"] not in _LOADING]


def _as_loaded(frame: np.ndarray) -> dict:
    """A frame as mmdet's image loader would hand it on; mmdet's images are BGR."""
    shape = frame.shape[:2]
    bgr = cv2.cvtColor(frame, cv2.COLOR_RGB2BGR)
    return {"img": bgr, "img_shape": shape, "ori_shape": shape, "img_id": 0, "img_path": ""}
