"""What an edited file shows, by the characters and tracks of today."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

import numpy as np

from castmap.corrections.anchors import find_tracks
from castmap.corrections.elsewhere.matching import is_number, match_characters
from castmap.corrections.elsewhere.today import Today
from castmap.exports.elan import CHARACTER_TYPE, SHOT_TYPE
from castmap.formats.corrections import Face
from castmap.formats.edited_casts import Annotation, Drawn, DrawnBox, Row, Segment
from castmap.formats.names import one_line, shorten

SAME_S = 1.5e-3  # times that are rounded to milliseconds, by castmap and by another program
_MOST_BOXES = 25  # of a stretch in CVAT that does not say which track it is
_TRACKS = re.compile(r"tracks? \d+(, \d+)*")  # what annotations said in exports of before
_LABEL_OF_CVAT = 64  # characters, at which CVAT cuts a label


class Shown(NamedTuple):
    """An appearance as an edited file has it.

    Attributes:
        where: how a person finds it in the file.
        who: what the file calls the character.
        start_s: s.
        end_s: s, exclusive.
        tracks: which tracks it is; empty if none. None: whatever the character has then.
        names_tracks: whether the file itself says which tracks.
    """

    where: str
    who: str
    start_s: float
    end_s: float
    tracks: tuple[int, ...] | None
    names_tracks: bool = False


class Edited(NamedTuple):
    """What an edited file shows.

    Attributes:
        shown: its appearances.
        names: what it calls its characters; a number is no name.
        characters: which character of today each one in the file is; new ones are missing.
        units: tracks that an export of today has as one appearance.
        bounds: when an export of today has each track begin and end, s.
        notes: a sentence on each thing that was not read.
    """

    shown: list[Shown]
    names: dict[str, str]
    characters: dict[str, str]
    units: list[tuple[int, ...]]
    bounds: dict[int, tuple[float, float]]
    notes: list[str]


def of_annotations(annotations: Sequence[Annotation], today: Today) -> Edited:
    """What ELAN shows: a tier's annotation is of whom its value names, else of whom the tier does.

    A tier that castmap did not write is that person's, whatever its values. On a tier that castmap
    wrote, a value that is another's says that the appearance is the other's; but if only the other
    is seen there, it was brought to the tier. A tier that was given another name may have values
    that say the one before.

    Raises:
        ValueError: an annotation has no time.
    """
    of_people = [one for one in annotations if one.kind != SHOT_TYPE]
    own = [one for one in of_people if _is_of_cast(one, today)]
    foreign = sorted({one.tier for one in of_people} - {one.tier for one in own})
    notes = [f"tier {_quoted(tier)} is not of a character: left alone" for tier in foreign]
    notes += _older([one.tier for one in own], today)
    for one in own:
        if None in one[-2:]:
            raise ValueError(f"{_place(one)} has no time; give it one, or delete it")
    renamed = {today.label(one.participant): today.label(one.tier) for one in own}
    renamed |= {tier: tier for tier in renamed.values()}
    renamed.pop("", None)  # of tiers that castmap did not write
    before = {tier: label for label, tier in renamed.items() if tier != label}
    words = [_word(one, renamed, today) for one in own]
    spells = _Spells(today)
    shared: Counter[tuple[str, str]] = Counter()
    for word in words:
        if word.is_of_tier:
            shared.update((word.tier, who) for who in spells.with_bounds(*word.times))
    own_tiers = {who for who, _ in shared}
    keys = [word.tier for word in words] + [word.value for word in words if word.value]
    known = match_characters(keys, shared, today, before)
    shown = []
    for word in words:
        who, of = _whom_it_says(word, known, spells)
        tracks = None if who == of else spells.tracks_of(known.get(of), *word.times) or None
        if len({today.found.get(track) for track in tracks or ()}) > 1:
            notes.append(
                f"{word.where} would be {who}: castmap had found faces of several people there, "
                "and which is meant is not clear; say it on the film's page"
            )
            who, tracks = of, None
        shown.append(Shown(word.where, who, *word.times, tracks))
        if who not in own_tiers:
            shared.update((who, today.cast[track]) for track in tracks or ())
    edited = _edited(shown, shared, today, today.spells, today.bounds, notes)
    characters = match_characters([one.who for one in shown], shared, today, before)
    return edited._replace(characters=characters)


def of_rows(rows: Sequence[Row], today: Today) -> Edited:
    """What a spreadsheet shows: a row is of the character in its first cell.

    The name of a character is what its rows say, if there is one that they had not before. A name
    of only some rows is of somebody else, who is there or new; unless the row had it before it was
    given to this character.
    """
    notes = _older([row.name for row in rows], today)
    rows = [
        row._replace(character=today.label(row.character), name=today.name(row.name))
        for row in rows
    ]
    keys = [row.character for row in rows]
    shared = Counter(
        (row.character, character) for row in rows if (character := today.cast_of(row.track))
    )
    known = match_characters(keys, shared, today)
    names = {key: _name_in_rows(key, rows, known, today) for key in known}
    called = {name: key for key, name in reversed(names.items()) if name}
    shown = []
    for row in rows:
        who, kept = row.character, ("", _name_before(row, today))
        if row.name not in (*kept, names.get(who, "")):
            if who in known and known[who] != today.cast_of(row.track):
                notes.append(
                    f"line {row.line}: its character is now {who}, and its name "
                    f"{_quoted(row.name)}, who is somebody else; the character counts"
                )
            else:
                who = called.get(row.name, row.name)
                names.setdefault(who, who)
        elif who not in known:
            names.setdefault(who, "" if is_number(who) else who)
        shown.append(_of_track(f"line {row.line}", who, row.start_s, row.end_s, row.track))
    edited = _edited(shown, shared, today, _single(today), today.bounds, notes)
    return edited._replace(names={k: n for k, n in names.items() if n}, characters=known)


def of_segments(segments: Sequence[Segment], today: Today) -> Edited:
    """What VIA shows: a segment is of whom its label says. Its times are those of browsers."""
    clock_s = round(1000 * (today.info["clock_start_s"] or 0.0)) / 1000
    shown = [
        _of_track(
            f"segment {_quoted(one.identifier)}",
            today.label(one.label),
            *(one.start_s - clock_s, one.end_s - clock_s, one.track),
        )
        for one in segments
    ]
    notes = _older([one.label for one in segments], today)
    return _edited(shown, _shared(shown, today), today, _single(today), today.bounds, notes)


def of_drawn(drawn: Sequence[Drawn], today: Today) -> Edited:
    """What CVAT shows: boxes are of whom their label says, and of the track they say or lie on.

    Raises:
        ValueError: there are boxes after the film's end.
    """
    times = today.frame_times
    full = {label[:_LABEL_OF_CVAT]: label for label in today.labels.values()}
    ends = today.tracks.groupby("track")["frame"].agg(["min", "max"])
    frames = {track: (first, last) for track, first, last in ends.itertuples(name=None)}
    bounds_of = {
        track: (float(times[first]), float(times[last + 1]))
        for track, (first, last) in frames.items()
    }
    shown, notes = [], _older([one.label for one in drawn], today)
    for one in drawn:
        where = f"track {_quoted(one.identifier)}"
        if one.end_frame >= len(times):
            raise ValueError(
                f"{where} has frame {one.end_frame - 1}, and the film's last is {len(times) - 2}; "
                "is it of a copy of another length?"
            )
        label = full.get(today.label(one.label), today.label(one.label))
        bounds = float(times[one.boxes[0].frame]), float(times[one.end_frame])
        first, last = frames.get(one.track, (0, -1))
        beyond = [box for box in one.boxes if not first <= box.frame <= last]
        found = _of_track(where, label, *bounds, one.track)
        under = _tracks_under(beyond, today)
        shown.append(found._replace(tracks=tuple(dict.fromkeys([*(found.tracks or ()), *under]))))
    return _edited(shown, _shared(shown, today), today, _single(today), bounds_of, notes)


class _Spells:
    """Where the characters of today are seen, as on the tiers of an export."""

    def __init__(self, today: Today):
        self._today = today
        self._who = [today.cast[tracks[0]] for tracks in today.spells]
        self._bounds = spans(today.spells, today.bounds)

    def with_bounds(self, start_s: float, end_s: float) -> list[str]:
        """The characters that have an appearance with these bounds."""
        same = np.abs(self._bounds - (start_s, end_s)) <= SAME_S
        return [self._who[index] for index in np.flatnonzero(same.all(axis=1))]

    def tracks_of(self, who: str | None, start_s: float, end_s: float) -> tuple[int, ...]:
        """The tracks of a character that have a face in that time."""
        return tuple(
            track
            for track in sorted(self._today.members_seen(who, start_s, end_s))
            if within(self._today.faces[track].times, start_s, end_s).any()
        )

    def untouched(self, tracks: Iterable[int]) -> bool:
        """Whether nobody corrected any of some tracks, of which there must be one."""
        tracks = set(tracks)
        return bool(tracks) and not tracks & self._today.corrected


def spans(
    units: Sequence[tuple[int, ...]], bounds: Mapping[int, tuple[float, float]]
) -> np.ndarray:
    """When the first of some tracks begins and the last ends, float [n, 2], s."""
    both = [[bounds[track] for track in unit] for unit in units]
    return np.reshape([(min(b)[0], max(end for _, end in b)) for b in both], (-1, 2))


def within(times: np.ndarray, start_s: float, end_s: float) -> np.ndarray:
    """Which times lie in an appearance whose bounds are rounded, bool."""
    return (times > start_s - SAME_S) & (times < end_s - SAME_S / 2)


def _is_of_cast(one: Annotation, today: Today) -> bool:
    """Whether an annotation is on a tier of the type of characters, or on one of castmap's."""
    called = {today.label(one.tier), today.label(one.participant)}
    labels = set(today.labels.values())
    return one.kind == CHARACTER_TYPE or bool(called & labels) or any(map(is_number, called))


