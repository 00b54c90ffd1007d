"""CSV: the cast map as a table that spreadsheets open."""

from pathlib import Path

import pandas as pd

from castmap.exports.film import Film
from castmap.files.results import write_csv
from castmap.formats.names import one_line
from castmap.formats.tables import CAST_MAP

MEMBER = {
    "order": 10,
    "files": ["cast_map.csv"],
    "opens_in": "spreadsheets, R, pandas",
    "how": "as a table: [cast_map](output.md#cast_map)",
    "times": "seconds, rounded to milliseconds",
}


def write(film: Film, path: Path) -> None:
    """Write the CAST_MAP table: times in whole milliseconds, names on one line."""
    names = [one_line(name) if isinstance(name, str) else "" for name in film.cast["name"]]
    shown = film.cast.assign(name=pd.Series([name or None for name in names], dtype=object))
    shown = shown.astype({"confidence": float}).round({"start_s": 3, "end_s": 3, "confidence": 3})
    write_csv(path, CAST_MAP, shown)
