"""Replaying corrections on a film's tracks: what they change, and whether the result obeys them.

Later corrections override earlier ones. The last move, split, not_a_face or background of a track
decides about that track. Earlier operations in which it stood for a character then rest on their
other faces alone, because the track turned out to be another person's. A name is a label: it
contradicts nothing but another name. That a name was refused changes nothing here; it holds until
somebody gives that name.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from castmap.clustering.corrected import Edits, Merge, Name
from castmap.formats.corrections import (
    DIFFERENT,
    MERGE,
    MOVE,
    NAME,
    REFUSE,
    SPLIT,
    Correction,
)
from castmap.formats.tables import BACKGROUND, NOT_A_FACE, UNASSIGNED_LABELS

_DECIDE = (MOVE, SPLIT, NOT_A_FACE, BACKGROUND)
_LABEL = (NAME, REFUSE)  # they move no track
HELD, UNMATCHED, SUPERSEDED, NOT_HELD = "held", "unmatched", "superseded", "not_held"


class Placed(NamedTuple):
    """A correction and the rows of its tracks; None where its face is in no track today."""

    correction: Correction
    row: int | None
    other: int | None


def edits_of(placed: Sequence[Placed]) -> Edits:
    """What corrections change about the tracks.

    Args:
        placed: the corrections that hold, in their order.
    """
    decided = _last_decisions(placed)
    valid = [p for p in placed if p.row is not None and _is_valid(p, decided)]
    splits: dict[int, list[int]] = {}
    moves: dict[int, list[int]] = {}
    names: dict[int, list[int]] = {}
    merges: dict[int, list[tuple[int, int]]] = {}
    cannot_links = []
    unassigned = {}
    for p in valid:
        operation, action = p.correction.operation, p.correction.action
        row, other = p.row, p.other if _still_stands(p.other, operation, decided) else None
        assert row is not None  # only a correction whose own face is followed is valid
        if action in (NOT_A_FACE, BACKGROUND):
            unassigned[row] = action
        elif action == SPLIT:
            splits.setdefault(operation, []).append(row)
        elif action == NAME:
            names.setdefault(operation, []).append(row)
        elif action == MOVE and other is not None:
            moves.setdefault(row, []).append(other)
        elif action == MERGE and other is not None:
            merges.setdefault(operation, []).append((row, other))
        if action in (SPLIT, DIFFERENT) and other is not None:
            cannot_links.append((operation, row, other))
    given = {
        p.correction.operation: p.correction.name for p in valid if p.correction.name is not None
    }
    return Edits(
        unassigned=unassigned,
        moves=moves,
        splits=list(splits.values()),
        cannot_links=cannot_links,
        merges=[Merge(operation, pairs) for operation, pairs in merges.items()],
        names=[Name(operation, given[operation], rows) for operation, rows in names.items()],
    )


def names_before(
    placed: Sequence[Placed], clusters: np.ndarray
) -> dict[tuple[int, int | None], str]:
    """The names that tracks had when operations were made on them.

    Args:
        placed: the corrections that hold, in their order.
        clusters: object [n], the character of each row as castmap found it.

    Returns:
        A name for each operation and row; none where there was none.
    """
    names: dict[str | int, str] = {}
    called: dict[tuple[int, int | None], str] = {}
    row: Any
    for p in placed:
        for row in {p.row, p.other} - {None}:
            of = row if clusters[row] in UNASSIGNED_LABELS else clusters[row]
            if of in names and p.correction.action != NAME:
                called[p.correction.operation, row] = names[of]
            if p.correction.action == NAME and p.correction.name is not None:
                names[of] = p.correction.name
    return called


class Outcomes:
    """Whether the result obeys the corrections.

    Args:
        placed: all that hold.
        characters: object [n], the character of each row, or background, ... where it has none.
        names: object [n], the name of its character, or None.
    """

    def __init__(self, placed: Sequence[Placed], characters: np.ndarray, names: np.ndarray):
        self._characters, self._names = characters, names
        self._last_word: Counter = Counter()
        for p in placed:
            if p.correction.action not in _LABEL:
                for row in (p.row, p.other):
                    self._last_word[row] = max(self._last_word[row], p.correction.operation)

    def of(self, p: Placed) -> tuple[str, str]:
        """The status of a correction, and a sentence on why it does not hold."""
        seen = [p.row] if p.correction.other is None else [p.row, p.other]
        if None in seen:
            face = p.correction.face if p.row is None else p.correction.other
            assert face is not None  # a face that is looked for is one that was named
            return UNMATCHED, f"no face is followed there at {face.time_s:.3f} s; it waits for one"
        if _does_hold(p, self._characters, self._names):
            return HELD, ""
        if p.correction.action in _LABEL:
            return self._of_name(p)
        if self._decided_later(p):
            return SUPERSEDED, self._decided_later(p)
        if p.correction.action in (MERGE, MOVE):
            return (
                SUPERSEDED,
                "other faces of this operation, or what was said later, decide otherwise",
            )
        return NOT_HELD, "it contradicts other corrections; undo one of them"

    def _of_name(self, p: Placed) -> tuple[str, str]:
        character, name = self._characters[p.row], self._names[p.row]
        if character in UNASSIGNED_LABELS:
            waiting = f"the face there is {character}; the name waits for a character"
            later = self._decided_later(p)
            return (SUPERSEDED, later) if later else (UNMATCHED, waiting)
        if name is None:
            why = f"the name went with other faces of this operation, not with {character}"
        else:
            why = f"{character} is called “{name}”, by a later word or by what it was merged into"
        return SUPERSEDED, why

    def _decided_later(self, p: Placed) -> str:
        last = max(self._last_word[row] for row in {p.row, p.other} - {None})
        later = last > p.correction.operation
        return f"operation {last} says otherwise, and was said later" if later else ""


def _does_hold(p: Placed, characters: np.ndarray, names: np.ndarray) -> bool:
    action, here = p.correction.action, characters[p.row]
    if action in (NOT_A_FACE, BACKGROUND):
        return here == action
    if action == NAME:
        return names[p.row] == p.correction.name
    if action == REFUSE:
        return names[p.row] != p.correction.name
    if p.other is None:
        return True
    together = here == characters[p.other]
    return together if action in (MERGE, MOVE) else not together or here in UNASSIGNED_LABELS


def _last_decisions(placed: Sequence[Placed]) -> dict[int, int]:
    """The last operation that assigned each row by itself."""
    decided: Counter = Counter()
    for p in placed:
        if p.row is not None and p.correction.action in _DECIDE:
            decided[p.row] = max(decided[p.row], p.correction.operation)
    return decided


def _is_valid(p: Placed, decided: Mapping[int, int]) -> bool:
    """Whether no later decision on its own track overrides a correction."""
    if p.correction.action in _DECIDE:
        return p.row is not None and decided[p.row] == p.correction.operation
    return _still_stands(p.row, p.correction.operation, decided)


def _still_stands(row: int | None, operation: int, decided: Mapping[int, int]) -> bool:
    """Whether a track still stands for the character it was in at an operation."""
    return row is not None and decided.get(row, 0) <= operation
