"""What castmap says: a log that is echoed to the terminal, progress, and faults of the input.

A run that is followed by `castmap run` has a file of events: lines of JSON, each with its time (s
since 1970) and kind, to which the jobs append how far they are.
"""

import json
import logging
import os
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import TypeVar

from tqdm import tqdm

T = TypeVar("T")
EVENTS_VARIABLE = "CASTMAP_EVENTS"  # the file of events
_LOG_EVERY_S = 10.0
_TELL_EVERY_S = 1.0
logger = logging.getLogger("castmap")


class InputError(Exception):
    """The user's input is at fault; the message names the file, the value and the fix."""


def say(sentence: str) -> None:
    """Print a message for the user, apart from the output of a command."""
    print(f"castmap: {sentence}", file=sys.stderr, flush=True)


def shown(text: object) -> str:
    """A path or a name as a terminal may get it: one with a line break or the like is quoted."""
    plain = str(text)
    return plain if plain.isprintable() else repr(plain)


def tell(kind: str, **facts: object) -> None:
    """Append an event to the file of events of the run that this process belongs to, if it has one.

    A line is written at once, so that those of several processes do not mix. A disk that is full
    costs no more than the event.
    """
    path = os.environ.get(EVENTS_VARIABLE)
    if not path:
        return
    line = json.dumps({"time": time.time(), "kind": kind, **facts}) + "\n"
    with suppress(OSError), Path(path).open("ab", buffering=0) as file:
        file.write(line.encode())


def tell_found(**counts: int) -> None:
    """Tell how many of what this job has found so far (``faces``, ``people``)."""
    tell("found", log=_job_log(), **counts)


def tell_loops(n_loops: int) -> None:
    """Tell how many times this job calls `progress`, each for something else; untold, once."""
    tell("loops", log=_job_log(), loops=n_loops)


def tell_done(what: str) -> None:
    """Tell that there is nothing left to do in what `progress` is called for."""
    tell("progress", log=_job_log(), what=what, done=1, total=1)


class _TellWarnings(logging.Handler):
    """Tells the warnings of castmap's own log: they are shown at the end of the run."""

    def emit(self, record: logging.LogRecord) -> None:
        if record.levelno == logging.WARNING and record.name == logger.name:
            tell("warning", log=_job_log(), text=record.getMessage())


def _job_log() -> str | None:
    """The log file of this job, by which the run knows it."""
    files = (h for h in logging.getLogger().handlers if isinstance(h, logging.FileHandler))
    return next((os.path.relpath(file.baseFilename) for file in files), None)


def start_log(path: Path | None) -> None:
    """Log to standard error, and to the end of a file: several processes may write to one."""
    handlers: list[logging.Handler] = [logging.StreamHandler(sys.stderr), _TellWarnings()]
    if path:
        handlers.append(logging.FileHandler(path, "a", encoding="utf-8", errors="backslashreplace"))
    logging.basicConfig(
        level=logging.INFO,
        format="%(asctime)s %(levelname)s %(message)s",
        datefmt="%H:%M:%S",
        handlers=handlers,
        force=True,
    )


def progress(
    items: Iterable[T],
    total: int,
    unit: str,
    what: str,
    n_faces: Callable[[], int] | None = None,
) -> Iterator[T]:
    """Yield ``items``; show a bar on a terminal, and write a plain line to the log now and then.

    Args:
        items: what to go through.
        total: how many there are, for the share done and the time left.
        unit: what one item is, in the plural ("frames").
        what: what is being done ("films/heat: detecting faces").
        n_faces: how many faces were found so far; told to the run with the progress.
    """
    started = said = told = time.monotonic()
    done = 0
    bar = tqdm(total=total, unit=f" {unit}", desc=what, disable=not sys.stderr.isatty())
    with bar:
        for item in items:
            yield item
            done += 1
            bar.update()
            now = time.monotonic()
            if now - told >= _TELL_EVERY_S:
                told = now
                tell("progress", log=_job_log(), what=what, done=done, total=total)
                if n_faces:
                    tell_found(faces=n_faces())
            if now - said >= _LOG_EVERY_S:
                said = now
                rate = done / (said - started)
                left = max(total - done, 0) / rate
                logger.info(
                    "%s: %d of %d %s, %.1f/s, %.0f s left", what, done, total, unit, rate, left
                )
    elapsed = max(time.monotonic() - started, 1e-9)
    tell_done(what)
    logger.info("%s: %d %s in %.1f s (%.1f/s)", what, done, unit, elapsed, done / elapsed)
