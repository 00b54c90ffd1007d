"""The file in which people's corrections of a film stand: reading, checking and adding to it.

A file is a journal. Rows are added and never changed; an undo is a row, too. What a row says is
anchored to a face: a time, and a box in shares of the frame, so that it also holds in a copy of
the film of another size, and once faces are found and followed anew. What is said of shots is
anchored to a time alone.
"""

import csv
import io
import math
import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from castmap.formats.names import first_hidden, one_line
from castmap.formats.spreadsheets import escape_formula, unescape_formula
from castmap.formats.tables import BACKGROUND, CORRECTIONS, NOT_A_FACE

MERGE, MOVE, SPLIT, DIFFERENT = "merge", "move", "split", "different"
NAME, REFUSE, UNDO = "name", "refuse", "undo"
CUT_TRACK, CUT_SHOT, JOIN_SHOTS = "cut_track", "cut_shot", "join_shots"
OF_SHOTS = (CUT_SHOT, JOIN_SHOTS)
CUTS = (CUT_TRACK, *OF_SHOTS)
ACTIONS = (MERGE, MOVE, SPLIT, DIFFERENT, NOT_A_FACE, BACKGROUND, NAME, REFUSE, *CUTS, UNDO)
OF_TWO_FACES = (MERGE, MOVE, DIFFERENT)
LONGEST_NAME = 200
HEADER = ",".join(CORRECTIONS.columns)
_FACE_COLUMNS = ("time_s", "x1", "y1", "x2", "y2")
_MADE_AT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")
LATEST_S = 1e7  # no film is four months long
_FARTHEST = 1.0  # how many frames beside the frame a box may begin or end


class CorrectionError(ValueError):
    """Something in a file of corrections that is none; the message says what is legal."""


@dataclass(frozen=True)
class Face:
    """Where a face is: seconds, and edges in shares of the frame's width and height."""

    time_s: float
    x1: float
    y1: float
    x2: float
    y2: float


@dataclass(frozen=True)
class Correction:
    """A row of the CORRECTIONS table; ``line`` is its line in the file, 1-based.

    ``boundary_s`` is when the shot begins that a row of OF_SHOTS speaks of; such a row has no face.
    """

    line: int
    operation: int
    made_at: str
    action: str
    face: Face | None = None
    other: Face | None = None
    name: str | None = None
    undoes: int | None = None
    boundary_s: float | None = None

    @property
    def time_s(self) -> float | None:
        """The moment that a row speaks of; None of an undo."""
        return self.face.time_s if self.face else self.boundary_s


@dataclass(frozen=True)
class Journal:
    """What a file says, and one sentence for each line of it that says nothing legal."""

    corrections: list[Correction]
    faults: list[str]

    @property
    def last_operation(self) -> int:
        """The highest number in use; 0 if there is none."""
        return max((row.operation for row in self.corrections), default=0)


def read_journal(content: bytes) -> Journal:
    """Read a file of corrections; what is wrong in it spoils nothing but its own line.

    Args:
        content: of the file; empty if there is none.
    """
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        return Journal([], [f"byte {error.start + 1} is no UTF-8 text; save the file as UTF-8"])
    if not text.strip():
        return Journal([], [])
    rows = csv.reader(io.StringIO(text, newline=""), strict=True)
    corrections: list[Correction] = []
    actions: dict[int, str] = {}
    faults: list[str] = []
    try:
        if next(rows) != CORRECTIONS.columns:
            return Journal([], [f"line 1 must be {HEADER}"])
        line = rows.line_num + 1
        for cells in rows:
            try:
                if cells:
                    said = _parse(line, cells, actions)
                    corrections.append(said)
                    actions[said.operation] = said.action
            except CorrectionError as error:
                faults.append(f"line {line}: {error}")
            line = rows.line_num + 1
    except csv.Error as error:
        faults.append(f"line {rows.line_num}: {error}; what follows was not read")
    return Journal(corrections, faults)


def add_rows(content: bytes, rows: str) -> bytes:
    """A file with rows added at its end; what stands in it is not touched.

    Args:
        content: of the file; empty if there is none.
        rows: lines without a header.

    Raises:
        CorrectionError: a row is illegal, or the number of an operation is taken.
    """
    before = read_journal(content)
    if content.strip() and not content.removeprefix(b"\xef\xbb\xbf").startswith(HEADER.encode()):
        raise CorrectionError(f"the file of corrections cannot be added to: {before.faults[0]}")
    added = rows if rows.endswith("\n") else f"{rows}\n"
    start = content.rstrip(b"\n") if content.strip() else HEADER.encode()
    after = start + b"\n" + added.encode()
    journal = read_journal(after)
    if len(journal.faults) > len(before.faults):
        raise CorrectionError(journal.faults[-1])
    new = journal.corrections[len(before.corrections) :]
    if not new:
        raise CorrectionError("there is no correction in what was sent")
    if min(row.operation for row in new) <= before.last_operation:
        raise CorrectionError(
            "corrections were added since this page was opened: load it again, and correct there"
        )
    return after


