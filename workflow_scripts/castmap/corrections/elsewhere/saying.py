"""What an edited file asks for, as rows of the film's journal that are not there yet."""

from collections import defaultdict
from collections.abc import Sequence
from typing import NamedTuple

from castmap.corrections.anchors import find_tracks
from castmap.corrections.elsewhere.changes import Operation
from castmap.corrections.elsewhere.today import Today
from castmap.formats.corrections import NAME, Correction, active, read_journal, write_rows


class Said(NamedTuple):
    """What is to be added to a journal, and why some of it is not.

    Attributes:
        operations: those that are added.
        rows: of them; empty if there are none.
        before: of each that stands in the journal already, a sentence.
        conflicts: of each that the journal contradicts, a sentence.
    """

    operations: list[Operation]
    rows: str
    before: list[str]
    conflicts: list[str]


def say(operations: Sequence[Operation], content: bytes, today: Today, made_at: str) -> Said:
    """Number what is to be said, after what a journal says.

    What stands in it already is not said twice. What people have said since the film's characters
    were made is not contradicted: those who edited the file had not seen it.

    Args:
        operations: in the order in which they are said.
        content: of the journal; empty if there is none.
        today: the film.
        made_at: now, as in the journal.
    """
    journal = read_journal(content)
    standing = _by_operation(active(journal.corrections))
    contents = {_content(rows): number for number, rows in standing.items()}
    applied = read_journal(today.journal["text"].encode()).last_operation
    waiting = [row for number, rows in standing.items() if number > applied for row in rows]
    tracks = _tracks(waiting, today)
    number, taken, rows = journal.last_operation, list[Operation](), list[Correction]()
    before, conflicts, refused = [], [], set[int]()
    for operation in operations:
        own = _corrections(operation, number + 1, made_at)
        if said := contents.get(_content(own)):
            before.append(f"{operation.what}: operation {said} says so already")
        elif operation.action == NAME and refused & set(operation.tracks):
            conflicts.append(f"{operation.what}: it is no character of its own")
        elif against := _contradicted(operation, waiting, tracks, today):
            refused.update(operation.tracks)
            conflicts.append(
                f"{operation.what}: operation {against} says something else there, and is not "
                "applied yet; run castmap, export and look again"
            )
        else:
            number += 1
            taken.append(operation)
            rows += own
    return Said(taken, write_rows(rows), before, conflicts)


def _by_operation(rows: Sequence[Correction]) -> dict[int, list[Correction]]:
    found = defaultdict(list)
    for row in rows:
        found[row.operation].append(row)
    return found


def _corrections(operation: Operation, number: int, made_at: str) -> list[Correction]:
    return [
        Correction(0, number, made_at, operation.action, face, other, operation.name)
        for face, other in operation.rows
    ]


def _content(rows: Sequence[Correction]) -> tuple[str, ...]:
    """What rows say, whenever it was said."""
    lines = write_rows(Correction(0, 1, "", r.action, r.face, r.other, r.name) for r in rows)
    return tuple(sorted(lines.splitlines()))


def _tracks(rows: Sequence[Correction], today: Today) -> dict[int, set[int]]:
    """The tracks that each operation is about."""
    size = (today.info["width"] or 1, today.info["height"] or 1)
    found = find_tracks([row.face for row in rows if row.face], today.tracks, *size)
    tracks = defaultdict(set)
    for row in rows:
        if row.face and (track := found[row.face]) is not None:
            tracks[row.operation].add(track)
    return tracks


def _contradicted(
    operation: Operation,
    waiting: Sequence[Correction],
    tracks: dict[int, set[int]],
    today: Today,
) -> int | None:
    """The operation that says something else of the same appearance, or names its character."""
    who = {today.cast.get(track) for track in operation.tracks}
    for row in waiting:
        about = tracks[row.operation]
        if NAME == operation.action == row.action:
            if {today.cast.get(track) for track in about} & who - {None}:
                return row.operation
        elif NAME not in (operation.action, row.action) and about & set(operation.tracks):
            return row.operation
    return None
