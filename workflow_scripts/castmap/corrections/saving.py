"""Adding to a film's file of corrections: what was added is on the disk, and nothing is lost."""

import os
from collections.abc import Callable
from pathlib import Path

from filelock import FileLock

from castmap.files.whole import partial_files, replacing
from castmap.formats.corrections import add_rows

LOCK_S = 20  # how long somebody else may be saving


def add_to_journal(path: Path, rows_after: Callable[[bytes], str | None]) -> None:
    """Add rows to a file of corrections; when it returns they are on the disk.

    Readers see the old file or the new one; writers wait for each other.

    Args:
        path: of the file; its folder is made.
        rows_after: gives the rows, without a header, to what stands in the file now (empty if there
            is none); None leaves the file as it is.

    Raises:
        CorrectionError: a row is illegal, or the number of an operation is taken.
        Timeout: somebody else has been saving for LOCK_S.
        OSError: the file cannot be written.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(path.with_name(f".{path.name}.lock"), timeout=LOCK_S):
        for left in partial_files(path):
            left.unlink()  # by somebody who was killed
        content = path.read_bytes() if path.exists() else b""
        rows = rows_after(content)
        if rows is None:
            return
        added = add_rows(content, rows)
        with replacing(path) as partial:
            partial.write_bytes(added)
        folder = os.open(path.parent, os.O_RDONLY)  # the file's new name lies in its folder
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
