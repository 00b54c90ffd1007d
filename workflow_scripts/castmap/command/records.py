"""What Snakemake knows of its files: which are out of date, and which it has no record of.

Snakemake notices a changed setting by its record of the run that made a file, in
.snakemake/metadata. A file that came without its record (copied, or pulled by DVC) is compared by
date only, so results of other settings pass for those of today.
"""

import base64
import subprocess
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from castmap.console import InputError

RECORDS = ".snakemake/metadata"
RESULTS = "results/"
# Of the demo films; other labels are in git.
LABELS = "resources/demo/labels/"


@dataclass(frozen=True)
class PlannedFile:
    """A file that a target is made of."""

    path: str
    rule: str
    exists: bool
    out_of_date: bool


def planned_files(target: str) -> list[PlannedFile]:
    """Every file that Snakemake would make for a target if none were there.

    Raises:
        InputError: the workflow cannot be planned; the message is Snakemake's.
    """
    command = [sys.executable, "-m", "snakemake", target, "--summary", "--cores", "1"]
    run = subprocess.run(command, text=True, capture_output=True, check=False)
    if run.returncode:
        raise InputError(f"snakemake {target} cannot be planned: {run.stderr.strip()}")
    rows = [line.split("\t") for line in run.stdout.splitlines()]
    start = next(i for i, row in enumerate(rows) if row[0] == "output_file")
    return [
        PlannedFile(path, rule, exists=date != "-", out_of_date=plan != "no update")
        for path, date, rule, _, _, plan in rows[start + 1 :]
    ]


def find_records() -> dict[str, Path]:
    """Snakemake's records: the file that each is about, and where it lies."""
    paths = (path for path in Path(RECORDS).rglob("*") if path.is_file())
    return {recorded_file(path.as_posix()): path for path in paths}


def recorded_file(record: str) -> str:
    """The file that a record is about; its name is the record's, in base 64 and in pieces.

    Raises:
        ValueError: it is no name of a record.
    """
    pieces = PurePosixPath(record).relative_to(RECORDS).parts
    name = "".join(piece.removeprefix("@") for piece in pieces)
    return base64.urlsafe_b64decode(name).decode()


def record_of(file: str) -> Path:
    """Where the record of a file lies, whose path is short enough for one piece."""
    return Path(RECORDS, base64.urlsafe_b64encode(file.encode()).decode())


def check_recorded(files: Iterable[PlannedFile], records: Iterable[str]) -> None:
    """Check that every result on disk has its record.

    Weights, demo films and labels are DVC's: it removes or brings them whole, and knows their
    hashes.

    Raises:
        InputError: some have none; the message says what to do.
    """
    known = set(records)
    lost = sorted(
        file.path
        for file in files
        if file.exists and file.path.startswith(RESULTS) and file.path not in known
    )
    if lost:
        raise InputError(
            f"{count_files(lost)}: no record in {RECORDS} of the settings that made them, so a "
            "changed setting would go unnoticed; bring published results with their records by "
            "`make hydrate`, or start afresh by `make clean`"
        )


def check_up_to_date(files: Iterable[PlannedFile], advice: str) -> None:
    """Check that there is nothing to be done.

    Args:
        files: those of a target.
        advice: what to do if there is.

    Raises:
        InputError: some files are out of date.
    """
    stale = sorted(file.path for file in files if file.out_of_date)
    if stale:
        raise InputError(f"{count_files(stale)}: out of date; {advice}")


def count_files(paths: Sequence[str]) -> str:
    """The first of some files, and how many more there are."""
    more = f" and {len(paths) - 1} more" if len(paths) > 1 else ""
    return f"{paths[0]}{more}"
