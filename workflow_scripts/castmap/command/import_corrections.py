"""Turn a cast map that was edited in another program into corrections of the film.

Reads an edited copy of results/exports/MOVIE/cast_map.eaf, cast_map.csv, cast_map.via.json or
tracks.cvat.xml, and adds what was changed to resources/corrections/MOVIE.csv. What is taken, what
contradicts it and what castmap cannot take is listed. docs/corrections.md says what becomes of
which edit.

    castmap import-corrections heat.eaf
    castmap import-corrections heat.csv --movie heat -n
"""

import argparse
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from filelock import Timeout

from castmap.command.repository import check_known, films_of, list_films, read_config, typed_name
from castmap.console import InputError, shown
from castmap.corrections.elsewhere.changes import Changes
from castmap.corrections.elsewhere.importing import changes_of, open_edited
from castmap.corrections.elsewhere.saying import Said, say
from castmap.corrections.elsewhere.today import Today, characters_as_found
from castmap.corrections.saving import LOCK_S, add_to_journal
from castmap.files.foreign import decode_foreign, read_foreign
from castmap.files.results import read_json, read_table
from castmap.formats.corrections import add_rows
from castmap.formats.names import one_line
from castmap.formats.tables import CHARACTERS, CLUSTERS, EXAMINED, FRAMES, TRACKS
from castmap.settings.settings import Movie

_MOST_BYTES = 2**28  # the boxes of a long film have half of it


class _Edit(NamedTuple):
    path: Path
    program: str
    today: Today
    changes: Changes

    @property
    def movie(self) -> str:
        return self.today.info["movie"]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what `castmap import-corrections` takes."""
    parser.add_argument("files", nargs="+", type=Path, metavar="FILE", help="an edited cast map")
    parser.add_argument(
        "--movie", type=typed_name, help="the film; needed for CSV, which does not say which it is"
    )
    parser.add_argument("-n", "--dry-run", action="store_true", help="only say what would be added")


def run(args: argparse.Namespace) -> int:
    """Read all files, then add what was changed in each to the journal of its film."""
    films = films_of(read_config())
    if args.movie:
        check_known([args.movie], films)
    films_read: dict[str, Today] = {}
    edits = [_read(path, args.movie, films, films_read) for path in args.files]
    journals: dict[str, bytes] = {}
    for edit in edits:
        journal = Path("resources/corrections", f"{edit.movie}.csv")
        said = _try_out(edit, journal, journals) if args.dry_run else _save(edit, journal)
        _report(edit, said, journal, args.dry_run)
    return 0


def _read(
    path: Path, movie: str | None, films: Mapping[str, Movie], films_read: dict[str, Today]
) -> _Edit:
    """What a file asks for."""
    try:
        opened = open_edited(decode_foreign(read_foreign(path, _MOST_BYTES)))
        movie = movie or _film_of(opened.films, films)
        if movie not in films_read:
            films_read[movie] = read_today(movie)
        today = films_read[movie]
        return _Edit(path, opened.program, today, changes_of(opened, today))
    except ValueError as error:
        raise InputError(f"{shown(path)}: {error}") from error


def _film_of(names: set[str], films: Mapping[str, Movie]) -> str:
    """The film that a file names, by its name, its title or its video file."""
    found = [
        name
        for name, movie in films.items()
        if names & {name, one_line(movie.title or ""), one_line(Path(movie.path).name)}
    ]
    if len(found) == 1:
        return found[0]
    said = f"names {', '.join(map(shown, sorted(names)))}" if names else "does not name its film"
    several = f", which may be {' and '.join(found)}" if found else ""
    raise ValueError(f"it {said}{several}; say which film it is of by --movie: {list_films(films)}")


def read_today(movie: str) -> Today:
    """A film as the last run made it.

    Raises:
        InputError: it has no cast map.
    """
    folder = Path("results", movie)
    if not (folder / "characters.parquet").is_file():
        raise InputError(f"{movie} has no cast map yet; `castmap export {movie}` makes it")
    frames, examined, found, characters, clusters = (
        read_table(folder / name, schema)
        for name, schema in {
            "frames.parquet": FRAMES,
            "examined.parquet": EXAMINED,
            "tracks.parquet": TRACKS,
            "characters.parquet": CHARACTERS,
            "clusters.chosen.parquet": CLUSTERS,
        }.items()
    )
    tracks = read_table(folder / "corrected_tracks.parquet", TRACKS)
    return Today(
        info=read_json(folder / "movie.json"),
        frames=frames,
        examined=examined,
        tracks=tracks,
        characters=characters,
        found=characters_as_found(clusters, found, tracks),
        journal=read_json(folder / "corrections.json"),
    )


def _try_out(edit: _Edit, journal: Path, journals: dict[str, bytes]) -> Said:
    """What would be said, after what the files before would have said."""
    if edit.movie not in journals:
        journals[edit.movie] = journal.read_bytes() if journal.exists() else b""
    content = journals[edit.movie]
    said = say(edit.changes.operations, content, edit.today, _now())
    if said.rows:
        journals[edit.movie] = add_rows(content, said.rows)
    return said


def _save(edit: _Edit, journal: Path) -> Said:
    """Say it; when this returns, it is on the disk."""
    said: list[Said] = []

    def rows_after(content: bytes) -> str | None:
        said.append(say(edit.changes.operations, content, edit.today, _now()))
        return said[0].rows or None

    try:
        add_to_journal(journal, rows_after)
    except Timeout as error:
        raise InputError(
            f"{journal}: castmap review has been saving it for {LOCK_S} s; try again"
        ) from error
    except OSError as error:
        raise InputError(f"{journal}: cannot be written: {error.strerror}") from error
    return said[0]


def _now() -> str:
    return f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}"


def _report(edit: _Edit, said: Said, journal: Path, dry_run: bool) -> None:
    """Print what was taken, what contradicts it, and what cannot be taken."""
    print(f"{shown(edit.path)}, edited in {edit.program}, of {edit.movie}:")
    for status, sentences in {
        "taken": [operation.what for operation in said.operations],
        "said before": said.before,
        "conflict": [*edit.changes.conflicts, *said.conflicts],
        "not taken": edit.changes.not_taken,
    }.items():
        for sentence in sentences:
            print(f"  {status:12}{sentence}")
    count = len(said.operations)
    corrections = f"{count} correction{'s' * (count != 1)}"
    if not count:
        print(f"  nothing is added to {journal}")
    elif dry_run:
        print(f"  {corrections} would be added to {journal}")
    else:
        print(f"  {corrections} added to {journal}; `castmap export {edit.movie}` applies them")
