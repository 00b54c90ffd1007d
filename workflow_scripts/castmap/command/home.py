"""The page of all films, after a run that was asked for some of them."""

import os
from collections.abc import Iterable, Iterator
from pathlib import Path

import pandas as pd

from castmap.command.film_pages import HOME, page_of
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
    REVIEW,
    SHOTS,
    SKIPPED,
    TRACKS,
)
from castmap.pages.corpus import MINING, MISTAKES, Film, write_page

_LOG = Path("results/logs/report_corpus.log")  # of the job that makes the page from all films
_SKIPPED = Path("results/skipped.csv")
_FAILURES = Path("results/failures.csv")
_TABLES = (SHOTS, DETECTIONS, TRACKS, CHARACTERS, REVIEW)


def write_home(config: dict) -> None:
    """Write the page of all films from those that are done, whatever becomes of the others.

    Snakemake makes it from all films; one film must not wait for the analysis of the rest. The next
    run of all films is to make it again: it is dated before what it is made of, and Snakemake is
    left no record by which that would not matter.
    """
    done = [name for name in films_of(config) if _is_done(name)]
    if not done:
        return
    try:
        page, _ = write_page(
            _films(done),
            _failed(done),
            read_csv(_SKIPPED, SKIPPED)["reason"].tolist() if _SKIPPED.exists() else [],
            show_faces=config["report"]["faces"],
            has_adaptation=HOME.with_name("adaptation.html").exists(),
        )
    except InputError as error:
        say(f"the page of all films stays as it was: {error}")
        return
    if HOME.exists() and HOME.read_text(encoding="utf-8") == page:
        return
    write_text(HOME, page)
    before = min(_result(name, "movie.json").stat().st_mtime for name in done) - 1
    os.utime(HOME, (before, before))
    record_of(HOME.as_posix()).unlink(missing_ok=True)
    seal_files(_LOG, [HOME])


def _films(names: Iterable[str]) -> Iterator[Film]:
    for name in names:
        metrics = _result(name, "metrics/clustering.chosen.json")
        tables = {
            schema.name: read_table(_result(name, f"{schema.name}.parquet"), schema)
            for schema in _TABLES
        }
        yield Film(
            info=read_json(_result(name, "movie.json")),
            **tables,
            faces=_result(name, "faces.zip"),
            metrics=read_json(metrics) if metrics.exists() else None,
            pages=[kind for kind in (MINING, MISTAKES) if Path(page_of(name, kind)).exists()],
        )


def _is_done(name: str) -> bool:
    files = ["movie.json", "faces.zip", *(f"{schema.name}.parquet" for schema in _TABLES)]
    return Path(page_of(name)).exists() and all(_result(name, file).exists() for file in files)


def _result(name: str, file: str) -> Path:
    return Path("results", name, file)


def _failed(done: Iterable[str]) -> pd.DataFrame | None:
    """The films that the last run of all films failed on, and that are still not done."""
    if not _FAILURES.exists():
        return None
    rows = read_csv(_FAILURES, FAILURES)
    return rows[(rows["status"] == FAILED) & ~rows["movie"].isin(list(done))]
