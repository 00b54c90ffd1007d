"""Characters as people corrected them: what they said holds, the rest is clustered around it."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import combinations, product
from typing import NamedTuple

import numpy as np

from workflow_scripts.clustering.agglomeration import cluster_constrained
from workflow_scripts.clustering.cast import Cast, margins
from workflow_scripts.clustering.leftovers import NOBODY


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

    def claimed(self) -> set[int]:
        """Rows that are some character's, a new one's if need be: somebody said so.

        A name says nothing of the kind: it is a label, and moves nothing.
        """
        of_merges = {row for merge in self.merges for pair in merge.pairs for row in pair}
        followed = {row for rows in self.follows.values() for row in rows}
        return {row for group in self.groups for row in group} | of_merges | followed


class CorrectedCast(NamedTuple):
    """A cast, and what people called its characters, by number."""

    cast: Cast
    names: dict[int, str]


class Links(NamedTuple):
    """What clustering is given of the tracks that it is to cluster, by place among them.

    Attributes:
        kept: int [m], their rows.
        forbidden: int [k, 2], the cannot-links.
        required: int [r, 2], the must-links.
    """

    kept: np.ndarray
    forbidden: np.ndarray
    required: np.ndarray


def links(n: int, forbidden: np.ndarray, said: Demands) -> Links:
    """Leave out the tracks whose character does not follow from their faces, and link the others.

    Args:
        n: how many tracks there are.
        forbidden: int [k, 2], pairs of rows that are seen at once. Somebody who says that they are
            one person all the same (a mirror, a picture) is believed.
        said: what corrections demand.
    """
    kept = np.setdiff1d(np.arange(n), [*said.nobody, *said.follows]).astype(int)
    group = np.full(n, NOBODY)
    for number, rows in enumerate(said.groups):
        group[list(rows)] = number
    apart = np.array([pair for _, *pair in said.apart], int).reshape(-1, 2)
    # Nothing joins a character that somebody made, but what somebody puts there.
    closed = np.argwhere((group[:, None] != NOBODY) & (group[:, None] != group))
    known = np.concatenate([forbidden.reshape(-1, 2), apart, closed])
    one_person = (group[known[:, 0]] == group[known[:, 1]]) & (group[known[:, 0]] != NOBODY)
    required = [(rows[0], row) for rows in said.groups for row in rows[1:]]
    return Links(
        kept,
        _among(kept, known[~one_person]),
        _among(kept, np.array(required, int).reshape(-1, 2)),
    )


def find_corrected_cast(
    distances: np.ndarray,
    forbidden: np.ndarray,
    said: Demands,
    find: Callable[[Links], Cast],
) -> CorrectedCast:
    """The characters of a film under corrections.

    The tracks nothing was decided on are clustered; then tracks follow those they were moved to,
    and characters that are one person are merged. A merge that would join what somebody said later
    to be two people is not made. Who is seen at once stays apart unless somebody said otherwise.
    Names change nothing, but that what has two names and falls into one cluster is parted.

    Args:
        distances: float [n, n], of all tracks, by the embedding that clusters.
        forbidden: int [k, 2], pairs of rows that are seen at once.
        said: what corrections demand.
        find: clusters the tracks of its links.

    Returns:
        The cast, by row, and the names of its characters.
    """
    given = links(len(distances), forbidden, said)
    cast = find(given)
    characters = np.full(len(distances), NOBODY)
    joined = np.zeros(len(distances), bool)
    characters[given.kept], joined[given.kept] = cast.characters, cast.joined
    for rows in said.groups:  # an algorithm that takes no must-links has not kept them together
        characters[list(rows)] = _of_group(characters, rows, said)
    for row in sorted(said.claimed().intersection(given.kept.tolist())):
        if characters[row] == NOBODY:
            characters[row] = characters.max(initial=NOBODY) + 1
    _part_names(characters, distances, said)
    _follow(characters, said.follows)
    names = _merge_and_name(characters, said)
    numbers = np.unique(characters[characters != NOBODY])
    dense = np.where(characters == NOBODY, NOBODY, np.searchsorted(numbers, characters))
    confidence, second = margins(distances, dense, forbidden, cast.stop_distance)
    cast = cast._replace(characters=dense, joined=joined, confidence=confidence, second=second)
    named = {int(np.searchsorted(numbers, number)): name for number, name in names.items()}
    return CorrectedCast(cast, named)


def _part_names(characters: np.ndarray, distances: np.ndarray, said: Demands) -> None:
    """Part each cluster that holds two names: its tracks go with the named ones they are nearest.

    The tracks of the cluster are agglomerated until one is left for each name. A character that
    somebody made of tracks is not parted: they said more than a name does.
    """
    by_hand = [row for group in said.groups for row in group]
    for number, anchors in _anchors(characters, said).items():
        names = list(dict.fromkeys(anchors.values()))
        if len(names) < 2 or np.isin(by_hand, list(anchors)).any():
            continue
        members = np.flatnonzero(characters == number)
        place = {int(row): i for i, row in enumerate(members)}
        of_name = [[place[row] for row in anchors if anchors[row] == name] for name in names]
        one_name = [(rows[0], row) for rows in of_name for row in rows[1:]]
        two_names = [p for some, others in combinations(of_name, 2) for p in product(some, others)]
        parts = cluster_constrained(
            distances[np.ix_(members, members)],
            np.array(two_names, int),
            required=np.array(one_name, int).reshape(-1, 2),
        )
        characters[members] = np.where(parts == 0, number, characters.max() + parts)


def _anchors(characters: np.ndarray, said: Demands) -> dict[int, dict[int, str]]:
    """Of each cluster: the rows in it by which it was named, and what they were called.

    A name is its most rows' cluster's. A row that was moved stands for those it follows. Who names
    a face again that was named before gives a new name to the same character.
    """
    settled = characters.copy()
    _follow(settled, said.follows)
    last_named = {row: operation for operation, _, rows in said.names for row in rows}
    found: dict[int, dict[int, str]] = {}
    for operation, name, rows in said.names:
        number = _most_common(settled[rows])
        if number is None or any(last_named[row] != operation for row in rows):
            continue
        standing = [other for row in rows for other in said.follows.get(row, [row])]
        inside = [row for row in standing if characters[row] == number]
        found.setdefault(number, {}).update(dict.fromkeys(inside, name))
    return found


def _of_group(characters: np.ndarray, rows: Sequence[int], said: Demands) -> int:
    """The number of a group's character: that of its first row, or a new one if it is another's."""
    number = characters[rows[0]]
    strangers = [other for _, row, other in said.apart if row in rows]
    if number == NOBODY or (characters[strangers] == number).any():
        return characters.max(initial=NOBODY) + 1
    return number


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
            settled = {min(followed): characters.max(initial=NOBODY) + 1}
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
        if one == two or NOBODY in (one, two):
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


def _most_common(characters: np.ndarray) -> int | None:
    """The character of most rows; of equally many, the first. None if all are nobody's."""
    counts = Counter(int(number) for number in characters if number != NOBODY)
    return counts.most_common(1)[0][0] if counts else None


def _among(kept: np.ndarray, pairs: np.ndarray) -> np.ndarray:
    """The pairs among kept rows, by place in these."""
    return np.searchsorted(kept, pairs[np.isin(pairs, kept).all(axis=1)])
