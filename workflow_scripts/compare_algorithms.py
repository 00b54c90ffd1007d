"""Cluster the tracks of one film by every algorithm, and compare each with the film's labels.

Every algorithm finds the number of characters itself, and, if it can, is also told the true one.
"""

from pathlib import Path

import numpy as np
import pandas as pd

from workflow_scripts.clustering.agglomeration import carried_stop_distance, cosine_distances
from workflow_scripts.clustering.baselines import METHODS, TAKE_N_CLUSTERS, cluster
from workflow_scripts.clustering.pooling import pool_tracks
from workflow_scripts.evaluation.clustering import evaluate_clusters
from workflow_scripts.evaluation.matching import people_of_tracks
from workflow_scripts.formats.tables import DETECTIONS, TRACKS, TRUE_FACES
from workflow_scripts.stagekit.console import logger, stage, stage_parser
from workflow_scripts.stagekit.embeddings import read_embeddings
from workflow_scripts.stagekit.files import provenance, read_csv, read_table, write_json
from workflow_scripts.tracks.cooccurrence import cannot_links


def main(argv: list[str] | None = None) -> None:
    """Read tracks, embeddings and labels; write the scores of every algorithm as JSON."""
    parser = stage_parser(__doc__)
    parser.add_argument("--detections", type=Path, required=True)
    parser.add_argument("--tracks", type=Path, required=True)
    parser.add_argument("--embeddings", type=Path, required=True)
    parser.add_argument(
        "--reference-embeddings",
        type=Path,
        help="those that the stop distance is meant for, if they are others",
    )
    parser.add_argument("--true-faces", type=Path, required=True, help="labels: faces.csv")
    parser.add_argument("--stop-distance", type=float, required=True)
    parser.add_argument("--seed", type=int, required=True, help="of k-means and the bootstrap")
    parser.add_argument("--bootstrap", type=int, default=200, help="how often tracks are redrawn")
    parser.add_argument("--out-metrics", type=Path, required=True)
    with stage(parser, argv) as args:
        tracks = read_table(args.tracks, TRACKS)
        detections = read_table(args.detections, DETECTIONS)
        people = people_of_tracks(tracks, read_csv(args.true_faces, TRUE_FACES))
        vectors = pool_tracks(tracks, detections, read_embeddings(args.embeddings))
        forbidden = np.searchsorted(np.sort(tracks["track"].unique()), cannot_links(tracks))
        stop_distance = args.stop_distance
        if args.reference_embeddings:
            reference = pool_tracks(tracks, detections, read_embeddings(args.reference_embeddings))
            distances = (cosine_distances(rows) for rows in (reference, vectors))
            stop_distance = carried_stop_distance(*distances, stop_distance)
        # Told the number of people, an algorithm clusters the tracks that are somebody's.
        named = people["person"].notna().to_numpy()
        n_people = max(int(people.loc[named, "person"].nunique()), 1)
        rows = []
        for algorithm in METHODS:
            labels = cluster(
                algorithm, vectors, forbidden, stop_distance=stop_distance, seed=args.seed
            )
            rows.append(_scores(people, labels, args) | {"algorithm": algorithm, "told_k": False})
            if algorithm in TAKE_N_CLUSTERS:
                both = named[forbidden].all(axis=1)
                within = (np.cumsum(named) - 1)[forbidden[both]]
                labels = cluster(
                    algorithm, vectors[named], within, n_clusters=n_people, seed=args.seed
                )
                scores = _scores(people[named], labels, args)
                rows.append(scores | {"algorithm": algorithm, "told_k": True})
        record = provenance(
            "compare_algorithms",
            stop_distance=args.stop_distance,
            seed=args.seed,
            bootstrap=args.bootstrap,
        )
        write_json(args.out_metrics, {"algorithms": rows, "provenance": record})
        logger.info("%s: %d algorithms, %d tracks", args.out_metrics, len(METHODS), len(people))


def _scores(people: pd.DataFrame, labels: np.ndarray, args: object) -> dict:
    table = people[["track", "person", "n_faces"]].assign(character=labels.astype(str))
    scores = evaluate_clusters(table, args.seed, args.bootstrap)
    return {name: scores[name] for name in ("n_tracks", "k_pred", "k_true", "track")}


if __name__ == "__main__":
    main()
