"""Cluster the tracks of one film by every embedding and algorithm, and compare with its labels."""

from typing import NamedTuple

import numpy as np
import pandas as pd

from castmap.catalogues import ALGORITHMS
from castmap.clustering.cast import Cast, find_cast
from castmap.clustering.characters import UNASSIGNED
from castmap.clustering.film import describe_film, pool_beside
from castmap.console import logger
from castmap.evaluation.clustering import evaluate_clusters
from castmap.evaluation.matching import people_of_tracks
from castmap.formats.tables import BACKGROUND, Detections, MustLinks, Tracks
from castmap.stages.arguments import ByModel, Embeddings, Json
from castmap.stages.command_line import as_command
from castmap.stages.labels import Labels
from castmap.tracks.must_links import kept_links


class Output(NamedTuple):
    """What the stage makes."""

    metrics: Json


def compare_algorithms(
    detections: Detections,
    tracks: Tracks,
    must_links: MustLinks,
    embeddings: ByModel[Embeddings],
    true_faces: Labels,
    *,
    calibration_model: str,
    parameters: dict,
    prior_distance: float,
    seed: int,
    bootstrap: int = 200,
) -> Output:
    """Cluster the tracks of one film by every embedding and algorithm, and compare with its labels.

    Every algorithm finds the number of characters itself; those that can be given it are also run
    with the true one (oracle K), on the tracks of labelled people alone.

    Args:
        detections: the faces.
        tracks: the items to be clustered.
        must_links: pairs of tracks that are one person.
        embeddings: of each model; row i for detection i.
        true_faces: the labels.
        calibration_model: the pretrained one, whose stop distance is carried over to the others.
        parameters: of the algorithms, by algorithm and name, as JSON.
        prior_distance: cosine distance of two people, by the calibration model.
        seed: of the algorithms and the bootstrap.
        bootstrap: how often tracks are redrawn.
    """
    people = people_of_tracks(tracks, true_faces.faces, true_faces.judged)
    named = people["person"].notna().to_numpy()
    n_people = max(int(people.loc[named, "person"].nunique()), 1)
    calibration_embeddings = embeddings[calibration_model]
    film = describe_film(
        *(tracks, detections, calibration_embeddings, kept_links(must_links)),
        prior_distance=prior_distance,
    )
    rows = []
    for model in embeddings:
        vectors = pool_beside(tracks, detections, embeddings, model, calibration_model)
        for name, algorithm in ALGORITHMS.members.items():
            own = parameters.get(name)
            cast = find_cast(vectors, film, name, seed=seed, parameters=own)
            found = {False: (people, cast)}
            if algorithm.declared.get("takes_n_clusters"):
                some = vectors[named], film.only(named), name
                oracle = find_cast(*some, seed=seed, n_clusters=n_people, parameters=own)
                found[True] = (people[named], oracle)
            for oracle_k, (items, cast) in found.items():
                row = {"model": model, "algorithm": name, "oracle_k": oracle_k}
                rows.append(row | _scores(items, cast, seed, bootstrap))
    logger.info("%d clusterings of %d tracks", len(rows), len(people))
    return Output({"algorithms": rows})


def _scores(people: pd.DataFrame, cast: Cast, seed: int, bootstrap: int) -> dict:
    unassigned = cast.characters == UNASSIGNED
    labels = np.where(unassigned, BACKGROUND, cast.characters.astype(str))
    table = people[["track", "person", "n_faces"]].assign(character=labels)
    scores = evaluate_clusters(table, seed, bootstrap)
    return {name: scores[name] for name in ("n_tracks", "k_pred", "k_true", "track")}


main = as_command(compare_algorithms)

if __name__ == "__main__":
    main()
