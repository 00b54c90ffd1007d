"""What the rules ask of known people: who may be in which film, and which films name somebody."""

from functools import cache
from pathlib import Path

from castmap.formats.corrections import NAME, active, read_journal
from castmap.planning.films import corrections_of
from castmap.settings.cast_list import Listed, read_cast_list
from castmap.settings.sheet import decode_text

GALLERY = Path("resources/people")
CAST_LIST = GALLERY / "cast.tsv"


def read_listed() -> list[Listed]:
    """The cast list; nothing if there is none.

    Raises:
        SettingsError: it is faulty.
    """
    if not CAST_LIST.exists():
        return []
    return read_cast_list(decode_text(CAST_LIST.read_bytes(), str(CAST_LIST)), str(CAST_LIST))


def names_somebody(movie: str) -> bool:
    """Whether the corrections of a film name a character."""
    return any(
        _names_somebody(path, Path(path).stat().st_mtime_ns) for path in corrections_of(movie)
    )


@cache
def _names_somebody(path: str, _changed_ns: int) -> bool:
    journal = read_journal(Path(path).read_bytes())
    return any(said.action == NAME for said in active(journal.corrections))
