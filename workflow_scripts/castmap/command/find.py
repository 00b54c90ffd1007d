"""Find one person in all films, by a picture: when, and as which character.

PHOTO shows one face: a JPEG or PNG file. The face is found and described as the faces of films are,
and compared with every character of every film that has results, and with every face that is no
character's. What may be the person is printed, the most probable first: the film, when, who that is
said to be, and how probable it is. A page shows the faces, results/report/find.html; each leads to
the moment on the film's page. Nothing is sent anywhere. `castmap forget MOVIE`, and `castmap forget
--person NAME`, delete the page. docs/people.md says what the probabilities rest on.

    castmap find ann.jpg
"""

import argparse
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd

from castmap.clustering.pooling import pool_tracks, quality
from castmap.command.film_pages import FOUND_PAGE, page_of
from castmap.command.repository import films_of, read_config
from castmap.compute.devices import pick_device
from castmap.console import InputError, say, shown
from castmap.embedding.networks import open_embedder
from castmap.faces.detection import FaceLimits
from castmap.faces.finding import Face
from castmap.faces.loading import load_detector
from castmap.files.results import read_json, read_table
from castmap.files.whole import write_text
from castmap.formats.embeddings import read_embeddings
from castmap.formats.tables import CHARACTERS, DETECTIONS, TRACKS, TableError, rows_of
from castmap.pages.layout import time_code, title_of
from castmap.pages.search import Found, write_page
from castmap.people.pictures import PictureError, decode_picture, find_one_face
from castmap.people.search import probabilities
from castmap.settings.detector_config import OWN_DETECTOR
from castmap.settings.own_backbone import own_backbone, parameters_of_backbone

_WEIGHTS = Path("resources/weights")
_TRACKS = "corrected_tracks.parquet"
_LEAST = 0.05  # what is less probable is not listed
_JOINED_S = 5.0  # appearances of one character that are no farther apart are one line
_MOST_LINES = 40