def _older(labels: Iterable[str], today: Today) -> list[str]:
    """A sentence on each label that is a name which somebody has replaced."""
    return [
        f"{_quoted(label)} is called {today.labels[today.old_names[label]]} since it was exported; "
        "if you mean the name before, undo that on the film's page"
        for label in dict.fromkeys(map(one_line, labels))
        if label in today.old_names
    ]


class _Word(NamedTuple):
    """What an annotation says; ``value`` is empty where it says what its tier does."""

    where: str
    tier: str
    value: str
    is_of_tier: bool
    times: tuple[float, float]


def _word(one: Annotation, renamed: Mapping[str, str], today: Today) -> _Word:
    """What an annotation says.

    Args:
        one: the annotation.
        renamed: what tiers are called now, by what castmap had called them.
        today: the film.
    """
    tier, value = today.label(one.tier), today.label(one.value)
    value = renamed.get(value, value)
    if value == tier or _TRACKS.fullmatch(value):
        value = ""
    of_tier = not value or not today.label(one.participant)
    times = (one.start_ms or 0) / 1000, (one.end_ms or 0) / 1000
    return _Word(_place(one), tier, value, of_tier, times)


def _whom_it_says(word: _Word, known: dict[str, str], spells: _Spells) -> tuple[str, str]:
    """Whose an annotation is, and whose tracks it is."""
    if not word.value:
        return word.tier, word.tier
    here, there = (spells.tracks_of(known.get(key), *word.times) for key in (word.tier, word.value))
    if word.is_of_tier:
        return word.tier, word.tier if here else word.value
    if word.tier in known:
        brought = not here and spells.untouched(there)
    else:  # a new person's, or a number of before numbers were given anew
        brought = not is_number(word.tier)
    return (word.tier, word.value) if brought else (word.value, word.tier)


