"""Find every face of the examined frames, and cut its aligned crop."""

import argparse
import hashlib
import itertools
import json
import logging
import math
import pickle
import warnings
import zipfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from mmengine.config import Config
from safetensors import SafetensorError
from safetensors.torch import load_file

from castmap.compute.devices import make_deterministic, pick_device
from castmap.console import InputError, logger, progress
from castmap.faces import centerface_config
from castmap.faces.alignment import align_face, blur, yaw
from castmap.faces.detection import FaceDetector, Faces
from castmap.files.hashing import sha256_file
from castmap.files.results import read_json, read_table, write_table
from castmap.files.whole import replacing
from castmap.formats.tables import BOX_COLUMNS, DETECTIONS, FRAMES, LANDMARK_COLUMNS
from castmap.packages.pretrained import hash_pretrained, read_pretrained
from castmap.settings.detector_config import OWN_DETECTOR, detector_files
from castmap.stages.found_faces import FoundFaces
from castmap.stages.process import stage, stage_parser
from castmap.stages.provenance import provenance
from castmap.stages.unfinished import Unfinished
from castmap.video.decoding import decode_frames, open_film
from castmap.video.geometry import place

_NO_WEIGHTS = (SafetensorError, pickle.UnpicklingError, EOFError, KeyError)
# On a CPU a larger batch outgrows the caches and is slower.
_BATCH = {"cpu": 1, "cuda": 16}


def main(argv: list[str] | None = None) -> None:
    """Run the stage."""
    parser = stage_parser(__doc__)
    parser.add_argument("--film", type=Path, required=True)
    parser.add_argument("--movie-info", type=Path, required=True)
    parser.add_argument("--frames", type=Path, required=True)
    parser.add_argument("--model", required=True, help=f"{OWN_DETECTOR}, or an mmdet config")
    parser.add_argument("--weights", type=Path, required=True)
    parser.add_argument("--every-nth-frame", type=int, required=True)
    parser.add_argument("--long-side-px", type=int, required=True)
    parser.add_argument("--min-score", type=float, required=True)
    parser.add_argument("--min-size-px", type=float, required=True)
    parser.add_argument("--device", default="auto")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out-detections", type=Path, required=True)
    parser.add_argument("--out-faces", type=Path, required=True, help="the archive of crops")
    with stage(parser, argv) as args:
        make_deterministic(args.seed, args.threads)
        info = read_json(args.movie_info)
        frames = read_table(args.frames, FRAMES)
        record = provenance(
            "detect_faces",
            model=args.model,
            weights_sha256=_hash_weights(args),
            every_nth_frame=args.every_nth_frame,
            long_side_px=args.long_side_px,
            min_score=args.min_score,
            min_size_px=args.min_size_px,
        )
        if args.model != OWN_DETECTOR:
            record["settings"]["model_sha256"] = _hash_config(args.model)
        unfinished = Unfinished(args.out_detections, args, record, [args.movie_info, args.frames])
        with (
            replacing(args.out_faces) as partial,
            zipfile.ZipFile(partial, "w") as archive,
        ):
            found = FoundFaces(archive, unfinished)
            if len(frames):
                device = pick_device(args.device)
                detector = _build_detector(args, device)
                with open_film(args.film) as film:
                    examined = decode_frames(
                        film, info["video_stream"], every_nth=args.every_nth_frame
                    )
                    total = math.ceil(len(frames) / args.every_nth_frame)
                    what = f"{info['movie']}: detecting faces"
                    if found.n_frames:
                        logger.info("%s: %d frames are done already", what, found.n_frames)
                    rest = itertools.islice(examined, found.n_frames, None)
                    shown = progress(rest, total - found.n_frames, "frames", what)
                    display = (info["width"], info["height"])
                    _examine(shown, detector, found, _BATCH[device.type], display)
        table = pd.DataFrame(found.rows) if found.rows else DETECTIONS.empty()
        if found.rows:
            times = frames.set_index("frame")["time_s"]
            table["time_s"] = times.loc[table["frame"]].to_numpy()
        write_table(args.out_detections, DETECTIONS, table, record)
        unfinished.remove()