def write_rows(corrections: Iterable[Correction]) -> str:
    """Lines of a file of corrections, without the header; a spreadsheet runs none of them."""
    lines = io.StringIO(newline="")
    writer = csv.writer(lines, lineterminator="\n")
    for row in corrections:
        cells: list[object] = [row.operation, row.made_at, row.action]
        for face in (row.face, row.other):
            cells += [f"{getattr(face, name):.6f}" if face else "" for name in _FACE_COLUMNS]
        if row.boundary_s is not None:
            cells[3] = f"{row.boundary_s:.6f}"
        undoes = "" if row.undoes is None else row.undoes
        writer.writerow([*cells, escape_formula(row.name or ""), undoes])
    return lines.getvalue()


def active(corrections: Sequence[Correction]) -> list[Correction]:
    """What still holds: neither undone, nor an undo. An undo that is undone undoes nothing."""
    undone: set[int] = set()
    for row in sorted(corrections, key=lambda row: -row.operation):
        if row.undoes is not None and row.operation not in undone:
            undone.add(row.undoes)
    return [row for row in corrections if row.action != UNDO and row.operation not in undone]


def check_name(name: str) -> str:
    """A character's name as it is kept: trimmed, in composed form.

    Raises:
        CorrectionError: it is empty, too long, or holds what cannot be seen.
    """
    name = unicodedata.normalize("NFC", name).strip()
    if not name:
        raise CorrectionError("name is empty; to clear a name, undo the operation that gave it")
    if len(name) > LONGEST_NAME:
        raise CorrectionError(f"name must have 1 to {LONGEST_NAME} characters, not {len(name)}")
    hidden = first_hidden(name)
    if hidden:
        raise CorrectionError(f"name holds {hidden!a}, a control character; remove it")
    if not one_line(name):
        raise CorrectionError(f"name is {_shown(name)}, of which nothing can be seen")
    return name


def _parse(line: int, cells: list[str], before: Mapping[int, str]) -> Correction:
    """A row; ``before`` says of each operation above it which action it is."""
    if len(cells) != len(CORRECTIONS.columns):
        raise CorrectionError(f"has {len(cells)} cells instead of {len(CORRECTIONS.columns)}")
    values = dict(zip(CORRECTIONS.columns, cells, strict=True))
    action = values["action"]
    if action not in ACTIONS:
        raise CorrectionError(
            f"action is {_shown(action)}, but must be one of {', '.join(ACTIONS)}"
        )
    if not _is_time(values["made_at"]):
        raise CorrectionError(
            f"made_at is {_shown(values['made_at'])}, but must look like 2026-01-31T12:00:00Z"
        )
    operation = _count(values["operation"], "operation")
    earlier = before.get(operation, action)
    if earlier != action:
        raise CorrectionError(
            f"operation {operation} is a {earlier} before; give this {action} a new number"
        )
    if action == UNDO:
        undoes = _count(values["undoes"], "undoes")
        if undoes not in before or undoes >= operation:
            raise CorrectionError(f"undoes is {undoes}, but must be an operation before this one")
        return Correction(line, operation, values["made_at"], action, undoes=undoes)
    if action in OF_SHOTS:
        boundary_s = _number(values["time_s"], "time_s")
        return Correction(line, operation, values["made_at"], action, boundary_s=boundary_s)
    face = _face(values, "")
    has_other = action in OF_TWO_FACES or (action == SPLIT and values["other_time_s"])
    other = _face(values, "other_") if has_other else None
    named = action in (NAME, REFUSE)
    name = check_name(unescape_formula(values["name"])) if named else None
    return Correction(line, operation, values["made_at"], action, face, other, name)


def _is_time(text: str) -> bool:
    """Whether a text is a moment that exists, written as in the table."""
    try:
        datetime.fromisoformat(text)
    except ValueError:
        return False
    return _MADE_AT.fullmatch(text) is not None


def _count(text: str, column: str) -> int:
    if not re.fullmatch(r"[1-9][0-9]{0,8}", text):
        raise CorrectionError(f"{column} is {_shown(text)}, but must be a whole number from 1")
    return int(text)


def _face(values: dict[str, str], prefix: str) -> Face:
    face = Face(*(_number(values[prefix + name], prefix + name) for name in _FACE_COLUMNS))
    if face.x1 >= face.x2 or face.y1 >= face.y2:
        raise CorrectionError(f"the box of {prefix or 'the '}face is empty: x1 < x2 and y1 < y2")
    return face


def _number(text: str, column: str) -> float:
    """A time or an edge of a box."""
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    is_time = column.endswith("time_s")
    lowest, highest = (0, LATEST_S) if is_time else (-_FARTHEST, 1 + _FARTHEST)
    if not lowest <= number <= highest:
        legal = f"seconds from 0 to {LATEST_S:.0f}" if is_time else "a share of the frame, 0 to 1"
        raise CorrectionError(f"{column} is {_shown(text)}, but must be {legal}")
    return number


def _shown(text: str) -> str:
    """A value for a message: short, on one line, whatever it holds."""
    return ascii(text[:40]) + ("…" if len(text) > 40 else "")
