"""Keep the best faces of the characters that somebody named, to know the people in later films."""

from pathlib import Path
from typing import NamedTuple

import pandas as pd

from castmap.console import logger
from castmap.files.results import opened_zip
from castmap.formats.face_archive import crop_name
from castmap.formats.tables import Corrected, Detections, KnownFaces, Tracks
from castmap.people.remembering import choose_faces
from castmap.stages.arguments import Embeddings, Json
from castmap.stages.command_line import as_command


class Output(NamedTuple):
    """What the stage makes."""

    remembered: KnownFaces


def remember_people(
    movie: Json,
    tracks: Tracks,
    detections: Detections,
    embeddings: Embeddings,
    faces: Path,
    corrected: Corrected,
) -> Output:
    """Keep the best faces of the characters that somebody named, to know the people in later films.

    Args:
        movie: movie.json of the film.
        tracks: of the film.
        detections: the faces.
        embeddings: by the pretrained network; row i for detection i.
        faces: the archive of their crops.
        corrected: the characters, and what people called them.
    """
    chosen = choose_faces(corrected, tracks, detections, embeddings)
    with opened_zip(faces) as archive:
        crops = [archive.read(crop_name(detection)) for detection in chosen["detection"]]
    table = chosen.assign(
        face=range(len(chosen)),
        origin=movie["movie"],
        embedding=pd.Series(list(embeddings[chosen["detection"]]), dtype=object),
        crop=pd.Series(crops, dtype=object),
    )
    logger.info("%d faces of %d people", len(table), table["name"].nunique())
    return Output(table)


main = as_command(remember_people)

if __name__ == "__main__":
    main()
