"""Compare the characters found in one film, by each model, with the people of its labels."""

from argparse import Namespace
from pathlib import Path

import pandas as pd

from workflow_scripts.evaluation.clustering import evaluate_clusters
from workflow_scripts.evaluation.matching import people_of_tracks
from workflow_scripts.formats.tables import CLUSTERS, TRACKS, TRUE_FACES
from workflow_scripts.stagekit.console import InputError, logger, stage, stage_parser
from workflow_scripts.stagekit.files import provenance, read_csv, read_table, write_json


def main(argv: list[str] | None = None) -> None:
    """Read tracks, clusters and labels; write the clustering scores as JSON."""
    parser = stage_parser(__doc__)
    parser.add_argument("--tracks", type=Path, required=True)
    parser.add_argument("--clusters", nargs="+", type=Path, required=True, help="one per model")
    parser.add_argument("--true-faces", type=Path, required=True, help="labels: faces.csv")
    parser.add_argument("--seed", type=int, default=2008, help="of the bootstrap")
    parser.add_argument("--bootstrap", type=int, default=200, help="how often tracks are redrawn")
    parser.add_argument("--out-metrics", nargs="+", type=Path, required=True, help="likewise")
    with stage(parser, argv) as args:
        people = people_of_tracks(
            read_table(args.tracks, TRACKS), read_csv(args.true_faces, TRUE_FACES)
        )
        for path, out in zip(args.clusters, args.out_metrics, strict=True):
            _evaluate(people, path, out, args)


def _evaluate(people: pd.DataFrame, path: Path, out: Path, args: Namespace) -> None:
    """Write the scores of one model's clusters."""
    clusters = read_table(path, CLUSTERS)
    if set(people["track"]) != set(clusters["track"]):
        raise InputError(
            f"{path} and {args.tracks} hold different tracks; "
            "cluster the film's present tracks again"
        )
    joined = pd.merge(
        people[["track", "person", "n_faces"]], clusters[["track", "character"]], on="track"
    )
    metrics = evaluate_clusters(joined, args.seed, args.bootstrap)
    metrics["provenance"] = provenance(
        "evaluate_clustering", seed=args.seed, bootstrap=args.bootstrap
    )
    write_json(out, metrics)
    logger.info(
        "%s: %d tracks of %d people in %d characters, V-measure %s",
        out,
        metrics["n_tracks"],
        metrics["k_true"],
        metrics["k_pred"],
        metrics["track"]["v_measure"],
    )


if __name__ == "__main__":
    main()
