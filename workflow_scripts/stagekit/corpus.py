"""The films of the corpus: the rows of the film sheet, and the video files of the film folder."""

import json
import os
from collections.abc import Iterable, Mapping
from pathlib import Path

from workflow_scripts.formats import settings
from workflow_scripts.formats.settings import Movie


def movie_info(movie: str) -> Path:
    """Where the facts about a film are once it has been probed."""
    return Path("results", movie, "movie.json")


def film_record(movie: str) -> Path:
    """Where is written what a film looked like when all of it was last read.

    It is no result: it holds dates and differs between machines.
    """
    return Path("results", "logs", movie, "film.json")


def read_movie_info(movie: str) -> dict | None:
    """The facts about a film; None before it has been probed, or if the file is damaged."""
    try:
        content = json.loads(movie_info(movie).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return content if isinstance(content, dict) else None


def files_away(movies: Iterable[Movie]) -> list[str]:
    """Films that were probed and are not here: who reads published results has no films."""
    return [
        movie.path
        for movie in movies
        if not _is_there(movie.path) and movie_info(movie.movie).exists()
    ]


def read_movies(section: Mapping[str, str | None], schema: dict) -> list[Movie]:
    """List the films, those of the sheet first.

    Args:
        section: ``movies`` of config.yaml, checked.
        schema: JSON schema of a row of the sheet.

    Raises:
        SettingsError: the sheet is missing or faulty, or two films have one name.
    """
    sheet, folder = Path(section["sheet"]), section["folder"]
    movies = settings.read_sheet(sheet.read_text(encoding="utf-8"), str(sheet), schema)
    paths = [path for movie in movies for path in (movie.path, movie.labels) if path]
    settings.check_files(movies, [*filter(_is_there, paths), *files_away(movies)], str(sheet))
    of_rows = set(map(Path, paths))
    files = Path(folder).iterdir() if folder and Path(folder).is_dir() else []
    names = [path.name for path in files if path not in of_rows]
    return movies + settings.movies_of_folder(folder, names, [movie.movie for movie in movies])


def _is_there(path: str) -> bool:
    """Whether a path leads to something; one that may not be looked at does not."""
    return os.access(path, os.F_OK)
