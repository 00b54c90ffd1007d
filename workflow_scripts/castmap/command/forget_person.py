"""Delete what is kept of one person: pictures, remembered faces, the name, and pages with them."""

import csv
import io
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import pyarrow.parquet as pq

from castmap.command import leftovers
from castmap.command.biometrics import files_below, first_link
from castmap.command.film_pages import HOME, SHARED_PAGES, find_pages
from castmap.console import InputError, shown
from castmap.files.results import read_json, reading
from castmap.files.whole import replacing
from castmap.formats.label_names import fold_name
from castmap.formats.names import is_movie_name
from castmap.formats.spreadsheets import unescape_formula
from castmap.formats.tables import CORRECTIONS
from castmap.settings.settings import Movie

_GALLERY = Path("resources/people")
_CAST_LIST = _GALLERY / "cast.tsv"
_CORRECTIONS = Path("resources/corrections")
_CORPUS = Path("results/corpus")
# Of each film: which tables say a name, and what those that hold faces are.
_FACES = {
    "remembered.parquet": "faces by which the film's named people are known again",
    "name_evidence.parquet": "known faces that speak for a name",
}
_TABLES = (*_FACES, "names.parquet", "corrected.parquet", "characters.parquet")
_OF_CORPUS = {
    "known_faces.parquet": "faces of the gallery, and embeddings",
    "people.parquet": "who is in several films",
}
_MOST_LISTED = 20


class Person(NamedTuple):
    """What was found of a person.

    Attributes:
        delete: files and links to delete, and what each is.
        rewrite: files that stay: what they are to hold, and how many rows go.
        films: whose tables and pages say the name.
        unseen: links in place of folders or of files to rewrite; they are not followed.
    """

    delete: dict[Path, str]
    rewrite: dict[Path, tuple[bytes, int]]
    films: list[str]
    unseen: list[Path]


def find_person(name: str, movies: Iterable[str]) -> Person:
    """List what holds a person's pictures, faces or name; no link is followed.

    Names that differ in case or spaces only are one. A name is compared with what is there, and
    never becomes part of a path.

    Args:
        name: any text.
        movies: the films.

    Raises:
        InputError: nobody is called so here; the message lists who is known.
        OSError: a folder cannot be read.
    """
    wanted = fold_name(name)
    found = Person({}, {}, [], [])
    known = [*_find_pictures(wanted, found), *_find_in_cast_list(wanted, found)]
    films = dict.fromkeys([*movies, *_folders_of_films(found), *_films_with_corrections()])
    for film in films:
        named = _find_in_corrections(film, wanted, found)
        known += named
        if _find_in_film(film, wanted, found) or wanted in map(fold_name, named):
            found.films.append(film)
    _find_in_corpus(wanted, found)
    _find_pages(found)
    _find_clips(found)
    if not wanted or not (found.delete or found.rewrite or found.films):
        links = "".join(f"; {shown(link)} is a link and was not searched" for link in found.unseen)
        raise InputError(f"nobody is called {shown(name)} here; {_list_names(known)}{links}")
    return found


def rewrite(files: Mapping[Path, tuple[bytes, int]]) -> list[str]:
    """Write the files that stay without the person.

    Returns:
        What could not be written, and why.
    """
    failures = []
    for path, (content, _) in files.items():
        try:
            with replacing(path) as partial:
                partial.write_bytes(content)
        except OSError as error:
            failures.append(f"{path}: {error.strerror}")
    return failures


