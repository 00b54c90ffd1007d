"""Locks on GPUs, so that jobs that run at the same time never share one by accident.

A workstation has no scheduler that assigns GPUs. So each job locks the GPU that it uses: the lock
is on a file named after the GPU, in a folder of the machine. The operating system releases it when
the process ends, however it ends.
"""

import fcntl
import os
import time
from collections.abc import Sequence
from pathlib import Path

from castmap.console import logger

_LOOK_AGAIN_S = 0.5


class GpuLeases:
    """The GPUs of a machine that this process has locked; it keeps them until it ends."""

    def __init__(self, names: Sequence[str], folder: Path) -> None:
        """Lock nothing yet.

        Args:
            names: UUIDs of the GPUs that the process sees, so the same in every process.
            folder: of the locks; local to the machine.
        """
        self._names = list(names)
        self._folder = folder
        self._held: dict[int, int] = {}

    def take(self, wanted: Sequence[int], n: int) -> list[int]:
        """Wait until ``n`` of the wanted GPUs are free, and lock them; first come those it has.

        It locks all or none, so two processes never wait for each other.

        Args:
            wanted: the GPUs to choose from, as positions in the list of names.
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
                logger.info("other jobs are using the GPU; waiting for it")
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
