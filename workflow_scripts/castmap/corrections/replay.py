"""What corrections demand of a film's tracks, and whether the result does as they say.

What is said later counts. Of one track the last move, split, not_a_face or background decides, and
what was said by means of that track before is then said by the other faces of that operation only:
the track was somebody else's. A name is a label: it contradicts nothing but another name.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from castmap.clustering.corrected import Demands, Merge, Name
from castmap.formats.corrections import (
    DIFFERENT,
    MERGE,
    MOVE,
    NAME,
    SPLIT,
    Correction,
)
from castmap.formats.tables import BACKGROUND, NOT_A_FACE, UNASSIGNED_LABELS

_DECIDE = (MOVE, SPLIT, NOT_A_FACE, BACKGROUND)
HELD, UNMATCHED, SUPERSEDED, NOT_HELD = "held", "unmatched", "superseded", "not_held"


class Placed(NamedTuple):
    """A correction and the rows of its tracks; None where no face is followed today."""

    said: Correction
    row: int | None
    other: int | None


def demands(placed: Sequence[Placed]) -> Demands:
    """What to do to the tracks.

    Args:
        placed: what holds, in the order in which it was said.
    """
    decided = _last_decisions(placed)
    voices = [p for p in placed if p.row is not None and _speaks(p, decided)]
    groups: dict[int, list[int]] = {}
    follows: dict[int, list[int]] = {}
    names: dict[int, list[int]] = {}
    merges: dict[int, list[tuple[int, int]]] = {}
    apart = []
    nobody = {}
    for p in voices:
        operation, action = p.said.operation, p.said.action
        other = p.other if _is_witness(p.other, operation, decided) else None
        if action in (NOT_A_FACE, BACKGROUND):
            nobody[p.row] = action
        elif action == SPLIT:
            groups.setdefault(operation, []).append(p.row)
        elif action == NAME:
            names.setdefault(operation, []).append(p.row)
        elif action == MOVE and other is not None:
            follows.setdefault(p.row, []).append(other)
        elif action == MERGE and other is not None:
            merges.setdefault(operation, []).append((p.row, other))
        if action in (SPLIT, DIFFERENT) and other is not None:
            apart.append((operation, p.row, other))
    said_names = {p.said.operation: p.said.name for p in voices if p.said.action == NAME}
    return Demands(
        nobody=nobody,
        follows=follows,
        groups=list(groups.values()),
        apart=apart,
        merges=[Merge(operation, pairs) for operation, pairs in merges.items()],
        names=[Name(operation, said_names[operation], rows) for operation, rows in names.items()],
    )


def called_before(
    placed: Sequence[Placed], clusters: np.ndarray
) -> dict[tuple[int, int | None], str]:
    """What the tracks that operations speak of were called when these were said.

    Args:
        placed: what holds, in the order in which it was said.
        clusters: object [n], the character of each row as castmap found it.

    Returns:
        A name for each operation and row; none where there was none.
    """
    names: dict[str | int, str] = {}
    called = {}
    for p in placed:
        for row in {p.row, p.other} - {None}:
            of = row if clusters[row] in UNASSIGNED_LABELS else clusters[row]
            if of in names and p.said.action != NAME:
                called[p.said.operation, row] = names[of]
            if p.said.action == NAME:
                names[of] = p.said.name
    return called


class Outcomes:
    """Whether the result does as corrections say.

    Args:
        placed: all that hold.
        characters: object [n], the character of each row, or in its place background, ...
        names: object [n], the name of its character, or None.
    """

    def __init__(self, placed: Sequence[Placed], characters: np.ndarray, names: np.ndarray):
        self._characters, self._names = characters, names
        self._last_word: Counter = Counter()
        for p in placed:
            if p.said.action != NAME:
                for row in (p.row, p.other):
                    self._last_word[row] = max(self._last_word[row], p.said.operation)

    def of(self, p: Placed) -> tuple[str, str]:
        """What became of a correction, and a sentence why it does not hold."""
        seen = [p.row] if p.said.other is None else [p.row, p.other]
        if None in seen:
            face = p.said.face if p.row is None else p.said.other
            return UNMATCHED, f"no face is followed there at {face.time_s:.3f} s; it waits for one"
        if _does_hold(p, self._characters, self._names):
            return HELD, ""
        if p.said.action == NAME:
            return self._of_name(p)
        if self._decided_later(p):
            return SUPERSEDED, self._decided_later(p)
        if p.said.action in (MERGE, MOVE):
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
        later = last > p.said.operation
        return f"operation {last} says otherwise, and was said later" if later else ""


def _does_hold(p: Placed, characters: np.ndarray, names: np.ndarray) -> bool:
    action, here = p.said.action, characters[p.row]
    if action in (NOT_A_FACE, BACKGROUND):
        return here == action
    if action == NAME:
        return names[p.row] == p.said.name
    if p.other is None:
        return True
    together = here == characters[p.other]
    return together if action in (MERGE, MOVE) else not together or here in UNASSIGNED_LABELS


def _last_decisions(placed: Sequence[Placed]) -> dict[int, int]:
    """Of each row that something was decided on by itself: the last operation that did."""
    decided: Counter = Counter()
    for p in placed:
        if p.row is not None and p.said.action in _DECIDE:
            decided[p.row] = max(decided[p.row], p.said.operation)
    return decided


def _speaks(p: Placed, decided: Mapping[int, int]) -> bool:
    """Whether a correction is not overruled by a later decision on its own track."""
    if p.said.action in _DECIDE:
        return decided[p.row] == p.said.operation
    return _is_witness(p.row, p.said.operation, decided)


def _is_witness(row: int | None, operation: int, decided: Mapping[int, int]) -> bool:
    """Whether a track still stands for the character it was in when something was said."""
    return row is not None and decided.get(row, 0) <= operation
