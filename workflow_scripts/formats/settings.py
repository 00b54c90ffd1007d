"""Checks of the film sheet, the film folder and lists of films: one clear sentence per fault."""

import csv
import io
import re
from collections.abc import Iterable
from dataclasses import dataclass

import jsonschema

FILM_SUFFIXES = (
    *(".3gp", ".avi", ".flv", ".m2ts", ".m4v", ".mkv", ".mov", ".mp4", ".mpeg", ".mpg"),
    *(".mts", ".mxf", ".ogv", ".ts", ".vob", ".webm", ".wmv"),
)
# Folders beside the films' own folders in results/.
RESERVED_NAMES = (
    *("adaptation", "benchmarks", "code", "corpus", "exports", "index"),
    *("logs", "provenance", "report", "seals", "summary", "tables"),
)


class SettingsError(ValueError):
    """Something the user wrote is wrong; the message has one line per fault, each with its fix."""


@dataclass(frozen=True)
class Movie:
    """One film of the corpus: a row of the sheet, or a file of the film folder."""

    movie: str
    path: str
    title: str
    year: str
    labels: str
    role: str


def read_sheet(text: str, name: str, schema: dict) -> list[Movie]:
    """Read the film sheet: tab-separated, one header line, one film per line.

    Args:
        text: the sheet.
        name: its file name, for messages.
        schema: JSON schema of one row; its properties are the columns.

    Returns:
        The films in the order of the sheet.

    Raises:
        SettingsError: columns are missing or unknown, a value is illegal, or a film's name comes
            twice (compared without case, since some file systems ignore it).
    """
    rows = list(csv.reader(io.StringIO(text), delimiter="\t", quoting=csv.QUOTE_NONE))
    header = rows[0] if rows else []
    columns = list(schema["properties"])
    if sorted(header) != sorted(columns):
        unknown = [column for column in header if column not in columns]
        lost = [column for column in columns if column not in header]
        raise SettingsError(
            f"{name}, line 1: the columns must be {', '.join(columns)}, separated by tabs; "
            f"missing: {', '.join(lost) or 'none'}; unknown: {', '.join(unknown) or 'none'}"
        )
    movies, messages, lines = [], [], {}
    for number, cells in enumerate(rows[1:], start=2):
        if not any(cell.strip() for cell in cells):
            continue
        where = f"{name}, line {number}"
        if len(cells) != len(header):
            messages.append(
                f"{where}: {len(cells)} columns instead of {len(header)}; separate them by tabs"
            )
            continue
        row = dict(zip(header, (cell.strip() for cell in cells), strict=True))
        messages += [f"{where}: {fault}" for fault in _row_faults(row, schema)]
        first = lines.setdefault(row["movie"].casefold(), number)
        if first != number:
            messages.append(
                f"{where}: the movie {row['movie']} is in line {first} already; "
                "give one of them another name"
            )
        movies.append(Movie(**row))
    if messages:
        raise SettingsError("\n".join(messages))
    return movies


def _row_faults(row: dict[str, str], schema: dict) -> list[str]:
    faults = [
        f"{fault.absolute_path[0]} is {fault.instance!r}; it takes {fault.schema['description']}"
        for fault in jsonschema.Draft202012Validator(schema).iter_errors(row)
    ]
    if row["movie"].casefold() in RESERVED_NAMES:
        faults.append(f"movie is {row['movie']!r}, which results/ uses itself; choose another name")
    return faults


def read_split(text: str, name: str) -> list[str]:
    """Read a list of films: one name per line; what follows a # is a remark.

    Args:
        text: the list.
        name: its file name, for messages.

    Raises:
        SettingsError: a name comes twice.
    """
    movies = [line.partition("#")[0].strip() for line in text.splitlines()]
    movies = [movie for movie in movies if movie]
    twice = sorted({movie for movie in movies if movies.count(movie) > 1})
    if twice:
        raise SettingsError(f"{name}: {', '.join(twice)} comes twice; remove one of the lines")
    return movies


def movie_of_file(file_name: str) -> str | None:
    """The name of the film that a file of the film folder is; None of a file that is no video."""
    stem, dot, suffix = file_name.rpartition(".")
    if not stem or f"{dot}{suffix}".lower() not in FILM_SUFFIXES:
        return None
    movie = re.sub(r"[^A-Za-z0-9_-]+", "_", stem).strip("_-") or "film"
    return f"film_{movie}" if movie.casefold() in RESERVED_NAMES else movie


def movies_of_folder(folder: str, file_names: Iterable[str], taken: Iterable[str]) -> list[Movie]:
    """Make a film of every video file in a folder, named after the file.

    Args:
        folder: the folder, as it is to stand in the films' paths.
        file_names: the files in it; those without a film's suffix are left out.
        taken: names of films that exist already.

    Raises:
        SettingsError: two files, or a file and a film of the sheet, get the same name.
    """
    owners = {name.casefold(): "the sheet" for name in taken}
    movies, messages = [], []
    for file_name in sorted(file_names):
        movie = movie_of_file(file_name)
        if movie is None:
            continue
        if movie.casefold() in owners:
            messages.append(
                f"{folder}/{file_name}: its name becomes {movie}, which "
                f"{owners[movie.casefold()]} has too; rename the file"
            )
            continue
        owners[movie.casefold()] = file_name
        title = file_name.rpartition(".")[0]
        movies.append(Movie(movie, f"{folder}/{file_name}", title, "", "", "film"))
    if messages:
        raise SettingsError("\n".join(messages))
    return movies


def check_files(movies: Iterable[Movie], present: Iterable[str], name: str) -> None:
    """Check that the films and labels that castmap does not build itself are there.

    Args:
        movies: the films of the sheet.
        present: those of their paths and label folders that exist.
        name: the sheet's file name, for messages.

    Raises:
        SettingsError: a film or a label folder is missing.
    """
    present = set(present)
    messages = [
        f"{name}: {column} of {movie.movie} is {path}, which does not exist; "
        "correct the path (relative to the Snakefile) or remove the row"
        for movie in movies
        if movie.role != "demo"
        for column, path in (("path", movie.path), ("labels", movie.labels))
        if path and path not in present
    ]
    if messages:
        raise SettingsError("\n".join(messages))
