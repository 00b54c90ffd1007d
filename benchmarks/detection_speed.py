"""Print the frames per second of the mmdet detector and of onnxruntime, on the same frames.

Both get the same decoded frames, the same size and the same number of threads. Both times include
resizing; onnxruntime's leaves out reading boxes from the heat-maps, which favours it.
"""

import argparse
import itertools
import statistics
import time
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import onnx
import onnxruntime
import torch
from mmengine.config import Config
from safetensors.torch import load_file

from castmap.faces import centerface_config
from castmap.faces.detection import FaceDetector, FaceLimits
from castmap.video.decoding import decode_frames, open_film

WEIGHTS = Path("resources/weights")


def onnx_runner(long_side: int, threads: int) -> Callable[[list[np.ndarray]], None]:
    """CenterFace's published file in onnxruntime, one frame at a time as it is shipped."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.log_severity_level = 3
    model = onnx.load(WEIGHTS / "original" / "centerface.onnx")
    # The file was exported for one size; the network itself takes any.
    for value in (*model.graph.input, *model.graph.output):
        for axis, dimension in enumerate(value.type.tensor_type.shape.dim):
            dimension.dim_param = f"{value.name}_{axis}"
    session = onnxruntime.InferenceSession(
        model.SerializeToString(), options, ["CPUExecutionProvider"]
    )
    name = session.get_inputs()[0].name

    def run(frames: list[np.ndarray]) -> None:
        for frame in frames:
            scale = min(1.0, long_side / max(frame.shape[:2]))
            small = cv2.resize(frame, None, fx=scale, fy=scale)
            padding = [(0, -small.shape[0] % 32), (0, -small.shape[1] % 32), (0, 0)]
            pixels = np.pad(small, padding).transpose(2, 0, 1)[None].astype(np.float32)
            session.run(None, {name: pixels})

    return run


def mmdet_runner(long_side: int, batch: int) -> Callable[[list[np.ndarray]], None]:
    """The detector as detect_faces runs it."""
    detector = FaceDetector(
        Config.fromfile(centerface_config.__file__),
        load_file(WEIGHTS / "centerface.safetensors"),
        torch.device("cpu"),
        FaceLimits(long_side, min_score=0.5, min_size_px=16),
    )

    def run(frames: list[np.ndarray]) -> None:
        for start in range(0, len(frames), batch):
            detector.detect(frames[start : start + batch])

    return run


def seconds(run: Callable[[list[np.ndarray]], None], frames: list[np.ndarray]) -> float:
    """How long one pass takes."""
    start = time.perf_counter()
    run(frames)
    return time.perf_counter() - start


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--film", default="resources/demo/films/demo_debate.mp4")
    parser.add_argument("--frames", type=int, default=32)
    parser.add_argument("--long-side-px", type=int, default=640)
    parser.add_argument("--batch", type=int, default=1)
    parser.add_argument("--rounds", type=int, default=5)
    args = parser.parse_args()
    with open_film(args.film) as film:
        decoded = decode_frames(film, film.streams.video[0].index, every_nth=12)
        frames = [frame for _, frame in itertools.islice(decoded, args.frames)]
    print("| threads | mmdet frames/s | onnxruntime frames/s | ratio |")
    print("|---|---|---|---|")
    for threads in (1, 2):
        torch.set_num_threads(threads)
        runs = [
            mmdet_runner(args.long_side_px, args.batch),
            onnx_runner(args.long_side_px, threads),
        ]
        for run in runs:
            run(frames[:4])
        # Rounds alternate, so that a busy machine slows both alike.
        rounds = [[seconds(run, frames) for run in runs] for _ in range(args.rounds)]
        ours, theirs = (
            len(frames) / statistics.median(times) for times in zip(*rounds, strict=True)
        )
        print(f"| {threads} | {ours:.1f} | {theirs:.1f} | {ours / theirs:.2f} |")


if __name__ == "__main__":
    main()
