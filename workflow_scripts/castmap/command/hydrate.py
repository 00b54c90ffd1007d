"""Bring published results, as if they had been made here.

DVC pulls the archives that resources/published.dvc names. They are unpacked, with Snakemake's
records of them, and Snakemake must then have nothing to do. What was made here is not overwritten.
docs/data.md says more.

With --crate, they come from a file that `castmap publish --crate` wrote.

    castmap hydrate
    castmap hydrate --crate friends.zip
"""

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from pathlib import Path

from castmap.command.crate import METADATA, read_crate
from castmap.command.records import (
    LABELS,
    RECORDS,
    RESULTS,
    check_recorded,
    check_up_to_date,
    count_files,
    find_records,
    planned_files,
    recorded_file,
)
from castmap.console import InputError
from castmap.files import archives
from castmap.files.seals import seal_files

_TARGET = "tables_all"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what `castmap hydrate` takes."""
    parser.add_argument("--folder", type=Path, default="resources/published")
    parser.add_argument("--crate", type=Path, metavar="FILE.zip")


def run(args: argparse.Namespace) -> int:
    """Bring the archives, unpack them, and check that Snakemake has nothing to do."""
    if args.crate:
        with tempfile.TemporaryDirectory() as folder:
            read_crate(args.crate, Path(folder))
            return _unpack(Path(folder), f"the commit that {args.crate} names in {METADATA}")
    pointer = args.folder.with_suffix(".dvc")
    _pull(pointer)
    return _unpack(args.folder, f"the commit that published them (`git log {pointer}`)")


def _unpack(folder: Path, commit: str) -> int:
    contents = _read_contents(folder)
    results = {
        archive: [name for name in names if not name.startswith(RECORDS)]
        for archive, names in contents.items()
    }
    _check_same(results)
    now = time.time()
    for archive, paths in results.items():
        archives.unpack(archive, paths, now)
    # Records come last: a file without one is noticed, a record without its file is not.
    brought = {path for paths in results.values() for path in paths}
    for archive, names in contents.items():
        archives.unpack(archive, _records(names, brought), now)
    _seal(brought)
    files = planned_files(_TARGET)
    check_recorded(files, find_records())
    check_up_to_date(
        files,
        "the published results were made with other code, settings or films than those here; "
        f"check out {commit}",
    )
    print(f"{len(brought)} files brought; nothing to be done")
    return 0


def _seal(brought: set[str]) -> None:
    """Seal what DVC has checked, as if its jobs had run here."""
    made = defaultdict(list)
    for path, record in find_records().items():
        if path in brought and path.startswith(RESULTS):
            log = json.loads(record.read_text(encoding="utf-8"))["log"][0]
            made[log].append(Path(path))
    for log, paths in made.items():
        seal_files(Path(log), paths)


def _pull(pointer: Path) -> None:
    if not pointer.exists():
        raise InputError(f"{pointer} does not exist: nothing is published in this commit")
    command = [sys.executable, "-m", "dvc", "pull", "--quiet", str(pointer)]
    run = subprocess.run(command, text=True, capture_output=True, check=False)
    if run.returncode:
        raise InputError(
            f"dvc pull {pointer} failed: {run.stderr.strip()}; `dvc remote list` shows from where"
        )


def _read_contents(folder: Path) -> dict[Path, list[str]]:
    """The files in each archive: results and records, and nothing else is ever written."""
    contents = {}
    for archive in sorted(folder.glob("*.tar")):
        try:
            contents[archive] = archives.names(archive, (RESULTS, f"{RECORDS}/", LABELS))
        except archives.ArchiveError as error:
            raise InputError(f"{error}; nothing was unpacked; publish it again") from error
        for name in contents[archive]:
            if name.startswith(RECORDS) and not _is_record(name):
                raise InputError(
                    f"{archive}: the entry {name!r} is no record of Snakemake's; nothing was "
                    "unpacked; publish it again"
                )
    return contents


def _is_record(name: str) -> bool:
    try:
        return bool(recorded_file(name))
    except ValueError:
        return False


def _check_same(results: dict[Path, list[str]]) -> None:
    """Check that nothing made here would be overwritten."""
    changed = [
        path for archive, paths in results.items() for path in archives.changed(archive, paths)
    ]
    if changed:
        raise InputError(
            f"{count_files(changed)}: not the published content; move results/ away, or remove it "
            "by `make clean`, and hydrate again"
        )


def _records(names: list[str], brought: set[str]) -> list[str]:
    """The records to write; files made here that were not published keep their own."""
    records = [name for name in names if name.startswith(RECORDS)]
    return [name for name in records if recorded_file(name) in brought or not Path(name).exists()]
