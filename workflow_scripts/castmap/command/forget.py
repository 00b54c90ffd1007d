"""Delete the faces of a film: crops, embeddings, networks adapted to it, and the pages they are on.

Face crops and embeddings are biometric data. The files that hold any are listed, and deleted if you
say yes. Then you are told what is left and what to do about it: the film itself, tables without
faces, networks of the corpus that learnt from the film, published packs, git's history. Nothing
outside this repository is touched, and no link is followed. The page of all films then shows the
others. As long as the film is in the film folder or the sheet, the next run makes everything again.
docs/safety.md says more.

    castmap forget heat
    castmap forget heat --yes       without asking
"""

import argparse
import subprocess
import sys
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from safetensors import SafetensorError

from castmap.command.biometrics import Faces, delete, find_faces
from castmap.command.film_pages import HOME
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
    parser.add_argument("movie", type=typed_name, metavar="MOVIE", help="the name of a film")
    parser.add_argument("--yes", action="store_true", help="delete without asking")


def run(args: argparse.Namespace) -> int:
    """List, ask, delete, and say what is left; 1 if something could not be deleted."""
    config = read_config()
    movies = films_of(config)
    _check_name(args.movie, movies)
    check_idle()
    faces = _find(args.movie, movies)
    _list(args.movie, faces)
    if faces.files and not args.yes and not _agreed():
        print("Nothing was deleted.")
        return 1
    left = list(_what_is_left(args.movie, movies.get(args.movie), config, faces))
    failures = delete(list(faces.files))
    if HOME in faces.files:
        # What it imports takes a third of a second, which a refusal need not wait for.
        from castmap.command.home import write_home  # noqa: PLC0415

        write_home(config)
    print(
        f"Deleted: {len(faces.files) - len(failures)} files. What is left, and is yours to judge:"
    )
    for sentence in left:
        print(f"- {sentence}")
    failures += [f"{link}: a link, so nothing behind it was deleted" for link in faces.unseen]
    for failure in failures:
        say(f"not deleted: {failure}")
    return int(bool(failures))


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
        size = f"a link to {shown(path.readlink())}" if path.is_symlink() else _size(path)
        print(f"{shown(path)}  ({place.what}; {size})")


def _size(path: Path) -> str:
    return f"{path.stat().st_size / 1e3:.0f} kB"


def _agreed() -> bool:
    print("Delete these files? Type yes: ", end="", flush=True)
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
    for link in (path for path in paths if path.is_symlink()):
        yield f"{shown(link.resolve())}: what the deleted link {link} led to. Judge it yourself"
    shared = [path for path in paths if not path.is_symlink() and path.stat().st_nlink > 1]
    if shared:
        yield (
            f"{len(shared)} of the deleted files, among them {shared[0]}, had a second name on "
            "this disk (hard links: DVC's cache, a copy). `dvc gc --workspace` empties the cache "
            "of what no .dvc file names any more"
        )
    if _PUBLISHED.exists():
        yield (
            f"{_PUBLISHED}: results were published. Embeddings of the film may be in DVC's cache, "
            "on its remotes, and with all who hydrated them; `make hydrate` brings them back. Once "
            "the film has left: run again, `make publish`, commit, and `dvc gc --workspace --cloud "
            "-r NAME` for each remote"
        )
    if tracked := _known_to_git(paths):
        yield (
            f"git's history has {' '.join(tracked)}. `git rm` them; `git filter-repo` takes them "
            "out of the history"
        )


def _known_to_git(paths: Iterable[Path]) -> list[str]:
    command = ["git", "ls-files", "-z", "--", "results", "resources/published"]
    try:
        listed = subprocess.run(command, capture_output=True, check=False).stdout
    except OSError:
        return []
    known = set(listed.decode("utf-8", "surrogateescape").split("\0"))
    return sorted(str(path) for path in paths if str(path) in known)
