"""GPUs by turns: jobs that run side by side never share one without knowing.

No scheduler of a workstation gives out GPUs, so each job takes a lock on the one it uses: a file by
the GPU's name in a folder of the machine. The system lets go of the lock when the process dies,
however it dies.
"""

import fcntl
import os
import time
from collections.abc import Sequence
from pathlib import Path

from castmap.console import logger

_LOOK_AGAIN_S = 0.5


class GpuLeases:
    """What this process holds of the GPUs of a machine; they are held until it ends."""

    def __init__(self, names: Sequence[str], folder: Path) -> None:
        """Take nothing yet.

        Args:
            names: of the GPUs that the process sees, the same in every process: UUIDs.
            folder: where the locks are; local to the machine.
        """
        self._names = list(names)
        self._folder = folder
        self._held: dict[int, int] = {}

    def take(self, wanted: Sequence[int], n: int) -> list[int]:
        """Wait until ``n`` of the wanted GPUs are free, and take them; those it has come first.

        All or none are taken at a time, so that two processes never wait for each other.

        Args:
            wanted: which GPUs will do, as positions in the list of names.
            n: how many.
        """
        said = False
        while True:
            own = [gpu for gpu in wanted if gpu in self._held][:n]
            new: dict[int, int] = {}
            for gpu in (gpu for gpu in wanted if gpu not in self._held):
                if len(own) + len(new) == n:
                    break
                lock = self._try(gpu)
                if lock is not None:
                    new[gpu] = lock
            if len(own) + len(new) == n:
                self._held |= new
                return sorted([*own, *new])
            for lock in new.values():
                os.close(lock)
            if not said:
                logger.info("other jobs use the GPU; this one waits for its turn")
                said = True
            time.sleep(_LOOK_AGAIN_S)

    def _try(self, gpu: int) -> int | None:
        """The lock's file descriptor, or None if another process holds it."""
        self._folder.mkdir(parents=True, exist_ok=True)
        lock = os.open(self._folder / f"{self._names[gpu]}.lock", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(lock)
            return None
        return lock
