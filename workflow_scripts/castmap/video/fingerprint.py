"""Whether a film's content has changed, reading the whole file only where nothing else can tell."""

import contextlib
import errno
import hashlib
import json
import os
import stat
import time
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import BinaryIO, NamedTuple

from castmap.files.whole import write_json

_SAMPLE_BYTES = 65536
# A file that changed this recently may change again without another date: clocks of disks are
# coarse.
_DATES_TELL_AFTER_NS = 2 * 10**9


class FileStatus(NamedTuple):
    """What can be seen of a file without reading it: who changes the file changes one of these.

    Attributes:
        bytes: its size.
        mtime_ns: date of its content.
        ctime_ns: date of the last change of its content or its properties, which nobody can set.
        inode: its number on the disk.
    """

    bytes: int
    mtime_ns: int
    ctime_ns: int
    inode: int


class FilmRecord(NamedTuple):
    """A film as it was when all of it was last read.

    Attributes:
        status: of the file then.
        sha256: of its content.
        fingerprint: by which Snakemake knows this content.
    """

    status: FileStatus
    sha256: str
    fingerprint: str


def file_status(film: Path) -> FileStatus:
    """What can be seen of a film without reading it.

    Raises:
        OSError: there is nothing, or no file: to read a pipe could take for ever.
    """
    status = film.stat()
    if not stat.S_ISREG(status.st_mode):
        raise OSError(errno.EINVAL, "not a regular file", str(film))
    return FileStatus(status.st_size, status.st_mtime_ns, status.st_ctime_ns, status.st_ino)


def fingerprint(film: BinaryIO) -> str:
    """Hash a film's length and three samples of it: start, middle and end.

    A planner can afford this for thousands of films on a slow disk. Re-encoding, cutting or
    re-tagging a film changes its length or its index, which lies at the start or the end. A film
    that was changed elsewhere only, at the same length, is told by its date and then by all of its
    content: see identify.

    Args:
        film: a seekable binary file.

    Returns:
        32 hexadecimal digits.
    """
    length = film.seek(0, os.SEEK_END)
    digest = hashlib.sha256(str(length).encode())
    for share in (0.0, 0.5, 1.0):
        film.seek(int(share * max(length - _SAMPLE_BYTES, 0)))
        digest.update(film.read(_SAMPLE_BYTES))
    return digest.hexdigest()[:32]


def hash_film(film: Path) -> tuple[str, str]:
    """A film's fingerprint, and the SHA-256 of all of it."""
    with film.open("rb") as file:
        sampled = fingerprint(file)
        file.seek(0)
        return sampled, hashlib.file_digest(file, "sha256").hexdigest()


def identify(
    film: Path,
    probed: Mapping,
    record: Path,
    tell: Callable[[Path, int], None],
    remember: bool = True,
) -> str:
    """What a film is known by; another if its content is not the one that was probed.

    A film whose status has not changed since it was last read is not read at all. Of one that was
    not probed yet, or whose samples differ, the samples are read. Only a film with the samples of
    the probed one but another status is read to the end, once: it is the same film after all, or it
    is known by its SHA-256.

    Args:
        film: the file.
        probed: movie.json; empty if the film was not probed yet.
        record: where the film's FilmRecord is, and will be; nothing is lost if it cannot be.
        tell: called with the film and its size before all of it is read.
        remember: whether to write the record of what was read.

    Returns:
        32 hexadecimal digits.

    Raises:
        OSError: the film cannot be read.
    """
    status, known = file_status(film), read_record(record)
    if known is None or known.status != status:
        with film.open("rb") as file:
            sampled = fingerprint(file)
        if sampled != probed.get("fingerprint"):
            return sampled
        began_ns, sha256 = _read_all(film, status, tell)
        if known is None or known.sha256 != sha256:
            same = sha256 == probed.get("sha256")
            known = FilmRecord(status, sha256, sampled if same else known_by(sha256))
        known = known._replace(status=status)
        if remember:
            write_record(record, known, began_ns)
    replaced = known.sha256 != probed.get("sha256", known.sha256)
    if replaced and known.fingerprint == probed.get("fingerprint"):
        return known_by(known.sha256)
    return known.fingerprint


def known_by(sha256: str) -> str:
    """What a film is known by that took the place of another with the same samples."""
    return sha256[:32]


@cache
def _read_all(film: Path, status: FileStatus, tell: Callable[[Path, int], None]) -> tuple[int, str]:
    """When reading began, in ns since 1970, and the film's SHA-256; Snakemake asks twice."""
    tell(film, status.bytes)
    began_ns = time.time_ns()
    return began_ns, hash_film(film)[1]


def read_record(path: Path) -> FilmRecord | None:
    """The record of a film; None if there is none, or a damaged one."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        status = FileStatus(**content["status"])
        return FilmRecord(status, content["sha256"], content["fingerprint"])
    except (OSError, ValueError, KeyError, TypeError):
        return None


def write_record(path: Path, found: FilmRecord, began_ns: int) -> None:
    """Write a film's record, unless its dates are too fresh to tell, or the place is read-only.

    Args:
        path: where it will be.
        found: the record.
        began_ns: when reading of the film began, in ns since 1970.
    """
    if began_ns - max(found.status.mtime_ns, found.status.ctime_ns) < _DATES_TELL_AFTER_NS:
        return
    content = {**found._asdict(), "status": found.status._asdict()}
    with contextlib.suppress(OSError):
        write_json(path, content)
