"""Can each embedding tell whether two tracks, or two faces, of one film are the same person?"""

from typing import NamedTuple

import pandas as pd

from castmap.clustering.pooling import pool_tracks
from castmap.console import logger
from castmap.evaluation.matching import people_of_faces, people_of_tracks
from castmap.evaluation.verification import roc_of_items, slices, verification_scores
from castmap.formats.tables import Detections, Tracks
from castmap.stages.arguments import ByModel, Embeddings, Json
from castmap.stages.command_line import as_command
from castmap.stages.labels import Labels

_MOST_FACES = 2000  # two million pairs; more cost time and narrow no interval


class Output(NamedTuple):
    """What the stage makes."""

    metrics: ByModel[Json]


def evaluate_verification(
    detections: Detections,
    tracks: Tracks,
    embeddings: ByModel[Embeddings],
    true_faces: Labels,
    *,
    seed: int,
    bootstrap: int = 200,
) -> Output:
    """Can each embedding tell whether two tracks, or two faces, of one film are the same person?

    Args:
        detections: of the film.
        tracks: of the film.
        embeddings: of its faces, by each model.
        true_faces: labels: faces.csv; judged_frames.csv beside it is read, too.
        seed: of the sample of faces and of the bootstrap.
        bootstrap: how often tracks are redrawn.
    """
    owners = people_of_tracks(tracks, true_faces.faces, true_faces.judged)
    names = owners["person"].to_numpy(object)
    faces = _sample(tracks[~tracks["interpolated"]], seed)
    shown, track = detections.iloc[faces["detection"]], faces["track"].to_numpy()
    people = people_of_faces(shown, true_faces.faces).to_numpy(object)
    covariates = {"size_px": shown["size_px"], "blur": shown["blur"], "yaw": shown["yaw"].abs()}
    metrics = {}
    for model, vectors in embeddings.items():
        pooled = pool_tracks(tracks, detections, vectors)
        unit = vectors[faces["detection"]]
        metrics[model] = {
            "tracks": verification_scores(pooled, names, "tracks", None, seed, bootstrap),
            "faces": verification_scores(unit, people, "faces", track, seed, bootstrap),
            "roc": {
                "tracks": roc_of_items(pooled, names, None),
                "faces": roc_of_items(unit, people, track),
            },
            "face_slices": {
                name: slices(unit, people, track, values.to_numpy(float))
                for name, values in covariates.items()
            },
        }
        of_tracks, of_faces = (metrics[model][items]["auc"] for items in ("tracks", "faces"))
        logger.info("%s: AUC of tracks %s, of faces %s", model, of_tracks, of_faces)
    return Output(metrics)


def _sample(faces: pd.DataFrame, seed: int) -> pd.DataFrame:
    if len(faces) > _MOST_FACES:
        faces = faces.sample(_MOST_FACES, random_state=seed)
    return faces.sort_values(["track", "frame"])


main = as_command(evaluate_verification)

if __name__ == "__main__":
    main()
