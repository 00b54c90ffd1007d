"""Compare the characters found in one film, by each model, with the people of its labels."""

from pathlib import Path

import pandas as pd

from castmap.console import InputError, logger
from castmap.evaluation.clustering import evaluate_clusters
from castmap.evaluation.end_to_end import end_to_end
from castmap.evaluation.matching import people_of_tracks
from castmap.evaluation.slices import slice_clusters, track_covariates
from castmap.files.results import read_table
from castmap.files.whole import write_json
from castmap.formats.tables import CLUSTERS, DETECTIONS, SHOTS, TRACKS
from castmap.stages.labels import check_drawn_size, read_labels
from castmap.stages.process import stage, stage_parser
from castmap.stages.provenance import provenance
from castmap.tracks.examined import every_nth


def main(argv: list[str] | None = None) -> None:
    """Read what was found and the labels; write the clustering scores as JSON."""
    parser = stage_parser(__doc__)
    parser.add_argument("--shots", type=Path, required=True)
    parser.add_argument("--detections", type=Path, required=True)
    parser.add_argument("--tracks", type=Path, required=True)
    parser.add_argument("--clusters", nargs="+", type=Path, required=True, help="one per model")
    parser.add_argument("--true-faces", type=Path, required=True, help="labels: faces.csv")
    parser.add_argument("--every-nth-frame", type=int, required=True)
    parser.add_argument("--seed", type=int, default=2008, help="of the bootstrap")
    parser.add_argument("--bootstrap", type=int, default=200, help="how often tracks are redrawn")
    parser.add_argument("--out-metrics", nargs="+", type=Path, required=True, help="likewise")
    with stage(parser, argv) as args:
        shots = read_table(args.shots, SHOTS)
        n_frames = shots["end_frame"].to_numpy().max(initial=0)
        examined = every_nth(args.every_nth_frame, n_frames)
        detections = read_table(args.detections, DETECTIONS)
        tracks = read_table(args.tracks, TRACKS)
        labels = read_labels(args.true_faces)
        check_drawn_size(args.true_faces, labels, detections, tracks)
        people = people_of_tracks(tracks, labels.faces, labels.judged)
        covariates = track_covariates(tracks, detections)
        names = ("every_nth_frame", "seed", "bootstrap")
        record = provenance("evaluate_clustering", **{name: getattr(args, name) for name in names})
        for path, out in zip(args.clusters, args.out_metrics, strict=True):
            clusters = read_table(path, CLUSTERS)
            joined = _with_characters(people, clusters, path, args.tracks)
            metrics = {
                **evaluate_clusters(joined, args.seed, args.bootstrap),
                "n_tracks_not_judged": len(clusters) - len(joined),
                "end_to_end": end_to_end(
                    *(detections, tracks, clusters, labels.faces, shots),
                    *(examined, labels.judged),
                ),
                "slices": slice_clusters(joined, covariates),
                "provenance": record,
            }
            write_json(out, metrics)
            logger.info(
                "%s: %d tracks of %d people in %d characters, V-measure %s, F from end to end %s",
                out,
                metrics["n_tracks"],
                metrics["k_true"],
                metrics["k_pred"],
                metrics["track"]["v_measure"],
                metrics["end_to_end"]["f1"],
            )


def _with_characters(
    people: pd.DataFrame, clusters: pd.DataFrame, clusters_path: Path, tracks_path: Path
) -> pd.DataFrame:
    """The people of judged tracks with their characters, which must be of the same tracks."""
    if set(people["track"]) != set(clusters["track"]):
        raise InputError(
            f"{clusters_path} and {tracks_path} hold different tracks; "
            "cluster the film's present tracks again"
        )
    judged = people.loc[people["judged"], ["track", "person", "n_faces"]]
    return judged.merge(clusters[["track", "character"]], on="track")


if __name__ == "__main__":
    main()
