"""Compare the characters found in one film, by each embedding, with the people of its labels."""

from typing import NamedTuple

import pandas as pd

from castmap.console import InputError, logger
from castmap.evaluation.clustering import evaluate_clusters
from castmap.evaluation.end_to_end import end_to_end
from castmap.evaluation.matching import people_of_tracks
from castmap.evaluation.slices import slice_clusters, track_covariates
from castmap.formats.tables import Clusters, Detections, Examined, Shots, Tracks
from castmap.stages.arguments import ByModel, Job, Json
from castmap.stages.command_line import as_command
from castmap.stages.labels import Labels, warn_of_other_size


class Output(NamedTuple):
    """What the stage makes."""

    metrics: ByModel[Json]


def evaluate_clustering(
    shots: Shots,
    examined: Examined,
    detections: Detections,
    tracks: Tracks,
    clusters: ByModel[Clusters],
    true_faces: Labels,
    job: Job,
    *,
    seed: int,
    bootstrap: int = 200,
) -> Output:
    """Compare the characters found in one film, by each embedding, with the people of its labels.

    Args:
        shots: of the film.
        examined: the frames that were searched for faces.
        detections: of the film.
        tracks: of the film.
        clusters: by each embedding, of these tracks.
        true_faces: labels: faces.csv; judged_frames.csv beside it is read, too.
        job: the paths, for messages.
        seed: of the bootstrap.
        bootstrap: how often tracks are redrawn.
    """
    labels = true_faces
    warn_of_other_size(labels, detections, tracks)
    people = people_of_tracks(tracks, labels.faces, labels.judged)
    covariates = track_covariates(tracks, detections)
    metrics = {}
    for model, found in clusters.items():
        if set(people["track"]) != set(found["track"]):
            raise InputError(
                f"{job.paths['tracks']}: the characters by {model} are of different tracks; "
                "cluster the film's present tracks again"
            )
        joined = _with_characters(people, found)
        metrics[model] = {
            **evaluate_clusters(joined, seed, bootstrap),
            "n_tracks_not_judged": len(found) - len(joined),
            "end_to_end": end_to_end(
                detections, tracks, found, labels.faces, shots, examined, labels.judged
            ),
            "slices": slice_clusters(joined, covariates),
        }
        _say(model, metrics[model])
    return Output(metrics)


def _with_characters(people: pd.DataFrame, clusters: pd.DataFrame) -> pd.DataFrame:
    """The people of judged tracks with their characters."""
    judged = people.loc[people["judged"], ["track", "person", "n_faces"]]
    return judged.merge(clusters[["track", "character"]], on="track")


def _say(model: str, metrics: dict) -> None:
    logger.info(
        "%s: %d tracks of %d people in %d characters, V-measure %s, F from end to end %s",
        model,
        metrics["n_tracks"],
        metrics["k_true"],
        metrics["k_pred"],
        metrics["track"]["v_measure"],
        metrics["end_to_end"]["f1"],
    )


main = as_command(evaluate_clustering)

if __name__ == "__main__":
    main()
