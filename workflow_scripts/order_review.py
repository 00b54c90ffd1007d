"""List what a person should review first in a film, by the clicks that an answer saves."""

from typing import NamedTuple

from castmap.clustering.agglomeration import cosine_distances
from castmap.clustering.film import pool_beside
from castmap.console import logger
from castmap.corrections.review import known_pairs, questions
from castmap.formats.tables import Characters, Cooccurrence, Detections, Names, Review, Tracks
from castmap.stages.arguments import ByModel, Embeddings, Json
from castmap.stages.command_line import as_command


class Output(NamedTuple):
    """What the stage makes."""

    review: Review


def order_review(
    detections: Detections,
    tracks: Tracks,
    embeddings: ByModel[Embeddings],
    cooccurrence: Cooccurrence,
    characters: Characters,
    names: Names,
    journal: Json,
    calibration: Json,
    choice: Json,
    *,
    calibration_model: str,
) -> Output:
    """List what a person should review first in a film, by the clicks that an answer saves.

    Args:
        detections: the faces.
        tracks: of the film, as people cut them.
        embeddings: of each model; row i for detection i.
        cooccurrence: pairs of tracks seen at the same time, before they were cut.
        characters: as found and corrected.
        names: who each character may be.
        journal: what became of each correction.
        calibration: of the chosen model.
        choice: which model was chosen.
        calibration_model: the pretrained one, which stands beside it.
    """
    vectors = pool_beside(tracks, detections, embeddings, choice["model"], calibration_model)
    pairs = known_pairs(characters["track"].to_numpy(), tracks, cooccurrence, journal["rows"])
    stop_distance = calibration["carried_stop_distance"]
    table = questions(characters, cosine_distances(vectors), pairs, stop_distance, names)
    logger.info("%d questions", len(table))
    return Output(table)


main = as_command(order_review)

if __name__ == "__main__":
    main()
