"""Write the page of people: who is in which films, for how long, and with whom."""

from pathlib import Path
from typing import NamedTuple

from castmap.clustering.people import names_used, people_by_name
from castmap.faces.redaction import Redaction
from castmap.formats.tables import Characters, Detections, People, Tracks
from castmap.pages.people import Film, write_page
from castmap.stages.arguments import ByMovie, Json, Text
from castmap.stages.command_line import as_command


class Output(NamedTuple):
    """What the stage makes."""

    page: Text


def report_people(
    movies: ByMovie[Json],
    detections: ByMovie[Detections],
    faces: ByMovie[Path],
    tracks: ByMovie[Tracks],
    characters: ByMovie[Characters],
    people: People | None,
    *,
    show_faces: Redaction,
) -> Output:
    """Write the page of people: who is in which films, for how long, and with whom.

    Args:
        movies: movie.json of each film.
        detections: the faces of each film.
        faces: the archive of crops of each film.
        tracks: of each film.
        characters: of each film.
        people: the characters of all films as people; without it, those who have a name.
        show_faces: how pictures show faces.
    """
    if people is None:
        people = people_by_name({movie: names_used(characters[movie]) for movie in movies})
    films = (
        Film(info, detections[movie], tracks[movie], characters[movie], faces[movie])
        for movie, info in movies.items()
    )
    return Output(write_page(films, people, show_faces=show_faces))


main = as_command(report_people)

if __name__ == "__main__":
    main()
