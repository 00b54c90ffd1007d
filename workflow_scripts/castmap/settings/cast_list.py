"""The cast list: who of the known people may be in which film, as somebody wrote it."""

import csv
import io
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from castmap.formats.corrections import CorrectionError, check_name
from castmap.formats.names import shorten
from castmap.settings.settings import Movie, SettingsError

COLUMNS = ("name", "film", "role", "from", "to")
LEAD = "lead"
ROLES = (LEAD, "")


@dataclass(frozen=True)
class Listed:
    """A row of the cast list.

    Attributes:
        name: of a known person.
        film: the film or the series that the person is in; all films if empty.
        role: lead, or empty.
        first: the first film of a series that the person is in; from the start if empty.
        last: the last one; to the end if empty.
    """

    name: str
    film: str
    role: str
    first: str
    last: str


def read_cast_list(text: str, name: str) -> list[Listed]:
    """Read a cast list: one header line, one person of one film or series per line, tabs between.

    Args:
        text: the list.
        name: its file name, for messages.

    Raises:
        SettingsError: columns are missing or unknown, a name is none, or a role is unknown.
    """
    rows = list(csv.reader(io.StringIO(text.lstrip("\ufeff")), delimiter="\t"))
    header = [cell.strip() for cell in rows[0]] if rows else []
    if sorted(header) != sorted(COLUMNS):
        raise SettingsError(
            f"{name}, line 1: the columns must be {', '.join(COLUMNS)}, separated by tabs, not "
            f"{shorten(', '.join(header)) or 'none'}"
        )
    listed, faults = [], []
    for number, cells in enumerate(rows[1:], start=2):
        if not any(cell.strip() for cell in cells):
            continue
        try:
            listed.append(_read_row(header, [cell.strip() for cell in cells]))
        except (CorrectionError, ValueError) as error:
            faults.append(f"{name}, line {number}: {error}")
    if faults:
        raise SettingsError("\n".join(faults[:20]))
    return listed


def _read_row(header: Sequence[str], cells: Sequence[str]) -> Listed:
    if len(cells) > len(header):
        raise ValueError(f"{len(cells)} columns instead of {len(header)}; separate them by tabs")
    row = dict(zip(header, [*cells, *[""] * (len(header) - len(cells))], strict=True))
    if row["role"] not in ROLES:
        raise ValueError(f"role is {shorten(row['role'])!r}; it takes {LEAD}, or nothing")
    if row["film"] == "" and (row["from"] or row["to"]):
        raise ValueError("from and to say which films of a series; name the series in film")
    return Listed(check_name(row["name"]), row["film"], row["role"], row["from"], row["to"])


def cast_of(film: Movie, listed: Iterable[Listed]) -> dict[str, str] | None:
    """Who may be in a film, with the role of each; None if the list says nothing of the film.

    Args:
        film: the film.
        listed: the cast list. A person who is listed for all films may be in any.
    """
    rows = [row for row in listed if _concerns(row, film)]
    if not any(row.film for row in rows):
        return None
    found: dict[str, str] = {}
    for row in rows:
        found[row.name] = row.role or found.get(row.name, "")
    return dict(sorted(found.items()))


def films_before(film: Movie, films: Mapping[str, Movie]) -> list[str]:
    """The films of the same series that come before a film, in order.

    The order is that of their names, numbers in them by value: ``s1e2`` before ``s1e10``. Films
    without a series are one.
    """
    own = order_of(film.movie)
    before = [
        name
        for name, other in films.items()
        if other.series == film.series and order_of(name) < own
    ]
    return sorted(before, key=order_of)


def order_of(name: str) -> tuple:
    """What films are sorted by: the text of their names, numbers by value."""
    texts_and_numbers = re.split(r"(\d+)", name.casefold())
    pairs = zip(texts_and_numbers[::2], [*texts_and_numbers[1::2], "-1"], strict=True)
    return tuple((text, int(number)) for text, number in pairs), name


def _concerns(row: Listed, film: Movie) -> bool:
    if row.film in ("", film.movie):
        return True
    if row.film != film.series:
        return False
    own = order_of(film.movie)
    return (not row.first or order_of(row.first) <= own) and (
        not row.last or own <= order_of(row.last)
    )
