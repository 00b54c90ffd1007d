"""Write the corpus page: every film, and what was rejected or left out, and why."""

from pathlib import Path
from typing import NamedTuple

from castmap.faces.redaction import Redaction
from castmap.formats.tables import (
    Characters,
    Detections,
    Failures,
    Review,
    Shots,
    Skipped,
    Tracks,
)
from castmap.pages import corpus
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
    review: ByMovie[Review],
    metrics: ByMovie[Json],
    failed: Failures | None,
    skipped: Skipped,
    *,
    show_faces: Redaction,
    has_people: bool,
) -> Output:
    """Write the corpus page: every film, and what was rejected or left out, and why.

    Args:
        movies: movie.json of each film.
        shots: of each film.
        detections: the faces of each film.
        faces: the archive of crops of each film.
        tracks: of each film.
        characters: of each film.
        review: the questions that each film asks.
        metrics: of the clusters of each film with labels.
        failed: films that stages failed on; no other files are given of them.
        skipped: entries of the sheet and the folder that are no films.
        show_faces: how pictures show faces.
        has_people: whether the page of people is made, too.
    """
    films = (
        corpus.Film(
            info,
            shots[movie],
            detections[movie],
            tracks[movie],
            characters[movie],
            review[movie],
            faces[movie],
            metrics.get(movie),
            [corpus.MINING, *[corpus.MISTAKES] * (movie in metrics)],
        )
        for movie, info in movies.items()
    )
    reasons = skipped["reason"].tolist()
    page, failures = corpus.write_page(
        films,
        failed,
        reasons,
        show_faces=show_faces,
        has_adaptation=True,
        has_people=has_people,
    )
    return Output(page, failures)


main = as_command(report_corpus)

if __name__ == "__main__":
    main()
