"""The films of the corpus: the rows of the film sheet, and the video files of the film folder.

A row or an entry that is not a film is skipped, with its reason; the others go on.
"""

import csv
import io
import json
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, NamedTuple

from castmap.files.entries import file_fault
from castmap.formats.names import movie_of_file, name_films, one_line, shorten
from castmap.formats.spreadsheets import escape_formula
from castmap.packages.isolation import CrashError, run_apart
from castmap.settings.settings import Movie, SettingsError
from castmap.settings.sheet import load_sheet

# Files that commonly lie beside films, and are not taken for one.
_COMPANIONS = (
    ".ass",
    ".csv",
    ".gif",
    ".idx",
    ".jpeg",
    ".jpg",
    ".json",
    ".md",
    ".nfo",
    ".pdf",
    ".png",
    ".rtf",
    ".srt",
    ".ssa",
    ".sub",
    ".sup",
    ".tsv",
    ".txt",
    ".url",
    ".vtt",
    ".webp",
    ".xml",
    "desktop.ini",
    "thumbs.db",
)
_NAMED_OTHERS = 5


class Skipped(NamedTuple):
    """A path of the sheet or the folder that is left out, and why: one sentence with its name."""

    path: str
    reason: str


@dataclass(frozen=True)
class Corpus:
    """What there is to analyse.

    Attributes:
        movies: the films, those of the sheet first.
        turned_away: of what is skipped, what has a film's name, and why: the end of a sentence that
            begins with its path. It is made only if asked for.
        skipped: what is left out.
        renamed: a sentence for each film that another kept from the name of its file.
    """

    movies: list[Movie]
    turned_away: dict[Movie, str]
    skipped: list[Skipped]
    renamed: list[str]


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


def film_lengths_s(movies: Iterable[Movie]) -> dict[str, float]:
    """How long films last, by name: once probed as found then, before that as their headers say.

    Those of which nothing is known are left out.
    """
    infos = {movie: read_movie_info(movie.movie) for movie in movies}
    lengths = {movie.movie: info.get("duration_s") for movie, info in infos.items() if info}
    new = [movie for movie, info in infos.items() if not info and _is_file(Path(movie.path))]
    if new:
        with suppress(CrashError, InterruptedError):
            read = run_apart(_header_lengths_s, [movie.path for movie in new])
            lengths |= {movie.movie: s for movie, s in zip(new, read, strict=True)}
    return {name: length_s for name, length_s in lengths.items() if length_s is not None}


def missing_films(movies: Iterable[Movie]) -> list[str]:
    """Names of the films that were probed and are not here; readers of published results have none.

    Demo films are built where they are missing.
    """
    return [movie.movie for movie in movies if movie.role != "demo" and _is_missing(movie)]


def read_corpus(section: Mapping[str, Any], schema: dict, open_files: bool = True) -> Corpus:
    """List the films, and what is not a film.

    Args:
        section: ``movies`` of config.yaml, checked.
        schema: JSON schema of a row of the sheet.
        open_files: whether to read the headers of files that have not been analysed, and skip those
            that are not a film's. Otherwise they count as films.

    Raises:
        SettingsError: the sheet is missing or faulty, or the folder is missing.
    """
    sheet = Path(section["sheet"])
    rows, without_labels = _existing_labels(load_sheet(sheet, schema), sheet)
    files, odd, renamed = _read_folder(section["folder"], rows)
    named = [*rows, *files]
    faults = {movie: _fault(movie) for movie in named}
    if open_files:
        faults |= _header_faults([movie for movie, fault in faults.items() if not fault])
    of_sheet = {row.movie for row in rows}
    skipped = [
        Skipped(movie.path, _sentence(movie, fault, sheet if movie.movie in of_sheet else None))
        for movie, fault in faults.items()
        if fault
    ]
    return Corpus(
        movies=[movie for movie, fault in faults.items() if not fault],
        turned_away={movie: fault for movie, fault in faults.items() if fault},
        skipped=[*without_labels, *skipped, *odd],
        renamed=renamed,
    )


def say_skipped(corpus: Corpus, listed_in: str, longest: int = 20) -> Iterator[str]:
    """A sentence for each entry that is skipped or renamed, up to a number."""
    sentences = [*(one_line(entry.reason) for entry in corpus.skipped), *corpus.renamed]
    yield from sentences[:longest]
    if len(sentences) > longest:
        yield f"{len(sentences) - longest} more entries are skipped or renamed: see {listed_in}"


def skipped_as_csv(skipped: Iterable[Skipped]) -> str:
    """The SKIPPED table. The planner writes it, which has no time to import pandas."""
    lines = io.StringIO()
    writer = csv.writer(lines, lineterminator="\n")
    writer.writerow(Skipped._fields)
    rows = {one_line(entry.path): one_line(entry.reason) for entry in skipped}
    writer.writerows(map(escape_formula, row) for row in sorted(rows.items()))
    return lines.getvalue()


def _existing_labels(rows: Sequence[Movie], sheet: Path) -> tuple[list[Movie], list[Skipped]]:
    """The rows, without the labels that are not there."""
    movies, lost = [], []
    for row in rows:
        faces = Path(row.labels, "faces.csv")
        there = row.role == "demo" or not row.labels or _is_file(faces)
        movies.append(row if there else replace(row, labels=""))
        if not there:
            reason = (
                f"{sheet}: labels of {row.movie}: {shorten(str(faces), 200)} does not exist: the "
                "film is taken without labels; put it there (docs/output.md), or empty the cell"
            )
            lost.append(Skipped(row.labels, reason))
    return movies, lost


