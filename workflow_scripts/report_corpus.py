"""Write the corpus page: every film, and what was rejected or left out, and why."""

from functools import partial
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd

from castmap.clustering.pooling import quality
from castmap.faces.redaction import Redaction, redact_face
from castmap.files.results import opened_zip
from castmap.formats.face_archive import read_crop
from castmap.formats.failures import films_without_cast_map
from castmap.formats.tables import (
    Characters,
    Detections,
    Failures,
    Shots,
    Skipped,
    Tracks,
)
from castmap.pages import corpus
from castmap.pages.layout import title_of
from castmap.pages.movie import faces_by_character
from castmap.pages.rendering import render
from castmap.stages.arguments import ByMovie, Json, Text
from castmap.stages.command_line import as_command


class Output(NamedTuple):
    """What the stage makes."""

    page: Text
    failures: Failures


def report_corpus(
    movies: ByMovie[Json],
    shots: ByMovie[Shots],
    detections: ByMovie[Detections],
    faces: ByMovie[Path],
    tracks: ByMovie[Tracks],
    characters: ByMovie[Characters],
    metrics: ByMovie[Json],
    failed: Failures | None,
    skipped: Skipped,
    *,
    show_faces: Redaction,
) -> Output:
    """Write the corpus page: every film, and what was rejected or left out, and why.

    Args:
        movies: movie.json of each film.
        shots: of each film.
        detections: the faces of each film.
        faces: the archive of crops of each film.
        tracks: of each film.
        characters: of each film.
        metrics: of the clusters of each film with labels.
        failed: films that stages failed on; no other files are given of them.
        skipped: entries of the sheet and the folder that are no films.
        show_faces: how pictures show faces.
    """
    infos, cut, cast = dict(movies), dict(shots), dict(characters)
    cards, n_faces = [], {}
    for number, (movie, info) in enumerate(infos.items()):
        found = detections[movie]
        n_faces[movie] = len(found)
        known = faces_by_character(tracks[movie], cast[movie], quality(found))
        read_face = partial(_read_face, faces[movie], show_faces)
        cards.append(corpus.film_card(number, info, cut[movie], cast[movie], known, read_face))
    failures = films_without_cast_map(infos, n_faces, cast)
    if failed is not None:
        failures = pd.concat([failures, failed])
    titles = {movie: title_of(info) for movie, info in infos.items()}
    page = render(
        "corpus.html",
        numbers=corpus.corpus_numbers(infos.values(), cut.values(), cast.values()),
        films=cards,
        failures=corpus.failure_notices(failures, titles),
        skipped=skipped["reason"].tolist(),
        measured=[corpus.measured_row(titles[movie], own) for movie, own in metrics.items()],
    )
    return Output(page, failures)


def _read_face(archive: Path, show_faces: Redaction, detection: int) -> np.ndarray:
    with opened_zip(archive) as opened:
        return redact_face(read_crop(opened, detection), show_faces)


main = as_command(report_corpus)

if __name__ == "__main__":
    main()
