"""An edited file of any program, from its text to what it asks for."""

from typing import Any, NamedTuple

import numpy as np

from castmap.corrections.elsewhere.changes import Changes, find_changes
from castmap.corrections.elsewhere.claims import claim_faces
from castmap.corrections.elsewhere.readings import (
    SAME_S,
    Edited,
    of_annotations,
    of_drawn,
    of_rows,
    of_segments,
    spans,
)
from castmap.corrections.elsewhere.today import Today
from castmap.formats.edited_casts import read_drawn, read_elan, read_rows, read_segments

_READINGS: dict[str, Any] = {
    "ELAN": of_annotations,
    "CVAT": of_drawn,
    "VIA": of_segments,
    "CSV": of_rows,
}


class Opened(NamedTuple):
    """What stands in a file.

    Attributes:
        program: that wrote it.
        films: names of the film, or of its file, that stand in it.
        content: as the reader of that program's files gives it.
    """

    program: str
    films: set[str]
    content: list


def open_edited(text: str) -> Opened:
    """Read a file; which program wrote it is told from its content.

    Raises:
        ValueError: it is no cast map of any of them; the message begins with whose it looks like.
    """
    start = text.lstrip()[:1]
    program = {"{": "VIA", "[": "VIA"}.get(start, "CSV")
    if start == "<":
        program = "ELAN" if "<ANNOTATION_DOCUMENT" in text[:2000] else "CVAT"
    readers: dict[str, Any] = {"ELAN": read_elan, "CVAT": read_drawn, "VIA": read_segments}
    try:
        films, content = readers[program](text) if program in readers else (set(), read_rows(text))
    except ValueError as error:
        raise ValueError(f"not a cast map of {program}: {error}") from error
    return Opened(program, films, content)


def changes_of(opened: Opened, today: Today) -> Changes:
    """What a file asks for.

    Raises:
        ValueError: it is of another cast map, or cannot be placed in the film.
    """
    edited = _READINGS[opened.program](opened.content, today)
    _check_same_film(edited, today)
    return find_changes(edited, claim_faces(edited, today), today)


def _check_same_film(edited: Edited, today: Today) -> None:
    """Check that a file has most of the film's appearances, and most of its own are the film's.

    They are if they begin or end where castmap has them today. What a file lacks was deleted in it;
    a part of a cast map would delete the rest.
    """
    units = spans(edited.units, edited.bounds)
    known = [one for one in edited.shown if one.tracks != ()]
    at_home = 0
    for one in known:
        bounds = units
        if one.names_tracks:
            bounds = spans([(t,) for t in one.tracks or () if t in edited.bounds], edited.bounds)
        at_home += bool((np.abs(bounds - (one.start_s, one.end_s)) <= SAME_S).any())
    if 2 * at_home < max(len(known), len(units)):
        raise ValueError(
            f"{at_home} of its {len(known)} appearances are among the {len(units)} that castmap "
            "has today, where half should be: it is of another film, a part of a cast map, or was "
            "exported before the film was analysed anew; export again (castmap export "
            f"{today.info['movie']}), and make your changes there"
        )
