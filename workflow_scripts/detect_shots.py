"""Find where shots begin and end: cuts and gradual transitions."""

import contextlib
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import safetensors.torch
import torch

from castmap.catalogues import SHOT_DETECTORS
from castmap.compute.devices import make_deterministic, pick_device
from castmap.console import InputError, logger, progress
from castmap.files.results import write_table
from castmap.formats.tables import SHOTS, Frames
from castmap.packages.pretrained import hash_pretrained, read_pretrained
from castmap.shots.detection import ShotSettings, find_shots
from castmap.shots.footage import Footage
from castmap.stages.arguments import Job, Json, NewFile
from castmap.stages.command_line import as_command
from castmap.stages.unfinished import Unfinished
from castmap.video.decoding import decode_frames, open_film


def detect_shots(
    movie: Json,
    frames: Frames,
    weights: Path | None,
    shots: NewFile,
    job: Job,
    *,
    film: Path,
    settings: ShotSettings,
    device: str,
    threads: int,
    seed: int,
) -> None:
    """Find where shots begin and end: cuts and gradual transitions.

    Args:
        movie: what probe_movie found out about the film.
        frames: of the film.
        weights: of the detector, if it has some.
        shots: which cover the film.
        job: what this stage is told about itself.
        film: the video file; it is decoded once.
        settings: by which detector, and what counts as a shot.
        device: auto, cpu, cuda, cuda:N or mps.
        threads: of the CPU.
        seed: of numpy and torch.
    """
    make_deterministic(seed, threads)
    member = SHOT_DETECTORS[settings.detector]
    state = None
    if member.network:
        if weights is None:
            raise InputError(f"{member.name} needs --weights; `make weights` makes them")
        state = read_pretrained(weights, member.network)
        job = job.recording(weights_sha256=hash_pretrained(weights, member.network))
    inputs = [job.paths["movie"], job.paths["frames"]]
    unfinished = Unfinished(shots, job, inputs, [member.path])
    footage = Footage(
        width=movie["width"],
        height=movie["height"],
        decode=lambda size: _decode(film, movie, size, len(frames), job.paths["frames"]),
        device=pick_device(device if member.declared.get("gpu") else "cpu"),
        weights=state,
        progress=_Progress(unfinished),
    )
    found = find_shots(footage, frames, settings)
    gradual = (found["boundary"] == "gradual").sum()
    logger.info("%s: %d shots, %d begin gradually", movie["movie"], len(found), gradual)
    write_table(shots, SHOTS, found, job.record)
    unfinished.remove()


class _Progress:
    """What a detector has computed, kept as unfinished work."""

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


def _decode(
    film: Path, movie: dict, size: tuple[int, int], count: int, frames: Path
) -> Iterator[np.ndarray]:
    """The frames of a film; it is refused if it is not the one that was probed."""
    decoded = 0
    with contextlib.closing(open_film(film)) as container:
        display = (movie["width"], movie["height"])
        pictures = decode_frames(container, movie["video_stream"], display=display, size=size)
        what = f"{movie['movie']}: detecting shots"
        for _, picture in progress(pictures, count, "frames", what):
            decoded += 1
            yield picture
    if decoded != count:
        raise InputError(
            f"{film} has {decoded} frames but {frames} has {count}: the film has changed "
            "since it was probed; delete movie.json and frames.parquet and run again"
        )


main = as_command(detect_shots)

if __name__ == "__main__":
    main()
