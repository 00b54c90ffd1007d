"""Cluster the tracks of one film by every embedding and algorithm, and compare with its labels.

Every algorithm finds the number of characters itself, and, if it can, is also told the true one.
castmap's own is the only one to calibrate its stop distance and to leave tracks out.
"""

from argparse import Namespace
from pathlib import Path

import numpy as np
import pandas as pd

from castmap.clustering.baselines import METHODS, TAKE_N_CLUSTERS, cluster
from castmap.clustering.cast import CASTMAP, Cast, calibrate_film, find_cast, find_cast_by
from castmap.clustering.characters import BACKGROUND
from castmap.clustering.leftovers import NOBODY
from castmap.clustering.pooling import judge_tracks, pool_tracks
from castmap.console import logger
from castmap.evaluation.clustering import evaluate_clusters
from castmap.evaluation.matching import people_of_tracks
from castmap.files.results import read_table
from castmap.files.whole import write_json
from castmap.formats.embeddings import read_embeddings
from castmap.formats.tables import DETECTIONS, TRACKS
from castmap.stages.labels import read_labels
from castmap.stages.process import stage, stage_parser
from castmap.stages.provenance import provenance
from castmap.tracks.cooccurrence import find_cannot_links


def main(argv: list[str] | None = None) -> None:
    """Read tracks, embeddings and labels; write the scores of every algorithm as JSON."""
    parser = stage_parser(__doc__)
    parser.add_argument("--detections", type=Path, required=True)
    parser.add_argument("--tracks", type=Path, required=True)
    parser.add_argument("--models", nargs="+", required=True, help="the pretrained one first")
    parser.add_argument("--embeddings", nargs="+", type=Path, required=True, help="one per model")
    parser.add_argument("--true-faces", type=Path, required=True, help="labels: faces.csv")
    parser.add_argument(
        "--prior-stop-distance", type=float, required=True, help="of the first model"
    )
    parser.add_argument("--seed", type=int, required=True, help="of k-means and the bootstrap")
    parser.add_argument("--bootstrap", type=int, default=200, help="how often tracks are redrawn")
    parser.add_argument("--out-metrics", type=Path, required=True)
    with stage(parser, argv) as args:
        tracks = read_table(args.tracks, TRACKS)
        detections = read_table(args.detections, DETECTIONS)
        labels = read_labels(args.true_faces)
        people = people_of_tracks(tracks, labels.faces, labels.judged)
        forbidden = np.searchsorted(np.sort(tracks["track"].unique()), find_cannot_links(tracks))
        pooled = {
            model: pool_tracks(tracks, detections, read_embeddings(path))
            for model, path in zip(args.models, args.embeddings, strict=True)
        }
        usable, _ = judge_tracks(tracks, detections)
        n_frames = tracks.groupby("track").size().to_numpy()
        reference = pooled[args.models[0]]
        prior = args.prior_stop_distance
        calibration = calibrate_film(reference, forbidden, usable, prior, args.seed)
        rows = []
        for model, vectors in pooled.items():
            casts = {
                CASTMAP: find_cast(vectors, reference, forbidden, usable, n_frames, calibration),
                **{
                    method: find_cast_by(
                        method, vectors, reference, forbidden, calibration, args.seed
                    )
                    for method in METHODS
                },
            }
            for algorithm, cast in casts.items():
                row = {"model": model, "algorithm": algorithm}
                rows.append(row | {"oracle_k": False} | _scores(people, _labels(cast), args))
                if algorithm in TAKE_N_CLUSTERS:
                    found = _told(algorithm, people, vectors, forbidden, args)
                    rows.append(row | {"oracle_k": True} | found)
        names = ("prior_stop_distance", "seed", "bootstrap")
        record = provenance("compare_algorithms", **{name: getattr(args, name) for name in names})
        write_json(args.out_metrics, {"algorithms": rows, "provenance": record})
        logger.info("%s: %d clusterings of %d tracks", args.out_metrics, len(rows), len(people))


def _labels(cast: Cast) -> np.ndarray:
    return np.where(cast.characters == NOBODY, BACKGROUND, cast.characters.astype(str))


def _told(
    algorithm: str,
    people: pd.DataFrame,
    vectors: np.ndarray,
    forbidden: np.ndarray,
    args: Namespace,
) -> dict:
    """The scores where the number of people is told, and only their tracks are clustered."""
    named = people["person"].notna().to_numpy()
    n_people = max(int(people.loc[named, "person"].nunique()), 1)
    links = (np.cumsum(named) - 1)[forbidden[named[forbidden].all(axis=1)]]
    labels = cluster(algorithm, vectors[named], links, n_clusters=n_people, seed=args.seed)
    return _scores(people[named], labels.astype(str), args)


def _scores(people: pd.DataFrame, labels: np.ndarray, args: Namespace) -> dict:
    table = people[["track", "person", "n_faces"]].assign(character=labels)
    scores = evaluate_clusters(table, args.seed, args.bootstrap)
    return {name: scores[name] for name in ("n_tracks", "k_pred", "k_true", "track")}


if __name__ == "__main__":
    main()
