"""Name a film's characters by the known people, and list what speaks for each name."""

from typing import NamedTuple

import numpy as np

from castmap.clustering.pooling import pool_tracks
from castmap.console import logger
from castmap.formats.tables import (
    CERTAIN,
    PROPOSED,
    Characters,
    Corrected,
    Detections,
    KnownFaces,
    NameEvidence,
    Names,
    Tracks,
)
from castmap.people.known import gather_people
from castmap.people.naming import apply_names, describe_cast, find_evidence, name_cast
from castmap.stages.arguments import ByMovie, Embeddings, Json
from castmap.stages.command_line import as_command
from castmap.tracks.cooccurrence import find_cannot_links


class Output(NamedTuple):
    """What the stage makes."""

    characters: Characters
    names: Names
    evidence: NameEvidence
    known: Json


def name_characters(
    tracks: Tracks,
    detections: Detections,
    corrected: Corrected,
    embeddings: Embeddings,
    journal: Json,
    known_faces: KnownFaces | None,
    remembered: ByMovie[KnownFaces],
    *,
    cast: dict | None,
    expected_error: float,
) -> Output:
    """Name a film's characters by the known people, and list what speaks for each name.

    Args:
        tracks: of the film.
        detections: the faces.
        corrected: the characters, as people corrected them.
        embeddings: by the pretrained network, as those of known faces; row i for detection i.
        journal: the corrections, and what became of each.
        known_faces: of the gallery, if there is one.
        remembered: faces of the films before this one in which people were named.
        cast: the role of each person who may be in the film, by name; None if nobody has said.
        expected_error: of a name that is used, 0..1.
    """
    tables = [*([] if known_faces is None else [known_faces]), *remembered.values()]
    known = gather_people(tables, cast)
    vectors = pool_tracks(tracks, detections, embeddings)
    cannot_links = np.searchsorted(corrected["track"], find_cannot_links(tracks))
    film = describe_cast(corrected, vectors, cannot_links, journal["rows"])
    names = name_cast(film, known, cast, expected_error)
    evidence = find_evidence(names, film, known)
    counts = names["status"].value_counts()
    logger.info(
        "%d characters, %d known people: %d names certain, %d proposed",
        *(len(names), len(known.names), counts.get(CERTAIN, 0), counts.get(PROPOSED, 0)),
    )
    people = {"people": known.names, "faces": len(known.faces), "films": list(remembered)}
    by_cast_list = {"by_cast_list": cast is not None}
    return Output(apply_names(corrected, names), names, evidence, people | by_cast_list)


main = as_command(name_characters)

if __name__ == "__main__":
    main()
