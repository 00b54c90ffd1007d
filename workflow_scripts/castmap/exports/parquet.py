"""Parquet: the cast map as a typed table, with a record of what made it."""

from pathlib import Path

from castmap.exports.film import Film
from castmap.files.results import write_table
from castmap.formats.tables import CAST_MAP

MEMBER = {
    "order": 20,
    "files": ["cast_map.parquet"],
    "opens_in": "pandas, polars, DuckDB, Arrow",
    "how": "the same, with types, units, unrounded times and names as they were typed",
    "times": "seconds",
}


def write(film: Film, path: Path) -> None:
    """Write the CAST_MAP table as it is."""
    write_table(path, CAST_MAP, film.cast, dict(film.record))
