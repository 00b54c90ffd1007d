"""WebVTT chapters: who is on screen now, for players."""

from collections.abc import Sequence
from pathlib import Path

from castmap.exports.cast import Spell, find_spells, on_screen
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
        spells: see cast.on_screen.
    """
    return document(
        cue(start, end, _escape(", ".join(labels))) for start, end, labels in on_screen(spells)
    )


def _escape(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
