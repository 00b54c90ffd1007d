"""Lay two cast maps of each film beside each other: who was gained, lost, merged or split.

BEFORE and AFTER are folders of results of the same films: of two settings, two versions or two
machines. Characters are matched by their faces, wherever both have one in the same place of the
same frame; nothing rests on their numbers. With one folder, what castmap found is compared with
what corrections made of it. Films that only one folder has, or whose files differ, are left out,
with a sentence that says why. Where both have been measured against labels, the scores stand beside
each other.

Written are index.html, with faces, and comparison.csv: a row per character.

    cp -r results before                # then change config.yaml, and castmap run
    castmap compare before results
    castmap compare results             before and after corrections
"""

import argparse
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import NamedTuple

import pandas as pd

from castmap.clustering.pooling import quality
from castmap.console import InputError, say, shown
from castmap.evaluation.comparison import CastOfRun, find_changes, moved_seconds, shared_seconds
from castmap.faces.portraits import face_sprite
from castmap.faces.redaction import WAYS
from castmap.files.results import read_json, read_table
from castmap.files.whole import write_text
from castmap.formats.tables import (
    CHARACTERS,
    CLUSTERS,
    DETECTIONS,
    EXAMINED,
    FRAMES,
    SHOTS,
    TRACKS,
)
from castmap.pages.comparison import Side, film_section, score_rows
from castmap.pages.movie import faces_by_character
from castmap.pages.rendering import render

_FACE_PX = 72
_METRICS = "metrics/clustering.chosen.json"
_CORRECTED, _FOUND = "characters.parquet", "clusters.chosen.parquet"


class Run(NamedTuple):
    """A folder of results, and which of its tables says whose each track is."""

    folder: Path
    table: str
    name: str

    def films(self) -> set[str]:
        """The names of the films that have a cast map here."""
        return {path.parent.name for path in self.folder.glob(f"*/{self.table}")}

    def info(self, movie: str) -> dict:
        """movie.json of a film."""
        return read_json(self.folder / movie / "movie.json")

    def metrics(self, movie: str) -> dict | None:
        """How right the film is; None without labels, or where these are not what is shown."""
        path = self.folder / movie / _METRICS
        return read_json(path) if path.exists() else None


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what `castmap compare` takes."""
    parser.add_argument("before", type=Path, metavar="BEFORE", help="a folder of results")
    parser.add_argument(
        "after",
        type=Path,
        nargs="?",
        metavar="AFTER",
        help="another one; without it, BEFORE as corrected",
    )
    parser.add_argument("--out", type=Path, default=Path("comparison"), help="a folder to write")
    parser.add_argument("--faces", choices=WAYS, default=WAYS[0], help="how faces are shown")


def run(args: argparse.Namespace) -> int:
    """Compare the films that both have, and name the page."""
    before, after = _runs(args.before, args.after)
    films: list[dict] = []
    rows: list[dict] = []
    for movie in _films_of_both(before, after):
        section, changes = _compare(movie, before, after, args.faces)
        films.append(section | {"number": len(films)})
        rows += [{"movie": movie, **change._asdict()} for change in changes]
    if not films:
        raise InputError(
            f"{shown(before.folder)} and {shown(after.folder)} have no film in common; name "
            "folders such as results, which hold a folder for each film"
        )
    page = args.out / "index.html"
    names = (before.name, after.name)
    write_text(page, render("comparison.html", heading=" → ".join(names), names=names, films=films))
    write_text(args.out / "comparison.csv", pd.DataFrame(rows).to_csv(index=False))
    print(f"Open {shown(page)}; the table is {shown(args.out / 'comparison.csv')}")
    return 0


def _runs(before: Path, after: Path | None) -> tuple[Run, Run]:
    for folder in filter(None, (before, after)):
        if not folder.is_dir():
            raise InputError(f"{shown(folder)} is no folder; name one of results")
    if after is None:
        return Run(before, _FOUND, "as found"), Run(before, _CORRECTED, "as corrected")
    return Run(before, _CORRECTED, shown(before)), Run(after, _CORRECTED, shown(after))


def _films_of_both(before: Run, after: Run) -> Iterator[str]:
    """The films to compare; of each other one, it is said why it is left out."""
    ours, theirs = before.films(), after.films()
    for movie in sorted(ours | theirs):
        if movie not in ours or movie not in theirs:
            lacking = after if movie in ours else before
            say(f"left out: {movie} has no cast map in {shown(lacking.folder)}")
        elif before.info(movie)["sha256"] != after.info(movie)["sha256"]:
            say(f"left out: {movie} was made from two different films")
        elif before.info(movie)["status"] != "rejected":
            yield movie


def _compare(movie: str, before: Run, after: Run, way: str) -> tuple[dict, list]:
    frames = read_table(before.folder / movie / "frames.parquet", FRAMES)
    was, now = _read_cast(before, movie), _read_cast(after, movie)
    shared = shared_seconds(was, now, frames)
    changes = find_changes(shared)
    section = film_section(
        before.info(movie),
        _read_side(before, movie, was, way),
        _read_side(after, movie, now, way),
        changes,
        moved_seconds(shared, changes),
    )
    scored, scored_now = before.metrics(movie), after.metrics(movie)
    section["scores"] = []
    if scored and scored_now and before.table == after.table:  # labels judge what was found
        section["scores"] = score_rows(scored, scored_now)
    return section, changes


def _read_cast(run: Run, movie: str) -> CastOfRun:
    folder = run.folder / movie
    schema = CHARACTERS if run.table == _CORRECTED else CLUSTERS
    characters = read_table(folder / run.table, schema)
    if "name" not in characters:
        characters = characters.assign(name=None)
    return CastOfRun(
        read_table(_seen_by(run, folder, "shots.parquet"), SHOTS),
        read_table(folder / "examined.parquet", EXAMINED),
        read_table(_seen_by(run, folder, "tracks.parquet"), TRACKS),
        characters,
    )


def _seen_by(run: Run, folder: Path, name: str) -> Path:
    """A table as people cut it, for a cast map under corrections."""
    cut = folder / f"corrected_{name}"
    # A run of before tracks could be cut has none.
    return cut if run.table == _CORRECTED and cut.exists() else folder / name


def _read_side(run: Run, movie: str, cast: CastOfRun, way: str) -> Side:
    folder = run.folder / movie
    detections = read_table(folder / "detections.parquet", DETECTIONS)
    faces = faces_by_character(cast.tracks, cast.characters, quality(detections))
    draw = partial(face_sprite, folder / "faces.zip", px=_FACE_PX, way=way)
    return Side(cast.characters, faces, draw)
