"""Print how many hours of film a GPU does in an hour, by stage, precision and batch.

The frames are decoded beforehand, and lie in memory; what the stages do with them on the CPU (such
as shrinking them) is timed with the network. Of an hour of the film given, detection examines every
third frame, embedding takes the faces that are found there, and shots take every frame.

Beside each row stands the largest difference from what the CPU finds: of boxes and landmarks in px,
of embeddings in any of their numbers, of shots in probability; and how many faces only one of the
two has found.
"""

import argparse
import contextlib
import itertools
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import torch
from mmengine.config import Config

from castmap.embedding.networks import open_embedder
from castmap.faces import centerface_config
from castmap.faces.alignment import align_face
from castmap.faces.detection import FaceLimits, Faces
from castmap.faces.loading import load_detector
from castmap.faces.mmdet_detector import MmdetDetector
from castmap.packages.pretrained import read_pretrained
from castmap.shots.transnetv2 import FRAME_SIZE, load_network, transition_probabilities
from castmap.tracks.boxes import pairwise_iou
from castmap.video.decoding import decode_frames, open_film

WEIGHTS = Path("resources/weights")
LIMITS = FaceLimits(long_side_px=640, min_score=0.3, min_size_px=16)
EVERY_NTH = 3
SAME_FACE_IOU = 0.5
BATCHES = {"detection": (1, 4, 16, 64), "embedding": (32, 128, 512)}
CPU = torch.device("cpu")


@dataclass(frozen=True)
class Sample:
    """What the stages are given.

    Attributes:
        frames: examined ones.
        crops: uint8 [n, 112, 112, 3], of the faces that the CPU finds in them.
        found: these faces, by frame.
        small: consecutive frames for shots.
        frames_per_s: of the film.
    """

    frames: list[np.ndarray]
    crops: np.ndarray
    found: list[Faces]
    small: list[np.ndarray]
    frames_per_s: float


def read_sample(path: Path, count: int) -> Sample:
    """Read a film's beginning."""
    with open_film(path) as film:
        video = film.streams.video[0]
        rate = float(video.average_rate or 25)
        taken = [frame for _, frame in itertools.islice(decode_frames(film, video.index), count)]
    examined = taken[::EVERY_NTH]
    detector = load_detector("centerface", WEIGHTS / "centerface.safetensors", CPU, LIMITS)
    found = [detector.detect([frame])[0] for frame in examined]
    crops = [
        align_face(frame, landmarks)
        for frame, faces in zip(examined, found, strict=True)
        for landmarks in faces.landmarks
    ]
    small = [cv2.resize(frame, FRAME_SIZE) for frame in taken]
    return Sample(examined, np.stack(crops), found, small, rate)


def batches_of(items: Sequence, size: int) -> Iterator[Sequence]:
    """Parts of ``size`` items."""
    return (items[start : start + size] for start in range(0, len(items), size))


def per_second(run: Callable[[], object], n_items: int, rounds: int) -> float:
    """Items a second, of the fastest round; the first one is not timed."""
    run()
    taken = []
    for _ in range(rounds):
        start = time.perf_counter()
        run()
        taken.append(time.perf_counter() - start)
    return n_items / min(taken)


def face_difference(ours: Sequence[Faces], theirs: Sequence[Faces]) -> str:
    """The largest difference in px of boxes and landmarks, and how many faces have no partner."""
    largest, alone = 0.0, 0
    for own, other in zip(ours, theirs, strict=True):
        overlaps = pairwise_iou(own.boxes, other.boxes)
        pairs = np.argwhere(overlaps > SAME_FACE_IOU)
        alone += len(own.boxes) + len(other.boxes) - 2 * len(pairs)
        for i, j in pairs:
            for part in ("boxes", "landmarks"):
                apart = np.abs(getattr(own, part)[i] - getattr(other, part)[j]).max()
                largest = max(largest, float(apart))
    return f"{largest:.3f} px, {alone} faces"


