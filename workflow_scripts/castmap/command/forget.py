"""Delete the faces of a film, or what is kept of a person.

Of a film: crops, embeddings, networks adapted to it, and the pages they are on.

Face crops and embeddings are biometric data. The files that hold any are listed, and deleted if you
say yes. Then you are told what is left and what to do about it: the film itself, tables without
faces, networks of the corpus that learnt from the film, published packs, git's history. Nothing
outside this repository is touched, and no link is followed. Pages that films share lead to the
film's, and go too; those of all films and of people are written at once from the others. As long as
the film is in the film folder or the sheet, the next run makes everything again. docs/safety.md
says more.

Of a person: the pictures in resources/people, the faces by which films remember them, the rows of
resources/people/cast.tsv and of corrections that say the name, all pages of the films where the
name was given, and the pages that films share. The next run makes what is left of these anew,
without the person.

    castmap forget heat
    castmap forget heat --yes           without asking
    castmap forget --person "Ann Lee"
"""

import argparse
import sys
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from safetensors import SafetensorError

from castmap.command import leftovers
from castmap.command.biometrics import Faces, delete, find_faces
from castmap.command.film_pages import HOME
from castmap.command.forget_person import find_person, rewrite, what_is_left
from castmap.command.repository import (
    films_of,
    list_films,
    read_config,
    read_weights_record,
    typed_name,
)
from castmap.console import InputError, say, shown
from castmap.formats.names import is_movie_name
from castmap.planning.runs import check_idle
from castmap.settings.settings import Movie, read_split
from castmap.settings.sheet import decode_text

_PUBLISHED = Path("resources/published.dvc")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what `castmap forget` takes."""
    whom = parser.add_mutually_exclusive_group(required=True)
    whom.add_argument(
        "movie", nargs="?", type=typed_name, metavar="MOVIE", help="the name of a film"
    )
    whom.add_argument("--person", metavar="NAME", help="what somebody is called")
    parser.add_argument("--yes", action="store_true", help="delete without asking")


def run(args: argparse.Namespace) -> int:
    """List, ask, delete, and say what is left; 1 if something could not be deleted."""
    config = read_config()
    movies = films_of(config)
    if args.person is not None:
        return _forget_person(args.person, movies, config, args.yes)
    _check_name(args.movie, movies)
    check_idle()
    faces = _find(args.movie, movies)
    _list(args.movie, faces)
    if faces.files and not args.yes and not _agreed("Delete these files?"):
        print("Nothing was deleted.")
        return 1
    left = list(_what_is_left(args.movie, movies.get(args.movie), config, faces))
    failures = delete(list(faces.files))
    _write_home(config, faces.files)
    return _tell(len(faces.files), left, failures, faces.unseen)


def _write_home(config: dict, deleted: Iterable[Path]) -> None:
    """Write the page of all films anew, if any page was deleted."""
    if not any(path.parent == HOME.parent for path in deleted):
        return
    # What it imports takes a third of a second, which a refusal need not wait for.
    from castmap.command.home import write_home  # noqa: PLC0415

    write_home(config)


def _tell(n_files: int, left: Iterable[str], failures: list[str], unseen: Iterable[Path]) -> int:
    """Say what was done and what is left; 1 if something could not be deleted."""
    print(f"Deleted: {n_files - len(failures)} files. What is left, and is yours to judge:")
    for sentence in left:
        print(f"- {sentence}")
    failures = failures + [f"{link}: a link, so nothing behind it was deleted" for link in unseen]
    for failure in failures:
        say(f"not deleted: {failure}")
    return int(bool(failures))


def _forget_person(name: str, movies: Mapping[str, Movie], config: dict, yes: bool) -> int:
    """List, ask, delete and rewrite, and say what is left; 1 if something could not be deleted."""
    check_idle()
    try:
        found = find_person(name, movies)
    except OSError as error:
        raise InputError(f"{error.filename} cannot be read: {error.strerror}") from error
    for path, what in found.delete.items():
        print(f"{shown(path)}  ({what}; {leftovers.size_of(path)})")
    for path, (_, n_rows) in found.rewrite.items():
        rows = "1 row with the name goes" if n_rows == 1 else f"{n_rows} rows with the name go"
        print(f"{shown(path)}  ({rows}, the others stay)")
    if not (yes or _agreed("Delete these files and rows?")):
        print("Nothing was deleted.")
        return 1
    left = list(what_is_left(name, movies, found))
    failures = delete(list(found.delete)) + rewrite(found.rewrite)
    _write_home(config, found.delete)
    return _tell(len(found.delete) + len(found.rewrite), left, failures, found.unseen)


def _check_name(name: str, movies: Mapping[str, Movie]) -> None:
    """A name becomes part of paths: only what can be a film's name may be one."""
    if not is_movie_name(name):
        raise InputError(f"{shown(name)} cannot be a film's name; {list_films(movies)}")


