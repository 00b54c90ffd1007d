"""Measure how much of each person's presence the tracks cover, and how pure and whole they are."""

from pathlib import Path

import numpy as np
import pandas as pd

from castmap.console import InputError, logger
from castmap.evaluation.judged import FEW_FRAMES, join_ranges, judged_clock
from castmap.evaluation.matching import people_of_tracks
from castmap.evaluation.mot import tracking_scores
from castmap.evaluation.tracks import (
    cover_intervals,
    long_intervals,
    summarise_coverage,
    summarise_detections,
    summarise_purity,
    true_intervals,
)
from castmap.files.results import read_table
from castmap.files.whole import write_json
from castmap.formats.tables import DETECTIONS, FRAMES, SHOTS, TRACKS
from castmap.stages.labels import (
    ALL,
    JUDGED_FILE,
    FilmLabels,
    check_drawn_size,
    read_labels,
)
from castmap.stages.process import stage, stage_parser
from castmap.stages.provenance import provenance
from castmap.tracks.examined import every_nth, track_intervals

_MANY_OUTSIDE = 0.1  # of the tracks
_MANY_SHORT = 10


def main(argv: list[str] | None = None) -> None:
    """Read tracks and labels; write coverage, purity and tracking scores as JSON."""
    parser = stage_parser(__doc__)
    parser.add_argument("--frames", type=Path, required=True)
    parser.add_argument("--shots", type=Path, required=True)
    parser.add_argument("--detections", type=Path, required=True)
    parser.add_argument("--tracks", type=Path, required=True)
    parser.add_argument("--true-faces", type=Path, required=True, help="labels: faces.csv")
    parser.add_argument("--every-nth-frame", type=int, required=True)
    parser.add_argument("--out-metrics", type=Path, required=True)
    with stage(parser, argv) as args:
        frames = read_table(args.frames, FRAMES)
        tracks = read_table(args.tracks, TRACKS)
        labels = read_labels(args.true_faces)
        if frames.empty:  # a rejected film: nothing of the labels can be seen
            labels = FilmLabels(labels.faces.iloc[:0], None, ALL)
        true_faces, seen = labels.faces, labels.judged
        try:
            intervals = true_intervals(true_faces, frames, seen)
        except ValueError as error:
            raise InputError(f"{args.true_faces}: {error}") from error
        judged = long_intervals(intervals)
        people = people_of_tracks(tracks, true_faces, seen)
        shots = read_table(args.shots, SHOTS)
        examined = every_nth(args.every_nth_frame, len(frames))
        appearances = track_intervals(tracks, shots, frames, examined)
        detections = read_table(args.detections, DETECTIONS)
        check_drawn_size(args.true_faces, labels, detections, tracks)
        _warn_of_single_frames(args.true_faces, labels)
        _warn_of_unlabelled_parts(args.true_faces, labels, people, tracks)
        covered = cover_intervals(judged, appearances, people, judged_clock(frames, seen))
        n_judged = len(frames) if seen is None else int((seen < len(frames)).sum())
        metrics = {
            "judged_by": labels.judged_by,
            "judged_frames": n_judged,
            "intervals_too_short": len(intervals) - len(judged),
            **summarise_coverage(covered),
            **summarise_purity(people),
            **summarise_detections(detections, tracks, true_faces),
            **tracking_scores(tracks, true_faces, shots, examined, seen),
            "provenance": provenance("evaluate_tracks", every_nth_frame=args.every_nth_frame),
        }
        write_json(args.out_metrics, metrics)
        logger.info(
            "%s: %d frames judged (%s), %d true intervals, least covered %s; "
            "%d of %d tracks mixed, HOTA %s",
            args.out_metrics,
            n_judged,
            labels.judged_by,
            metrics["interval_count"],
            metrics["coverage_min"],
            metrics["mixed_tracks"],
            metrics["tracks"],
            metrics["hota"],
        )


def _warn_of_single_frames(path: Path, labels: FilmLabels) -> None:
    """Say where some of the labels that judge the whole film are of single frames."""
    if labels.judged is not None:
        return
    stretches = join_ranges(labels.faces)
    short = int((stretches["end_frame"] - stretches["start_frame"] <= FEW_FRAMES).sum())
    if short > max(_MANY_SHORT, len(stretches) / 2):
        logger.warning(
            "%s: %d of %d stretches of labels go on for one or two frames, and others for long, so "
            "the whole film is judged. If not all of it was looked at, list what was in %s",
            *(path, short, len(stretches), JUDGED_FILE),
        )


def _warn_of_unlabelled_parts(
    path: Path, labels: FilmLabels, people: pd.DataFrame, tracks: pd.DataFrame
) -> None:
    """Say where labels that judge the whole film may be of a part of it."""
    if labels.judged is not None or labels.faces.empty:
        return
    seen = tracks.groupby("track")["frame"].agg(["min", "max"])
    starts, ends = (np.sort(labels.faces[f"{edge}_frame"]) for edge in ("start", "end"))
    begun = np.searchsorted(starts, seen["max"], side="right")
    outside = int((begun == np.searchsorted(ends, seen["min"], side="right")).sum())
    if outside > _MANY_OUTSIDE * len(people):
        logger.warning(
            "%s: %d of %d tracks are seen where nobody at all is labelled (labels are of frames %d "
            "to %d), and count as false. If nobody looked there, list what was looked at in %s",
            *(path, outside, len(people), starts[0], ends[-1], JUDGED_FILE),
        )


if __name__ == "__main__":
    main()