def in_precision(device: torch.device, half: bool) -> contextlib.AbstractContextManager:
    """What a network computes in: half precision, or single."""
    return torch.autocast(device.type, torch.float16, enabled=half)


def detection_rows(sample: Sample, device: torch.device, rounds: int) -> Iterator[tuple]:
    """Faces of frames."""
    config = Config.fromfile(centerface_config.__file__)
    state = read_pretrained(WEIGHTS / "centerface.safetensors", "centerface")
    for half, size in itertools.product((True, False), BATCHES["detection"]):
        detector = MmdetDetector(config, state, device, LIMITS, half=half)

        def run(detector: MmdetDetector = detector, size: int = size) -> list[Faces]:
            parts = batches_of(sample.frames, size)
            return [faces for part in parts for faces in detector.detect(list(part))]

        rate = per_second(run, len(sample.frames), rounds)
        hours = rate * EVERY_NTH / sample.frames_per_s
        yield "detection", half, size, rate, hours, face_difference(run(), sample.found)


def embedding_rows(sample: Sample, device: torch.device, rounds: int) -> Iterator[tuple]:
    """Embeddings of faces."""
    file = WEIGHTS / "sface.safetensors"
    reference = open_embedder("sface", file, {}, CPU).embed(sample.crops)
    embedder = open_embedder("sface", file, {}, device)
    faces_per_s = len(sample.crops) / len(sample.frames) * sample.frames_per_s / EVERY_NTH
    for half, size in itertools.product((True, False), BATCHES["embedding"]):

        def run(half: bool = half, size: int = size) -> np.ndarray:
            with in_precision(device, half):
                parts = batches_of(sample.crops, size)
                return np.concatenate([embedder.embed(part) for part in parts])

        rate = per_second(run, len(sample.crops), rounds)
        difference = np.abs(run() - reference).max()
        yield "embedding", half, size, rate, rate / faces_per_s, f"{difference:.5f}"


def shot_rows(sample: Sample, device: torch.device, rounds: int) -> Iterator[tuple]:
    """Probabilities of transitions; how many frames are done at once is the network's own."""
    state = read_pretrained(WEIGHTS / "transnetv2.safetensors", "transnetv2")
    reference = transition_probabilities(load_network(state, CPU), sample.small)
    network = load_network(state, device)
    for half in (True, False):

        def run(half: bool = half) -> np.ndarray:
            with in_precision(device, half):
                return transition_probabilities(network, sample.small)

        rate = per_second(run, len(sample.small), rounds)
        difference = np.abs(run() - reference).max()
        yield "shots", half, "", rate, rate / sample.frames_per_s, f"{difference:.5f}"


def print_table(sample: Sample, device: torch.device, rounds: int) -> None:
    """Measure, and print row by row."""
    print("| stage | precision | batch | items/s | film-hours per GPU-hour | from the CPU's |")
    print("|---|---|---:|---:|---:|---|")
    for measured in (detection_rows, embedding_rows, shot_rows):
        for stage, half, size, rate, hours, difference in measured(sample, device, rounds):
            precision = "half" if half else "single"
            cells = (stage, precision, size, f"{rate:.0f}", f"{hours:.1f}", difference)
            print("|", " | ".join(map(str, cells)), "|", flush=True)


def main() -> None:
    """Print the table, or that there is no GPU."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--film", type=Path, default="resources/demo/films/demo_debate.mp4")
    parser.add_argument("--frames", type=int, default=600)
    parser.add_argument("--rounds", type=int, default=5)
    args = parser.parse_args()
    if not torch.cuda.is_available():
        sys.exit("torch sees no GPU here, so there is nothing to measure.")
    print(f"{torch.cuda.get_device_name()}, torch {torch.__version__}, {args.film.name}\n")
    print_table(read_sample(args.film, args.frames), torch.device("cuda"), args.rounds)


if __name__ == "__main__":
    main()
