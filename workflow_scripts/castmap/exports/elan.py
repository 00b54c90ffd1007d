"""ELAN annotation documents: a tier for each character, and one of shots; whole milliseconds."""

from collections.abc import Iterable, Sequence
from pathlib import Path, PurePosixPath
from typing import Any, NamedTuple

import pandas as pd
from pympi.Elan import Eaf, to_string

from castmap.exports.cast import Spell, find_spells
from castmap.exports.film import Film
from castmap.files.whole import write_text
from castmap.formats.names import one_line
from castmap.formats.tables import rows_of

MEMBER = {
    "order": 40,
    "files": ["cast_map.eaf"],
    "opens_in": "[ELAN](https://archive.mpi.nl/tla/elan), pympi",
    "how": (
        "File, Open. A tier for each character, whose annotations are its label, to be chosen from "
        "a list; and a tier of shots. The film is found by its path relative to the file"
    ),
    "times": "whole milliseconds",
}

# The linguistic types of the tiers: a tier's name is whatever somebody called a character.
CHARACTER_TYPE, SHOT_TYPE = "character", "shot"

_VOCABULARY = "characters"
_LANGUAGE = ("und", "http://cdb.iso.org/lg/CDB-00130975-001", "undetermined (und)")  # as ELAN's
_SHOTS_TIER = "castmap: shots"
_UNDATED = "1970-01-01T00:00:00+00:00"  # the same cast map gives the same bytes on every day
_MIME_TYPES = {".mp4": "video/mp4", ".mpg": "video/mpeg", ".mov": "video/quicktime"}
_OTHER_VIDEO = "video/*"


class _Annotation(NamedTuple):
    start_ms: int
    end_ms: int
    tier: str
    value: str


def write(film: Film, path: Path) -> None:
    """Write the document; its film is found relative to it."""
    spells = find_spells(film.appearances, join_touching=False)
    text = build_elan(list(film.labels.values()), spells, film.shots, film.file)
    write_text(path, text)


def build_elan(
    labels: Sequence[str], spells: Iterable[Spell], shots: pd.DataFrame, film: str
) -> str:
    """An EAF document.

    Args:
        labels: of the characters, in the order of their tiers.
        spells: of which those of one character do not overlap.
        shots: the SHOTS table.
        film: the video file, relative to the document.
    """
    document = Eaf(author="castmap")
    document.adocument["DATE"] = _UNDATED
    document.header = {"MEDIA_FILE": "", "TIME_UNITS": "milliseconds"}
    document.remove_tier("default")
    media = f"./{one_line(film)}"
    kind = _MIME_TYPES.get(PurePosixPath(film).suffix.lower(), _OTHER_VIDEO)
    document.add_linked_file(media, relpath=media, mimetype=kind)
    _add_types(document, labels)
    for label in labels:
        document.add_tier(label, ling=CHARACTER_TYPE, part=label)
    shots_tier = _SHOTS_TIER
    while shots_tier in labels:
        shots_tier += "*"
    document.add_tier(shots_tier, ling=SHOT_TYPE)
    seen = [_Annotation(spell.start_ms, spell.end_ms, spell.label, spell.label) for spell in spells]
    _annotate(
        document, [*seen, *(_annotation_of_shot(shot, shots_tier) for shot in rows_of(shots))]
    )
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{to_string(document)}\n'


def _add_types(document: Eaf, labels: Sequence[str]) -> None:
    """The types of tiers, and what may be said on those of characters: their labels."""
    document.add_language(*_LANGUAGE)
    document.add_controlled_vocabulary(_VOCABULARY)
    document.add_cv_description(_VOCABULARY, _LANGUAGE[0], "the characters of the film")
    for number, label in enumerate(labels, start=1):
        document.add_cv_entry(_VOCABULARY, f"cve{number}", [(label, _LANGUAGE[0], None)])
    for name in (CHARACTER_TYPE, SHOT_TYPE):
        document.add_linguistic_type(name)
    document.linguistic_types[CHARACTER_TYPE]["CONTROLLED_VOCABULARY_REF"] = _VOCABULARY


def _annotation_of_shot(shot: Any, tier: str) -> _Annotation:
    start_ms, end_ms = round(1000 * shot.start_s), round(1000 * shot.end_s)
    return _Annotation(start_ms, end_ms, tier, f"shot {shot.shot}")


def _annotate(document: Eaf, annotations: Sequence[_Annotation]) -> None:
    """Add annotations to their tiers.

    Time slots must stand in order of time, over all tiers, and none may belong to two annotations:
    moving one in ELAN would move the other.
    """
    document.properties = [("lastUsedAnnotationId", len(annotations))]
    ends = sorted((time, i) for i, given in enumerate(annotations) for time in given[:2])
    slots: list[list[str]] = [[] for _ in annotations]
    for time, index in ends:
        slots[index].append(document.generate_ts_id(time))
    for number, (given, slot) in enumerate(zip(annotations, slots, strict=True), start=1):
        document.tiers[given.tier][0][f"a{number}"] = (*slot, given.value, None)
