"""Measure how much of each person's presence the tracks cover, and how pure and whole they are."""

from pathlib import Path

from workflow_scripts.evaluation.matching import people_of_tracks
from workflow_scripts.evaluation.mot import tracking_scores
from workflow_scripts.evaluation.tracks import (
    cover_intervals,
    long_intervals,
    summarise_coverage,
    summarise_detections,
    summarise_purity,
    true_intervals,
)
from workflow_scripts.formats.tables import DETECTIONS, FRAMES, SHOTS, TRACKS, TRUE_FACES
from workflow_scripts.stagekit.console import InputError, logger, stage, stage_parser
from workflow_scripts.stagekit.files import provenance, read_csv, read_table, write_json
from workflow_scripts.tracks.examined import track_intervals


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
        true_faces = read_csv(args.true_faces, TRUE_FACES)
        if frames.empty:  # a rejected film: nothing of the labels can be seen
            true_faces = true_faces.iloc[:0]
        try:
            intervals = true_intervals(true_faces, frames)
        except ValueError as error:
            raise InputError(f"{args.true_faces}: {error}") from error
        judged = long_intervals(intervals)
        people = people_of_tracks(tracks, true_faces)
        shots = read_table(args.shots, SHOTS)
        appearances = track_intervals(tracks, shots, frames, args.every_nth_frame)
        detections = read_table(args.detections, DETECTIONS)
        metrics = {
            "intervals_too_short": len(intervals) - len(judged),
            **summarise_coverage(cover_intervals(judged, appearances, people)),
            **summarise_purity(people),
            **summarise_detections(detections, tracks, true_faces),
            **tracking_scores(tracks, true_faces, shots, args.every_nth_frame),
            "provenance": provenance("evaluate_tracks", every_nth_frame=args.every_nth_frame),
        }
        write_json(args.out_metrics, metrics)
        logger.info(
            "%s: %d true intervals, least covered %s; %d of %d tracks mixed, HOTA %s",
            args.out_metrics,
            metrics["interval_count"],
            metrics["coverage_min"],
            metrics["mixed_tracks"],
            metrics["tracks"],
            metrics["hota"],
        )


if __name__ == "__main__":
    main()
