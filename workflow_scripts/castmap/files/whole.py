"""Files that are either whole or absent: no reader ever sees a part of one."""

import contextlib
import json
import os
import re
from collections.abc import Iterator
from pathlib import Path

_UMASK = os.umask(0)
os.umask(_UMASK)
_MODE = 0o666 & ~_UMASK
# What this process has written: see files.seals.
WRITTEN: set[Path] = set()
_PARTIAL_OF = r"\.{name}\.\d+\.partial(?:\.[^/]*)?"
PARTIAL = _PARTIAL_OF.format(name="[^/]+")
"""Pattern of the names of files that are not yet whole; killed processes leave some behind."""


@contextlib.contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Give a temporary name beside ``path``; when the block succeeds it becomes ``path``.

    The file is synced before the rename, so a crash leaves the old file or the new one, never a
    part of one. When the block raises, the temporary file is removed and ``path`` is untouched.
    Whoever wrote it, its mode is the umask's.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f".{path.name}.{os.getpid()}.partial{path.suffix}")
    try:
        yield partial
        with partial.open("rb") as written:
            os.fsync(written.fileno())
        partial.chmod(_MODE)
        partial.replace(path)
        WRITTEN.add(path)
    finally:
        partial.unlink(missing_ok=True)


def partial_files(path: Path) -> list[Path]:
    """What there is of a file that was to be written, and is not whole."""
    name = re.compile(_PARTIAL_OF.format(name=re.escape(path.name)))
    return [other for other in path.parent.iterdir() if name.fullmatch(other.name)]


def write_text(path: Path, text: str) -> None:
    """Write a text file, whole or not at all."""
    with replacing(path) as partial:
        partial.write_text(text, encoding="utf-8", newline="\n")


def update_text(path: Path, text: str) -> None:
    """Write a text file if it says anything else: what is made of it goes by its date."""
    if not path.exists() or path.read_text(encoding="utf-8") != text:
        write_text(path, text)


def write_json(path: Path, content: object) -> None:
    """Write readable JSON with sorted keys; NaN and infinity are refused."""
    write_text(path, json.dumps(content, indent=2, sort_keys=True, allow_nan=False) + "\n")
