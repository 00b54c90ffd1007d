"""A network of your own, given as an ONNX file.

onnxruntime runs it as it is. It is embedded by, and a head can be adapted on its embeddings; it
cannot be trained itself.

The crops in faces.zip follow ArcFace's template (castmap.faces.alignment). A network whose template
shows no more than they do can take them; one of a wider template cannot: what lies around a crop is
not kept.
"""

from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import torch
import torch.nn.functional as F
from google.protobuf.message import DecodeError
from onnx.external_data_helper import uses_external_data
from onnxruntime.capi import onnxruntime_pybind11_state as states

from castmap.compute.onnx_sessions import CPU, session_options
from castmap.console import InputError, logger

MEMBER = {
    "order": 3,
    "parameters": {
        "path": {
            "type": ["string", "null"],
            "format": "file",
            "default": None,
            "description": "the path of an ONNX file; null where the model is another one",
        },
        "size_px": {
            "type": "integer",
            "minimum": 32,
            "maximum": 1024,
            "default": 112,
            "description": "the height of the crops that the network takes, 32 to 1024 pixels",
        },
        "crop": {
            "enum": ["arcface", "sphereface"],
            "default": "arcface",
            "description": "arcface (a square, as of ArcFace, AdaFace, MagFace and SFace) or "
            "sphereface (6/7 as wide, as of SphereFace and CosFace)",
        },
        "channel_order": {
            "enum": ["RGB", "BGR"],
            "default": "RGB",
            "description": "RGB or BGR: the order of the channels that the network takes",
        },
        "mean": {
            "type": "number",
            "minimum": 0,
            "maximum": 255,
            "default": 127.5,
            "description": "a number, 0 to 255: subtracted from the pixels, which are 0 to 255",
        },
        "scale": {
            "type": "number",
            "exclusiveMinimum": 0,
            "maximum": 255,
            "default": 127.5,
            "description": "a number above 0, 255 at most: divides the pixels, less the mean",
        },
    },
}
# The columns of a crop of 112 pixels that a template shows; it lies in them as in ours.
_COLUMNS = {"arcface": slice(0, 112), "sphereface": slice(8, 104)}
_CROP_PX = 112
_CUDA = "CUDAExecutionProvider"
_FLOAT32 = "tensor(float)"
_KEY = "embedding.backbones.onnx"
_FAULTS = (
    states.Fail,
    states.InvalidArgument,
    states.InvalidGraph,
    states.InvalidProtobuf,
    states.NotImplemented,
    states.RuntimeException,
)


class OnnxEmbedder:
    """An embedder by an ONNX file; see castmap.embedding.networks.Embedder."""

    def __init__(
        self,
        path: Path,
        device: torch.device,
        *,
        size_px: int,
        crop: str,
        channel_order: str,
        mean: float,
        scale: float,
    ) -> None:
        """Open the file.

        Args:
            path: of the file.
            device: a GPU is used if the installed onnxruntime can.
            size_px: the height of the crops that it takes.
            crop: their template, arcface or sphereface.
            channel_order: RGB or BGR.
            mean: subtracted from pixels of 0 to 255.
            scale: divides what is left.

        Raises:
            InputError: the file is no network that embeds such crops.
        """
        self._columns = _COLUMNS[crop]
        width = size_px * (self._columns.stop - self._columns.start) // _CROP_PX
        self._size, self._flipped = (size_px, width), channel_order == "BGR"
        self._mean, self._scale = mean, scale
        self.device = device
        self._session = _open_session(path, device)
        self._input = self._session.get_inputs()[0].name
        self._one_by_one = _takes_one_crop(path, self._session, self._size)
        try:
            blank = self._run(np.zeros((1, _CROP_PX, _CROP_PX, 3), np.uint8))
        except _FAULTS as error:
            raise InputError(f"{path}: onnxruntime cannot run it ({_line(error)})") from error
        if blank.ndim != 2 or len(blank) != 1:
            raise InputError(
                f"{path}: makes an array of shape {blank.shape} of one crop; a backbone makes one "
                "row of numbers, (1, d); export it up to its embedding"
            )
        self.dimension = blank.shape[1]

    def embed(self, crops: np.ndarray) -> np.ndarray:
        """Embed a batch of crops; see castmap.embedding.networks.Embedder."""
        parts = np.split(crops, len(crops)) if self._one_by_one else [crops]
        rows = np.concatenate([self._run(part) for part in parts])
        return F.normalize(torch.from_numpy(rows).float()).numpy()

    def _run(self, crops: np.ndarray) -> np.ndarray:
        """What the network makes of crops, uint8 [n, 112, 112, 3], RGB."""
        shown = crops[:, :, self._columns, :: -1 if self._flipped else 1]
        pixels = torch.from_numpy(np.ascontiguousarray(shown)).permute(0, 3, 1, 2).float()
        if pixels.shape[2:] != self._size:
            pixels = F.interpolate(pixels, self._size, mode="bilinear", antialias=True)
        values = ((pixels - self._mean) / self._scale).contiguous().numpy()
        return self._session.run(None, {self._input: values})[0]


