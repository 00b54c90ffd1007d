"""Can each embedding tell whether two tracks, or two faces, of one film are the same person?"""

from pathlib import Path

import numpy as np
import pandas as pd

from castmap.clustering.pooling import pool_tracks
from castmap.console import logger
from castmap.evaluation.matching import people_of_faces, people_of_tracks
from castmap.evaluation.verification import (
    labelled_pairs,
    roc_points,
    slices,
    verification_scores,
)
from castmap.files.results import read_table
from castmap.files.whole import write_json
from castmap.formats.embeddings import read_embeddings
from castmap.formats.tables import DETECTIONS, TRACKS
from castmap.stages.labels import read_labels
from castmap.stages.process import stage, stage_parser
from castmap.stages.provenance import provenance

_MOST_FACES = 2000  # two million pairs; more cost time and narrow no interval


def main(argv: list[str] | None = None) -> None:
    """Read tracks, embeddings and labels of one film; write the verification scores as JSON."""
    parser = stage_parser(__doc__)
    parser.add_argument("--detections", type=Path, required=True)
    parser.add_argument("--tracks", type=Path, required=True)
    parser.add_argument("--embeddings", nargs="+", type=Path, required=True, help="one per model")
    parser.add_argument("--true-faces", type=Path, required=True, help="labels: faces.csv")
    parser.add_argument("--seed", type=int, default=2008, help="of the sample and the bootstrap")
    parser.add_argument("--bootstrap", type=int, default=200, help="how often items are redrawn")
    parser.add_argument("--out-metrics", nargs="+", type=Path, required=True, help="likewise")
    with stage(parser, argv) as args:
        detections = read_table(args.detections, DETECTIONS)
        tracks = read_table(args.tracks, TRACKS)
        labels = read_labels(args.true_faces)
        faces = _sample(tracks[~tracks["interpolated"]], args.seed)
        shown = detections.iloc[faces["detection"]]
        people = people_of_faces(shown, labels.faces).to_numpy(object)
        track = faces["track"].to_numpy()
        owners = people_of_tracks(tracks, labels.faces, labels.judged)
        names = owners["person"].to_numpy(object)
        drawing = (args.seed, args.bootstrap)
        covariates = {"size_px": shown["size_px"], "blur": shown["blur"], "yaw": shown["yaw"].abs()}
        for path, out in zip(args.embeddings, args.out_metrics, strict=True):
            embeddings = read_embeddings(path)
            pooled = pool_tracks(tracks, detections, embeddings)
            unit = embeddings[faces["detection"]]
            metrics = {
                "tracks": verification_scores(pooled, names, "tracks", None, *drawing),
                "faces": verification_scores(unit, people, "faces", track, *drawing),
                "roc": {"tracks": _roc(pooled, names, None), "faces": _roc(unit, people, track)},
                "face_slices": {
                    name: slices(unit, people, track, values.to_numpy(float))
                    for name, values in covariates.items()
                },
                "provenance": provenance(
                    "evaluate_verification", seed=args.seed, bootstrap=args.bootstrap
                ),
            }
            write_json(out, metrics)
            logger.info(
                "%s: AUC of tracks %s, of faces %s",
                *(out, metrics["tracks"]["auc"], metrics["faces"]["auc"]),
            )


def _sample(faces: pd.DataFrame, seed: int) -> pd.DataFrame:
    if len(faces) > _MOST_FACES:
        faces = faces.sample(_MOST_FACES, random_state=seed)
    return faces.sort_values(["track", "frame"])


def _roc(embeddings: np.ndarray, people: np.ndarray, group: np.ndarray | None) -> dict | None:
    pairs = labelled_pairs(people, group)
    scores = np.einsum("ij,ij->i", embeddings[pairs.first], embeddings[pairs.second])
    return roc_points(scores, pairs.same)


if __name__ == "__main__":
    main()