def _build_detector(args: argparse.Namespace, device: torch.device) -> FaceDetector:
    # mmdet warns about optional parts and prints where it loads from; neither concerns the user.
    warnings.filterwarnings("ignore")
    logging.getLogger("mmengine").setLevel(logging.ERROR)
    try:
        return FaceDetector(
            _read_config(args.model),
            _read_weights(args),
            device,
            long_side_px=args.long_side_px,
            min_score=args.min_score,
            min_size_px=args.min_size_px,
        )
    except Exception as error:
        if args.model == OWN_DETECTOR or isinstance(error, InputError):
            raise
        # Whatever a user's config and weights make mmdet say.
        said = f"{type(error).__name__}: {error}".partition("\n")[0]
        raise InputError(
            f"faces.model is {args.model}, of which mmdet makes no detector with the weights "
            f"{args.weights} ({said}); correct it, or name its weights in faces.checkpoint"
        ) from error


def _read_config(model: str) -> Config:
    """The mmdet config; one of ours, or a file with those that it builds on."""
    if model == OWN_DETECTOR:
        return Config.fromfile(centerface_config.__file__)
    try:
        detector_files(model)
        return Config.fromfile(model)
    except ValueError as error:
        raise InputError(
            f"faces.model is {model}, {error}; use {OWN_DETECTOR} or the path of an mmdet config"
        ) from error


def _hash_config(model: str) -> str:
    """SHA-256 of a config with what it builds on, whatever files it stands in."""
    text = json.dumps(_read_config(model).to_dict(), sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()


def _hash_weights(args: argparse.Namespace) -> str:
    if args.model == OWN_DETECTOR:
        return hash_pretrained(args.weights, OWN_DETECTOR)
    return sha256_file(args.weights)


def _read_weights(args: argparse.Namespace) -> dict[str, torch.Tensor]:
    """Our detector's weights, or a checkpoint of the user's."""
    if args.model == OWN_DETECTOR:
        return read_pretrained(args.weights, OWN_DETECTOR)
    try:
        if args.weights.suffix == ".safetensors":
            return load_file(args.weights)
        checkpoint = torch.load(args.weights, map_location="cpu", weights_only=True)
        return checkpoint.get("state_dict", checkpoint)
    except (OSError, ValueError, RuntimeError, AttributeError, *_NO_WEIGHTS) as error:
        said = str(error).partition("\n")[0]
        raise InputError(
            f"faces.checkpoint is {args.weights}, which holds no weights ({said}); name a "
            ".safetensors file, or a .pth file with nothing but tensors"
        ) from error


def _examine(
    examined: Iterator[tuple[int, np.ndarray]],
    detector: FaceDetector,
    found: FoundFaces,
    batch_size: int,
    display: tuple[int, int],
) -> None:
    """Detect batch after batch."""
    for batch in _batches(examined, batch_size):
        detected = detector.detect([frame for _, frame in batch])
        for (index, frame), faces in zip(batch, detected, strict=True):
            found.add_frame(index, _faces_of(frame, faces, display))
        found.keep()


def _batches(
    examined: Iterator[tuple[int, np.ndarray]], batch_size: int
) -> Iterator[list[tuple[int, np.ndarray]]]:
    """Batches of frames of one size: a film may change it."""
    for _, alike in itertools.groupby(examined, key=lambda numbered: numbered[1].shape):
        while batch := list(itertools.islice(alike, batch_size)):
            yield batch


def _faces_of(
    frame: np.ndarray, faces: Faces, display: tuple[int, int]
) -> Iterator[tuple[dict, np.ndarray]]:
    """Rows and crops: looks are judged in the frame's own pixels, places told in the display's."""
    placement = place(frame.shape[1::-1], display)
    for box, score, landmarks in zip(faces.boxes, faces.scores, faces.landmarks, strict=True):
        crop = align_face(frame, landmarks)
        shown = placement.move(np.concatenate([box.reshape(2, 2), landmarks]))
        row = {
            **dict(zip((*BOX_COLUMNS, *LANDMARK_COLUMNS), shown.ravel(), strict=True)),
            "score": score,
            "size_px": np.sqrt((box[2] - box[0]) * (box[3] - box[1])),
            "blur": blur(crop),
            "yaw": yaw(landmarks),
        }
        yield row, crop


if __name__ == "__main__":
    main()
