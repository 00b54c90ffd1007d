"""Inspect a film: what it is, and when each of its frames is shown."""

from pathlib import Path

from castmap.console import InputError
from castmap.files.results import write_table
from castmap.files.whole import write_json
from castmap.formats.tables import FRAMES
from castmap.stages.arguments import NewFile
from castmap.stages.command_line import as_command
from castmap.stages.process import FILM_IS_MISSING, is_missing
from castmap.stages.provenance import provenance
from castmap.video.fingerprint import write_record
from castmap.video.inspection import inspect_film


def probe_movie(
    movie: NewFile,
    frames: NewFile,
    *,
    name: str,
    title: str,
    year: int | None,
    film: Path,
    fingerprint: str,
    record: Path,
) -> None:
    """Inspect a film: what it is, and when each of its frames is shown.

    The whole film is decoded once. A file that is no film is not an error: movie.json says
    "rejected" and why, the table of frames is empty, and every later stage passes the film by.

    Args:
        movie: movie.json, the description of the film.
        frames: frames.parquet, when each frame is shown.
        name: of the film in the sheet.
        title: of the film; may be empty.
        year: of its release; may be empty.
        film: the video file.
        fingerprint: by which the planner knows the film.
        record: where to write what the planner will recognise the file by.
    """
    if is_missing(film):  # it is what it was
        raise InputError(FILM_IS_MISSING.format(film))
    found = inspect_film(film, name)
    if found.facts["sha256"]:
        write_record(record, found.record(fingerprint), found.began_ns)
    # What names the film changes nothing in its frames, and is not recorded beside them.
    write_table(frames, FRAMES, found.frames, provenance("probe_movie"))
    names = {"movie": name, "file": film.name, "title": title, "year": year}
    write_json(movie, names | found.facts)


main = as_command(probe_movie)

if __name__ == "__main__":
    main()
