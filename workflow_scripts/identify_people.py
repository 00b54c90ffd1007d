"""Give the same person one identity in all films of the corpus."""

from typing import NamedTuple

from castmap.clustering.people import character_vectors, names_used, people_table
from castmap.clustering.pooling import pool_tracks
from castmap.console import logger
from castmap.formats.tables import Characters, Detections, People, Tracks
from castmap.stages.arguments import ByMovie, Embeddings
from castmap.stages.command_line import as_command


class Output(NamedTuple):
    """What the stage makes."""

    people: People


def identify_people(
    characters: ByMovie[Characters],
    tracks: ByMovie[Tracks],
    detections: ByMovie[Detections],
    embeddings: ByMovie[Embeddings],
    *,
    stop_distance: float,
) -> Output:
    """Give the same person one identity in all films of the corpus.

    Args:
        characters: of each film, under corrections.
        tracks: of each film.
        detections: of each film.
        embeddings: of each film by one model, the same for all; row i for detection i.
        stop_distance: cosine distance of characters; those farther apart are not joined.
    """
    found, names = {}, {}
    for movie, table in characters.items():
        pooled = pool_tracks(tracks[movie], detections[movie], embeddings[movie])
        found[movie], names[movie] = character_vectors(table, pooled), names_used(table)
    people = people_table(found, names, stop_distance)
    logger.info(
        "%d people, %d of them with a name, are %d characters of %d films",
        people["person"].nunique(),
        people["name"].nunique(),
        len(people),
        len(characters),
    )
    return Output(people)


main = as_command(identify_people)

if __name__ == "__main__":
    main()
