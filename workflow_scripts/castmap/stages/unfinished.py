"""Checkpoints of a stage, so that one that is killed resumes where it was.

The files are not outputs: only the stage itself reads them, and it removes them when it is done.
They are used only by the same stage on the same inputs with the same settings, code and versions,
and only if they are whole: each ends with the SHA-256 of its content.
"""

import json
import shutil
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import torch

from castmap.files import sealed
from castmap.files.hashing import sha256_bytes, sha256_file
from castmap.planning.code import hash_code
from castmap.stages.arguments import Job

_SCRIPTS = Path(__file__).resolve().parents[2]


class Unfinished:
    """The pieces of work that a stage has done, in order."""

    def __init__(
        self, output: Path, job: Job, inputs: list[Path], members: Sequence[Path] = ()
    ) -> None:
        """Find what an earlier run has left, and remove what no longer applies.

        Args:
            output: of the stage; the pieces lie in a hidden folder next to it.
            job: what was recorded of the stage, whose code counts, too, and the machine's settings,
                which change the last bits of results.
            inputs: files whose content counts.
            members: modules of catalogues that the stage uses; their code counts.
        """
        machine = [job.machine, torch.cuda.is_available()]
        code = hash_code(_SCRIPTS / f"{job.record['stage']}.py", *members)
        depends_on = [job.record, machine, code, *map(sha256_file, inputs)]
        text = json.dumps(depends_on, sort_keys=True, default=str)
        name = sha256_bytes(text.encode())
        # A folder for each output: other stages of the film may be at work.
        self._folder = output.with_name(f".unfinished.{output.name}") / name
        self._saved_at = time.monotonic()
        self._count = 0
        if self._folder.parent.exists():
            for other in self._folder.parent.iterdir():
                if other != self._folder:
                    shutil.rmtree(other, ignore_errors=True)

    def pieces(self) -> Iterator[bytes]:
        """What was done so far; later pieces than one that is damaged or gone do not count."""
        while True:
            content = sealed.read_sealed(self._piece(self._count))
            if content is None:
                return
            self._count += 1
            yield content

    def last(self) -> bytes | None:
        """The piece that replace has written."""
        return sealed.read_sealed(self._piece(0))

    def is_due(self) -> bool:
        """Whether it is time to keep what was done since."""
        return time.monotonic() - self._saved_at >= sealed.EVERY_S

    def add(self, content: bytes) -> None:
        """Keep a further piece; to be called after pieces."""
        sealed.write_sealed(self._piece(self._count), content)
        self._count += 1
        self._saved_at = time.monotonic()

    def replace(self, content: bytes) -> None:
        """Keep this instead of all before."""
        sealed.write_sealed(self._piece(0), content)
        self._saved_at = time.monotonic()

    def remove(self) -> None:
        """The stage is done."""
        shutil.rmtree(self._folder.parent, ignore_errors=True)

    def _piece(self, number: int) -> Path:
        return self._folder / f"{number:06d}"
