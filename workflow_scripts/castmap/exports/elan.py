"""ELAN annotation documents: a tier for each character, times in whole milliseconds."""

from collections.abc import Sequence
from pathlib import Path, PurePosixPath

from pympi.Elan import Eaf, to_string

from castmap.exports.cast import Spell, find_spells
from castmap.exports.film import Film
from castmap.files.whole import write_text
from castmap.formats.names import one_line

MEMBER = {
    "order": 40,
    "files": ["cast_map.eaf"],
    "opens_in": "[ELAN](https://archive.mpi.nl/tla/elan), pympi",
    "how": (
        "File, Open. A tier for each character. The film is found by its path relative to the file"
    ),
    "times": "whole milliseconds",
}

_UNDATED = "1970-01-01T00:00:00+00:00"  # the same cast map gives the same bytes on every day
_MIME_TYPES = {".mp4": "video/mp4", ".mpg": "video/mpeg", ".mov": "video/quicktime"}
_OTHER_VIDEO = "video/*"


def write(film: Film, path: Path) -> None:
    """Write the document; its film is found relative to it."""
    spells = find_spells(film.appearances, join_touching=False)
    write_text(path, build_elan(list(film.labels.values()), spells, film.file))


def build_elan(labels: Sequence[str], spells: Sequence[Spell], film: str) -> str:
    """An EAF document.

    Args:
        labels: of the characters, in the order of their tiers.
        spells: of which those of one character do not overlap.
        film: the video file, relative to the document.
    """
    document = Eaf(author="castmap")
    document.adocument["DATE"] = _UNDATED
    document.header = {"MEDIA_FILE": "", "TIME_UNITS": "milliseconds"}
    document.remove_tier("default")
    document.properties = [("lastUsedAnnotationId", len(spells))]
    media = f"./{one_line(film)}"
    kind = _MIME_TYPES.get(PurePosixPath(film).suffix.lower(), _OTHER_VIDEO)
    document.add_linked_file(media, relpath=media, mimetype=kind)
    for label in labels:
        document.add_tier(label, part=label)
    # Time slots must stand in order of time, over all tiers, and none may belong to two
    # annotations: moving one in ELAN would move the other.
    ends = sorted((time, i) for i, spell in enumerate(spells) for time in spell[2:4])
    slots: list[list[str]] = [[] for _ in spells]
    for time, index in ends:
        slots[index].append(document.generate_ts_id(time))
    for number, (spell, (start, end)) in enumerate(zip(spells, slots, strict=True), start=1):
        document.tiers[spell.label][0][f"a{number}"] = (start, end, _value(spell), None)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{to_string(document)}\n'


def _value(spell: Spell) -> str:
    return f"track{'s' * (len(spell.tracks) > 1)} {', '.join(map(str, spell.tracks))}"
