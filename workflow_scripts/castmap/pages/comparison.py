"""The content of the page that lays two cast maps of a film beside each other."""

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

import pandas as pd

from castmap.evaluation import comparison
from castmap.evaluation.comparison import Change
from castmap.faces.sprites import Sprite
from castmap.pages import layout
from castmap.pages.movie import character_titles

_MOST_FACES = 4  # of each character
HEADINGS = {
    comparison.GAINED: ("Gained", "Characters that were none before."),
    comparison.LOST: ("Lost", "Characters that are none any more."),
    comparison.SPLIT: ("Split", "A part of a character became one of its own."),
    comparison.MERGED: ("Merged", "A character went into another one."),
    comparison.SAME: ("Still one character", "With the time that both runs give it."),
}
_SCORES = {
    "v_measure": "V-measure",
    "character_precision": "Character precision",
    "character_recall": "Character recall",
}


class Side(NamedTuple):
    """What a page shows of one of two runs.

    Attributes:
        characters: the CHARACTERS table.
        faces: see movie.faces_by_character.
        draw: gives the sprite of detections.
    """

    characters: pd.DataFrame
    faces: pd.DataFrame
    draw: Callable[[Sequence[int]], Sprite | None]


def film_section(
    info: Mapping, before: Side, after: Side, changes: Sequence[Change], moved_s: float
) -> dict:
    """What the page says of a film.

    Args:
        info: movie.json.
        before: the first run.
        after: the second run.
        changes: what became of each character.
        moved_s: seconds of faces that are another character's.
    """
    counts = {kind: sum(change.change == kind for change in changes) for kind in HEADINGS}
    numbers = [
        *((counts[kind], heading.lower()) for kind, (heading, _) in HEADINGS.items()),
        (layout.length(moved_s), "moved between characters"),
    ]
    return {
        "title": layout.title_of(info),
        "numbers": numbers,
        "before": _pictures(before, [change.before for change in changes]),
        "after": _pictures(after, [change.after for change in changes]),
        "groups": [
            {
                "heading": heading,
                "lead": lead,
                "changes": [change for change in changes if change.change == kind],
            }
            for kind, (heading, lead) in HEADINGS.items()
            if counts[kind]
        ],
    }


def _pictures(side: Side, characters: Sequence[str | None]) -> dict:
    """Titles, best faces and their sprite, of the characters that are named."""
    titles = character_titles(side.characters)
    wanted = [name for name in dict.fromkeys(characters) if name]
    faces = {name: _best_faces(side.faces, name) for name in wanted}
    drawn = [face for own in faces.values() for face in own]
    return {
        "titles": titles,
        "faces": faces,
        "sprite": side.draw(drawn),
        "place": {face: index for index, face in enumerate(drawn)},
    }


def _best_faces(faces: pd.DataFrame, character: str) -> list[int]:
    own = faces[faces["character"] == character]
    return layout.contact_sheet(own)["best"]["detection"].head(_MOST_FACES).tolist()


def score_rows(before: Mapping, after: Mapping) -> list[tuple[str, str, str]]:
    """Of a film with labels, what each measure was and is: a name and two numbers.

    Args:
        before: metrics/clustering.chosen.json of the first run.
        after: of the second.
    """
    rows = [
        (label, _number(before["track"][key]), _number(after["track"][key]))
        for key, label in _SCORES.items()
    ]
    return [*rows, *(("Characters", str(before["k_pred"]), str(after["k_pred"])),)]


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:.3f}"
