"""Markers for DaVinci Resolve: one for each appearance, in a colour for each character."""

from collections.abc import Iterable
from pathlib import Path

from castmap.exports.cast import Spell, find_spells
from castmap.exports.edl import heading
from castmap.exports.film import Film
from castmap.exports.frame_rate import FrameRate
from castmap.files.whole import write_text

MEMBER = {
    "order": 64,
    "files": ["markers.edl"],
    "opens_in": "DaVinci Resolve",
    "how": (
        "put the film at the start of a timeline; right-click the timeline in the Media Pool, "
        "Timelines, Import, Timeline Markers from EDL. A marker for each appearance, named by the "
        "character, as long as it is seen; each character has a colour"
    ),
    "times": "`hh:mm:ss:ff`; **01:00:00:00** is the first frame, as Resolve's timelines begin",
}

COLOURS = (
    *("Blue", "Red", "Green", "Yellow", "Purple", "Cyan", "Pink", "Lemon", "Fuchsia", "Mint"),
    *("Rose", "Sky", "Lavender", "Sand", "Cocoa", "Cream"),
)
_HOUR = 1


def write(film: Film, path: Path) -> None:
    """Write the markers; of a film without a constant rate, an empty list whose title says why."""
    if film.rate is None:
        write_text(path, heading(film.refusal, drops_frames=False))
        return
    spells = find_spells(film.appearances, join_touching=False)
    write_text(path, build_markers(film.title, spells, film.rate))


def build_markers(title: str, spells: Iterable[Spell], rate: FrameRate) -> str:
    """An edit decision list as Resolve writes it for markers: events of one frame with a line each.

    A timeline holds one marker at a frame. Of appearances that begin together all but the first are
    marked later, by as many frames; their notes say so, and they end where they end.

    Args:
        title: of the film, one line.
        spells: one marker for each.
        rate: how time codes count.
    """
    taken: set[int] = set()
    events = []
    for spell in sorted(spells, key=lambda spell: (spell.start_ms, spell.id)):
        begins, end = rate.span(spell.start_ms / 1000, spell.end_ms / 1000)
        start = begins
        while start in taken:
            start += 1
        taken.add(start)
        note = f"track{'s' * (len(spell.tracks) > 1)} {', '.join(map(str, spell.tracks))}"
        if start > begins:
            note += f"; begins {start - begins} frame{'s' * (start > begins + 1)} before"
        events.append((start, max(end - start, 1), note, spell))
    return heading(title, drops_frames=rate.drops_frames) + "".join(
        _event(number, *event, rate) for number, event in enumerate(sorted(events), start=1)
    )


def _event(number: int, start: int, length: int, note: str, spell: Spell, rate: FrameRate) -> str:
    time, after = (rate.timecode(frame, _HOUR) for frame in (start, start + 1))
    colour = COLOURS[(spell.id - 1) % len(COLOURS)]
    name = spell.label.replace("|", "/")  # it would end the name
    return (
        f"{number:03d}  001      V     C        {time} {after} {time} {after}  \n"
        f"{note} |C:ResolveColor{colour} |M:{name} |D:{length}\n\n"
    )
