"""Find where shots begin and end: cuts and gradual transitions."""

import argparse
import contextlib
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
import safetensors.torch
import torch

from castmap.compute.devices import make_deterministic, pick_device
from castmap.console import InputError, logger, progress
from castmap.files.results import read_json, read_table, write_table
from castmap.formats.tables import FRAMES, SHOTS
from castmap.packages.pretrained import hash_pretrained, read_pretrained
from castmap.shots import content, transnetv2
from castmap.shots.boundaries import shots_table
from castmap.shots.interruptions import Looks, add_far_cuts, settle_interruptions
from castmap.stages.process import stage, stage_parser
from castmap.stages.provenance import provenance
from castmap.stages.unfinished import Unfinished
from castmap.video.decoding import decode_frames, open_film

Detector = Callable[[Iterable[np.ndarray]], pd.DataFrame]


def main(argv: list[str] | None = None) -> None:
    """Decode the film once; write its shots."""
    parser = stage_parser(__doc__)
    parser.add_argument("--film", type=Path, required=True)
    parser.add_argument("--movie-info", type=Path, required=True, help="movie.json")
    parser.add_argument("--frames", type=Path, required=True, help="frames.parquet")
    parser.add_argument(
        "--detector", choices=["transnetv2", "adaptive", "content"], default="transnetv2"
    )
    parser.add_argument("--threshold", type=_threshold, default=0.5, help="above 0, below 1")
    parser.add_argument("--min-length-s", type=float, default=0.2, help="the shortest shot")
    parser.add_argument("--weights", type=Path, help="of transnetv2: a .safetensors file")
    parser.add_argument("--device", default="auto")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out-shots", type=Path, required=True)
    with stage(parser, argv) as args:
        make_deterministic(args.seed, args.threads)
        movie = read_json(args.movie_info)
        frames = read_table(args.frames, FRAMES)
        record = provenance(
            "detect_shots",
            detector=args.detector,
            threshold=args.threshold,
            min_length_s=args.min_length_s,
        )
        if args.detector == "transnetv2" and args.weights:
            record["settings"]["weights_sha256"] = hash_pretrained(args.weights, "transnetv2")
        unfinished = Unfinished(args.out_shots, args, record, [args.movie_info, args.frames])
        shots = SHOTS.empty()
        if not frames.empty:
            looks = Looks()
            found = _detect(args, movie, len(frames), looks, unfinished)
            times = frames["time_s"].to_numpy()
            found = add_far_cuts(found, looks, times, args.threshold)
            found = settle_interruptions(found, looks, times)
            shots = shots_table(found, frames, args.min_length_s)
        gradual = (shots["boundary"] == "gradual").sum()
        logger.info("%s: %d shots, %d begin gradually", movie["movie"], len(shots), gradual)
        write_table(args.out_shots, SHOTS, shots, record)
        unfinished.remove()


class _Progress:
    """What TransNetV2 has computed, kept as unfinished work."""

    def __init__(self, unfinished: Unfinished) -> None:
        self._unfinished = unfinished
        self.is_due = unfinished.is_due

    def load(self) -> dict[str, torch.Tensor]:
        content = self._unfinished.last()
        if content is None:
            return {}
        logger.info("going on where an earlier run has stopped; the film is decoded again")
        return safetensors.torch.load(content)

    def save(self, state: dict[str, torch.Tensor]) -> None:
        self._unfinished.replace(safetensors.torch.save(state))


def _threshold(text: str) -> float:
    value = float(text)
    if not 0 < value < 1:
        raise argparse.ArgumentTypeError(f"{text} is not between 0 and 1")
    return value


def _detect(
    args: argparse.Namespace, movie: dict, count: int, looks: Looks, unfinished: Unfinished
) -> pd.DataFrame:
    detector, size = _detector(args, movie, unfinished)
    with contextlib.closing(open_film(args.film)) as container:
        display = (movie["width"], movie["height"])
        decoded = decode_frames(container, movie["video_stream"], display=display, size=size)
        pictures = (picture for _, picture in decoded)
        what = f"{movie['movie']}: detecting shots"
        pictures = progress(pictures, count, "frames", what)
        return detector(looks.watch(_exactly(count, pictures, args)))


def _detector(
    args: argparse.Namespace, movie: dict, unfinished: Unfinished
) -> tuple[Detector, tuple[int, int]]:
    """The detector, and the size of the frames it takes."""
    if args.detector == "transnetv2":
        if args.weights is None:
            raise InputError("--detector transnetv2 needs --weights; `make weights` makes them")
        state = read_pretrained(args.weights, "transnetv2")
        network = transnetv2.load_network(state, pick_device(args.device))
        find = partial(
            transnetv2.find_transnetv2_boundaries, network, progress=_Progress(unfinished)
        )
        return partial(find, threshold=args.threshold), transnetv2.FRAME_SIZE
    find = {
        "adaptive": content.find_adaptive_boundaries,
        "content": content.find_content_boundaries,
    }[args.detector]
    return partial(find, threshold=args.threshold), content.frame_size(
        movie["width"], movie["height"]
    )


def _exactly(
    count: int, pictures: Iterable[np.ndarray], args: argparse.Namespace
) -> Iterator[np.ndarray]:
    """Pass the pictures on, and refuse a film that is not the one that was probed."""
    decoded = 0
    for picture in pictures:
        decoded += 1
        yield picture
    if decoded != count:
        raise InputError(
            f"{args.film} has {decoded} frames but {args.frames} has {count}: the film has changed "
            "since it was probed; delete movie.json and frames.parquet and run again"
        )


if __name__ == "__main__":
    main()
