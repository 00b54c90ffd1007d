"""Characters as people corrected them: what they said holds, and nothing else moves."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from itertools import combinations, product
from typing import NamedTuple

import numpy as np

from castmap.clustering.agglomeration import cluster_constrained
from castmap.clustering.characters import UNASSIGNED


class Merge(NamedTuple):
    """Characters that one operation joined: those of the two tracks of each pair of rows."""

    operation: int
    pairs: list[tuple[int, int]]


class Name(NamedTuple):
    """What one operation called the character of some rows: of most of them, if they part."""

    operation: int
    name: str
    rows: list[int]


class Demands(NamedTuple):
    """What corrections demand of tracks, by their rows.

    Attributes:
        nobody: rows that are no character's, and what they are instead.
        follows: rows that belong to the character of others, and these; most of them decide.
        groups: rows that are a character, together and without others.
        apart: operation and two rows that are two people.
        merges: in the order of operations.
        names: in the order of operations.
    """

    nobody: Mapping[int, str]
    follows: Mapping[int, Sequence[int]]
    groups: Sequence[Sequence[int]]
    apart: Sequence[tuple[int, int, int]]
    merges: Sequence[Merge]
    names: Sequence[Name]

    def decided(self) -> list[int]:
        """Rows whose character is not the one that castmap found."""
        return [*self.nobody, *self.follows, *(row for group in self.groups for row in group)]

    def claimed(self) -> list[int]:
        """Rows that are some character's, a new one's if need be: somebody said so.

        A name says nothing of the kind: it is a label, and moves nothing.
        """
        of_merges = {row for merge in self.merges for pair in merge.pairs for row in pair}
        followed = {row for rows in self.follows.values() for row in rows}
        return sorted((of_merges | followed).difference(self.decided()))


class Corrected(NamedTuple):
    """The characters under corrections, int [n], and what people called them, by number."""

    characters: np.ndarray
    names: dict[int, str]


def correct(distances: np.ndarray, found: np.ndarray, said: Demands) -> Corrected:
    """The characters of a film under corrections.

    Tracks that were made a character are one, others follow those they were moved to, and
    characters that are one person are merged. A merge that would join what somebody said later to
    be two people is not made. A character that holds two who are different, or have two names, is
    parted. Nothing else moves.

    Args:
        distances: float [n, n], of the tracks.
        found: int [n], the characters without corrections, UNASSIGNED where a track is none's.
        said: what corrections demand.
    """
    characters = found.copy()
    characters[said.decided()] = UNASSIGNED
    for rows in [*said.groups, *([row] for row in said.claimed() if found[row] == UNASSIGNED)]:
        characters[list(rows)] = _new(characters)
    _part(characters, distances, said)
    _follow(characters, said.follows)
    for _, one, other in said.apart:
        moved = [row for row in (one, other) if row in said.follows]
        if moved and characters[one] == characters[other] != UNASSIGNED:
            characters[moved[0]] = _new(characters)  # it was said after the move
    names = _merge_and_name(characters, said)
    numbers = np.unique(characters[characters != UNASSIGNED])
    dense = np.where(characters == UNASSIGNED, UNASSIGNED, np.searchsorted(numbers, characters))
    named = {int(np.searchsorted(numbers, number)): name for number, name in names.items()}
    return Corrected(dense, named)


def _part(characters: np.ndarray, distances: np.ndarray, said: Demands) -> None:
    """Part each character that holds rows which are two people.

    Its tracks are agglomerated until all groups that are left must stay apart.
    """
    apart: dict[int, list[tuple[int, int]]] = {}
    for _, one, other in said.apart:
        if characters[one] == characters[other] != UNASSIGNED:
            apart.setdefault(int(characters[one]), []).append((one, other))
    for number, rows_of in _named_rows(characters, said).items():
        for some, others in combinations(rows_of.values(), 2):
            if some and others:
                apart.setdefault(number, []).extend(product(some, others))
    for number, pairs in apart.items():
        members = np.flatnonzero(characters == number)
        parts = cluster_constrained(
            distances[np.ix_(members, members)], np.searchsorted(members, pairs)
        )
        characters[members] = np.where(parts == 0, number, _new(characters) - 1 + parts)


def _named_rows(characters: np.ndarray, said: Demands) -> dict[int, dict[str, list[int]]]:
    """Of each character: its rows by which it was named, by name.

    A name is its most rows' character's. A row that was moved stands for those it follows. Who
    names a face again that was named before gives a new name to the same character. A character
    that somebody made has one name, the last: more was said of it than a name says.
    """
    settled = characters.copy()
    _follow(settled, said.follows)
    made = {int(characters[row]) for group in said.groups for row in group}
    last_named = {row: operation for operation, _, rows in said.names for row in rows}
    found: dict[int, dict[str, list[int]]] = {}
    for operation, name, rows in said.names:
        number = _most_common(settled[rows])
        again = any(last_named[row] != operation for row in rows)
        if number is None or number in made or again:
            continue
        standing = dict.fromkeys(other for row in rows for other in said.follows.get(row, [row]))
        inside = [row for row in standing if characters[row] == number]
        found.setdefault(number, {}).setdefault(name, []).extend(inside)
    return found


def _follow(characters: np.ndarray, follows: Mapping[int, Sequence[int]]) -> None:
    """Give moved tracks the character of those they belong to, who may be moved, too.

    Tracks that were moved to each other, in a circle, are a character of their own.
    """
    waiting = dict(follows)
    while waiting:
        settled = {
            row: character
            for row, others in waiting.items()
            if (character := _most_common(characters[list(others)])) is not None
        }
        if not settled:
            followed = [row for others in waiting.values() for row in others if row in waiting]
            if not followed:
                break
            settled = {min(followed): _new(characters)}
        for row, character in settled.items():
            characters[row] = character
            del waiting[row]


def _merge_and_name(characters: np.ndarray, said: Demands) -> dict[int, str]:
    """Merge characters and name them, in the order in which it was said.

    A name is that of most rows; the last one counts, and of two characters that are merged, the one
    that was merged into keeps its name.
    """
    names: dict[int, str] = {}
    called = {_most_common(characters[rows]): name for _, name, rows in said.names}
    for one in sorted([*said.merges, *said.names], key=lambda one: one.operation):
        if isinstance(one, Merge):
            _merge(characters, one, said, names, called)
        else:
            number = _most_common(characters[one.rows])
            if number is not None:
                names[number] = one.name
    return names


def _merge(
    characters: np.ndarray,
    merge: Merge,
    said: Demands,
    names: dict[int, str],
    called: dict[int | None, str],
) -> None:
    """Merge; the merged have the name of the one that was merged into.

    Args:
        characters: int [n], changed.
        merge: what to merge.
        said: what else was said.
        names: of characters by what was said before; changed.
        called: likewise by all that is said.
    """
    later = [(a, b) for operation, a, b in said.apart if operation > merge.operation]
    # A face that turns out to be somebody else's joins no two names, where the others need not.
    same = [pair for pair in merge.pairs if len(_names_of(characters[list(pair)], called)) < 2]
    for row, other in same or merge.pairs:
        one, two = int(characters[row]), int(characters[other])
        if one == two or UNASSIGNED in (one, two):
            continue
        merged = np.where(characters == two, one, characters)
        if any(merged[a] == merged[b] == one for a, b in later):
            continue
        characters[:] = merged
        for by_number in (names, called):
            if two in by_number:
                by_number[one] = by_number.pop(two)


def _names_of(numbers: Iterable[int], called: Mapping[int | None, str]) -> set[str]:
    return {called[number] for number in numbers if number in called}


def _new(characters: np.ndarray) -> int:
    """A number that no character has."""
    return int(characters.max(initial=UNASSIGNED)) + 1


def _most_common(characters: np.ndarray) -> int | None:
    """The character of most rows; of equally many, the first. None if all are nobody's."""
    counts = Counter(int(number) for number in characters if number != UNASSIGNED)
    return counts.most_common(1)[0][0] if counts else None
