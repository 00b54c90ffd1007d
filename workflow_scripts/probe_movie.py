"""Look a film over: what it is, and when each of its frames is shown.

The whole film is decoded once, because headers lie about the number of frames. A file that is no
film is not an error: movie.json says "rejected" and why, the table of frames is empty, and every
later stage passes the film by. Nor is a file that crashes the decoder, which therefore has a
process of its own.
"""

import argparse
import time
from pathlib import Path

import pandas as pd

from castmap.console import InputError, logger, progress
from castmap.files.entries import file_fault
from castmap.files.results import write_table
from castmap.files.whole import write_json
from castmap.formats.names import one_line
from castmap.formats.tables import FRAMES
from castmap.packages.isolation import CrashError, run_apart
from castmap.stages.process import AWAY, is_away, stage, stage_parser
from castmap.stages.provenance import provenance
from castmap.video.decoding import decode_raw
from castmap.video.fingerprint import (
    FilmRecord,
    Look,
    hash_film,
    known_by,
    look_at,
    write_record,
)
from castmap.video.glance import open_or_reject
from castmap.video.probing import NotAFilmError, choose_stream, expected_frames, probe

_PICTURE_FIELDS = (
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


def main(argv: list[str] | None = None) -> None:
    """Run the stage."""
    parser = stage_parser(__doc__)
    parser.add_argument("--movie", required=True, help="name of the film in the sheet")
    parser.add_argument("--title", default="", help="title; may be empty")
    parser.add_argument("--year", type=_year, default="", help="year of release; may be empty")
    parser.add_argument("--film", type=Path, required=True, help="the video file")
    parser.add_argument("--fingerprint", default="", help="what Snakemake knows the film by")
    parser.add_argument("--record", type=Path, help="where to write what the film looks like")
    parser.add_argument("--out-movie", type=Path, required=True, help="movie.json")
    parser.add_argument("--out-frames", type=Path, required=True, help="frames.parquet")
    with stage(parser, argv) as args:
        facts = dict.fromkeys(("reason", "fingerprint", "sha256", "bytes", *_PICTURE_FIELDS))
        frames = FRAMES.empty()
        if is_away(args.film):  # it is what it was
            raise InputError(AWAY.format(args.film))
        began_ns = time.time_ns()
        look = look_at(args.film) if args.film.is_file() else None
        try:
            facts |= _file_facts(args.film)
            picture, frames = run_apart(_probe, args.film, args.movie)
            facts |= picture | {"status": "ok"}
        except (NotAFilmError, CrashError) as error:
            crashed = isinstance(error, CrashError)
            fault = _CRASHED.format(error.signal_number) if crashed else error
            facts |= {"status": "rejected", "reason": f"{one_line(args.film.name)} {fault}."}
            logger.warning("%s: rejected: %s", args.movie, facts["reason"])
        if facts["sha256"]:
            _record(args, facts, look, began_ns)
        names = {"movie": args.movie, "file": args.film.name}
        names |= {"title": args.title, "year": args.year}
        write_table(args.out_frames, FRAMES, frames, provenance("probe_movie"))
        write_json(args.out_movie, names | facts)


def _year(text: str) -> int | None:
    return int(text) if text else None


def _file_facts(film: Path) -> dict:
    if fault := file_fault(film):
        raise NotAFilmError(fault)
    try:
        sampled, sha256 = hash_film(film)
        size = film.stat().st_size
    except OSError as error:
        raise NotAFilmError(f"cannot be read: {error.strerror}") from error
    return {"fingerprint": sampled, "sha256": sha256, "bytes": size}


def _record(args: argparse.Namespace, facts: dict, look: Look, began_ns: int) -> None:
    """Make sure that what was hashed is what was probed, and write down what it looks like.

    Raises:
        InputError: the film was changed or went away meanwhile.
    """
    sampled, sha256 = facts["fingerprint"], facts["sha256"]
    try:
        now = look_at(args.film)
        same = now == look or hash_film(args.film) == (sampled, sha256)
    except OSError:
        same = False
    if not same:
        raise InputError(
            f"{args.film} was changed or went away while it was read: it may not have finished "
            "copying; wait for that, and run again"
        )
    known = args.fingerprint if args.fingerprint == known_by(sha256) else sampled
    if args.record:
        write_record(args.record, FilmRecord(look, sha256, known), began_ns)


def _probe(film: Path, movie: str) -> tuple[dict, pd.DataFrame]:
    errors: list[str] = []
    with open_or_reject(film) as container:
        index = choose_stream(container).index
    with open_or_reject(film) as container:
        stream = container.streams[index]
        raw = decode_raw(container, stream.index, errors.append)
        total = expected_frames(container, stream)
        picture, frames = probe(
            container, stream, progress(raw, total, "frames", f"{movie}: probing")
        )
        promised_s = float((stream.duration or 0) * stream.time_base)
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


if __name__ == "__main__":
    main()