def what_is_left(name: str, movies: Mapping[str, Movie], found: Person) -> Iterator[str]:
    """What may still tell of the person, each with what to do about it."""
    if found.films:
        yield (
            f"{' '.join(f'results/{film}' for film in found.films)}: tables that may say the name "
            "until the next run, which makes them and the deleted pages anew without it"
        )
        if exported := [f"results/exports/{film}" for film in found.films if _is_exported(film)]:
            yield (f"{' '.join(exported)}: exports that may say the name until the next run")
        yield (
            f"{' '.join(found.films)}: crops and embeddings of all faces of these films, the "
            f"person's among them. `castmap forget {found.films[0]}` deletes those of a film"
        )
    for labels in _labels_with(name, movies.values()):
        yield f"{labels}: labels that say the name. Change it there if it is to go"
    yield from leftovers.behind_links(found.delete)
    yield from leftovers.second_names(found.delete)
    if Path("resources/published.dvc").exists():
        yield (
            "resources/published.dvc: results were published, with embeddings of everybody in the "
            "films and without names. `castmap forget MOVIE` says how to take those of a film back"
        )
    yield from leftovers.in_git([*found.delete, *found.rewrite], "resources", "results")
    yield "Backups, copies, and pages or exports that were passed on: ask those who have them"


def _find_pictures(wanted: str, found: Person) -> list[str]:
    """Note the person's folder of pictures; returns who has one."""
    if _is_linked(_GALLERY, found) or not _GALLERY.is_dir():
        return []
    people = [path for path in sorted(_GALLERY.iterdir()) if path.is_dir() or path.is_symlink()]
    for folder in people:
        if fold_name(folder.name) != wanted:
            continue
        pictures = [folder] if folder.is_symlink() else files_below(folder)
        found.delete.update(dict.fromkeys(pictures, "pictures of the person"))
    return [path.name for path in people if not path.name.startswith(".")]


def _find_in_cast_list(wanted: str, found: Person) -> list[str]:
    """Note the person's rows of the cast list; returns who has one."""
    return _find_rows(_CAST_LIST, "\t", "name", wanted, found)


def _find_in_corrections(film: str, wanted: str, found: Person) -> list[str]:
    """Note the corrections that say the name; returns all names that are said."""
    return _find_rows(_CORRECTIONS / f"{film}.csv", ",", "name", wanted, found, _with_undoes)


def _find_rows(
    path: Path,
    separator: str,
    column: str,
    wanted: str,
    found: Person,
    more: Callable[[list[list[str]], set[int]], set[int]] = lambda _, rows: rows,
) -> list[str]:
    """Note a file of rows, if some say the name; returns the names in it."""
    if _is_linked(path, found) or not path.is_file():
        return []
    text = path.read_bytes().decode("utf-8", "surrogateescape")
    try:
        cells, lines = _rows_of(text, separator)
    except csv.Error as error:
        raise InputError(f"{path} cannot be read ({error}); correct it, or delete it") from error
    header = [cell.strip().removeprefix("\ufeff") for cell in cells[0]] if cells else []
    if column not in header:
        return []
    place = header.index(column)
    names = [unescape_formula(row[place]).strip() if len(row) > place else "" for row in cells]
    gone = {row for row, name in enumerate(names) if row and fold_name(name) == wanted}
    if gone and wanted:
        gone = more(cells, gone)
        kept = "".join(line for row, line in enumerate(lines) if row not in gone)
        found.rewrite[path] = (kept.encode("utf-8", "surrogateescape"), len(gone))
    return [name for name in names[1:] if name]


def _rows_of(text: str, separator: str) -> tuple[list[list[str]], list[str]]:
    """The cells of each row, and the lines that it stands in, to the letter."""
    lines = list(io.StringIO(text, newline=""))
    reader = csv.reader(lines, delimiter=separator)
    cells, pieces, start = [], [], 0
    for row in reader:
        cells.append(row)
        pieces.append("".join(lines[start : reader.line_num]))
        start = reader.line_num
    return cells, pieces


def _with_undoes(cells: list[list[str]], gone: set[int]) -> set[int]:
    """Rows, and those that undo operations of which no row is left."""
    operation, undoes = (CORRECTIONS.columns.index(name) for name in ("operation", "undoes"))
    while True:
        left = {row[operation] for place, row in enumerate(cells) if row and place not in gone}
        lost = {row[operation] for place, row in enumerate(cells) if place in gone} - left
        more = {place for place, row in enumerate(cells) if row[undoes:] and row[undoes] in lost}
        if more <= gone:
            return gone
        gone = gone | more


