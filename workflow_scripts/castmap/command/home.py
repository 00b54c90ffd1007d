"""The pages of all films and of people, after a run that was asked for some of them."""

import os
import time
from collections.abc import Iterable, Iterator
from pathlib import Path

import pandas as pd

from castmap.clustering.people import names_used, people_by_name
from castmap.command.film_pages import ADAPTATION_PAGE, HOME, PEOPLE_PAGE, page_of
from castmap.command.records import record_of
from castmap.command.repository import films_of
from castmap.console import InputError, say
from castmap.files.results import read_csv, read_json, read_table
from castmap.files.seals import seal_files
from castmap.files.whole import write_text
from castmap.formats.failures import FAILED
from castmap.formats.tables import (
    CHARACTERS,
    DETECTIONS,
    FAILURES,
    PEOPLE,
    REVIEW,
    SHOTS,
    SKIPPED,
    TRACKS,
    TableError,
)
from castmap.pages import people
from castmap.pages.corpus import MINING, MISTAKES, Film, write_page

_LOG = Path("results/logs/report_corpus.log")  # of the job that makes the page from all films
_LOG_OF_PEOPLE = Path("results/logs/report_people.log")
_PEOPLE = Path("results/corpus/people.parquet")
_SKIPPED = Path("results/skipped.csv")
_FAILURES = Path("results/failures.csv")
_TABLES = {
    "corrected_shots.parquet": SHOTS,
    "detections.parquet": DETECTIONS,
    "corrected_tracks.parquet": TRACKS,
    "characters.parquet": CHARACTERS,
    "review.parquet": REVIEW,
}


def write_home(config: dict) -> None:
    """Write the page of all films, and that of people, from the films that are done.

    Every page leads to the page of all films, so it is written where any is left, even if it has no
    film to show.

    Snakemake makes them from all films; one film must not wait for the analysis of the rest. The
    next run of all films is to make them again: they are dated before what they are made of, and
    Snakemake is left no record by which that would not matter.
    """
    done = [name for name in films_of(config) if _is_done(name)]
    if not done and not any(HOME.parent.glob("*.html")):
        return
    try:
        page, of_people = _pages(config, done)
    except (InputError, TableError) as error:
        if HOME.exists():
            say(f"the page of all films stays as it was: {error}")
            return
        say(f"the page of all films shows none: {error}")
        page, of_people = _pages(config, [])
    made = [path.stat().st_mtime for path in Path("results").glob("*/movie.json")]
    before = min(made, default=time.time()) - 1
    if of_people is not None:
        _replace(PEOPLE_PAGE, of_people, before, _LOG_OF_PEOPLE)
    _replace(HOME, page, before, _LOG)


def _pages(config: dict, done: list[str]) -> tuple[str, str | None]:
    """The page of all films, and that of people if there is anybody to show."""
    of_people = _page_of_people(config, done) if done else None
    page, _ = write_page(
        _films(done),
        _failed(done),
        read_csv(_SKIPPED, SKIPPED)["reason"].tolist() if _SKIPPED.exists() else [],
        show_faces=config["report"]["faces"],
        has_adaptation=ADAPTATION_PAGE.exists(),
        has_people=of_people is not None,
    )
    return page, of_people


def _replace(path: Path, page: str, date: float, log: Path) -> None:
    """Write a page that says something else, and give it a date."""
    if path.exists() and path.read_text(encoding="utf-8") == page:
        return
    write_text(path, page)
    os.utime(path, (date, date))
    record_of(path.as_posix()).unlink(missing_ok=True)
    seal_files(log, [path])


def _page_of_people(config: dict, done: list[str]) -> str | None:
    """The page of people, from the films that are done; None if there is nobody to show."""
    characters = {name: _read(name, "characters.parquet") for name in done}
    table = people_by_name({name: names_used(own) for name, own in characters.items()})
    if config["people"]["across_films"] and _is_people_table_new(done):
        table = read_table(_PEOPLE, PEOPLE)
    if table.empty:
        return None
    films = (
        people.Film(film.info, film.detections, film.tracks, film.characters, film.faces)
        for film in _films(done)
    )
    return people.write_page(films, table, show_faces=config["report"]["faces"])


def _is_people_table_new(done: Iterable[str]) -> bool:
    """Whether people were found across films since the characters of any of these changed."""
    latest = max(_result(name, "characters.parquet").stat().st_mtime_ns for name in done)
    return _PEOPLE.exists() and _PEOPLE.stat().st_mtime_ns >= latest


def _films(names: Iterable[str]) -> Iterator[Film]:
    for name in names:
        metrics = _result(name, "metrics/clustering.chosen.json")
        tables = {schema.name: _read(name, file) for file, schema in _TABLES.items()}
        yield Film(
            info=read_json(_result(name, "movie.json")),
            **tables,
            faces=_result(name, "faces.zip"),
            metrics=read_json(metrics) if metrics.exists() else None,
            pages=[kind for kind in (MINING, MISTAKES) if Path(page_of(name, kind)).exists()],
        )


def _is_done(name: str) -> bool:
    files = ["movie.json", "faces.zip", *_TABLES]
    return Path(page_of(name)).exists() and all(_result(name, file).exists() for file in files)


def _read(name: str, file: str) -> pd.DataFrame:
    return read_table(_result(name, file), _TABLES[file])


def _result(name: str, file: str) -> Path:
    return Path("results", name, file)


def _failed(done: Iterable[str]) -> pd.DataFrame | None:
    """The films that the last run of all films failed on, and that are still not done."""
    if not _FAILURES.exists():
        return None
    rows = read_csv(_FAILURES, FAILURES)
    return rows[(rows["status"] == FAILED) & ~rows["movie"].isin(list(done))]
