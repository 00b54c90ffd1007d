"""The film sheet: one film per line, as an editor or a spreadsheet wrote it."""

import codecs
import csv
import io
import re
import unicodedata
from collections.abc import Iterator, Sequence
from pathlib import Path

import jsonschema

from castmap.formats.names import (
    RESERVED_NAMES,
    fold_movie_name,
    is_movie_name,
    movie_of_file,
    one_line,
    shorten,
)
from castmap.settings.settings import Movie, SettingsError

_DELIMITERS = {"\t": "tabs", ";": "semicolons", ",": "commas"}
_MARKS = {
    codecs.BOM_UTF8: "utf-8",
    codecs.BOM_UTF32_LE: "utf-32-le",
    codecs.BOM_UTF32_BE: "utf-32-be",
    codecs.BOM_UTF16_LE: "utf-16-le",
    codecs.BOM_UTF16_BE: "utf-16-be",
}
_LARGEST_BYTES = 16 << 20  # about a hundred thousand films
_NO_TEXT = (
    "{} is no text, or UTF-16 without a mark that says so (it has bytes of zero); save it as UTF-8"
)
_SHOWN_FAULTS = 20
_QUOTED = re.compile(r'"((?:[^"]|"")*)"')


def load_sheet(path: Path, schema: dict) -> list[Movie]:
    """Read the film sheet from a file; see decode_text and read_sheet.

    Raises:
        SettingsError: it is missing, no file, or faulty.
    """
    if not path.exists():
        raise SettingsError(f"movies.sheet: {path} does not exist; correct config.yaml")
    if not path.is_file():
        raise SettingsError(
            f"movies.sheet: {path} is no file; name a table of films in config.yaml, with one "
            "film per line"
        )
    try:
        with path.open("rb") as file:
            content = file.read(_LARGEST_BYTES + 1)
    except OSError as error:
        raise SettingsError(f"{path} cannot be read: {error.strerror}") from error
    return read_sheet(decode_text(content, str(path)), str(path), schema)


def decode_text(content: bytes, name: str) -> str:
    """The text of a sheet or a list of films: UTF-8, or Unicode that a mark at its start tells.

    Args:
        content: the file.
        name: its name, for messages.

    Raises:
        SettingsError: it is too large, no text, or in an encoding that only a person can tell.
    """
    if len(content) > _LARGEST_BYTES:
        raise SettingsError(
            f"{name} has more than {_LARGEST_BYTES >> 20} MiB, which no list of films has; correct "
            "config.yaml"
        )
    mark = next((mark for mark in _MARKS if content.startswith(mark)), b"")
    if not mark and b"\0" in content:
        raise SettingsError(_NO_TEXT.format(name))
    encoding = _MARKS.get(mark, "utf-8")
    try:
        text = content.removeprefix(mark).decode(encoding)
    except UnicodeDecodeError as error:
        raise SettingsError(_not_unicode(content, name, encoding, error.start)) from error
    if "\0" in text:
        raise SettingsError(_NO_TEXT.format(name))
    return text


def _not_unicode(content: bytes, name: str, encoding: str, start: int) -> str:
    if encoding != "utf-8":
        return f"{name} begins as {encoding.upper()} but is not; save it as UTF-8"
    # Every byte is a character of Latin-1, so lines and cells can be found and shown.
    before, rest = content[:start].decode("latin-1"), content[start:].decode("latin-1")
    line = len(re.findall("\r\n?|\n", before)) + 1
    cell = re.split("[\t\r\n]", before)[-1] + re.split("[\t\r\n]", rest)[0]
    return (
        f"{name}, line {line}: the cell that reads {shorten(cell)!r} in Latin-1 is not UTF-8, and "
        "which encoding it is cannot be known; save the file as UTF-8"
    )


