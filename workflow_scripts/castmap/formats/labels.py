"""What a file of labels of another tool says, and what of it castmap cannot take."""

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd

from castmap.formats.label_names import (
    DO_NOT_JUDGE,
    SOMEBODY,
    fold_name,
    one_spelling,
    tidy_name,
)
from castmap.formats.tables import BOX_COLUMNS, TRUE_FACES

# Attributes that hold a person's name, in order of trust, without case, spaces, "_" and "-".
_NAME_ATTRIBUTES = (
    *("name", "personname", "charactername", "fullname", "person", "character", "identity"),
    *("actor", "subject", "who", "personid", "identityid", "characterid", "trackidentity", "id"),
)
# Labels that say what a thing is, not who.
_KINDS = {
    *("face", "faces", "head", "heads", "person", "persons", "people", "human", "humans"),
    *("pedestrian", "man", "woman", "child", "actor", "actress", "character", "object"),
}
# Attributes that say what a shape is filed under, as CVAT's labels do.
_LABEL_ATTRIBUTES = ("label", "class")
_NO_NAMES = {SOMEBODY, "?"}
Box = tuple[float, float, float, float]
_MOST_LISTED = 10
MOST_FRAMES = 10**8  # of a film: 19 days of 60 a second
_LARGEST = 1e6  # px: what is beyond is no picture


class Labels(NamedTuple):
    """What a file says.

    Attributes:
        faces: TRUE_FACES.
        judged: int [k], the frames that somebody looked at, ascending; None: it does not say.
        size: width and height of the pictures that boxes were drawn on (px); None: it does not say.
        left_out: how many shapes were not taken, by the reason.
    """

    faces: pd.DataFrame
    judged: np.ndarray | None = None
    size: tuple[int, int] | None = None
    left_out: Mapping[str, int] = {}


class Shape(NamedTuple):
    """A region that somebody drew.

    Attributes:
        frame: 0-based.
        box: x1, y1, x2, y2 (px), half-open.
        name: whose it is, as an attribute says (SOMEBODY: it says unknown); None where none does.
        label: what the tool files it under; whose it is where that is a person and no kind.
    """

    frame: int
    box: Box
    name: str | None
    label: str | None = None


def name_of(attributes: Mapping[str, str]) -> str | None:
    """The person that a shape's attributes name, or SOMEBODY; None if they say nothing of it."""
    values = {_key(attribute): fold_name(value) for attribute, value in attributes.items()}
    says_unknown = any(values.get(attribute) in _NO_NAMES for attribute in _NAME_ATTRIBUTES)
    return _first(attributes, _NAME_ATTRIBUTES) or (SOMEBODY if says_unknown else None)


def label_of(attributes: Mapping[str, str]) -> str | None:
    """What a shape's attributes file it under; None if they do not say."""
    return _first(attributes, _LABEL_ATTRIBUTES)


def _first(attributes: Mapping[str, str], wanted: Iterable[str]) -> str | None:
    values = {_key(attribute): tidy_name(value) for attribute, value in attributes.items()}
    named = (values.get(attribute, "") for attribute in wanted)
    return next((name for name in named if name and fold_name(name) not in _NO_NAMES), None)


def gather(shapes: Sequence[Shape], left_out: Mapping[str, int]) -> tuple[pd.DataFrame, Counter]:
    """The labels that shapes make.

    A label names a person only if it is no word for a kind ("face"), no shape filed under it has a
    name of its own, and it does not stand twice in most of its frames. A shape that is said to be
    of somebody unknown, and whose label names no person, is of SOMEBODY.

    Args:
        shapes: of one film.
        left_out: what was left out before, by the reason.

    Returns:
        TRUE_FACES, and what was left out.

    Raises:
        ValueError: a frame or a box that no film can have.
    """
    left_out = Counter(left_out)
    named = [shape for shape in shapes if shape.name not in (None, SOMEBODY)]
    kinds = _KINDS | _NO_NAMES | {fold_name(shape.label) for shape in named if shape.label}
    crowds = _crowds(shape for shape in shapes if not shape.name) - {DO_NOT_JUDGE}
    rows = []
    for shape in shapes:
        _check(shape)
        own = shape.name if shape.name != SOMEBODY else None
        name = own or _filed_under(shape, kinds, crowds, left_out)
        x1, y1, x2, y2 = shape.box
        if name and (x1 >= x2 or y1 >= y2):
            left_out["without an area"] += 1
        elif name:
            rows.append((name, shape.frame, *shape.box))
    return table_of(rows), left_out