def _name_in_rows(key: str, rows: Sequence[Row], known: dict[str, str], today: Today) -> str:
    """The name that the rows of a character of today give it; empty if none."""
    own = [row for row in rows if row.character == key]
    given = [row.name for row in own if today.cast_of(row.track) == known[key]]
    now = today.names.get(known[key], "")
    if now and now in given:
        return now
    # A name in some rows only is the character's if nobody else has it.
    whole = "" not in given
    others = set(today.names.values())
    new = [name for name in given if name and (whole or name not in others)]
    if new:
        return Counter(new).most_common(1)[0][0]
    return "" if is_number(key) else key


def _name_before(row: Row, today: Today) -> str:
    """What an export of today has in a row's cell for the name."""
    return today.names.get(today.cast_of(row.track) or "", "")


def _of_track(where: str, who: str, start_s: float, end_s: float, track: int | None) -> Shown:
    tracks = () if track is None else (track,)
    return Shown(where, who, start_s, end_s, tracks, bool(tracks))


def _tracks_under(boxes: Sequence[DrawnBox], today: Today) -> tuple[int, ...]:
    """The tracks on whose faces some boxes lie."""
    if not boxes:
        return ()
    stored = [today.info[f"stored_{side}"] or 1 for side in ("width", "height")] * 2
    chosen = np.unique(np.linspace(0, len(boxes) - 1, _MOST_BOXES).round().astype(int))
    faces = [
        Face(float(today.frame_times[frame]), *(float(edge) for edge in np.divide(edges, stored)))
        for frame, *edges in (boxes[index] for index in chosen)
    ]
    size = today.info["width"] or 1, today.info["height"] or 1
    tracks = set(find_tracks(faces, today.tracks, *size).values())
    first, last = boxes[0].frame, boxes[-1].frame
    seen = {
        track: ((first <= today.faces[track].frames) & (today.faces[track].frames <= last)).any()
        for track in tracks
        if track is not None
    }
    return tuple(sorted(track for track, there in seen.items() if there))


def _shared(shown: Iterable[Shown], today: Today) -> Counter[tuple[str, str]]:
    return Counter(
        (one.who, today.cast[track])
        for one in shown
        for track in one.tracks or ()
        if track in today.cast
    )


def _single(today: Today) -> list[tuple[int, ...]]:
    return [(track,) for track in today.cast]


def _edited(
    shown: list[Shown],
    shared: Counter[tuple[str, str]],
    today: Today,
    units: list[tuple[int, ...]],
    bounds: dict[int, tuple[float, float]],
    notes: list[str],
) -> Edited:
    keys = dict.fromkeys(one.who for one in shown)
    labels = {today.labels[character] for character in today.names}
    names = {key: key for key in keys if key in labels or not is_number(key)}
    return Edited(shown, names, match_characters(keys, shared, today), units, bounds, notes)


def _place(one: Annotation) -> str:
    return f"annotation {one.identifier} on tier {_quoted(one.tier)}"


def _quoted(text: str) -> str:
    return f"“{shorten(text, 40)}”"
