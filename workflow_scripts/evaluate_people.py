"""Compare the people found across films with the names of their labels."""

from pathlib import Path
from typing import NamedTuple

import pandas as pd

from castmap.console import logger
from castmap.evaluation.clustering import evaluate_clusters
from castmap.evaluation.matching import people_of_tracks
from castmap.formats.label_names import one_spelling
from castmap.formats.tables import BACKGROUND, Characters, People, Tracks
from castmap.stages.arguments import ByFolder, ByMovie, Json
from castmap.stages.command_line import as_command
from castmap.stages.labels import FilmLabels, Labels


class Output(NamedTuple):
    """What the stage makes."""

    metrics: Json


def evaluate_people(
    people: People,
    characters: ByMovie[Characters],
    tracks: ByMovie[Tracks],
    true_faces: ByFolder[Labels],
    *,
    labels: dict[str, Path],
    seed: int,
    bootstrap: int = 200,
) -> Output:
    """Compare the people found across films with the names of their labels.

    Args:
        people: the characters of all films as people.
        characters: of each labelled film, under corrections.
        tracks: of each labelled film.
        true_faces: labels of these films: faces.csv; judged_frames.csv beside it is read, too.
        labels: the folder of each film's labels, as JSON: the film sheet says it, no path does.
        seed: of the bootstrap.
        bootstrap: how often tracks are redrawn.
    """
    tables = []
    for movie, folder in labels.items():
        table = _named_tracks(tracks[movie], true_faces[folder.as_posix()])
        character = characters[movie].set_index("track")["character"]
        person = people[people["movie"] == movie].set_index("character")["person"]
        found = table["track"].map(character).map(person).fillna(BACKGROUND)
        tables.append(table[["person", "n_faces"]].assign(character=found))
    joined = pd.concat(tables, ignore_index=True).reset_index(names="track")
    joined["person"] = one_spelling(joined["person"])
    metrics = evaluate_clusters(joined, seed, bootstrap)
    logger.info(
        "%d people of %d names in %d films", metrics["k_pred"], metrics["k_true"], len(labels)
    )
    return Output(metrics | {"movies": list(labels)})


def _named_tracks(tracks: pd.DataFrame, labels: FilmLabels) -> pd.DataFrame:
    """The person of each track that the labels judge."""
    table = people_of_tracks(tracks, labels.faces, labels.judged)
    return table[table["judged"]]


main = as_command(evaluate_people)

if __name__ == "__main__":
    main()
