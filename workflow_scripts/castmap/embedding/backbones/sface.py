"""SFace: the face embedding of Zhong et al. (IEEE TIP 2021) as a trainable torch module.

The network is a MobileNet of depthwise separable convolutions with PReLU, trained with the
sigmoid-constrained hypersphere loss. Weights come from the OpenCV Zoo's ONNX file.
"""

import numpy as np
import onnx
import torch
from onnx import numpy_helper
from torch import nn

MEMBER = {
    "order": 1,
    "size_px": 112,
    "last_block": ["features.25", "features.26", "project."],
    "weights": {
        "original": "sface.onnx",
        "imported_sha256": "cfeb2fd3d0de62ab9ffcd2e6e8a9b9d554d3eef78dccc2f2490583fa124bf546",
    },
}
_DIMENSION = 128
_TRUNK = 25  # units below the last block
_EPS_CONV, _EPS_OUTPUT = 1e-3, 2e-5
# Output channels and stride of the depthwise separable blocks 2 to 14.
_BLOCKS = (
    (64, 1),
    (128, 2),
    (128, 1),
    (256, 2),
    (256, 1),
    (512, 2),
    (512, 1),
    (512, 1),
    (512, 1),
    (512, 1),
    (512, 1),
    (1024, 2),
    (1024, 1),
)


def _unit(inputs: int, outputs: int, kernel: int, stride: int, groups: int) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(inputs, outputs, kernel, stride, kernel // 2, groups=groups, bias=False),
        nn.BatchNorm2d(outputs, eps=_EPS_CONV),
        nn.PReLU(outputs),
    )


class SFace(nn.Module):
    """Aligned face crops to embeddings.

    Input: [n, 3, 112, 112] RGB, 0..255. Output: [n, 128], not normalised; compare by cosine.
    """

    def __init__(self) -> None:
        super().__init__()
        units = [_unit(3, 32, 3, 1, 1)]
        channels = 32
        for outputs, stride in _BLOCKS:
            units.append(_unit(channels, channels, 3, stride, channels))
            units.append(_unit(channels, outputs, 1, 1, 1))
            channels = outputs
        self.features = nn.Sequential(*units)
        self.features_norm = nn.BatchNorm2d(channels, eps=_EPS_OUTPUT)
        self.dropout = nn.Dropout(0.5)
        self.project = nn.Linear(channels * 7 * 7, _DIMENSION)
        self.project_norm = nn.BatchNorm1d(_DIMENSION, eps=_EPS_OUTPUT)

    def forward(self, crops: torch.Tensor) -> torch.Tensor:
        """Embed crops; see the class."""
        return self.last_block(self.trunk(crops))

    def trunk(self, crops: torch.Tensor) -> torch.Tensor:
        """What the last block takes: [n, 1024, 7, 7]."""
        return self.features[:_TRUNK]((crops - 127.5) / 128.0)

    def last_block(self, maps: torch.Tensor) -> torch.Tensor:
        """Embeddings of what trunk returned."""
        maps = self.features[_TRUNK:](maps)
        flat = self.dropout(self.features_norm(maps)).flatten(1)
        return self.project_norm(self.project(flat))


def build() -> nn.Module:
    """The network, without its weights."""
    return SFace()


def import_weights(original: bytes) -> dict[str, torch.Tensor]:
    """Read the weights of the OpenCV Zoo's SFace file, whose convolutions are int8 blocks.

    Args:
        original: the ONNX file.

    Returns:
        The state dict of SFace.

    Raises:
        ValueError: the file does not hold this network.
    """
    arrays = _arrays(onnx.load_model_from_string(original).graph)
    units = ["conv_1", *(f"conv_{i}{part}" for i in range(2, 15) for part in ("_dw", ""))]
    state = {}
    try:
        for index, unit in enumerate(units):
            state[f"features.{index}.0.weight"] = arrays[f"{unit}_conv2d_weight_reshaped"]
            _import_norm(state, f"features.{index}.1", arrays, f"{unit}_batchnorm")
            state[f"features.{index}.2.weight"] = arrays[f"{unit}_relu_gamma"].reshape(-1)
        _import_norm(state, "features_norm", arrays, "bn1")
        state["project.weight"] = arrays["pre_fc1_weight_dequantized"]
        state["project.bias"] = arrays["pre_fc1_bias_dequantized"]
        _import_norm(state, "project_norm", arrays, "fc1")
    except KeyError as error:
        raise ValueError(f"not the SFace network: {error} is missing") from error
    return {name: torch.tensor(array, dtype=torch.float32) for name, array in state.items()}


def _import_norm(state: dict, name: str, arrays: dict[str, np.ndarray], source: str) -> None:
    state[f"{name}.weight"] = arrays[f"{source}_gamma"]
    state[f"{name}.bias"] = arrays[f"{source}_beta"]
    state[f"{name}.running_mean"] = arrays[f"{source}_moving_mean"]
    state[f"{name}.running_var"] = arrays[f"{source}_moving_var"]


def _arrays(graph: onnx.GraphProto) -> dict[str, np.ndarray]:
    """All constant arrays of the graph by name, with quantised ones restored."""
    arrays = {item.name: numpy_helper.to_array(item) for item in graph.initializer}
    for node in graph.node:
        attributes = {a.name: onnx.helper.get_attribute_value(a) for a in node.attribute}
        if node.op_type == "Constant":
            arrays[node.output[0]] = numpy_helper.to_array(attributes["value"])
        elif node.op_type == "DequantizeLinear":
            values, scale, zero = (arrays[name].astype(np.float32) for name in node.input)
            axis, block = attributes.get("axis", 1), attributes.get("block_size", 0)
            arrays[node.output[0]] = _dequantised(values, scale, zero, axis, block)
        elif node.op_type == "Reshape" and node.input[0] in arrays:
            arrays[node.output[0]] = arrays[node.input[0]].reshape(arrays[node.input[1]])
    return arrays


def _dequantised(
    values: np.ndarray, scale: np.ndarray, zero: np.ndarray, axis: int, block: int
) -> np.ndarray:
    """ONNX DequantizeLinear, with one scale per block of ``block`` values along ``axis``."""
    if block:
        length = values.shape[axis]
        scale, zero = (np.repeat(a, block, axis).take(range(length), axis) for a in (scale, zero))
    return (values - zero) * scale
