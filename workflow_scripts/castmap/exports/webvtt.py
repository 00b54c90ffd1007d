"""WebVTT: the cast map as metadata, chapters of who is seen, and thumbnails of faces.

Times are those of the film's own clock, as players count: see cast.on_browser_clock.
"""

import json
from collections import defaultdict
from collections.abc import Iterable, Sequence
from itertools import pairwise

import pandas as pd

from castmap.exports.cast import Spell


def write_metadata(appearances: pd.DataFrame) -> str:
    """A cue for each appearance, whose payload is a JSON object on one line.

    Args:
        appearances: see cast.label_appearances.
    """
    return _document(
        _cue(row.start_ms, row.end_ms, _payload(row)) for row in appearances.itertuples()
    )


def write_chapters(spells: Sequence[Spell]) -> str:
    """A chapter for every time during which the same characters are seen, titled by their labels.

    Chapters may not overlap: players take one to end where the next begins. So they change whenever
    anybody comes or goes; where nobody is seen there is none.

    Args:
        spells: touching ones joined, so that each begins and ends where somebody comes and goes.
    """
    coming, going = defaultdict(dict), defaultdict(set)
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
            cues.append(_cue(start, end, _escape(title)))
    return _document(cues)


def write_thumbnails(
    appearances: pd.DataFrame, picture: str, boxes: dict[int, tuple[int, int, int, int]]
) -> str:
    """A cue for each appearance that names the part of a picture which shows its face.

    Args:
        appearances: see cast.label_appearances.
        picture: file name of the picture.
        boxes: of each track's face in the picture: x, y, width, height; pixels.
    """
    return _document(
        _cue(
            row.start_ms,
            row.end_ms,
            f"{picture}#xywh={','.join(map(str, boxes[row.track]))}",
            identifier=f"track {row.track}\n",
        )
        for row in appearances.itertuples()
        if row.track in boxes
    )


def _document(cues: Iterable[str]) -> str:
    return "\n".join(["WEBVTT\n", *cues])


def _cue(start_ms: int, end_ms: int, payload: str, identifier: str = "") -> str:
    return f"{identifier}{_time_stamp(start_ms)} --> {_time_stamp(end_ms)}\n{payload}\n"


def _time_stamp(time_ms: int) -> str:
    seconds, milliseconds = divmod(time_ms, 1000)
    minutes, seconds = divmod(seconds, 60)
    return f"{minutes // 60:02d}:{minutes % 60:02d}:{seconds:02d}.{milliseconds:03d}"


def _payload(row: object) -> str:
    content = {
        "character": row.character,
        "label": row.label,
        "shot": row.shot,
        "track": row.track,
        "confidence": round(row.confidence, 3),
    }
    # An arrow may not stand in a cue. JSON has ">" in strings only, where it may be written so.
    return json.dumps(content, ensure_ascii=False).replace(">", "\\u003e")


def _escape(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
