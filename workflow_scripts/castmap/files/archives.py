"""Tar files of results: the same files give the same bytes, and nothing is unpacked by halves."""

import os
import posixpath
import shutil
import tarfile
from collections.abc import Iterable
from pathlib import Path
from typing import IO

from castmap.files.whole import replacing


def pack(archive: Path, paths: Iterable[str]) -> None:
    """Write files into a tar file, under their paths, in the order of these, without dates."""
    with replacing(archive) as partial, tarfile.open(partial, "w") as tar:
        for path in sorted(paths):
            member = tarfile.TarInfo(path)
            with Path(path).open("rb") as file:
                member.size = file.seek(0, os.SEEK_END)
                file.seek(0)
                tar.addfile(member, file)


class ArchiveError(ValueError):
    """A tar file is not as pack writes one; the message names the entry and the fault."""


def names(archive: Path, folders: tuple[str, ...]) -> list[str]:
    """The paths of the files in a tar file, if all of them are plain files in some folders.

    Args:
        archive: the tar file.
        folders: where its files may lie; each ends in ``/``.

    Raises:
        ArchiveError: it is no tar file, or an entry is a link or a device, comes twice, or lies
            elsewhere.
    """
    try:
        with tarfile.open(archive) as tar:
            members = tar.getmembers()
    except (tarfile.TarError, EOFError) as error:
        raise ArchiveError(f"{archive}: {error}") from error
    found = set()
    for member in members:
        fault = _fault(member, folders) or ("comes twice" if member.name in found else None)
        if fault:
            raise ArchiveError(f"{archive}: the entry {member.name!r} {fault}")
        found.add(member.name)
    return [member.name for member in members]


def _fault(member: tarfile.TarInfo, folders: tuple[str, ...]) -> str | None:
    """What is wrong with an entry, as the end of a sentence."""
    name = member.name
    if member.type not in (tarfile.REGTYPE, tarfile.AREGTYPE):
        return "is no plain file"
    if not name.isprintable() or "\\" in name or posixpath.normpath(name) != name:
        return "is no plain path"
    if not name.startswith(folders):
        return f"lies outside {', '.join(folders)}"
    return None


def changed(archive: Path, paths: Iterable[str]) -> list[str]:
    """Which of a tar file's files exist with another content."""
    with tarfile.open(archive) as tar:
        present = [path for path in paths if Path(path).exists()]
        return [path for path in present if not _same(_opened(tar, path), path)]


def unpack(archive: Path, paths: Iterable[str], time: float) -> None:
    """Write files of a tar file, each whole or not at all, with one date for all.

    Args:
        archive: the tar file.
        paths: which of its files.
        time: their date, in seconds since 1970; with one for all, none is newer than another.
    """
    with tarfile.open(archive) as tar:
        for path in paths:
            with replacing(Path(path)) as partial:
                with partial.open("wb") as file:
                    shutil.copyfileobj(_opened(tar, path), file)
                os.utime(partial, (time, time))


def _opened(tar: tarfile.TarFile, path: str) -> IO[bytes]:
    file = tar.extractfile(path)
    assert file is not None, path  # an entry that is no plain file has been refused
    return file


def _same(packed: IO[bytes], path: str) -> bool:
    with Path(path).open("rb") as file:
        while True:
            ours, theirs = file.read(1 << 20), packed.read(1 << 20)
            if ours != theirs:
                return False
            if not ours:
                return True