open_embedder = OnnxEmbedder


def _open_session(path: Path, device: torch.device) -> onnxruntime.InferenceSession:
    """Read a file, and let onnxruntime prepare it."""
    providers: list = [CPU]
    if device.type == "cuda" and _CUDA in onnxruntime.get_available_providers():
        providers.insert(0, (_CUDA, {"device_id": device.index or 0}))
    content = _read_model(path).SerializeToString()
    try:
        session = onnxruntime.InferenceSession(content, session_options(), providers)
    except _FAULTS as error:
        raise InputError(f"{path}: onnxruntime cannot run it ({_line(error)})") from error
    used = session.get_providers()[0]
    logger.info("%s: run by onnxruntime %s, %s", path, onnxruntime.__version__, used)
    if device.type == "cuda" and used != _CUDA:
        logger.warning("the GPU is not used: that takes onnxruntime-gpu in place of onnxruntime")
    return session


def _read_model(path: Path) -> onnx.ModelProto:
    """The network, whose graph has only inputs that are no weights.

    Some files list weights among the inputs; onnxruntime would prepare nothing ahead then.
    """
    try:
        model = onnx.load_model_from_string(path.read_bytes())
    except (OSError, DecodeError) as error:
        said = error.strerror if isinstance(error, OSError) else "not in ONNX's format"
        raise InputError(f"{path}: {said}; {_KEY}.path takes the file of a network") from error
    if any(uses_external_data(weights) for weights in model.graph.initializer):
        raise InputError(f"{path}: its weights lie in another file; save it as one (onnx.save)")
    needed = {name for node in model.graph.node for name in node.input}
    needed -= {weights.name for weights in model.graph.initializer}
    inputs = [value for value in model.graph.input if value.name in needed]
    del model.graph.input[:]
    model.graph.input.extend(inputs)
    if (len(inputs), len(model.graph.output)) != (1, 1):
        raise InputError(
            f"{path}: has {len(inputs)} inputs and {len(model.graph.output)} outputs; a backbone "
            "has one of each, crops and embeddings; onnx.utils.extract_model cuts a network"
        )
    return model


def _takes_one_crop(
    path: Path, session: onnxruntime.InferenceSession, size: tuple[int, int]
) -> bool:
    """Whether a network takes crops one by one, not in batches; an error if it takes others."""
    (taken,) = session.get_inputs()
    given = (1, 3, *size)
    fits = len(taken.shape) == len(given) and all(
        want == have or not isinstance(want, int)
        for want, have in zip(taken.shape, given, strict=True)
    )
    if not fits or taken.type != _FLOAT32:
        raise InputError(
            f"{path}: takes {taken.type} of shape {taken.shape}; by {_KEY}.size_px and crop it is "
            f"given {_FLOAT32} of shape [n, 3, {size[0]}, {size[1]}]; correct these, or export it "
            "with a free batch axis, or one of 1"
        )
    return isinstance(taken.shape[0], int)


def _line(error: Exception) -> str:
    return " ".join(str(error).split())
