"""A backbone out of an ONNX file: what it is given, and which files are refused."""

import numpy as np
import onnx
import pytest
import torch
from onnx import TensorProto, helper, numpy_helper

from castmap.console import InputError
from castmap.embedding.backbones.onnx import MEMBER, OnnxEmbedder

CPU = torch.device("cpu")
DEFAULTS = {name: given["default"] for name, given in MEMBER["parameters"].items()}
DEFAULTS.pop("path")


@pytest.fixture
def save(tmp_path):
    """Write a network that takes the mean of each channel: [n, 3, height, width] to [n, 3]."""

    def write(shape=("n", 3, 112, 112), kind=TensorProto.FLOAT, outputs=1, nodes=None):
        nodes = nodes or [
            helper.make_node("GlobalAveragePool", ["crops"], ["pooled"]),
            helper.make_node("Flatten", ["pooled"], ["rows"]),
        ]
        taken = [helper.make_tensor_value_info("crops", kind, shape)]
        made = [
            helper.make_tensor_value_info(name, kind, None) for name in ("rows", "pooled")[:outputs]
        ]
        model = helper.make_model(
            helper.make_graph(nodes, "means", taken, made),
            opset_imports=[helper.make_opsetid("", 17)],
            ir_version=9,
        )
        path = tmp_path / "means.onnx"
        onnx.save(model, path)
        return path

    return write


@pytest.fixture
def crops():
    """Two crops of one colour each, whose outer eight columns on either side are white."""
    crops = np.empty((2, 112, 112, 3), np.uint8)
    crops[0], crops[1] = (200, 100, 50), (10, 20, 30)
    crops[:, :, :8] = crops[:, :, -8:] = 255
    return crops


def unit(*rows):
    rows = np.array(rows, float)
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def opened(path, **changes):
    return OnnxEmbedder(path, CPU, **(DEFAULTS | changes))


@pytest.mark.parametrize("batch", ["n", 1, 0])
def test_a_network_is_given_the_pixels_that_it_asks_for(save, crops, batch):
    path = save(shape=(batch, 3, 112, 96) if batch != 0 else (None, 3, None, None))
    narrow = opened(path, crop="sphereface")
    assert narrow.dimension == 3
    rows = narrow.embed(crops)
    assert rows.dtype == np.float32
    assert rows == pytest.approx(unit((72.5, -27.5, -77.5), (-117.5, -107.5, -97.5)), abs=1e-4)
    flipped = opened(path, crop="sphereface", channel_order="BGR", mean=0, scale=1)
    assert flipped.embed(crops) == pytest.approx(unit((50, 100, 200), (30, 20, 10)), abs=1e-4)


def test_a_square_crop_is_the_whole_crop_at_the_size_that_is_taken(save, crops):
    means = crops.astype(float).mean(axis=(1, 2))
    rows = opened(save(("n", 3, 56, 56)), size_px=56, mean=0).embed(crops)
    assert rows == pytest.approx(unit(*means), abs=2e-2)
    rows = opened(save(), mean=0).embed(crops)
    assert rows == pytest.approx(unit(*means), abs=1e-4)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"shape": ("n", 3, 160, 160)}, r"shape \['n', 3, 160, 160\]; .*size_px and crop it is"),
        ({"shape": ("n", 112, 112, 3)}, r"is given tensor\(float\) of shape \[n, 3, 112, 112\]"),
        ({"shape": (4, 3, 112, 112)}, "export it with a free batch axis, or one of 1"),
        ({"kind": TensorProto.FLOAT16}, r"takes tensor\(float16\)"),
        ({"outputs": 2}, "has 1 inputs and 2 outputs; a backbone has one of each"),
        (
            {"nodes": [helper.make_node("Relu", ["crops"], ["rows"])]},
            r"makes an array of shape \(1, 3, 112, 112\) of one crop",
        ),
        ({"nodes": [helper.make_node("NoSuchLayer", ["crops"], ["rows"])]}, "NoSuchLayer"),
    ],
)
def test_a_network_that_is_no_backbone_is_refused(save, given, said):
    with pytest.raises(InputError, match=said) as refused:
        opened(save(**given))
    assert "means.onnx" in str(refused.value)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize("content", [b"", b"no network at all, but a text"])
def test_a_file_that_is_no_network_is_refused(tmp_path, content):
    path = tmp_path / "text.onnx"
    path.write_bytes(content)
    with pytest.raises(InputError, match=r"text\.onnx: (not in ONNX's format|has 0 inputs)"):
        opened(path)
    path.unlink()
    with pytest.raises(InputError, match=r"text\.onnx: No such file"):
        opened(path)


def test_weights_in_another_file_are_refused(tmp_path):
    """What counts as the network is one file."""
    weights = numpy_helper.from_array(np.zeros((3, 5000), np.float32), "w")
    nodes = [
        helper.make_node("GlobalAveragePool", ["crops"], ["pooled"]),
        helper.make_node("Flatten", ["pooled"], ["flat"]),
        helper.make_node("MatMul", ["flat", "w"], ["rows"]),
    ]
    taken = [helper.make_tensor_value_info("crops", TensorProto.FLOAT, ("n", 3, 112, 112))]
    made = [helper.make_tensor_value_info("rows", TensorProto.FLOAT, ("n", 5000))]
    graph = helper.make_graph(nodes, "big", taken, made, [weights])
    path = tmp_path / "big.onnx"
    onnx.save(helper.make_model(graph), path, save_as_external_data=True)
    with pytest.raises(InputError, match="its weights lie in another file"):
        opened(path)
