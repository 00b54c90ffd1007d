"""Give the same person one identity in all films of the corpus."""

from typing import NamedTuple

from castmap.clustering.people import character_vectors, people_table
from castmap.clustering.pooling import pool_tracks
from castmap.console import logger
from castmap.formats.tables import Clusters, Detections, People, Tracks
from castmap.stages.arguments import ByMovie, Embeddings
from castmap.stages.command_line import as_command


class Output(NamedTuple):
    """What the stage makes."""

    people: People


def identify_people(
    clusters: ByMovie[Clusters],
    tracks: ByMovie[Tracks],
    detections: ByMovie[Detections],
    embeddings: ByMovie[Embeddings],
    *,
    stop_distance: float,
) -> Output:
    """Give the same person one identity in all films of the corpus.

    Args:
        clusters: of each film, as castmap found them.
        tracks: of each film.
        detections: of each film.
        embeddings: of each film by one model, the same for all; row i for detection i.
        stop_distance: cosine distance of characters; those farther apart are not joined.
    """
    characters = {}
    for movie, found in clusters.items():
        pooled = pool_tracks(tracks[movie], detections[movie], embeddings[movie])
        characters[movie] = character_vectors(found, pooled)
    table = people_table(characters, stop_distance)
    logger.info(
        "%d people are %d characters of %d films",
        table["person"].nunique(),
        len(table),
        len(clusters),
    )
    return Output(table)


main = as_command(identify_people)

if __name__ == "__main__":
    main()
