"""Characters under the corrections that people made; nothing else changes."""

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
    """The name that one operation gave to the character of some rows, or of most of them."""

    operation: int
    name: str
    rows: list[int]


class Edits(NamedTuple):
    """What corrections change about tracks, by row.

    Attributes:
        unassigned: rows that are in no character, and what they are instead.
        moves: rows that were moved to the character of others, and these; the majority counts.
        splits: groups of rows that are a character of their own.
        cannot_links: operation, and two rows that are two people.
        merges: in the order of operations.
        names: in the order of operations.
    """

    unassigned: Mapping[int, str]
    moves: Mapping[int, Sequence[int]]
    splits: Sequence[Sequence[int]]
    cannot_links: Sequence[tuple[int, int, int]]
    merges: Sequence[Merge]
    names: Sequence[Name]

    def decided(self) -> list[int]:
        """Rows that were assigned by hand."""
        return [*self.unassigned, *self.moves, *(row for group in self.splits for row in group)]

    def claimed(self) -> list[int]:
        """Rows that must be in a character, if need be in a new one: others were joined to them.

        A name does not count: it is a label, and moves nothing.
        """
        of_merges = {row for merge in self.merges for pair in merge.pairs for row in pair}
        followed = {row for rows in self.moves.values() for row in rows}
        return sorted((of_merges | followed).difference(self.decided()))


class Corrected(NamedTuple):
    """The characters under corrections, int [n], and the names given to them, by number."""

    characters: np.ndarray
    names: dict[int, str]


def correct(distances: np.ndarray, found: np.ndarray, edits: Edits) -> Corrected:
    """The characters of a film under corrections.

    Tracks that were split off become a character, moved tracks follow those they were moved to, and
    characters are merged. A merge that would break a later cannot-link is not made. A character
    that contains a cannot-link, or two names, is split. Nothing else changes.

    Args:
        distances: float [n, n], of the tracks.
        found: int [n], the characters without corrections, UNASSIGNED where a track is in none.
        edits: what corrections change.
    """
    characters = found.copy()
    characters[edits.decided()] = UNASSIGNED
    for rows in [*edits.splits, *([row] for row in edits.claimed() if found[row] == UNASSIGNED)]:
        characters[list(rows)] = _new(characters)
    _split_apart(characters, distances, edits)
    _follow(characters, edits.moves)
    for _, one, other in edits.cannot_links:
        moved = [row for row in (one, other) if row in edits.moves]
        if moved and characters[one] == characters[other] != UNASSIGNED:
            characters[moved[0]] = _new(characters)  # the cannot-link is later than the move
    names = _merge_and_name(characters, edits)
    numbers = np.unique(characters[characters != UNASSIGNED])
    dense = np.where(characters == UNASSIGNED, UNASSIGNED, np.searchsorted(numbers, characters))
    named = {int(np.searchsorted(numbers, number)): name for number, name in names.items()}
    return Corrected(dense, named)


def _split_apart(characters: np.ndarray, distances: np.ndarray, edits: Edits) -> None:
    """Split each character that contains cannot-links, or rows of two names.

    Its tracks are agglomerated until these keep all groups that are left apart.
    """
    apart: dict[int, list[tuple[int, int]]] = {}
    for _, one, other in edits.cannot_links:
        if characters[one] == characters[other] != UNASSIGNED:
            apart.setdefault(int(characters[one]), []).append((one, other))
    for number, rows_of in _named_rows(characters, edits).items():
        for some, others in combinations(rows_of.values(), 2):
            if some and others:
                apart.setdefault(number, []).extend(product(some, others))
    for number, pairs in apart.items():
        members = np.flatnonzero(characters == number)
        parts = cluster_constrained(
            distances[np.ix_(members, members)], np.searchsorted(members, pairs)
        )
        characters[members] = np.where(parts == 0, number, _new(characters) - 1 + parts)


def _named_rows(characters: np.ndarray, edits: Edits) -> dict[int, dict[str, list[int]]]:
    """The rows by which each character was named, by name.

    A name belongs to the character of most of its rows. A row that was moved stands for those that
    it follows. Naming a face again gives the same character a new name. A character that was split
    off has one name, the last.
    """
    settled = characters.copy()
    _follow(settled, edits.moves)
    made = {int(characters[row]) for group in edits.splits for row in group}
    last_named = {row: operation for operation, _, rows in edits.names for row in rows}
    found: dict[int, dict[str, list[int]]] = {}
    for operation, name, rows in edits.names:
        number = _most_common(settled[rows])
        again = any(last_named[row] != operation for row in rows)
        if number is None or number in made or again:
            continue
        standing = dict.fromkeys(other for row in rows for other in edits.moves.get(row, [row]))
        inside = [row for row in standing if characters[row] == number]
        found.setdefault(number, {}).setdefault(name, []).extend(inside)
    return found


def _follow(characters: np.ndarray, moves: Mapping[int, Sequence[int]]) -> None:
    """Give moved tracks the character of those that they follow, which may be moved, too.

    Tracks that were moved to each other, in a circle, become a character.
    """
    waiting = dict(moves)
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


def _merge_and_name(characters: np.ndarray, edits: Edits) -> dict[int, str]:
    """Merge characters and name them, in the order of operations.

    A name goes to the character of most of its rows. The last name counts, and of two characters
    that are merged, the one that was merged into keeps its name.
    """
    names: dict[int, str] = {}
    called = {_most_common(characters[rows]): name for _, name, rows in edits.names}
    both: list[Merge | Name] = [*edits.merges, *edits.names]
    for one in sorted(both, key=lambda one: one.operation):
        if isinstance(one, Merge):
            _merge(characters, one, edits, names, called)
        else:
            number = _most_common(characters[one.rows])
            if number is not None:
                names[number] = one.name
    return names


def _merge(
    characters: np.ndarray,
    merge: Merge,
    edits: Edits,
    names: dict[int, str],
    called: dict[int | None, str],
) -> None:
    """Merge; the result has the name of the character that was merged into.

    Args:
        characters: int [n], changed.
        merge: what to merge.
        edits: all of them.
        names: of characters by earlier operations; changed.
        called: likewise by all operations.
    """
    later = [(a, b) for operation, a, b in edits.cannot_links if operation > merge.operation]
    # A face that turns out to be another person's joins no two names if other faces do not.
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
    """The character of most rows; of equally many, the first. None if all are unassigned."""
    counts = Counter(int(number) for number in characters if number != UNASSIGNED)
    return counts.most_common(1)[0][0] if counts else None
