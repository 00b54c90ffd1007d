"""Compare the characters found in one film with the people of its labels."""

from pathlib import Path

import pandas as pd

from workflow_scripts.evaluation.clustering import evaluate_clusters
from workflow_scripts.evaluation.end_to_end import end_to_end
from workflow_scripts.evaluation.matching import people_of_tracks
from workflow_scripts.evaluation.slices import slice_clusters, track_covariates
from workflow_scripts.formats.tables import CLUSTERS, DETECTIONS, SHOTS, TRACKS, TRUE_FACES
from workflow_scripts.stagekit.console import InputError, logger, stage, stage_parser
from workflow_scripts.stagekit.files import provenance, read_csv, read_table, write_json


def main(argv: list[str] | None = None) -> None:
    """Read what was found and the labels; write the clustering scores as JSON."""
    parser = stage_parser(__doc__)
    parser.add_argument("--shots", type=Path, required=True)
    parser.add_argument("--detections", type=Path, required=True)
    parser.add_argument("--tracks", type=Path, required=True)
    parser.add_argument("--clusters", type=Path, required=True)
    parser.add_argument("--true-faces", type=Path, required=True, help="labels: faces.csv")
    parser.add_argument("--every-nth-frame", type=int, required=True)
    parser.add_argument("--seed", type=int, default=2008, help="of the bootstrap")
    parser.add_argument("--bootstrap", type=int, default=200, help="how often tracks are redrawn")
    parser.add_argument("--out-metrics", type=Path, required=True)
    with stage(parser, argv) as args:
        detections = read_table(args.detections, DETECTIONS)
        tracks = read_table(args.tracks, TRACKS)
        true_faces = read_csv(args.true_faces, TRUE_FACES)
        people = people_of_tracks(tracks, true_faces)
        clusters = read_table(args.clusters, CLUSTERS)
        if set(people["track"]) != set(clusters["track"]):
            raise InputError(
                f"{args.clusters} and {args.tracks} hold different tracks; "
                "cluster the film's present tracks again"
            )
        joined = pd.merge(
            people[["track", "person", "n_faces"]], clusters[["track", "character"]], on="track"
        )
        shots = read_table(args.shots, SHOTS)
        metrics = {
            **evaluate_clusters(joined, args.seed, args.bootstrap),
            "end_to_end": end_to_end(
                detections, tracks, clusters, true_faces, shots, args.every_nth_frame
            ),
            "slices": slice_clusters(joined, track_covariates(tracks, detections)),
            "provenance": provenance(
                "evaluate_clustering",
                every_nth_frame=args.every_nth_frame,
                seed=args.seed,
                bootstrap=args.bootstrap,
            ),
        }
        write_json(args.out_metrics, metrics)
        logger.info(
            "%s: %d tracks of %d people in %d characters, V-measure %s, F from end to end %s",
            args.out_metrics,
            metrics["n_tracks"],
            metrics["k_true"],
            metrics["k_pred"],
            metrics["track"]["v_measure"],
            metrics["end_to_end"]["f1"],
        )


if __name__ == "__main__":
    main()
