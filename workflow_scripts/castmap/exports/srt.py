"""SRT subtitles: who is on screen now, for any player."""

from collections.abc import Iterable
from pathlib import Path

from castmap.exports.cast import Spell, find_spells, on_screen
from castmap.exports.film import Film
from castmap.files.whole import write_text

MEMBER = {
    "order": 95,
    "files": ["cast.srt"],
    "opens_in": "VLC, mpv and other players; editors as subtitles",
    "how": "who is on screen now, as a subtitle",
    "times": "`hh:mm:ss,mmm`",
}

# Players take what stands in angle brackets and braces for instructions, and have no escape.
_SHOWN = str.maketrans("<>{}", "\u2039\u203a()")


def write(film: Film, path: Path) -> None:
    """Write a subtitle for every time during which the same characters are seen."""
    write_text(path, build_srt(find_spells(film.appearances, join_touching=True)))


def build_srt(spells: Iterable[Spell]) -> str:
    """A subtitle for every time during which the same characters are seen.

    Args:
        spells: see cast.on_screen.
    """
    return "\n".join(
        f"{number}\n{_time(start)} --> {_time(end)}\n{', '.join(labels).translate(_SHOWN)}\n"
        for number, (start, end, labels) in enumerate(on_screen(spells), start=1)
    )


def _time(time_ms: int) -> str:
    seconds, milliseconds = divmod(time_ms, 1000)
    minutes, seconds = divmod(seconds, 60)
    return f"{minutes // 60:02d}:{minutes % 60:02d}:{seconds:02d},{milliseconds:03d}"
