"""The cast map as one JSON document that explains itself."""

from collections.abc import Mapping
from pathlib import Path

import pandas as pd

from castmap.exports.film import Film
from castmap.files.whole import write_json
from castmap.formats.tables import rows_of

MEMBER = {
    "order": 30,
    "files": ["cast_map.json"],
    "opens_in": "any program",
    "how": "the film, its shots, characters and appearances, and these conventions",
    "times": "seconds, rounded to microseconds",
}

CONVENTIONS = {
    "frames": "0-based positions among the decoded frames",
    "times": "seconds from the start of the container, from presentation timestamps",
    "intervals": "half-open: the end is the first moment at which it no longer holds",
    "label": "what the other exports call a character: its name as one line, else its number; "
    "shared names are followed by the number",
    "id": "the character in exports that know numbers only: MOTChallenge, COCO",
    "confidence": "0..1: the probability that the track is of the person whom its character "
    "mostly shows",
    "screen_time": "by the tracks of the character; in 90 % of cases its person's is from low to "
    "high. Left out are faces that no track follows, and other characters of the same person",
    "left_out": "tracks that are background, uncertain or not a face",
}
_FACTS = ("movie", "title", "year", "status", "reason", "sha256", "duration_s", "n_frames")


def write(film: Film, path: Path) -> None:
    """Write the document."""
    write_json(path, build_document(film.info, film.shots, film.appearances, film.screen_times))


def build_document(
    info: Mapping, shots: pd.DataFrame, appearances: pd.DataFrame, times: pd.DataFrame
) -> dict:
    """The content of cast_map.json.

    Args:
        info: movie.json.
        shots: the SHOTS table.
        appearances: see cast.label_appearances.
        times: see screen_time.screen_times.
    """
    intervals = times.set_index("character")
    return {
        "format": "castmap cast map 1",
        "conventions": CONVENTIONS,
        "film": {fact: info[fact] for fact in _FACTS},
        "shots": [
            {"shot": shot.shot, "start_s": round(shot.start_s, 6), "end_s": round(shot.end_s, 6)}
            for shot in rows_of(shots)
        ],
        "characters": [_character(own, intervals) for _, own in appearances.groupby("id")],
        "appearances": [
            {
                "character": row.character,
                "start_s": round(row.start_s, 6),
                "end_s": round(row.end_s, 6),
                "shot": row.shot,
                "track": row.track,
                "confidence": round(row.confidence, 6),
            }
            for row in rows_of(appearances)
        ],
    }


def _character(own: pd.DataFrame, intervals: pd.DataFrame) -> dict:
    first = own.iloc[0]
    times = intervals.loc[first["character"]]
    return {
        "id": int(first["id"]),
        "character": first["character"],
        "name": first["name"] if isinstance(first["name"], str) else None,
        "named_by": first["named_by"] if isinstance(first["named_by"], str) else None,
        "label": first["label"],
        "appearances": len(own),
        **{name: round(float(time), 6) for name, time in times.items()},
    }
