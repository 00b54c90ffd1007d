"""Print how fast the networks run on a CPU, castmap's way beside others, on the same frames.

The detector: as castmap runs it, as mmdet does, and CenterFace's published file in onnxruntime at
its best: without the entries that list weights among the graph's inputs, which keep onnxruntime
from preparing anything. All times include resizing; those of the published file leave out reading
boxes from the maps, which favours it. The embedding: castmap's, and the same network exported to
onnxruntime. Shots: TransNetV2 as castmap runs it, in one stream, and in windows of 100 frames of
which 50 count, as its authors do.

Per item, the median over rounds that alternate, so that a busy machine slows all alike: times by
the clock and of the processor, and how many times as fast castmap's way is, by either. To see what
the stages see, export what rules/stages.smk exports: with malloc's own settings large batches are
slower.
"""

import argparse
import io
import itertools
import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import cv2
import numpy as np
import onnx
import onnxruntime
import torch
from mmengine.config import Config

from castmap.compute.onnx_sessions import CPU, session_options
from castmap.embedding.networks import load_network as load_backbone
from castmap.embedding.networks import open_embedder
from castmap.faces import centerface_config
from castmap.faces.alignment import align_face
from castmap.faces.detection import FaceDetector, FaceLimits
from castmap.faces.loading import load_detector
from castmap.faces.mmdet_detector import MmdetDetector
from castmap.packages.pretrained import read_pretrained
from castmap.shots.transnetv2 import FRAME_SIZE, load_network, transition_probabilities
from castmap.video.decoding import decode_frames, open_film

WEIGHTS = Path("resources/weights")
DEVICE = torch.device("cpu")
WINDOW, KEPT = 100, slice(25, 75)
EMBEDDED_AT_ONCE = 32

Ways = dict[str, Callable[[], object]]
"""By name; castmap's is the first."""


def open_session(model: bytes) -> onnxruntime.InferenceSession:
    """A network in onnxruntime, with the options that castmap gives it."""
    return onnxruntime.InferenceSession(model, session_options(), [CPU])


def prepared(published: Path) -> bytes:
    """A published file, whose weights are no inputs, for images of any number and size."""
    model = onnx.load(published)
    weights = {item.name for item in model.graph.initializer}
    inputs = [value for value in model.graph.input if value.name not in weights]
    del model.graph.input[:]
    model.graph.input.extend(inputs)
    for value in (*model.graph.input, *model.graph.output):
        for axis, dimension in enumerate(value.type.tensor_type.shape.dim):
            dimension.dim_param = f"{value.name}_{axis}"
    return model.SerializeToString()


def exported(network: torch.nn.Module, size_px: int) -> bytes:
    """A backbone in ONNX, for any number of crops."""
    file, crop = io.BytesIO(), torch.zeros(1, 3, size_px, size_px)
    names = {"input_names": ["crops"], "output_names": ["rows"]}
    axes = {"crops": {0: "n"}, "rows": {0: "n"}}
    # The newer exporter takes a package more.
    torch.onnx.export(network, (crop,), file, dynamo=False, dynamic_axes=axes, **names)
    return file.getvalue()


def published_detector(frames: Sequence[np.ndarray], long_side: int) -> Callable[[], None]:
    """CenterFace's published file, frame after frame, up to its maps."""
    session = open_session(prepared(WEIGHTS / "original" / "centerface.onnx"))
    name = session.get_inputs()[0].name

    def run() -> None:
        for frame in frames:
            scale = min(1.0, long_side / max(frame.shape[:2]))
            small = cv2.resize(frame, None, fx=scale, fy=scale)
            padding = [(0, -small.shape[0] % 32), (0, -small.shape[1] % 32), (0, 0)]
            pixels = np.pad(small, padding).transpose(2, 0, 1)[None].astype(np.float32)
            session.run(None, {name: pixels})

    return run


def detectors(frames: Sequence[np.ndarray], limits: FaceLimits) -> Ways:
    """Ways to detect faces."""
    file = WEIGHTS / "centerface.safetensors"
    config = Config.fromfile(centerface_config.__file__)
    own = load_detector("centerface", file, DEVICE, limits)
    mmdet = MmdetDetector(config, read_pretrained(file, "centerface"), DEVICE, limits)

    def run(detector: FaceDetector) -> None:
        for frame in frames:
            detector.detect([frame])

    return {
        "castmap": lambda: run(own),
        "onnxruntime, published file": published_detector(frames, limits.long_side_px),
        "mmdet": lambda: run(mmdet),
    }


