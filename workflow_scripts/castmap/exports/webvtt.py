"""WebVTT metadata: each cue is one appearance, as JSON; for web pages.

Times are those of the film's own clock, as players count: see cast.on_browser_clock.
"""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pandas as pd

from castmap.exports.film import Film
from castmap.files.whole import write_text
from castmap.formats.tables import rows_of

MEMBER = {
    "order": 80,
    "files": ["cast_map.vtt"],
    "opens_in": "web pages",
    "how": '`<track kind="metadata">`: each cue is one appearance, as JSON',
    "times": "`hh:mm:ss.mmm`",
}


def write(film: Film, path: Path) -> None:
    """Write a cue for each appearance."""
    write_text(path, build_metadata(film.played))


def build_metadata(appearances: pd.DataFrame) -> str:
    """A cue for each appearance, whose payload is a JSON object on one line.

    Args:
        appearances: see cast.label_appearances.
    """
    return document(cue(row.start_ms, row.end_ms, _payload(row)) for row in rows_of(appearances))


def document(cues: Iterable[str]) -> str:
    """A WebVTT file of these cues."""
    return "\n".join(["WEBVTT\n", *cues])


def cue(start_ms: int, end_ms: int, payload: str, identifier: str = "") -> str:
    """A cue; ``identifier`` is a line of its own."""
    return f"{identifier}{_time_stamp(start_ms)} --> {_time_stamp(end_ms)}\n{payload}\n"


def _time_stamp(time_ms: int) -> str:
    seconds, milliseconds = divmod(time_ms, 1000)
    minutes, seconds = divmod(seconds, 60)
    return f"{minutes // 60:02d}:{minutes % 60:02d}:{seconds:02d}.{milliseconds:03d}"


def _payload(row: Any) -> str:
    content = {
        "character": row.character,
        "label": row.label,
        "shot": row.shot,
        "track": row.track,
        "confidence": round(row.confidence, 3),
    }
    # An arrow may not stand in a cue. JSON has ">" in strings only, where it may be written so.
    return json.dumps(content, ensure_ascii=False).replace(">", "\\u003e")
