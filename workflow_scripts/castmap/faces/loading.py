"""Load a face detector: ours, or the user's own by its mmdet config and weights.

mmdet defines our detector, too, and runs it on a GPU; on a CPU onnxruntime does. mmdet is imported
where it runs: that takes seconds.

Messages name the settings ``faces.model`` and ``faces.checkpoint`` of config.yaml.
"""

import hashlib
import json
import logging
import pickle
import warnings
from pathlib import Path
from typing import TYPE_CHECKING

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file

from castmap.console import InputError
from castmap.faces import centerface_config
from castmap.faces.centerface_onnx import OnnxCenterFace
from castmap.faces.detection import FaceDetector, FaceLimits
from castmap.files.hashing import sha256_file
from castmap.packages.pretrained import hash_pretrained, read_pretrained
from castmap.settings.detector_config import OWN_DETECTOR, detector_files

if TYPE_CHECKING:
    from mmengine.config import Config

OWN_DETECTOR_MODULE = Path(centerface_config.__file__).with_name("centerface.py")
"""The network, which its mmdet config has imported."""
_NO_WEIGHTS = (SafetensorError, pickle.UnpicklingError, EOFError, KeyError)


def load_detector(
    model: str, weights: Path, device: torch.device, limits: FaceLimits
) -> FaceDetector:
    """Build a detector from files.

    Args:
        model: the name of our detector, or the path of an mmdet config.
        weights: of the detector; of the user's own, .safetensors or .pth.
        device: where it runs.
        limits: which faces it finds and keeps.

    Raises:
        InputError: a file cannot be read, or mmdet builds no detector from config and weights.
    """
    if model == OWN_DETECTOR and device.type == "cpu":
        return OnnxCenterFace(read_pretrained(weights, OWN_DETECTOR), limits)
    return _load_mmdet(model, weights, device, limits)


def hash_detector(model: str, weights: Path) -> dict[str, str]:
    """SHA-256 of what a detector is made of, whatever files that stands in.

    Args:
        model: the name of our detector, or the path of an mmdet config.
        weights: of the detector.

    Returns:
        weights_sha256, and of a user's config, with what it builds on, model_sha256.
    """
    if model == OWN_DETECTOR:
        return {"weights_sha256": hash_pretrained(weights, OWN_DETECTOR)}
    config = json.dumps(_read_config(model).to_dict(), sort_keys=True, default=str)
    return {
        "weights_sha256": sha256_file(weights),
        "model_sha256": hashlib.sha256(config.encode()).hexdigest(),
    }


def _load_mmdet(
    model: str, weights: Path, device: torch.device, limits: FaceLimits
) -> FaceDetector:
    from castmap.faces.mmdet_detector import MmdetDetector  # noqa: PLC0415 (takes seconds)

    # mmdet warns about optional parts and prints where it loads from; neither concerns the user.
    warnings.filterwarnings("ignore")
    logging.getLogger("mmengine").setLevel(logging.ERROR)
    try:
        return MmdetDetector(_read_config(model), _read_weights(model, weights), device, limits)
    except Exception as error:
        if model == OWN_DETECTOR or isinstance(error, InputError):
            raise
        # Whatever a user's config and weights make mmdet say.
        said = f"{type(error).__name__}: {error}".partition("\n")[0]
        raise InputError(
            f"faces.model is {model}, of which mmdet makes no detector with the weights "
            f"{weights} ({said}); correct it, or name its weights in faces.checkpoint"
        ) from error


def _read_config(model: str) -> "Config":
    """The mmdet config; one of ours, or a file with those that it builds on."""
    from mmengine.config import Config  # noqa: PLC0415 (only where mmdet runs)

    if model == OWN_DETECTOR:
        return Config.fromfile(centerface_config.__file__)
    try:
        detector_files(model)
        return Config.fromfile(model)
    except ValueError as error:
        raise InputError(
            f"faces.model is {model}, {error}; use {OWN_DETECTOR} or the path of an mmdet config"
        ) from error


def _read_weights(model: str, path: Path) -> dict[str, torch.Tensor]:
    """Our detector's weights, or a checkpoint of the user's."""
    if model == OWN_DETECTOR:
        return read_pretrained(path, OWN_DETECTOR)
    try:
        if path.suffix == ".safetensors":
            return load_file(path)
        checkpoint = torch.load(path, map_location="cpu", weights_only=True)
        return checkpoint.get("state_dict", checkpoint)
    except (OSError, ValueError, RuntimeError, AttributeError, *_NO_WEIGHTS) as error:
        said = str(error).partition("\n")[0]
        raise InputError(
            f"faces.checkpoint is {path}, which holds no weights ({said}); name a "
            ".safetensors file, or a .pth file with nothing but tensors"
        ) from error