class _Film(NamedTuple):
    """What is read of a film."""

    info: dict
    tracks: pd.DataFrame
    detections: pd.DataFrame
    characters: pd.DataFrame
    embeddings: np.ndarray


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what `castmap find` takes."""
    parser.add_argument("photo", type=Path, metavar="PHOTO", help="a picture of one person")


def run(args: argparse.Namespace) -> int:
    """Find the person, print where, and write the page; 1 if nobody in any film may be the one."""
    config = read_config()
    face, vector = _describe(args.photo, config)
    found: list[Found] = []
    n_films = 0
    for folder in _films_with_results(config):
        try:
            film = _read(folder, config["embedding"]["model"])
        except (InputError, TableError) as error:
            say(f"left out: {error}")
            continue
        found += _search(folder, film, vector)
        n_films += 1
    if not n_films:
        raise InputError("no film has results yet; `castmap run` makes them")
    found.sort(key=lambda one: (-one.probability, one.movie, one.start_s))
    page = write_page(face.crop, found, n_films, show_faces=config["report"]["faces"])
    write_text(FOUND_PAGE, page)
    for line in _lines(found):
        print(line)
    if not found:
        print(f"Nobody in {n_films} films is likely to be the person in {shown(args.photo)}.")
    print(f"Open {FOUND_PAGE}")
    return int(not found)


def _describe(photo: Path, config: dict) -> tuple[Face, np.ndarray]:
    """The face that a picture shows, and its vector."""
    try:
        content = photo.read_bytes()
    except OSError as error:
        raise InputError(f"{shown(photo)} cannot be read: {error.strerror}") from error
    faces, model = config["faces"], config["embedding"]["model"]
    device = pick_device(config["device"])
    limits = FaceLimits(faces["long_side_px"], faces["min_score"], faces["min_size_px"])
    weights = faces["checkpoint"] or _WEIGHTS / f"{OWN_DETECTOR}.safetensors"
    try:
        picture = decode_picture(content)
        face = find_one_face(picture, load_detector(faces["model"], Path(weights), device, limits))
    except PictureError as error:
        raise InputError(f"{shown(photo)} {error}") from error
    weights = own_backbone(config) or _WEIGHTS / f"{model}.safetensors"
    embedder = open_embedder(model, Path(weights), parameters_of_backbone(config), device)
    return face, embedder.embed(face.crop[None])[0]


def _films_with_results(config: dict) -> Iterator[Path]:
    """The folders of the films that can be searched; of each other one, it is said."""
    model = config["embedding"]["model"]
    tables = [_TRACKS, *(f"{schema.name}.parquet" for schema in (DETECTIONS, CHARACTERS))]
    files = ["movie.json", "faces.zip", f"embeddings.{model}.safetensors", *tables]
    for name in films_of(config):
        folder = Path("results", name)
        lacking = [file for file in files if not (folder / file).exists()]
        if not lacking:
            yield folder
        else:
            say(f"left out: {folder / lacking[0]} is missing; `castmap run` makes it")


def _read(folder: Path, model: str) -> _Film:
    return _Film(
        read_json(folder / "movie.json"),
        read_table(folder / _TRACKS, TRACKS),
        read_table(folder / "detections.parquet", DETECTIONS),
        read_table(folder / "characters.parquet", CHARACTERS),
        read_embeddings(folder / f"embeddings.{model}.safetensors"),
    )


def _search(folder: Path, film: _Film, vector: np.ndarray) -> list[Found]:
    """Where the person may be seen in a film; appearances that follow each other are one."""
    if film.characters.empty:
        return []
    vectors = pool_tracks(film.tracks, film.detections, film.embeddings)
    likely = probabilities(film.characters["character"], vectors, vector)
    table = film.characters.assign(probability=likely)
    table = table[table["probability"] >= _LEAST].sort_values(["character", "start_s"])
    faces = film.tracks[~film.tracks["interpolated"]]
    worth = pd.Series(quality(film.detections), film.detections["detection"])
    found: list[Found] = []
    for row in rows_of(table):
        own = faces.loc[faces["track"] == row.track, "detection"]
        best = int(worth[own].idxmax())
        one = Found(
            movie=film.info["movie"],
            title=title_of(film.info),
            has_page=Path(page_of(film.info["movie"])).exists(),
            character=row.character,
            name=row.name if isinstance(row.name, str) else None,
            track=int(row.track),
            start_s=float(row.start_s),
            end_s=float(row.end_s),
            probability=float(row.probability),
            faces=folder / "faces.zip",
            detection=best,
            quality=float(worth[best]),
        )
        last = found[-1] if found else None
        if last and last.character == one.character and one.start_s - last.end_s <= _JOINED_S:
            found[-1] = _joined(last, one)
        else:
            found.append(one)
    return found


def _joined(one: Found, other: Found) -> Found:
    """Two appearances as one; what shows more stands for both."""
    best = max(one, other, key=lambda found: (found.probability, found.quality))
    return best._replace(start_s=one.start_s, end_s=max(one.end_s, other.end_s))


def _lines(found: list[Found]) -> Iterator[str]:
    """The table, and how much it leaves out."""
    shown_rows = [
        (
            one.movie,
            time_code(one.start_s),
            time_code(one.end_s),
            f"{one.character} ({shown(one.name)})" if one.name else one.character,
            f"{one.probability:.2f}",
        )
        for one in found[:_MOST_LINES]
    ]
    if not shown_rows:
        return
    rows = [("film", "from", "to", "who", "probability"), *shown_rows]
    widths = [max(len(row[place]) for row in rows) for place in range(len(rows[0]))]
    for row in rows:
        cells = [cell.ljust(width) for cell, width in zip(row, widths, strict=True)]
        yield "  ".join(cells).rstrip()
    if len(found) > _MOST_LINES:
        yield f"and {len(found) - _MOST_LINES} more, on the page"