def _folders_of_films(found: Person) -> Iterator[str]:
    """The films that have results, also those that have left the sheet."""
    for folder in sorted(Path("results").glob("*/")):
        if is_movie_name(folder.name) and not _is_linked(folder, found):
            yield folder.name


def _films_with_corrections() -> list[str]:
    names = sorted(path.stem for path in _CORRECTIONS.glob("*.csv"))
    return [name for name in names if is_movie_name(name)]


def _find_in_film(film: str, wanted: str, found: Person) -> bool:
    """Note the files of a film that hold the person's faces; returns whether it says the name."""
    folder = Path("results", film)
    if _is_linked(folder, found):
        return False
    named = [file for file in _TABLES if _says(folder / file, wanted)]
    for file in named:
        if file in _FACES:
            found.delete[folder / file] = _FACES[file]
    return bool(named) or _is_known_in(folder / "known_people.json", wanted)


def _is_known_in(path: Path, wanted: str) -> bool:
    """Whether the people whom a film's page proposes include this one; also if nobody can tell."""
    if path.is_symlink() or not path.is_file():
        return False
    try:
        return wanted in map(fold_name, read_json(path)["people"])
    except (InputError, KeyError, TypeError):
        return True


def _find_in_corpus(wanted: str, found: Person) -> None:
    if _is_linked(_CORPUS, found):
        return
    for file, what in _OF_CORPUS.items():
        if _says(_CORPUS / file, wanted):
            found.delete[_CORPUS / file] = what
    refused = _CORPUS / "pictures.json"
    if refused.is_file() and any(path.is_relative_to(_GALLERY) for path in found.delete):
        found.delete[refused] = "what pictures were refused"


def _find_pages(found: Person) -> None:
    """Note the pages of the films that say the name, and those that films share."""
    if not found.films or _is_linked(HOME.parent, found):
        return
    found.delete.update(dict.fromkeys(find_pages(found.films), "a page of a film with the person"))
    for shared, what in SHARED_PAGES.items():
        found.delete.update(dict.fromkeys(find_pages([shared.stem]), what))


def _find_clips(found: Person) -> None:
    """Note the clips of films that say the name: whoever's they are, the person may be in them."""
    for film in found.films:
        folder = Path("results/exports", film, "clips")
        if not _is_linked(folder, found) and folder.is_dir():
            found.delete.update(dict.fromkeys(files_below(folder), "clips with the person"))


def _says(path: Path, wanted: str) -> bool:
    """Whether a table has the name; also if nobody can tell."""
    if path.is_symlink() or not path.is_file():
        return path.is_symlink()
    try:
        with reading(path):
            table = pq.ParquetFile(path)
            if "name" not in table.schema_arrow.names:
                return False
            names = table.read(["name"])["name"].unique().to_pylist()
    except InputError:
        return True
    return any(fold_name(name) == wanted for name in names if name)


def _is_linked(path: Path, found: Person) -> bool:
    """Whether a link is on the way to a file or folder; it is noted, and not followed."""
    link = first_link(path)
    if link and link not in found.unseen:
        found.unseen.append(link)
    return link is not None


def _is_exported(film: str) -> bool:
    return Path("results/exports", film).is_dir()


def _labels_with(name: str, movies: Iterable[Movie]) -> Iterator[Path]:
    for movie in movies:
        path = Path(movie.labels, "faces.csv")
        if movie.labels and path.is_file():
            cells, _ = _rows_of(path.read_text(encoding="utf-8", errors="replace"), ",")
            if any(row and fold_name(unescape_formula(row[0])) == fold_name(name) for row in cells):
                yield path


def _list_names(names: Sequence[str]) -> str:
    """Who is known, as the end of a sentence."""
    listed = sorted({shown(name) for name in names})
    if not listed:
        return "nobody has a name yet"
    more = f" and {len(listed) - _MOST_LISTED} more" if len(listed) > _MOST_LISTED else ""
    return f"the people are {', '.join(listed[:_MOST_LISTED])}{more}"
