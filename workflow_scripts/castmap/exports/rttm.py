"""RTTM, as speaker diarisation is scored: who is seen from when for how long."""

import unicodedata
from collections.abc import Iterable
from pathlib import Path
from urllib.parse import quote

from castmap.exports.cast import Spell, find_spells
from castmap.exports.film import Film
from castmap.files.whole import write_text

MEMBER = {
    "order": 70,
    "files": ["cast_map.rttm"],
    "opens_in": "pyannote, dscore and other scorers of diarisation",
    "how": '"who is seen when" as "who speaks when"',
    "times": "start and length in seconds, rounded to milliseconds",
}

_READ_AS_MISSING = ("na", "nan", "null", "none")


def write(film: Film, path: Path) -> None:
    """Write a line for each time that a character is seen."""
    spells = find_spells(film.appearances, join_touching=True)
    write_text(path, build_rttm(film.info["movie"], spells))


def build_rttm(movie: str, spells: Iterable[Spell]) -> str:
    """A SPEAKER line for each spell, by time.

    Args:
        movie: the film's name.
        spells: touching ones joined: diarisation knows no cuts.

    Returns:
        The lines; without spells a comment with the film's name, as tools refuse an empty file.
    """
    name = escape_field(movie)
    lines = [
        f"SPEAKER {name} 1 {spell.start_ms / 1000:.3f} "
        f"{(spell.end_ms - spell.start_ms) / 1000:.3f} <NA> <NA> {escape_field(spell.label)} "
        "<NA> <NA>\n"
        for spell in sorted(spells, key=lambda spell: (spell.start_ms, spell.id))
    ]
    return "".join(lines) or f";; {name}\n"


def escape_field(text: str) -> str:
    """Text as a field between spaces: signs and spaces as in a URL, letters of all scripts kept.

    What readers of tables take for a missing value is escaped, too; ``urllib.parse.unquote`` gives
    the text back.
    """
    if text.lower() in _READ_AS_MISSING:
        return f"%{ord(text[0]):02X}{text[1:]}"
    return "".join(
        sign if sign in "-_." or unicodedata.category(sign)[0] in "LMN" else quote(sign, safe="")
        for sign in text
    )
