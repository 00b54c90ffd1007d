"""What has to be said so that a film's characters are as an edited file shows them."""

import re
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence, Set
from typing import NamedTuple

from castmap.corrections.elsewhere.claims import Claim, Claims, Who
from castmap.corrections.elsewhere.matching import is_number
from castmap.corrections.elsewhere.readings import Edited
from castmap.corrections.elsewhere.today import Today
from castmap.corrections.replay import HELD
from castmap.formats.corrections import (
    CUT_TRACK,
    DIFFERENT,
    MERGE,
    MOVE,
    NAME,
    REFUSE,
    SPLIT,
    Correction,
    CorrectionError,
    Face,
    active,
    check_name,
)
from castmap.formats.tables import BACKGROUND, NOT_A_FACE, UNASSIGNED_LABELS

_WITNESSES = 3  # faces that stand for a character, as on the film's page
NOBODY = Who(None)
_Rows = Sequence[tuple[Face, Face | None]]


class Operation(NamedTuple):
    """One thing to say: rows of the journal, and a sentence about it.

    Attributes:
        action: of its rows.
        rows: the face that each is about, and the other one.
        what: in words.
        tracks: that it is about.
        name: of a name.
    """

    action: str
    rows: _Rows
    what: str
    tracks: tuple[int, ...]
    name: str | None = None


class Changes(NamedTuple):
    """What an edited file asks for: what to say, and a sentence on each thing that is not said."""

    operations: list[Operation]
    conflicts: list[str]
    not_taken: list[str]


class _Part(NamedTuple):
    """Faces of a track, from ``first`` to before ``end``, that are to be somebody else's."""

    track: int
    first: int
    end: int
    who: Who
    claim: Claim | None


def find_changes(edited: Edited, claims: Claims, today: Today) -> Changes:
    """Find what has to be said.

    What castmap had found before people corrected it, and what they said and took back, is never
    said again: the file may have been exported before they did.
    """
    return _Finding(edited, claims, today).changes()


