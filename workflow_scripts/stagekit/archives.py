"""Tar files of results: the same files give the same bytes, and nothing is unpacked by halves."""

import os
import shutil
import tarfile
from collections.abc import Iterable
from pathlib import Path
from typing import BinaryIO

from workflow_scripts.stagekit.files import replacing


def pack(archive: Path, paths: Iterable[str]) -> None:
    """Write files into a tar file, under their paths, in the order of these, without dates."""
    with replacing(archive) as partial, tarfile.open(partial, "w") as tar:
        for path in sorted(paths):
            member = tarfile.TarInfo(path)
            with Path(path).open("rb") as file:
                member.size = file.seek(0, os.SEEK_END)
                file.seek(0)
                tar.addfile(member, file)


def names(archive: Path) -> list[str]:
    """The paths of the files in a tar file.

    Raises:
        tarfile.FilterError: one would lie outside the current folder.
    """
    with tarfile.open(archive) as tar:
        return [tarfile.data_filter(member, ".").name for member in tar.getmembers()]


def changed(archive: Path, paths: Iterable[str]) -> list[str]:
    """Which of a tar file's files exist with another content."""
    with tarfile.open(archive) as tar:
        present = [path for path in paths if Path(path).exists()]
        return [path for path in present if not _same(tar.extractfile(path), path)]


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
                    shutil.copyfileobj(tar.extractfile(path), file)
                os.utime(partial, (time, time))


def _same(packed: BinaryIO, path: str) -> bool:
    with Path(path).open("rb") as file:
        while True:
            ours, theirs = file.read(1 << 20), packed.read(1 << 20)
            if ours != theirs:
                return False
            if not ours:
                return True
