"""CenterFace as an ONNX graph with given weights: what onnxruntime runs on a CPU.

The network is the one of ``centerface``, which defines it, and a test holds the two together. The
graph is put together from the weights each time, in a hundredth of a second: it takes neither
mmdet, whose import takes seconds, nor a second file of the same numbers.
"""

from collections.abc import Mapping

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

INPUT = "pixels"
"""Float32 [n, 3, height, width], RGB, 0..255, sides divisible by 32."""
MAPS = ("heat", "size", "offset", "landmarks")
"""The outputs; see centerface_maps.read_maps."""
NORM_EPS = 1e-3
"""Of the batch normalisations in the neck."""

# The backbone's stages: how many blocks, and the stride of the first.
_STAGES = {1: (1, 1), 2: (2, 2), 3: (3, 2), 4: (4, 2), 5: (3, 1), 6: (3, 2), 7: (1, 1)}
# Those whose results the neck takes, fine to coarse.
_TAKEN = (2, 3, 5, 7)
_NORM = ("weight", "bias", "running_mean", "running_var")
_OPSET, _IR_VERSION = 17, 8


def build_graph(state: Mapping[str, np.ndarray]) -> onnx.ModelProto:
    """The network from its input to its four maps, for images of any number and size.

    Args:
        state: the state dict of the detector in centerface_config, float32.

    Raises:
        KeyError: the state is another network's.
    """
    graph = _Graph(state)
    maps = _neck(graph, _backbone(graph))
    centre = graph.convolve(maps, "bbox_head.centre", relu=False)
    graph.add("Sigmoid", [centre], output=MAPS[0])
    for name in MAPS[1:]:
        graph.convolve(maps, f"bbox_head.{name}", relu=False, output=name)
    return graph.model()


class _Graph:
    """Nodes and weights so far; what adds a node returns the name of its result."""

    def __init__(self, state: Mapping[str, np.ndarray]) -> None:
        self._state = state
        self._nodes: list[onnx.NodeProto] = []
        self._weights: list[TensorProto] = []

    def add(self, kind: str, inputs: list[str], output: str | None = None, **settings) -> str:
        output = output or f"{len(self._nodes)}"
        self._nodes.append(helper.make_node(kind, inputs, [output], **settings))
        return output

    def weight(self, name: str) -> str:
        self._weights.append(numpy_helper.from_array(self._state[name], name))
        return name

    def convolve(
        self, x: str, name: str, *, stride: int = 1, relu: bool = True, output: str | None = None
    ) -> str:
        """A convolution that keeps the size, but for its stride: depthwise if its weights are."""
        filters, channels, kernel, _ = self._state[f"{name}.weight"].shape
        y = self.add(
            "Conv",
            [x, self.weight(f"{name}.weight"), self.weight(f"{name}.bias")],
            None if relu else output,
            kernel_shape=[kernel] * 2,
            pads=[kernel // 2] * 4,
            strides=[stride] * 2,
            group=filters if channels == 1 else 1,
        )
        return self.add("Relu", [y], output) if relu else y

    def enlarge(self, x: str, name: str) -> str:
        """Twice the size: a transposed convolution and its normalisation."""
        weight = self.weight(f"{name}.0.weight")
        y = self.add("ConvTranspose", [x, weight], kernel_shape=[2, 2], strides=[2, 2])
        norm = [self.weight(f"{name}.1.{part}") for part in _NORM]
        return self.add("Relu", [self.add("BatchNormalization", [y, *norm], epsilon=NORM_EPS)])

    def model(self) -> onnx.ModelProto:
        image = [_maps(INPUT, 3)]
        maps = [_maps(name, count) for name, count in zip(MAPS, (1, 2, 2, 10), strict=True)]
        graph = helper.make_graph(self._nodes, "centerface", image, maps, self._weights)
        opset = [helper.make_opsetid("", _OPSET)]
        return helper.make_model(graph, opset_imports=opset, ir_version=_IR_VERSION)


def _backbone(graph: _Graph) -> list[str]:
    """MobileNetV2: the results of the stages that the neck takes."""
    x = graph.convolve(INPUT, "backbone.conv1.conv", stride=2)
    results = {}
    for stage, (count, stride) in _STAGES.items():
        for index in range(count):
            name = f"backbone.layer{stage}.{index}"
            if index:
                x = graph.add("Add", [x, _block(graph, x, name, widened=True)])
            else:
                x = _block(graph, x, name, widened=stage > 1, stride=stride)
        results[stage] = x
    return [results[stage] for stage in _TAKEN]


def _block(graph: _Graph, x: str, name: str, *, widened: bool, stride: int = 1) -> str:
    """An inverted residual block, without what goes past it."""
    if widened:
        x = graph.convolve(x, f"{name}.expand_conv.conv")
    x = graph.convolve(x, f"{name}.depthwise_conv.conv", stride=stride)
    return graph.convolve(x, f"{name}.linear_conv.conv", relu=False)


def _neck(graph: _Graph, maps: list[str]) -> str:
    """The maps merged, coarse to fine."""
    lateral = [graph.convolve(x, f"neck.lateral.{level}.conv") for level, x in enumerate(maps)]
    merged = lateral[-1]
    for level in reversed(range(len(lateral) - 1)):
        merged = graph.add("Add", [graph.enlarge(merged, f"neck.up.{level}"), lateral[level]])
    return graph.convolve(merged, "neck.out.conv")


def _maps(name: str, channels: int) -> onnx.ValueInfoProto:
    """What comes in or goes out, of any number, height and width."""
    shape: list[str | int | None] = ["n", channels, f"{name}_height", f"{name}_width"]
    return helper.make_tensor_value_info(name, TensorProto.FLOAT, shape)
