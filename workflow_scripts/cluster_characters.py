"""Group the tracks of a film into characters, by each embedding beside the pretrained one."""

from typing import NamedTuple

import pandas as pd

from castmap.clustering.cast import clusters_table, find_cast
from castmap.clustering.characters import is_character
from castmap.clustering.evidence import histograms
from castmap.clustering.film import describe_film, pool_beside
from castmap.clustering.screen_time import screen_times
from castmap.console import logger, tell_found
from castmap.formats.tables import (
    UNASSIGNED_LABELS,
    Clusters,
    Detections,
    Examined,
    Frames,
    MustLinks,
    Shots,
    Tracklets,
    Tracks,
)
from castmap.mining.tracklets import tracklet_means
from castmap.stages.arguments import ByModel, Embeddings, Json
from castmap.stages.command_line import as_command
from castmap.tracks.examined import track_intervals
from castmap.tracks.must_links import kept_links


class Output(NamedTuple):
    """What the stage makes."""

    clusters: ByModel[Clusters]
    calibrations: ByModel[Json]


def cluster_characters(
    frames: Frames,
    shots: Shots,
    examined: Examined,
    detections: Detections,
    tracks: Tracks,
    tracklets: Tracklets,
    must_links: MustLinks,
    embeddings: ByModel[Embeddings],
    *,
    calibration_model: str,
    algorithm: str,
    parameters: dict,
    prior_distance: float,
    seed: int,
) -> Output:
    """Group the tracks of a film into characters, by each embedding beside the pretrained one.

    Args:
        frames: of the film.
        shots: of the film.
        examined: the frames that were searched for faces.
        detections: the faces.
        tracks: the items to be clustered.
        tracklets: of the tracks, for the histograms beside the stop distance.
        must_links: pairs of tracks that are one person.
        embeddings: of each model; row i for detection i.
        calibration_model: the pretrained one: it finds the stop distance, which is carried over to
            the others.
        algorithm: name of a clustering algorithm.
        parameters: of the algorithm, by name, as JSON.
        prior_distance: cosine distance of two people, before the film's own are known.
        seed: of the algorithm.
    """
    reference = embeddings[calibration_model]
    film = describe_film(
        *(tracks, detections, reference, kept_links(must_links)),
        prior_distance=prior_distance,
    )
    intervals = track_intervals(tracks, shots, frames, examined)
    evidence = histograms(
        tracklet_means(tracklets, reference), film.calibration_vectors[film.cannot_links]
    )
    clusters, calibrations = {}, {}
    for model in embeddings:
        vectors = pool_beside(tracks, detections, embeddings, model, calibration_model)
        cast = find_cast(vectors, film, algorithm, seed=seed, parameters=parameters)
        table = clusters_table(intervals, film, cast)
        clusters[model] = table
        calibrations[model] = {
            "algorithm": algorithm,
            **film.calibration._asdict(),
            "carried_stop_distance": cast.stop_distance,
            "tracks_joined_later": int(cast.joined.sum()),
            **_describe(table),
            "histograms": evidence,
        }
        tell_found(people=len(calibrations[model]["characters"]))
        _report(model, calibrations[model], len(table), len(film.cannot_links))
    return Output(clusters, calibrations)


def _describe(table: pd.DataFrame) -> dict:
    """Each character's numbers, and how many tracks are in none."""
    named = table[is_character(table["character"])].groupby("character")
    times = screen_times(table).set_index("character")
    return {
        "characters": [
            {
                "character": name,
                "tracks": len(own),
                **times.loc[name].to_dict(),
                "confidence": float(own["confidence"].mean()),
            }
            for name, own in named
        ],
        "tracks_of_no_character": {
            name: int((table["character"] == name).sum()) for name in UNASSIGNED_LABELS
        },
    }


def _report(model: str, found: dict, n_tracks: int, n_cannot_links: int) -> None:
    logger.info(
        "%s: %d characters of %d tracks, %d of no character, %d cannot-links, stopped at %.3f",
        model,
        len(found["characters"]),
        n_tracks,
        sum(found["tracks_of_no_character"].values()),
        n_cannot_links,
        found["carried_stop_distance"],
    )


main = as_command(cluster_characters)

if __name__ == "__main__":
    main()
