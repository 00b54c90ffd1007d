"""Results: tables that are checked on the way in and out, and JSON."""

import contextlib
import json
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from safetensors import SafetensorError

from castmap.console import InputError
from castmap.files.whole import replacing, write_text
from castmap.formats.spreadsheets import escape_formula, unescape_formula
from castmap.formats.tables import TableError, TableSchema

_PROVENANCE_KEY = b"castmap"
_UNREADABLE = (
    OSError,
    ValueError,
    KeyError,
    zipfile.BadZipFile,
    zlib.error,
    pa.ArrowException,
    SafetensorError,
)


@contextlib.contextmanager
def reading(path: Path) -> Iterator[None]:
    """What any reader says of a result that it cannot read becomes one sentence with the fix.

    Raises:
        InputError: the file is missing or damaged.
    """
    try:
        yield
    except _UNREADABLE as error:
        said = (str(error).splitlines() or [type(error).__name__])[0]
        raise InputError(
            f"{path} cannot be read ({said}); delete it and run again: it is made again"
        ) from error


@contextlib.contextmanager
def opened_zip(path: Path) -> Iterator[zipfile.ZipFile]:
    """A zip file of results, open for reading.

    Raises:
        InputError: it is missing or damaged.
    """
    with reading(path), zipfile.ZipFile(path) as archive:
        yield archive


def write_table(path: Path, schema: TableSchema, table: pd.DataFrame, record: dict) -> None:
    """Write ``table`` as Parquet after checking it; ``record`` (see provenance) goes beside it.

    Raises:
        TableError: the table breaks its schema; the message names the file.
    """
    try:
        arrow = schema.to_arrow(table)
    except TableError as error:
        raise TableError(f"{path}: {error}") from error
    text = json.dumps(record, sort_keys=True, default=str).encode()
    arrow = arrow.replace_schema_metadata({_PROVENANCE_KEY: text})
    with replacing(path) as partial:
        pq.write_table(arrow, partial, compression="zstd")


def read_table(path: Path, schema: TableSchema) -> pd.DataFrame:
    """Read a Parquet file and check it.

    Raises:
        InputError: the file is missing or damaged.
        TableError: the table breaks its schema; the message names the file.
    """
    with reading(path):
        table = pq.read_table(path).to_pandas()
    try:
        return schema.validate(table)
    except TableError as error:
        raise TableError(f"{path}: {error}") from error


def write_csv(path: Path, schema: TableSchema, table: pd.DataFrame) -> None:
    """Write a checked table as CSV: labels and exports, which people read and edit.

    Text that a spreadsheet would run is escaped; read_csv gives it back as it was.

    Raises:
        TableError: the table breaks its schema; the message names the file.
    """
    try:
        checked = schema.validate(table)
    except TableError as error:
        raise TableError(f"{path}: {error}") from error
    write_text(path, to_csv(checked))


def to_csv(table: pd.DataFrame) -> str:
    """A table as CSV that a spreadsheet can open: no text of it is run as a formula."""
    texts = table.select_dtypes(["object", "string"])
    safe = texts.map(lambda cell: escape_formula(cell) if isinstance(cell, str) else cell)
    return table.assign(**safe).to_csv(index=False, lineterminator="\n")


def read_csv(path: Path, schema: TableSchema) -> pd.DataFrame:
    """Read a CSV table and check it.

    Raises:
        TableError: the table breaks its schema; the message names the file.
    """
    try:
        # A person may be called 7, or NA: text stays as it is written.
        texts = [field.name for field in schema.arrow if pa.types.is_string(field.type)]
        types = dict.fromkeys(texts, str)
        table = pd.read_csv(path, dtype=types, keep_default_na=False, na_values=[""])
        for name in table.columns.intersection(texts):
            table[name] = table[name].map(unescape_formula, na_action="ignore")
        return schema.validate(table)
    except (TableError, pd.errors.ParserError, pd.errors.EmptyDataError) as error:
        raise TableError(f"{path}: {error}") from error


def read_record(path: Path) -> dict:
    """The provenance that write_table put beside a table; empty where there is none."""
    with reading(path):
        found = pq.read_schema(path).metadata or {}
        return json.loads(found.get(_PROVENANCE_KEY, b"{}"))


def read_json(path: Path) -> dict:
    """Read a JSON file.

    Raises:
        InputError: it is missing or damaged.
    """
    with reading(path):
        return json.loads(path.read_text(encoding="utf-8"))
