"""WebVTT chapters: who is on screen now, for players."""

from collections import defaultdict
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

from castmap.exports.cast import Spell, find_spells
from castmap.exports.film import Film
from castmap.exports.webvtt import cue, document
from castmap.files.whole import write_text

MEMBER = {
    "order": 90,
    "files": ["chapters.vtt"],
    "opens_in": "players",
    "how": '`<track kind="chapters">`: who is on screen now',
    "times": "`hh:mm:ss.mmm`",
}


def write(film: Film, path: Path) -> None:
    """Write a chapter for every time during which the same characters are seen."""
    write_text(path, build_chapters(find_spells(film.played, join_touching=True)))


def build_chapters(spells: Sequence[Spell]) -> str:
    """A chapter for every time during which the same characters are seen, titled by their labels.

    Chapters may not overlap: players take one to end where the next begins. So they change whenever
    anybody comes or goes; where nobody is seen there is none.

    Args:
        spells: touching ones joined, so that each begins and ends where somebody comes and goes.
    """
    coming: defaultdict[int, dict[int, str]] = defaultdict(dict)
    going: defaultdict[int, set[int]] = defaultdict(set)
    for spell in spells:
        coming[spell.start_ms][spell.id] = spell.label
        going[spell.end_ms].add(spell.id)
    present: dict[int, str] = {}
    cues = []
    for start, end in pairwise(sorted({*coming, *going})):
        present = {i: label for i, label in present.items() if i not in going[start]}
        present |= coming[start]
        if present:
            title = ", ".join(present[i] for i in sorted(present))
            cues.append(cue(start, end, _escape(title)))
    return document(cues)


def _escape(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
