"""What a video file is: its identity, its picture and its frames, or why it is no film."""

import time
from pathlib import Path
from typing import NamedTuple

import pandas as pd

from castmap.console import InputError, logger, progress
from castmap.files.entries import file_fault
from castmap.formats.names import one_line
from castmap.formats.tables import FRAMES
from castmap.packages.isolation import CrashError, run_apart
from castmap.video.decoding import decode_raw, stream_of
from castmap.video.fingerprint import FileStatus, FilmRecord, file_status, hash_film, known_by
from castmap.video.glance import open_or_reject
from castmap.video.probing import (
    NotAFilmError,
    choose_stream,
    expected_frames,
    probe,
    promised_duration,
)

_FACTS = (
    "reason",
    "fingerprint",
    "sha256",
    "bytes",
    "container",
    "codec",
    "width",
    "height",
    "stored_width",
    "stored_height",
    "sample_aspect_ratio",
    "rotation_deg",
    "mirrored",
    "geometry_changes",
    "video_stream",
    "n_frames",
    "duration_s",
    "mean_fps",
    "variable_frame_rate",
    "interpolated_times",
    "clock_start_s",
    "clock_jumps",
    "decode_errors",
)
_CUT_SHORT_S = 1.0
_CRASHED = (
    "cannot be decoded: the decoder crashed (signal {}), on damaged data or for want of memory; "
    "to try again, delete its movie.json"
)


class Inspection(NamedTuple):
    """What a file is.

    Attributes:
        facts: the fields of movie.json from status on; what is not known is None.
        frames: the FRAMES table; empty if the file is no film.
        status: of the file when it was read; None if it could not be.
        began_ns: when reading began, in ns since 1970.
    """

    facts: dict
    frames: pd.DataFrame
    status: FileStatus | None
    began_ns: int

    def record(self, fingerprint: str) -> FilmRecord:
        """The record of a file that could be read.

        Args:
            fingerprint: by which the planner knows the film; it holds only for this content.
        """
        assert self.status is not None
        sha256 = self.facts["sha256"]
        known = fingerprint if fingerprint == known_by(sha256) else self.facts["fingerprint"]
        return FilmRecord(self.status, sha256, known)


def inspect_film(film: Path, movie: str) -> Inspection:
    """Read a file from beginning to end: hash it, and decode all its frames.

    Headers lie about the number of frames. A file that is no film is no error, nor is one that
    crashes the decoder, which therefore has a process of its own.

    Args:
        film: the file.
        movie: the film's name, for the log.

    Raises:
        InputError: the file was changed or went away meanwhile.
    """
    facts = dict.fromkeys(_FACTS)
    frames = FRAMES.empty()
    began_ns = time.time_ns()
    status = file_status(film) if film.is_file() else None
    try:
        facts |= _hash(film)
        picture, frames = run_apart(_probe, film, movie)
        facts |= picture | {"status": "ok"}
    except (NotAFilmError, CrashError) as error:
        fault = str(error)
        if isinstance(error, CrashError):
            fault = _CRASHED.format(error.signal_number)
        facts |= {"status": "rejected", "reason": f"{one_line(film.name)} {fault}."}
        logger.info("%s: rejected: %s", movie, facts["reason"])
    if facts["sha256"]:
        _check_unchanged(film, facts, status)
    return Inspection(facts, frames, status, began_ns)


def _hash(film: Path) -> dict:
    if fault := file_fault(film):
        raise NotAFilmError(fault)
    try:
        sampled, sha256 = hash_film(film)
        size = film.stat().st_size
    except OSError as error:
        raise NotAFilmError(f"cannot be read: {error.strerror}") from error
    return {"fingerprint": sampled, "sha256": sha256, "bytes": size}


def _check_unchanged(film: Path, facts: dict, status: FileStatus | None) -> None:
    """Make sure that what was hashed is what was probed."""
    try:
        now = file_status(film)
        same = now == status or hash_film(film) == (facts["fingerprint"], facts["sha256"])
    except OSError:
        same = False
    if not same:
        raise InputError(
            f"{film} was changed or went away while it was read: it may not have finished "
            "copying; wait for that, and run again"
        )


def _probe(film: Path, movie: str) -> tuple[dict, pd.DataFrame]:
    errors: list[str] = []
    with open_or_reject(film) as container:
        index = choose_stream(container).index
    with open_or_reject(film) as container:
        stream = stream_of(container, index)
        raw = decode_raw(container, stream.index, errors.append, only_times=True)
        total = expected_frames(container, stream)
        picture, frames = probe(
            container, stream, progress(raw, total, "frames", f"{movie}: probing")
        )
        promised_s = float(promised_duration(stream))
    for jump in picture["clock_jumps"]:
        logger.warning(
            "%s: the clock jumps at frame %d, from %.3f s to %.3f s; time runs on without a break",
            *(movie, jump["frame"], jump["from_s"], jump["to_s"]),
        )
    if errors:
        logger.warning("%s: %d pieces could not be decoded: %s", movie, len(errors), errors[0])
    # A header may count from zero where the clock starts late, and is wrong where it jumps.
    missing_s = promised_s - picture["clock_start_s"] - picture["duration_s"]
    if missing_s > _CUT_SHORT_S and not picture["clock_jumps"]:
        logger.warning(
            "%s: the picture ends at %.1f s but the header says %.1f s; the film may be cut short",
            *(movie, picture["duration_s"], promised_s),
        )
    return picture | {"decode_errors": len(errors)}, frames
