"""The page of a search: where in all films the person of a picture may be seen."""

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from castmap.faces.portraits import face_sprite
from castmap.faces.redaction import redact_face
from castmap.faces.sprites import make_sprite
from castmap.pages import layout
from castmap.pages.rendering import render

_FACE_PX = 72
_MOST_SHOWN = 300


class Found(NamedTuple):
    """A time in a film at which the person may be seen.

    Attributes:
        movie: the film's name.
        title: what to call it.
        has_page: whether its page is there to be linked to.
        character: whose time it is; background or uncertain of nobody's.
        name: of the character, if it has one.
        track: the appearance that shows most.
        start_s: s.
        end_s: s, exclusive.
        probability: 0..1.
        faces: the film's archive of crops.
        detection: its best face.
        quality: of that face.
    """

    movie: str
    title: str
    has_page: bool
    character: str
    name: str | None
    track: int
    start_s: float
    end_s: float
    probability: float
    faces: Path
    detection: int
    quality: float


def write_page(crop: np.ndarray, found: Sequence[Found], n_films: int, *, show_faces: str) -> str:
    """The page.

    Args:
        crop: uint8 [112, 112, 3], RGB: the face that was searched for.
        found: the most probable first.
        n_films: how many films were searched.
        show_faces: one of faces.redaction.WAYS.
    """
    rows = list(found[:_MOST_SHOWN])
    archives = list(dict.fromkeys(one.faces for one in rows))
    cards, sprites = [], []
    for number, archive in enumerate(archives):
        own = [place for place, one in enumerate(rows) if one.faces == archive]
        sprite = face_sprite(
            archive, [rows[place].detection for place in own], _FACE_PX, show_faces
        )
        assert sprite is not None  # there is a face for each row
        sprites.append({"number": number, "sprite": sprite})
        cards += [
            (place, _card(rows[place]) | {"sprite": number, "position": sprite.position(cell)})
            for cell, place in enumerate(own)
        ]
    return render(
        "search.html",
        asked=make_sprite([redact_face(crop, show_faces)], crop.shape[1], crop.shape[0]),
        sprites=sprites,
        cards=[card for _, card in sorted(cards, key=lambda placed: placed[0])],
        searched=layout.count(n_films, "film"),
        n_more=len(found) - len(rows),
    )


def _card(one: Found) -> dict:
    """What the page says of a time, but for the picture."""
    return {
        "title": one.title,
        "link": f"#track={one.track}&t={one.start_s:.3f}",
        "movie": one.movie if one.has_page else None,
        "who": one.name or one.character,
        "times": f"{layout.time_code(one.start_s)} – {layout.time_code(one.end_s)}",
        "percent": _in_words(one.probability),
    }


def _in_words(probability: float) -> str:
    return "over 99 %" if probability > 0.99 else f"{100 * probability:.0f} %"