def embedders(crops: np.ndarray) -> Ways:
    """Ways to embed faces, in batches as the stage does."""
    file = WEIGHTS / "sface.safetensors"
    own = open_embedder("sface", file, {}, DEVICE)
    network = load_backbone("sface", read_pretrained(file, "sface"))
    session = open_session(exported(network, crops.shape[1]))
    batches = np.split(crops, range(EMBEDDED_AT_ONCE, len(crops), EMBEDDED_AT_ONCE))

    def run_exported() -> None:
        for batch in batches:
            session.run(None, {"crops": batch.transpose(0, 3, 1, 2).astype(np.float32)})

    def run_own() -> None:
        for batch in batches:
            own.embed(batch)

    return {"castmap": run_own, "onnxruntime, exported": run_exported}


def shot_networks(frames: Sequence[np.ndarray]) -> Ways:
    """Ways to run TransNetV2."""
    network = load_network(
        read_pretrained(WEIGHTS / "transnetv2.safetensors", "transnetv2"), DEVICE
    )

    def run_windows() -> None:
        step = KEPT.stop - KEPT.start
        with torch.inference_mode():
            for start in range(0, len(frames), step):
                window = np.resize(np.stack(frames[start : start + WINDOW]), (WINDOW, 27, 48, 3))
                torch.sigmoid(network(torch.from_numpy(window)))[KEPT]

    return {
        "castmap": lambda: transition_probabilities(network, frames),
        "windows of 100 frames": run_windows,
    }


def rounds_of(ways: Ways, n: int) -> dict[str, list[tuple[float, float]]]:
    """Seconds by the clock and of the processor, of each way in each round."""
    for run in ways.values():
        run()
    taken: dict[str, list[tuple[float, float]]] = {name: [] for name in ways}
    for _ in range(n):
        for name, run in ways.items():
            clock, processor = time.perf_counter(), time.process_time()
            run()
            taken[name].append((time.perf_counter() - clock, time.process_time() - processor))
    return taken


def rows(
    network: str, threads: int, ways: Ways, n_items: int, rounds: int
) -> Iterator[tuple[object, ...]]:
    """Rows of the table."""
    taken = rounds_of(ways, rounds)
    own = taken["castmap"]
    for name, theirs in taken.items():
        ms = [1000 / n_items * statistics.median(column) for column in zip(*theirs, strict=True)]
        ratios = [
            statistics.median(b[kind] / a[kind] for a, b in zip(own, theirs, strict=True))
            for kind in (0, 1)
        ]
        shown = ("",) * 2 if name == "castmap" else (f"{ratio:.2f}" for ratio in ratios)
        yield network, threads, name, *(f"{value:.1f}" for value in ms), *shown


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--film", default="resources/demo/films/demo_debate.mp4")
    parser.add_argument("--frames", type=int, default=32)
    parser.add_argument("--long-side-px", type=int, default=640)
    parser.add_argument("--rounds", type=int, default=5)
    args = parser.parse_args()
    with open_film(args.film) as film:
        decoded = decode_frames(film, film.streams.video[0].index, every_nth=12)
        frames = [frame for _, frame in itertools.islice(decoded, args.frames)]
    limits = FaceLimits(args.long_side_px, min_score=0.3, min_size_px=16)
    detector = load_detector("centerface", WEIGHTS / "centerface.safetensors", DEVICE, limits)
    crops = np.stack(
        [
            align_face(frame, landmarks)
            for frame in frames
            for landmarks in detector.detect([frame])[0].landmarks
        ]
    )
    small = [cv2.resize(frame, FRAME_SIZE) for frame in frames] * (300 // len(frames) + 1)
    print("| network | threads | way | ms | processor ms | castmap is faster | by processor |")
    print("|---|---:|---|---:|---:|---:|---:|")
    measured: tuple[tuple[str, Callable[[], Ways], int], ...] = (
        ("CenterFace, a frame", lambda: detectors(frames, limits), len(frames)),
        (f"SFace, a face of {EMBEDDED_AT_ONCE}", lambda: embedders(crops), len(crops)),
        ("TransNetV2, a frame", lambda: shot_networks(small), len(small)),
    )
    for (network, build, n_items), threads in itertools.product(measured, (1, 2)):
        torch.set_num_threads(threads)
        cv2.setNumThreads(threads)
        for row in rows(network, threads, build(), n_items, args.rounds):
            print("|", " | ".join(map(str, row)), "|", flush=True)


if __name__ == "__main__":
    main()
