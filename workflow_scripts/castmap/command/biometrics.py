"""The files of a film that hold faces, or embeddings of faces, and the pages that lead to them."""

import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple, NoReturn

import pyarrow.parquet as pq

from castmap.command.film_pages import HOME, SHARED_PAGES, find_pages
from castmap.console import InputError
from castmap.files.results import reading
from castmap.files.whole import PARTIAL


class Place(NamedTuple):
    """A folder, and which files in it hold faces.

    Attributes:
        folder: ``{movie}`` stands for the film's name.
        files: pattern of their paths below the folder; ``{movie}`` as above.
        what: what they are.
        shared: whether they are of other films, too.
    """

    folder: str
    files: str
    what: str
    shared: bool = False


# A film's name has no dot: no name is the beginning of another film's file.
PLACES = (
    Place(
        "results/{movie}",
        r"(?:faces|key_frames)\.zip|(?:remembered|name_evidence)\.parquet|embeddings\..*|"
        rf"\.unfinished\.[^/]*/.*|(?:.*/)?{PARTIAL}",
        "face crops, key frames, embeddings, remembered and known faces",
    ),
    Place("results/adaptation", r"{movie}(?:/.*)?", "networks adapted to the film"),
    Place("results/adaptation/checkpoints", r".*", "unfinished trainings of any film", shared=True),
    Place("results/report", r"\.?{movie}\.[^/]*", "pages of the film"),
    *(
        Place("results/report", rf"\.?{page.stem}\.html[^/]*", what, shared=True)
        for page, what in SHARED_PAGES.items()
    ),
    Place(
        "results/exports/{movie}",
        # An archive may hold pictures; that of edit lists does not.
        r"clips/.*|(?i:.*\.(?:jpe?g|png|webp|gif|svg|html|(?<!\.edl\.)zip))",
        "pictures and clips",
    ),
    Place("resources/published", r"\.?{movie}\.tar[^/]*", "the published pack"),
)


_EVIDENCE = Place("", "", "another film that names people by faces of this one", shared=True)


class Faces(NamedTuple):
    """What was found.

    Attributes:
        files: what to delete, files and links, and the place of each.
        unseen: links in place of folders that all films share; they are not followed.
    """

    files: dict[Path, Place]
    unseen: list[Path]


def find_faces(movie: str) -> Faces:
    """List the files that hold faces of a film; no link is followed.

    A link in place of a film's file or folder is listed itself; its target is not touched.

    Args:
        movie: a legal name of a film.

    Raises:
        OSError: a folder cannot be read.
    """
    faces = Faces({}, [])
    for place in PLACES:
        folder = Path(place.folder.replace("{movie}", movie))
        pattern = re.compile(place.files.replace("{movie}", re.escape(movie)), re.DOTALL)
        link = first_link(folder)
        if link and link.name == movie:
            faces.files[link] = place
        elif link and link not in faces.unseen:
            faces.unseen.append(link)
        elif not link and folder.is_dir():
            for path in files_below(folder):
                if pattern.fullmatch(path.relative_to(folder).as_posix()):
                    faces.files[path] = place
    for path in _evidence_from(movie):
        faces.files.setdefault(path, _EVIDENCE)
        if not first_link(HOME.parent):
            for page in find_pages([path.parent.name]):
                faces.files.setdefault(page, _EVIDENCE)
    return faces


def _evidence_from(movie: str) -> Iterator[Path]:
    """The tables of other films in which people are named by faces of this one."""
    for path in sorted(Path("results").glob("*/name_evidence.parquet")):
        if not first_link(path) and movie in _origins(path):
            yield path


def _origins(path: Path) -> list[str]:
    try:
        with reading(path):
            return pq.read_table(path, columns=["origin"])["origin"].to_pylist()
    except InputError:
        return []  # a film that is to make it again; nothing in it can be seen


def delete(paths: list[Path]) -> list[str]:
    """Delete files and links, and the folders that this empties.

    Returns:
        What could not be deleted, and why.
    """
    failures = []
    for path in paths:
        try:
            path.unlink(missing_ok=True)
        except OSError as error:
            failures.append(f"{path}: {error.strerror}")
    for folder in sorted({parent for path in paths for parent in path.parents[:-2]}, reverse=True):
        if folder.is_dir() and not any(folder.iterdir()):
            folder.rmdir()
    return failures


def first_link(folder: Path) -> Path | None:
    """The first link on the way to a folder; results/ itself may be one, to another disk."""
    way = [*reversed(folder.parents[:-2]), folder]
    return next((part for part in way if part.is_symlink()), None)


def files_below(folder: Path) -> Iterator[Path]:
    """All files in a folder and those in it, and all links, as such."""
    for root, folders, files in os.walk(folder, onerror=_give_up):
        folders.sort()
        for name in sorted([*folders, *files]):
            path = Path(root, name)
            if name not in folders or path.is_symlink():
                yield path


def _give_up(error: OSError) -> NoReturn:
    raise error