def _filed_under(shape: Shape, kinds: set[str], crowds: set[str], left_out: Counter) -> str | None:
    """Whose a shape is by its label; None, and counted, where that does not say."""
    name = tidy_name(shape.label or "")
    folded = fold_name(name)
    if name and folded not in kinds | crowds:
        return name
    if shape.name or folded in _NO_NAMES:
        return SOMEBODY
    if not name or folded in kinds:
        left_out[f"without a name (labelled {name!r})" if name else "without a name"] += 1
    else:
        left_out[f"labelled {name!r}, which is in most of its frames more than once"] += 1
    return None


def table_of(rows: Iterable[tuple]) -> pd.DataFrame:
    """TRUE_FACES of (person, frame, x1, y1, x2, y2); the same region of a person counts once."""
    table = pd.DataFrame(list(rows), columns=["person", "start_frame", *BOX_COLUMNS])
    table["person"] = one_spelling(table["person"])
    table["end_frame"] = table["start_frame"] + 1
    table = table.drop_duplicates(list(TRUE_FACES.key)).sort_values(list(TRUE_FACES.key))
    return table[TRUE_FACES.columns].reset_index(drop=True)


def choose_film(film: str | None, films: Mapping[str, str], where: str) -> str:
    """The key of the film that is meant.

    Args:
        film: what the user said: a name, a key, or a part that only one name has; None: nothing.
        films: the names of the films of the file, by key.
        where: what the names are of ("tasks"), for the message.

    Raises:
        ValueError: none is meant, or several are.
    """
    if film is None and len(films) == 1:
        return next(iter(films))
    shown = sorted(films.items())[:_MOST_LISTED]
    listed = ", ".join(f"{name} ({key})" if key != name else name for key, name in shown)
    listed += ", ..." if len(films) > len(shown) else ""
    if film is None:
        raise ValueError(f"{where} of {len(films)} films: {listed}; choose one with --film")
    exact = [key for key, name in films.items() if film in (key, name)]
    found = exact or [key for key, name in films.items() if film.casefold() in name.casefold()]
    if len(found) != 1:
        raise ValueError(
            f"--film {film} is {'none' if not found else 'more than one'} of its {where}: {listed}"
        )
    return found[0]


def around_ellipse(x: float, y: float, rx: float, ry: float, angle: float) -> Box:
    """The box around an ellipse with half axes rx and ry, turned by an angle (radians)."""
    dx = math.hypot(rx * math.cos(angle), ry * math.sin(angle))
    dy = math.hypot(rx * math.sin(angle), ry * math.cos(angle))
    return x - dx, y - dy, x + dx, y + dy


def _key(attribute: str) -> str:
    return "".join(letter for letter in fold_name(attribute) if letter.isalnum())


def _crowds(shapes: Iterable[Shape]) -> set[str]:
    """The labels that stand, in most of their frames, in several places at once."""
    places = {(fold_name(shape.label or ""), shape.frame, shape.box) for shape in shapes}
    per_frame = Counter((label, frame) for label, frame, _ in places)
    frames = Counter(label for label, _ in per_frame)
    crowded = Counter(label for (label, _), count in per_frame.items() if count > 1)
    return {label for label, count in crowded.items() if 2 * count > frames[label]}


def _check(shape: Shape) -> None:
    if not 0 <= shape.frame < MOST_FRAMES:
        raise ValueError(f"frame {shape.frame}: frames count from 0, and no film is longer")
    if not all(math.isfinite(edge) and abs(edge) < _LARGEST for edge in shape.box):
        raise ValueError(f"frame {shape.frame}: a box of {shape.box} px, which no picture has")
