"""One run at a time in a repository, by a lock that ends with its process, however that ends.

Snakemake locks a folder by files, which a killed run leaves behind. This lock is the kernel's:
its holder knows that Snakemake's lock files are of a run that is over.
"""

import fcntl
import json
import os
import re
import socket
import time
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple, TextIO

from castmap.console import InputError
from castmap.files.whole import PARTIAL

LOCK = Path(".snakemake/castmap.lock")
SNAKEMAKES_LOCKS = Path(".snakemake/locks")
_PARTIAL = re.compile(PARTIAL)
_TRIES, _PAUSE_S = 5, 0.1  # a dry run holds the lock for a moment


class Run(NamedTuple):
    """Who holds the lock, or held it last."""

    process: int
    host: str
    since: str

    def __str__(self) -> str:
        """Name it in a sentence."""
        place = "" if self.host == socket.gethostname() else f" on {self.host}"
        return f"process {self.process}{place} since {self.since}"


class RunLock:
    """The lock of the repository in the current folder.

    Attributes:
        works: False on a file system without such locks; then Snakemake's own are all there is.
    """

    def __init__(self) -> None:
        self.works = True
        self._file: TextIO | None = None

    def take(self) -> bool:
        """Hold the lock until the process ends, or until it is given back.

        Returns:
            Whether a killed run had left Snakemake's locks here; they are removed.

        Raises:
            InputError: another run is going on here, or may be on another machine.
        """
        try:
            LOCK.parent.mkdir(exist_ok=True)
            file = self._file = LOCK.open("a+", encoding="utf-8")
            _lock(file)
        except BlockingIOError:
            raise InputError(
                f"another run of castmap is going on here{_named(_read(file))}; wait for it "
                "or stop it"
            ) from None
        except OSError:
            self.works = False
            return False
        killed = _remove_locks_of_killed(_read(self._file))
        run = Run(os.getpid(), socket.gethostname(), time.strftime("%Y-%m-%d %H:%M"))
        self._file.truncate(0)
        self._file.write(json.dumps(run._asdict()))
        self._file.flush()
        return killed

    def give_back(self) -> None:
        """Let others run."""
        if self._file:
            self._file.close()


def check_idle() -> None:
    """Check that no run is going on in this repository.

    Raises:
        InputError: another run is going on.
    """
    if not LOCK.exists() and not _snakemakes_locks():
        return
    lock = RunLock()
    lock.take()
    lock.give_back()
    if not lock.works and _snakemakes_locks():
        raise InputError(
            f"Snakemake is at work here ({SNAKEMAKES_LOCKS}); wait for it to end, or, if it was "
            "killed, run `snakemake --unlock`"
        )


def remove_partial_files(folder: Path) -> None:
    """Remove what killed jobs left half-written; only for who holds the lock."""
    for root, _, names in os.walk(folder):
        for name in filter(_PARTIAL.fullmatch, names):
            Path(root, name).unlink(missing_ok=True)


def _lock(file: TextIO) -> None:
    for left in reversed(range(_TRIES)):
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return
        except BlockingIOError:
            if not left:
                raise
            time.sleep(_PAUSE_S)


def _snakemakes_locks() -> list[Path]:
    return list(SNAKEMAKES_LOCKS.glob("*")) if SNAKEMAKES_LOCKS.is_dir() else []


def _remove_locks_of_killed(before: Run | None) -> bool:
    """Remove the lock files of a run that is over, unless it may still run on another machine."""
    left = _snakemakes_locks()
    if left and before and before.host != socket.gethostname():
        raise InputError(
            f"a run of castmap may be going on here ({before}); wait for it, or, if it was killed, "
            "run `snakemake --unlock`"
        )
    for lock in left:
        lock.unlink()
    return bool(left)


def _read(file: TextIO) -> Run | None:
    file.seek(0)
    with suppress(ValueError, TypeError):
        return Run(**json.loads(file.read()))
    return None


def _named(run: Run | None) -> str:
    return f" ({run})" if run else ""
