"""CenterFace as an mmdet detector: face boxes and five landmarks from centre heat-maps.

Xu et al., "CenterFace: Joint Face Detection and Alignment Using Face as Point" (arXiv 1911.03599):
MobileNetV2, a small feature pyramid to a quarter of the input's resolution, and four 1x1 heads.
"""

import numpy as np
import onnx
import torch
from mmengine.model import BaseModule
from mmengine.structures import InstanceData
from onnx import numpy_helper
from torch import nn

from castmap.faces import mmcv_standin

mmcv_standin.install()

from mmcv.cnn import ConvModule  # noqa: E402 (the stand-in comes first)
from mmdet.models.backbones import MobileNetV2  # noqa: E402
from mmdet.registry import MODELS  # noqa: E402

from castmap.faces.centerface_graph import NORM_EPS  # noqa: E402
from castmap.faces.centerface_maps import read_maps  # noqa: E402

# In no catalogue: ``faces.model`` is this one, or an mmdet config.
MEMBER = {
    "weights": {
        "original": "centerface.onnx",
        "imported_sha256": "ae63f0c870d092c7c9aa11d7cd8da57fdb1e74c8b3b3f246773fbc72a01c606f",
    },
}
_RELU = {"type": "ReLU"}


@MODELS.register_module()
class CenterFaceBackbone(MobileNetV2):
    """MobileNetV2 without its last 1x1 convolution, which CenterFace does not have."""

    def __init__(self, **settings: object) -> None:
        super().__init__(**settings)
        del self.conv2
        self.layers.remove("conv2")


@MODELS.register_module()
class CenterFaceNeck(BaseModule):
    """From maps at 1/4 to 1/32 of the input, fine to coarse, to one map at 1/4."""

    def __init__(self, in_channels: tuple[int, ...], channels: int) -> None:
        super().__init__()
        self.lateral = nn.ModuleList(
            ConvModule(inputs, channels, 1, act_cfg=_RELU) for inputs in in_channels
        )
        self.up = nn.ModuleList(
            nn.Sequential(
                nn.ConvTranspose2d(channels, channels, 2, 2, bias=False),
                nn.BatchNorm2d(channels, eps=NORM_EPS),
                nn.ReLU(),
            )
            for _ in in_channels[1:]
        )
        self.out = ConvModule(channels, channels, 3, padding=1, act_cfg=_RELU)

    def forward(self, maps: tuple[torch.Tensor, ...]) -> torch.Tensor:
        """Merge the maps, coarse to fine."""
        merged = self.lateral[-1](maps[-1])
        for level in reversed(range(len(self.up))):
            merged = self.up[level](merged) + self.lateral[level](maps[level])
        return self.out(merged)


@MODELS.register_module()
class CenterFaceHead(BaseModule):
    """At each point: is it a face's centre, how large, how far off, and where the landmarks are."""

    def __init__(self, channels: int, train_cfg: dict | None = None, test_cfg: dict | None = None):
        super().__init__()
        self.test_cfg = test_cfg
        self.centre = nn.Conv2d(channels, 1, 1)
        self.size = nn.Conv2d(channels, 2, 1)
        self.offset = nn.Conv2d(channels, 2, 1)
        self.landmarks = nn.Conv2d(channels, 10, 1)

    def forward(self, maps: torch.Tensor) -> tuple[torch.Tensor, ...]:
        """Heat-map (1 channel), log size (2), offset (2), landmarks (10), each y before x."""
        return (
            self.centre(maps).sigmoid(),
            self.size(maps),
            self.offset(maps),
            self.landmarks(maps),
        )

    def predict(
        self, maps: torch.Tensor, batch_data_samples: list, rescale: bool = False
    ) -> list[InstanceData]:
        """Faces of each image: bboxes, scores, labels, landmarks [k, 5, 2] in x, y.

        Coordinates are those of the image before resizing where ``rescale`` is set.
        """
        outputs = [output.float().cpu().numpy() for output in self(maps)]
        return [
            self._faces([output[index] for output in outputs], sample.metainfo, rescale)
            for index, sample in enumerate(batch_data_samples)
        ]

    def _faces(self, outputs: list[np.ndarray], about: dict, rescale: bool) -> InstanceData:
        assert self.test_cfg is not None
        boxes, scores, landmarks = read_maps(
            *outputs,
            shape=about["img_shape"][:2],
            min_score=self.test_cfg["score_thr"],
            max_overlap=self.test_cfg["nms"]["iou_threshold"],
        )
        factor = np.array(about["scale_factor"] if rescale else (1, 1), np.float32)
        return InstanceData(
            bboxes=torch.from_numpy(boxes / np.tile(factor, 2)),
            scores=torch.from_numpy(scores),
            labels=torch.zeros(len(scores), dtype=torch.int64),
            landmarks=torch.from_numpy(landmarks / factor),
        )


def import_weights(original: bytes) -> dict[str, torch.Tensor]:
    """Read the weights of the published ONNX file, which lists its convolutions in our order.

    Args:
        original: the ONNX file.

    Returns:
        The state dict of the detector in centerface_config.

    Raises:
        ValueError: the file does not hold this network.
    """
    graph = onnx.load_model_from_string(original).graph
    arrays = {item.name: torch.tensor(numpy_helper.to_array(item)) for item in graph.initializer}
    inputs = {
        kind: [node.input for node in graph.node if node.op_type == kind]
        for kind in ("Conv", "ConvTranspose", "BatchNormalization")
    }
    backbone = CenterFaceBackbone(norm_cfg=None)
    names = [
        f"backbone.{name}"
        for name, module in backbone.named_modules()
        if isinstance(module, nn.Conv2d)
    ]
    names += [f"neck.lateral.{level}.conv" for level in (3, 2, 1, 0)]
    names += ["neck.out.conv"]
    names += [f"bbox_head.{name}" for name in ("centre", "size", "offset", "landmarks")]
    if [len(names), 3, 3] != [len(found) for found in inputs.values()]:
        raise ValueError("not the CenterFace network: other layers than expected")
    state = {}
    for name, (_, weight, bias) in zip(names, inputs["Conv"], strict=True):
        state[f"{name}.weight"], state[f"{name}.bias"] = arrays[weight], arrays[bias]
    for level, (_, weight) in zip((2, 1, 0), inputs["ConvTranspose"], strict=True):
        state[f"neck.up.{level}.0.weight"] = arrays[weight]
    parts = ("weight", "bias", "running_mean", "running_var")
    for level, (_, *norm) in zip((2, 1, 0), inputs["BatchNormalization"], strict=True):
        for part, source in zip(parts, norm, strict=True):
            state[f"neck.up.{level}.1.{part}"] = arrays[source]
    return state
