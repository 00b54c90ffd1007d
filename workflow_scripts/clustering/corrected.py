"""Characters as people corrected them: what they said holds, the rest is clustered around it."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

import numpy as np

from workflow_scripts.clustering.cast import Cast, margins
from workflow_scripts.clustering.leftovers import NOBODY


class Merge(NamedTuple):
    """Characters that one operation joined: those of the two tracks of each pair of rows."""

    operation: int
    pairs: list[tuple[int, int]]


class Demands(NamedTuple):
    """What corrections demand of tracks, by their rows.

    Attributes:
        nobody: rows that are no character's, and what they are instead.
        follows: rows that belong to the character of others, and these; most of them decide.
        groups: rows that are a character, together and without others.
        apart: operation and two rows that are two people.
        merges: in the order of operations.
        names: a name and rows of the character that has it, in the order of operations.
    """

    nobody: Mapping[int, str]
    follows: Mapping[int, Sequence[int]]
    groups: Sequence[Sequence[int]]
    apart: Sequence[tuple[int, int, int]]
    merges: Sequence[Merge]
    names: Sequence[tuple[str, Sequence[int]]]

    def claimed(self) -> set[int]:
        """Rows whose cluster is a character, however small it is: somebody said so."""
        of_merges = {row for merge in self.merges for pair in merge.pairs for row in pair}
        named = {row for _, rows in self.names for row in rows}
        followed = {row for rows in self.follows.values() for row in rows}
        return {row for group in self.groups for row in group} | of_merges | named | followed


class Links(NamedTuple):
    """What clustering is given of the tracks that it is to cluster, by place among them.

    Attributes:
        kept: int [m], their rows.
        forbidden: int [k, 2], the cannot-links.
        required: int [r, 2], the must-links.
        claimed: bool [m], see Demands.claimed.
    """

    kept: np.ndarray
    forbidden: np.ndarray
    required: np.ndarray
    claimed: np.ndarray


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
        np.isin(kept, list(said.claimed())),
    )


def find_corrected_cast(
    distances: np.ndarray,
    forbidden: np.ndarray,
    said: Demands,
    find: Callable[[Links], Cast],
) -> Cast:
    """The characters of a film under corrections.

    The tracks nothing was decided on are clustered; then tracks follow those they were moved to,
    and characters that are one person are merged. A merge that would join what somebody said later
    to be two people is not made. Who is seen at once stays apart unless somebody said otherwise.

    Args:
        distances: float [n, n], of all tracks, by the embedding that clusters.
        forbidden: int [k, 2], pairs of rows that are seen at once.
        said: what corrections demand.
        find: clusters the tracks of its links.

    Returns:
        The cast, by row; numbers of characters may have gaps.
    """
    given = links(len(distances), forbidden, said)
    cast = find(given)
    characters = np.full(len(distances), NOBODY)
    joined = np.zeros(len(distances), bool)
    characters[given.kept], joined[given.kept] = cast.characters, cast.joined
    for rows in said.groups:  # an algorithm that takes no must-links has not kept them together
        characters[list(rows)] = _of_group(characters, rows, said)
    for row in sorted(given.kept[given.claimed]):
        if characters[row] == NOBODY:
            characters[row] = characters.max(initial=NOBODY) + 1
    _follow(characters, said.follows)
    for merge in said.merges:
        _merge(characters, merge, said.apart)
    numbers = np.unique(characters[characters != NOBODY])
    dense = np.where(characters == NOBODY, NOBODY, np.searchsorted(numbers, characters))
    confidence, second = margins(distances, dense, forbidden, cast.stop_distance)
    return cast._replace(characters=dense, joined=joined, confidence=confidence, second=second)


def character_names(characters: np.ndarray, said: Demands) -> dict[int, str]:
    """What people called the characters: a name is that of most of its rows, the last one counts.

    Args:
        characters: int [n], numbers 0.., or NOBODY.
        said: what corrections demand.
    """
    names = {}
    for name, rows in said.names:
        found = _most_common(characters[list(rows)])
        if found is not None:
            names[found] = name
    return names


def _of_group(characters: np.ndarray, rows: Sequence[int], said: Demands) -> int:
    """The number of a group's character: that of its first row, or a new one if it is another's."""
    number = characters[rows[0]]
    strangers = [other for _, row, other in said.apart if row in rows]
    if number == NOBODY or (characters[strangers] == number).any():
        return characters.max(initial=NOBODY) + 1
    return number


def _follow(characters: np.ndarray, follows: Mapping[int, Sequence[int]]) -> None:
    """Give moved tracks the character of those they belong to, who may be moved, too."""
    waiting = dict(follows)
    while waiting:
        settled = {
            row: character
            for row, others in waiting.items()
            if (character := _most_common(characters[list(others)])) is not None
        }
        if not settled:
            break
        for row, character in settled.items():
            characters[row] = character
            del waiting[row]


def _merge(characters: np.ndarray, merge: Merge, apart: Sequence[tuple[int, int, int]]) -> None:
    for row, other in merge.pairs:
        one, two = characters[row], characters[other]
        if NOBODY in (one, two):
            continue
        merged = np.where(characters == two, one, characters)
        later = [(a, b) for operation, a, b in apart if operation > merge.operation]
        if not any(merged[a] == merged[b] == one for a, b in later):
            characters[:] = merged


def _most_common(characters: np.ndarray) -> int | None:
    """The character of most rows; of equally many, the first. None if all are nobody's."""
    counts = Counter(int(number) for number in characters if number != NOBODY)
    return counts.most_common(1)[0][0] if counts else None


def _among(kept: np.ndarray, pairs: np.ndarray) -> np.ndarray:
    """The pairs among kept rows, by place in these."""
    return np.searchsorted(kept, pairs[np.isin(pairs, kept).all(axis=1)])