class _Finding:
    def __init__(self, edited: Edited, claims: Claims, today: Today):
        self._edited, self._claims, self._today = edited, claims, today
        self._history = _History(today)
        self._conflicts = list(claims.conflicts)
        self._not_taken = [*edited.notes, *claims.not_taken]
        self._operations: list[Operation] = []
        self._group_of_file = defaultdict(set)
        for track, found in claims.of_tracks.items():
            for claim in filter(None, found):
                self._group_of_file[claim.who].add(track)

    def changes(self) -> Changes:
        """All of it, in the order in which it has to be said."""
        parts = [part for track in self._claims.of_tracks for part in self._parts_of(track)]
        parts = self._without_what_was_said_since(parts)
        self._changed = {part.track for part in parts}
        self._cut(parts)
        self._take_out([part for part in parts if part.who == NOBODY])
        moved = [part for part in parts if part.who.character]
        self._merge_and_move(moved)
        self._split_off([part for part in parts if part.who.new is not None])
        self._rename()
        return Changes(self._operations, self._conflicts, self._not_taken)

    def _parts_of(self, track: int) -> list[_Part]:
        """The parts of a track that the file has with somebody else."""
        claims = self._claims.of_tracks[track]
        own = self._own(track)
        parts: list[_Part] = []
        for index, claim in enumerate(claims):
            who = claim.who if claim else NOBODY
            if parts and parts[-1].who == who:
                parts[-1] = parts[-1]._replace(end=index + 1)
            else:
                parts.append(_Part(track, index, index + 1, who, claim))
        return [part for part in parts if part.who != own]

    def _own(self, track: int) -> Who:
        return Who(self._today.cast.get(track))

    def _is_whole(self, part: _Part) -> bool:
        return (part.first, part.end) == (0, len(self._today.faces[part.track].times))

    def _without_what_was_said_since(self, parts: list[_Part]) -> list[_Part]:
        since = self._history.touched_since(self._groups(), self._edited)
        kept = []
        for part in parts:
            group = self._group_of_file[part.who] | {part.track} if part.who != NOBODY else set()
            concerned = {
                part.track,
                *self._members(self._own(part.track)),
                *self._members(part.who),
            }
            if self._history.is_of_before(part.track, group):
                self._conflicts.append(
                    f"{self._face(part)} would be {self._called(part.who)} again, as before "
                    "somebody corrected it; if you mean it, undo that on the film's page"
                )
            elif concerned & since:
                self._conflicts.append(
                    f"{self._face(part)} would be {self._called(part.who)}, and somebody corrected "
                    "one of them since the file was exported; export again, and look"
                )
            else:
                kept.append(part)
        return kept

    def _members(self, who: Who) -> list[int]:
        return self._today.members.get(who.character or "", [])

    def _groups(self) -> dict[int, Who]:
        """Whose each track is by the file; tracks that it has nobody at are missing."""
        most = {
            track: Counter(claim.who for claim in claims if claim).most_common(1)
            for track, claims in self._claims.of_tracks.items()
        }
        return {track: common[0][0] for track, common in most.items() if common}

    def _cut(self, parts: Sequence[_Part]) -> None:
        """Cut tracks where a part of them is somebody else's."""
        starts: dict[int, set[int]] = defaultdict(set)
        for part in parts:
            starts[part.track].update((part.first, part.end))
        for track, cuts in sorted(starts.items()):
            faces = self._today.faces[track]
            for index in sorted(cuts - {0, len(faces.times)}):
                anchor = faces.anchor(index)
                who = self._called(self._own(track))
                what = f"an appearance of {who} is cut at {anchor.time_s:.3f} s"
                self._say(CUT_TRACK, [(anchor, None)], what, [track])

    def _take_out(self, parts: Sequence[_Part]) -> None:
        """What the file has nobody at: a person is there, but of the background."""
        gone = {part.track for part in parts if self._is_whole(part)}
        whole = {who for who, own in self._today.members.items() if gone.issuperset(own)}
        units = {track: unit for unit in self._edited.units for track in unit}
        groups = defaultdict(list)
        for part in parts:
            who = self._today.cast[part.track]
            groups[who if who in whole else units.get(part.track, (part.track,))].append(part)
        for key, own in groups.items():
            who = self._called(self._own(own[0].track))
            what = f"all of {who}" if key in whole else self._face(own[0])
            rows = [(self._anchor(part), None) for part in own]
            self._say(BACKGROUND, rows, f"{what} is background", [part.track for part in own])

    def _merge_and_move(self, parts: Sequence[_Part]) -> None:
        groups: dict[tuple, list[_Part]] = defaultdict(list)
        by_pair: dict[tuple[Who, Who], list[_Part]] = defaultdict(list)
        for part in parts:
            by_pair[self._own(part.track), part.who].append(part)
        for (own, who), some in by_pair.items():
            members = self._members(own)
            whole = [part.track for part in some if self._is_whole(part)]
            if len(members) > 1 and set(members) == set(whole) and self._staying(who):
                self._merge(own, who)
            else:
                for part in some:
                    groups[part.claim.shown if part.claim else -1, own, who].append(part)
        for (_, _, who), some in groups.items():
            there = self._staying(who)
            if not there:
                self._conflicts.append(
                    f"{self._face(some[0])} would be {self._called(who)}'s, who keeps no appearance"
                )
                continue
            rows = [(self._anchor(part), self._middle(other)) for part in some for other in there]
            what = f"{self._face(some[0])} is {self._called(who)}"
            self._say(MOVE, rows, what, [part.track for part in some])

    def _merge(self, own: Who, who: Who) -> None:
        some, others = self._today.members[str(own.character)][:_WITNESSES], self._staying(who)
        longest = max(len(some), len(others))
        rows = [
            (
                self._middle(some[min(i, len(some) - 1)]),
                self._middle(others[min(i, len(others) - 1)]),
            )
            for i in range(longest)
        ]
        what = f"all of {self._called(own)} is {self._called(who)}"
        self._say(MERGE, rows, what, self._today.members[str(own.character)])

    def _split_off(self, parts: Sequence[_Part]) -> None:
        """Make new characters, and name them."""
        groups = defaultdict(list)
        for part in parts:
            groups[part.who].append(part)
        for who, own in groups.items():
            rows = []
            for part in own:
                left = self._staying(self._own(part.track))
                rows.append((self._anchor(part), self._middle(left[0]) if left else None))
            tracks = [part.track for part in own]
            many = self._face(own[0])
            if len(own) > 1:
                many += f" and {len(own) - 1} more"
            self._say(SPLIT, rows, f"{many}: a new character", tracks)
            name = self._edited.names.get(str(who.new))
            if name:
                self._name(name, [self._anchor(part) for part in own[:_WITNESSES]], tracks, many)

    def _rename(self) -> None:
        """Give characters the names that the file calls them by."""
        for key, character in self._edited.characters.items():
            now, name = self._today.names.get(character, ""), self._edited.names.get(key, "")
            members = self._today.members[character]
            label, there = self._today.labels[character], self._staying(Who(character))
            named = [
                [track for track in tracks if self._stays(track)]
                for tracks in self._history.namings(members)
            ]
            if not there:
                continue
            if _is_called(now, name):
                if named and not any(named):
                    self._name(now, map(self._middle, there), there, f"what is left of {label}")
            elif not name:
                self._not_taken.append(
                    f"{label} has no name in the file; a name is taken away on the film's page"
                )
            elif self._history.was_called(name, members):
                self._conflicts.append(
                    f"{label} was called {name} before somebody corrected it; if you mean it, undo "
                    "that on the film's page"
                )
            else:
                # A face that was named before tells that this name is a new one of the same person.
                tracks = list(dict.fromkeys([*there, *(own[0] for own in named if own)]))
                self._name(name, map(self._middle, tracks), tracks, label)

    def _name(self, name: str, faces: Iterable[Face], tracks: Iterable[int], whom: str) -> None:
        try:
            checked = check_name(name)
        except CorrectionError as error:
            self._not_taken.append(f"{whom} cannot be called so: {error}")
            return
        rows = [(face, None) for face in faces]
        self._say(NAME, rows, f"{whom} is called {checked}", tracks, checked)

    def _say(
        self,
        action: str,
        rows: _Rows,
        what: str,
        tracks: Iterable[int],
        name: str | None = None,
    ) -> None:
        self._operations.append(Operation(action, rows, what, tuple(tracks), name))

    def _stays(self, track: int) -> bool:
        return track not in self._changed

    def _staying(self, who: Who) -> list[int]:
        """The most certain appearances of a character that the file leaves with it."""
        return [track for track in self._members(who) if self._stays(track)][:_WITNESSES]

    def _anchor(self, part: _Part) -> Face:
        """The face in the middle of a part: others may begin or end it elsewhere."""
        return self._today.faces[part.track].anchor((part.first + part.end - 1) // 2)

    def _middle(self, track: int) -> Face:
        return self._anchor(_Part(track, 0, len(self._today.faces[track].times), NOBODY, None))

    def _face(self, part: _Part) -> str:
        time_s = self._anchor(part).time_s
        own = self._own(part.track)
        whose = "the face that is nobody's" if own == NOBODY else self._called(own)
        return f"{whose} at {time_s:.3f} s"

    def _called(self, who: Who) -> str:
        if who == NOBODY:
            return "nobody"
        return self._today.labels[who.character] if who.character else str(who.new)


def _is_called(name: str, label: str) -> bool:
    """Whether a label is a name, or one that characters share, which has their number behind it."""
    if not name or not label.startswith(name):
        return name == label
    return re.fullmatch(r"( \(C\d{2,}\))*", label[len(name) :]) is not None


class _History:
    """What castmap had found before people corrected it, and all that they have said."""

    def __init__(self, today: Today):
        self._today = today
        self._found = defaultdict(set)
        for track, character in today.found.items():
            if character not in UNASSIGNED_LABELS:
                self._found[character].add(track)

    def _track(self, face: Face | None) -> int | None:
        return self._today.track_of[face] if face else None

    def is_of_before(self, track: int, group: Set[int]) -> bool:
        """Whether a track was in such a group of tracks, or in none, before it was corrected."""
        now = set(self._today.members.get(self._today.cast.get(track, ""), []))
        before = self._found[self._today.found.get(track, "")]
        if not now and 2 * len(group & before) > len(before):
            return True
        as_before = _likeness(group, before)
        if now != before and as_before >= 0.5 and as_before > _likeness(now, before):
            return True
        for row in self._today.said:
            if self._track(row.face) == track:
                other = self._track(row.other)
                if row.action in (MOVE, MERGE) and other in group and other not in now:
                    return True
                if row.action in (BACKGROUND, NOT_A_FACE) and not group and now:
                    return True
        return False

    def touched_since(self, groups: Mapping[int, Who], edited: Edited) -> set[int]:
        """The tracks that were corrected since a file was exported, as far as it tells.

        What was said before it was exported, it mostly shows, and what was said since, it mostly
        does not. So it was exported where most of what holds is on the right side. If a number in
        it is nobody's any more, its characters are no longer, and it may be of before everything.

        Args:
            groups: whose each track is by the file.
            edited: the file.
        """
        held = {row["line"] for row in self._today.journal["rows"] if row["status"] == HELD}
        shown: dict[int, list[bool]] = defaultdict(list)
        for row in self._today.said:
            if row.line in held and (shows := self._is_shown(row, groups, edited)) is not None:
                shown[row.operation].append(shows)
        verdicts = {operation: all(rows) for operation, rows in sorted(shown.items())}
        gone = any(is_number(one.who) for one in edited.shown if one.who not in edited.characters)
        last = 0 if gone else _most_likely_last(verdicts)
        return {
            track
            for row in self._today.said
            if row.operation > last and row.action not in (NAME, REFUSE)
            for face in (row.face, row.other)
            if (track := self._track(face)) is not None
        }

    def _is_shown(self, row: Correction, groups: Mapping[int, Who], edited: Edited) -> bool | None:
        """Whether a file shows what was said; None if that cannot be told."""
        track, other = self._track(row.face), self._track(row.other)
        if track is None:
            return None
        if row.action in (BACKGROUND, NOT_A_FACE):
            return track not in groups
        if row.action == NAME:
            names = {
                Who(edited.characters[key]): edited.names.get(key) for key in edited.characters
            }
            return names.get(groups.get(track, NOBODY)) == row.name
        if other is None:
            return None
        together = groups.get(track, NOBODY) == groups.get(other)
        if row.action in (MOVE, MERGE):
            return together
        return not together if row.action in (SPLIT, DIFFERENT) else None

    def was_called(self, name: str, tracks: Iterable[int]) -> bool:
        """Whether somebody called one of some tracks so."""
        tracks = set(tracks)
        return any(
            row.action == NAME and row.name == name and self._track(row.face) in tracks
            for row in self._today.said
        )

    def namings(self, tracks: Iterable[int]) -> list[list[int]]:
        """By which of some tracks they were named, each time that holds."""
        tracks = set(tracks)
        found = defaultdict(list)
        for row in active(self._today.said):
            track = self._track(row.face)
            if row.action == NAME and track in tracks:
                found[row.operation].append(track)
        return list(found.values())


def _most_likely_last(shown: Mapping[int, bool]) -> int:
    """The last operation of which a file knew.

    Args:
        shown: whether the file shows what each operation said, in their order.
    """
    right = sum(not shows for shows in shown.values())  # if it knew of none
    best, last = right, 0
    for operation, shows in shown.items():
        right += 1 if shows else -1
        if right >= best:
            best, last = right, operation
    return last if last != max(shown, default=0) else sys.maxsize


def _likeness(some: Set[int], others: Set[int]) -> float:
    """The share of two groups' tracks that are in both; 1 of two empty ones."""
    return len(some & others) / len(some | others) if some | others else 1.0