def _read_folder(
    folder: str | None, rows: Sequence[Movie]
) -> tuple[list[Movie], list[Skipped], list[str]]:
    """The folder's films by the names of its files, what else lies there, and who was renamed."""
    if folder is None:
        return [], [], []
    try:
        entries = sorted((path.name for path in Path(folder).iterdir()), key=os.fsencode)
    except OSError as error:
        raise SettingsError(
            f"movies.folder: {folder} cannot be read ({error.strerror}); correct config.yaml, or "
            "write null if no folder's files are to be films"
        ) from error
    of_rows = {Path(path).absolute() for row in rows for path in (row.path, row.labels) if path}
    entries = [name for name in entries if Path(folder, name).absolute() not in of_rows]
    films = [name for name in entries if _may_be_film(Path(folder, name))]
    names = name_films(films, [row.movie for row in rows], _recorded_file)
    movies = [
        Movie(movie, f"{folder}/{name}", one_line(name.rpartition(".")[0]), "", "", "film")
        for name, movie in names.items()
    ]
    renamed = [
        f"{one_line(movie.path)} is the film {movie.movie}: {movie_of_file(name)} is another's name"
        for movie, name in zip(movies, names, strict=True)
        if movie.movie != movie_of_file(name)
    ]
    return movies, _odd_entries(folder, [name for name in entries if name not in names]), renamed


def _may_be_film(path: Path) -> bool:
    """Whether an entry is a file, or a link to none, that has a film's ending and is not hidden."""
    if path.name.startswith(".") or movie_of_file(path.name) is None:
        return False
    return _is_file(path) or (path.is_symlink() and not os.access(path, os.F_OK))


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except OSError:  # in a folder that may not be looked into
        return False


def _odd_entries(folder: str, names: Iterable[str]) -> list[Skipped]:
    """What lies in the film folder and has no film's name, each with its reason."""
    skipped, others = [], []
    for name in names:
        path = f"{folder}/{name}"
        if reason := _why_odd(Path(path)):
            skipped.append(Skipped(path, f"{one_line(path)} {reason}"))
        elif not name.startswith(".") and not name.lower().endswith(_COMPANIONS):
            others.append(one_line(name))
    if others:
        more = len(others) - _NAMED_OTHERS
        listed = ", ".join(others[:_NAMED_OTHERS]) + (f" and {more} more" if more > 0 else "")
        reason = f"{folder}: no video files by their names: {listed}"
        skipped.append(Skipped(folder, reason))
    return skipped


def _why_odd(path: Path) -> str | None:
    """Why an entry that could be taken for a film, or hold some, is none."""
    by_name, hidden = movie_of_file(path.name) is not None, path.name.startswith(".")
    if by_name and path.name.startswith("._"):
        return "is what macOS notes about a file, no film"
    if by_name and hidden:
        return "is hidden; to have it analysed, name it without the dot"
    if not hidden and _is_folder(path):
        return (
            "is a folder: films are the files beside it; `castmap run FOLDER` links what is in it"
        )
    return file_fault(path) if by_name else None


def _is_folder(path: Path) -> bool:
    try:
        return path.is_dir()
    except OSError:
        return False


def _recorded_file(movie: str) -> str | None:
    """The file that the results of a film's name are of."""
    return (read_movie_info(movie) or {}).get("file")


def _is_missing(movie: Movie) -> bool:
    return not os.access(movie.path, os.F_OK) and movie_info(movie.movie).exists()


def _fault(movie: Movie) -> str | None:
    """Why there is nothing to read of a film; of one that was probed and is missing, nothing."""
    if movie.role == "demo" or _is_missing(movie):
        return None
    return file_fault(Path(movie.path))


def _sentence(movie: Movie, fault: str, sheet: Path | None) -> str:
    path = shorten(movie.path, 200)
    if sheet is None:
        return f"{path} {fault}"
    return f"{sheet}: path of {movie.movie} is {path}, which {fault}; correct it or remove the row"


def _header_faults(movies: Iterable[Movie]) -> dict[Movie, str | None]:
    """Why files that no results are of are no films; those that crash the reader are probed."""
    unknown = [
        movie
        for movie in movies
        if _is_file(Path(movie.path)) and (read_movie_info(movie.movie) or {}).get("status") != "ok"
    ]
    paths = [os.fsencode(movie.path) for movie in unknown]
    try:
        faults = run_apart(_look_into, paths) if paths else []
    except CrashError:
        faults = [_look_alone(path) for path in paths]
    return dict(zip(unknown, faults, strict=True))


def _look_alone(path: bytes) -> str | None:
    try:
        return run_apart(_look_into, [path])[0]
    except CrashError:
        return None


def _header_lengths_s(paths: Iterable[str]) -> list[float | None]:
    from castmap.video.glance import header_length_s  # noqa: PLC0415

    return [header_length_s(path) for path in paths]


def _look_into(paths: Iterable[bytes]) -> list[str | None]:
    # Only here: it takes longer to import than all else that planning needs.
    from castmap.video.glance import header_faults  # noqa: PLC0415

    return header_faults(map(os.fsdecode, paths))
