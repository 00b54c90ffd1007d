"""What the rules ask of films: which are on a list or have labels, and which files are of one."""

import csv
from collections.abc import Collection, Iterable, Mapping
from pathlib import Path

from castmap.console import say
from castmap.planning.corpus import film_record, read_movie_info
from castmap.settings.settings import Movie, SettingsError, read_split
from castmap.settings.sheet import decode_text
from castmap.video.fingerprint import identify

_LONG_TO_READ_BYTES = 10**9


def read_failed_films(path: str) -> list[str]:
    """The films that a run failed on, of its list; none if there is no list."""
    if not path:
        return []
    with Path(path).open(encoding="utf-8") as file:
        return [row["movie"] for row in csv.DictReader(file)]


def read_splits(
    section: Mapping[str, str], movies: Collection[str], failed: Collection[str]
) -> tuple[list[str], list[str]]:
    """The films that models of the corpus learn from, and those that they are judged on.

    A name of no film is left out, with a sentence that says so.

    Args:
        section: ``adapt`` of config.yaml, which names the two lists.
        movies: the films.
        failed: what was a film, and is left out of this run.

    Raises:
        SettingsError: a list cannot be read, or a film is in both.
    """
    lists = []
    for key in ("train", "held_out"):
        path = Path(section[key])
        names = read_split(decode_text(path.read_bytes(), str(path)), str(path))
        for name in set(names) - set(movies) - set(failed):
            say(f"{path}: no film is called {name}; it is left out")
        lists.append([name for name in names if name in movies])
    trained_on, held_out = lists
    if both := sorted(set(trained_on) & set(held_out)):
        raise SettingsError(
            f"{', '.join(both)}: trained on and held out; remove it from one of the two lists"
        )
    return trained_on, held_out


def with_labels(movies: Iterable[Movie], table: str) -> list[str]:
    """The films whose labels have a table: ``faces``, or ``shots``, which they need not have.

    Labels that are still to be built have both.
    """
    return [
        movie.movie
        for movie in movies
        if movie.labels
        and (table == "faces" or _is_to_be_built(movie) or Path(movie.labels, "shots.csv").exists())
    ]


def judged_frames(movies: Iterable[Movie]) -> list[str]:
    """The lists of the frames that the labels of films judge; labels need none."""
    paths = [f"{movie.labels}/judged_frames.csv" for movie in movies]
    return [path for path in paths if Path(path).exists()]


def corrections_of(movie: str) -> list[str]:
    """The file of what people said about a film; no film needs one."""
    path = Path("resources", "corrections", f"{movie}.csv")
    return [str(path)] * path.exists()


def film_fingerprint(film: Movie, remember: bool) -> str:
    """What a film is known by, whatever its name and its date; see video.fingerprint.

    Args:
        film: the film.
        remember: whether to write down what a film was found to be that had to be read to the end.

    Returns:
        Hexadecimal digits; words if there is nothing to read.
    """
    path, probed = Path(film.path), read_movie_info(film.movie) or {}
    if not path.exists():
        return probed.get("fingerprint") or "to be built"
    if not path.is_file():  # opening a pipe would wait indefinitely
        return "is no file"
    try:
        return identify(path, probed, film_record(film.movie), _say_reading, remember)
    except OSError as error:
        return f"cannot be read: {error.strerror}"


def _is_to_be_built(movie: Movie) -> bool:
    return not Path(movie.labels).is_dir()


def _say_reading(film: Path, size_bytes: int) -> None:
    if size_bytes > _LONG_TO_READ_BYTES:
        say(
            f"{film}: its date is another than when it was read; reading {size_bytes / 1e9:.1f} GB "
            "to see whether its content is, too"
        )