def read_sheet(text: str, name: str, schema: dict) -> list[Movie]:
    """Read the film sheet: one header line, one film per line.

    Cells are separated by tabs; a sheet whose header is separated by semicolons or commas is read,
    too. Cells may be quoted, as spreadsheets do. An empty role is ``film``; titles lose control
    characters and marks of direction.

    Args:
        text: the sheet.
        name: its file name, for messages.
        schema: JSON schema of one row; its properties are the columns.

    Returns:
        The films in the order of the sheet.

    Raises:
        SettingsError: columns are missing or unknown, a value is illegal, or a film's name comes
            twice (compared without case, since some file systems ignore it).
    """
    header, delimiter = _read_header(text, name, list(schema["properties"]), schema["required"])
    validator = jsonschema.Draft202012Validator(schema)
    movies, messages = [], []
    lines: dict[str, int] = {}
    for number, found in _rows(text, delimiter, name):
        if number == 1 or not any(found):
            continue
        where, cells = f"{name}, line {number}", _without_empty_end(found, len(header))
        if len(cells) != len(header):
            messages.append(
                f"{where}: {len(cells)} columns instead of {len(header)}; separate them by "
                f"{_DELIMITERS[delimiter]}"
            )
            continue
        row = dict(zip(header, cells, strict=True))
        row |= {"role": row["role"] or "film", "title": one_line(row["title"])}
        row["movie"] = unicodedata.normalize("NFC", row["movie"])
        messages += [f"{where}: {fault}" for fault in _row_faults(row, validator)]
        first = lines.setdefault(fold_movie_name(row["movie"]), number)
        if first != number:
            messages.append(
                f"{where}: the movie {shorten(row['movie'])} is in line {first} already; "
                "give one of them another name"
            )
        movies.append(Movie(**row))
    if messages:
        more = [f"{name}: {len(messages) - _SHOWN_FAULTS} more faults"]
        raise SettingsError(
            "\n".join(messages[:_SHOWN_FAULTS] + more * (len(messages) > _SHOWN_FAULTS))
        )
    return movies


def _read_header(
    text: str, name: str, columns: Sequence[str], required: Sequence[str]
) -> tuple[list[str], str]:
    """The columns in the sheet's order, and what separates them."""
    line = text.lstrip("\ufeff").partition("\n")[0].partition("\r")[0]
    found = {}
    for delimiter in _DELIMITERS:
        cells = [_unquote(cell) for cell in line.split(delimiter)]
        cells = _without_empty_end(cells, len(required))
        if set(required) <= set(cells) <= set(columns) and len(set(cells)) == len(cells):
            return cells, delimiter
        found[delimiter] = cells
    best = max(found.values(), key=len)
    unknown = [shorten(column) for column in best if column not in columns]
    lost = [column for column in required if column not in best]
    twice = sorted({column for column in best if best.count(column) > 1 and column in columns})
    raise SettingsError(
        f"{name}, line 1: the columns must be {', '.join(required)}, separated by tabs"
        f"{_and_perhaps(columns, required)}; "
        f"missing: {', '.join(lost) or 'none'}; unknown: {', '.join(unknown) or 'none'}"
        f"{'; twice: ' + ', '.join(twice) if twice else ''}"
    )


def _and_perhaps(columns: Sequence[str], required: Sequence[str]) -> str:
    optional = [column for column in columns if column not in required]
    return f" (and, if you like, {', '.join(optional)})" * bool(optional)


def _rows(text: str, delimiter: str, name: str) -> Iterator[tuple[int, list[str]]]:
    """The cells of each line, with its 1-based number."""
    lines = io.StringIO(text, newline=None)
    if delimiter == "\t":
        # A title may begin with a quotation mark that quotes no cell.
        for number, line in enumerate(lines, start=1):
            yield number, [_unquote(cell) for cell in line.rstrip("\n").split("\t")]
        return
    reader = csv.reader(lines, delimiter=delimiter, strict=True)
    try:
        for cells in reader:
            yield reader.line_num, [cell.strip() for cell in cells]
    except csv.Error as error:
        raise SettingsError(
            f"{name}, line {reader.line_num}: {error}; put a cell that holds a quotation mark "
            "or a separator in quotation marks, and double those inside"
        ) from error


def _unquote(cell: str) -> str:
    cell = cell.strip()
    quoted = _QUOTED.fullmatch(cell)
    return quoted[1].replace('""', '"').strip() if quoted else cell


def _without_empty_end(cells: list[str], columns: int) -> list[str]:
    """Spreadsheets fill rows up to the longest."""
    return cells[:columns] if not any(cells[columns:]) else cells


def _row_faults(row: dict[str, str], validator: jsonschema.protocols.Validator) -> list[str]:
    faults = [
        f"{fault.absolute_path[0]} is {shorten(fault.instance)!r}; it takes "
        f"{fault.schema['description']}"
        for fault in validator.iter_errors(row)
    ]
    movie = row["movie"]
    if movie.casefold() in RESERVED_NAMES:
        faults.append(f"movie is {movie!r}, which results/ uses itself; choose another name")
    elif movie and not is_movie_name(movie):
        legal = validator.schema["properties"]["movie"]["description"]
        better = movie_of_file(f"{movie}.mp4") or "film"
        faults.append(f"movie is {shorten(movie)!r}; it takes {legal}; {shorten(better)} would do")
    return faults
