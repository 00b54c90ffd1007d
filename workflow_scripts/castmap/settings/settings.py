"""Checks of lists of films: one clear sentence per fault."""

import unicodedata
from dataclasses import dataclass


class SettingsError(ValueError):
    """Something the user wrote is wrong; the message has one line per fault, each with its fix."""


@dataclass(frozen=True)
class Movie:
    """One film of the corpus: a row of the sheet, or a file of the film folder."""

    movie: str
    path: str
    title: str
    year: str
    labels: str
    role: str
    series: str = ""


def read_split(text: str, name: str) -> list[str]:
    """Read a list of films: one name per line; what follows a # is a remark.

    Args:
        text: the list.
        name: its file name, for messages.

    Raises:
        SettingsError: a name comes twice.
    """
    lines = unicodedata.normalize("NFC", text).splitlines()
    movies = [line.partition("#")[0].strip() for line in lines]
    movies = [movie for movie in movies if movie]
    twice = sorted({movie for movie in movies if movies.count(movie) > 1})
    if twice:
        raise SettingsError(f"{name}: {', '.join(twice)} comes twice; remove one of the lines")
    return movies