def _find(movie: str, movies: Mapping[str, Movie]) -> Faces:
    try:
        faces = find_faces(movie)
    except OSError as error:
        raise InputError(f"{error.filename} cannot be read: {error.strerror}") from error
    of_the_film = [path for path, place in faces.files.items() if not place.shared]
    # A film that has left the sheet may have left its faces.
    if movie not in movies and not of_the_film and not Path("results", movie).exists():
        raise InputError(
            f"no film is called {movie}, and there is no results/{movie}; {list_films(movies)}"
        )
    return faces


def _list(movie: str, faces: Faces) -> None:
    if not faces.files:
        print(f"No file here holds faces of {movie}.")
    for path, place in faces.files.items():
        print(f"{shown(path)}  ({place.what}; {leftovers.size_of(path)})")


def _agreed(question: str) -> bool:
    print(f"{question} Type yes: ", end="", flush=True)
    return sys.stdin.readline().strip().lower() == "yes"


def _what_is_left(movie: str, film: Movie | None, config: dict, faces: Faces) -> Iterator[str]:
    """What may still reveal who was seen in the film, each with what to do about it."""
    if film:
        yield _about_the_film(film, config["movies"]["sheet"])
    yield from _about_splits(movie, config["adapt"])
    yield from _about_corpus(movie)
    if there := " ".join(_folders_left(movie)):
        yield (
            f"{there}: tables and logs without faces or embeddings; they say where in the picture "
            "faces are, and which character appears when, by name if somebody named it. Delete "
            "these folders if that is to go too"
        )
    for path in (f"resources/corrections/{movie}.csv", film.labels if film else ""):
        if path and Path(path).exists():
            yield f"{path}: what people wrote about the film, maybe names. Delete it if it is to go"
    yield from _about_copies(list(faces.files))
    yield "Backups, copies, and pages or exports that were passed on: ask those who have them"


def _folders_left(movie: str) -> list[str]:
    """What is called like the film in results/, but for what is deleted."""
    found = [path for way in ("", "*/", "*/*/") for path in Path("results").glob(f"{way}{movie}")]
    return [str(path) for path in sorted(found) if path != Path("results/adaptation", movie)]


def _about_the_film(film: Movie, sheet: str) -> str:
    path = Path(film.path)
    itself = "the film itself"
    if path.is_symlink():
        itself = f"a link to the film itself, {shown(path.readlink())}"
    return (
        f"{shown(path)}: {itself}. The next run makes again all that was deleted, unless you "
        f"remove the film's row from {sheet} or its file from the film folder; the page of all "
        "films is made again in any case"
    )


def _about_splits(movie: str, adapt: dict) -> Iterator[str]:
    for path in (Path(adapt["train"]), Path(adapt["held_out"])):
        if not path.exists():
            continue
        if movie in read_split(decode_text(path.read_bytes(), str(path)), str(path)):
            yield f"{path}: names the film. Remove its line"


def _about_corpus(movie: str) -> Iterator[str]:
    """What was made of several films."""
    learnt = [
        str(path)
        for path in sorted(Path("results/adaptation/corpus").glob("*/weights.safetensors"))
        if _has_learnt_from(path, movie)
    ]
    if learnt:
        yield (
            f"{' '.join(learnt)}: networks of the corpus that learnt from the film. They hold a "
            "mean face, and what training made of the faces of all its films. Once the film's name "
            "is gone from the list of films to train on, the next run makes them anew"
        )
    people = Path("results/corpus/people.parquet")
    if people.exists():
        yield (
            f"{people}: says which characters of several films are one person. Delete it, or run "
            "again once the film has left"
        )


def _has_learnt_from(weights: Path, movie: str) -> bool:
    try:
        return movie in read_weights_record(weights)["inputs"]
    except (SafetensorError, OSError, KeyError, TypeError, ValueError):
        return True  # nobody knows


def _about_copies(paths: list[Path]) -> Iterator[str]:
    """Where else the deleted bytes may be."""
    yield from leftovers.behind_links(paths)
    yield from leftovers.second_names(paths)
    if _PUBLISHED.exists():
        yield (
            f"{_PUBLISHED}: results were published. Embeddings of the film may be in DVC's cache, "
            "on its remotes, and with all who hydrated them; `make hydrate` brings them back. Once "
            "the film has left: run again, `make publish`, commit, and `dvc gc --workspace --cloud "
            "-r NAME` for each remote"
        )
    yield from leftovers.in_git(paths, "results", "resources/published")
