"""What castmap says: a log that is echoed to the terminal, progress, and faults of the input."""

import logging
import sys
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TypeVar

from tqdm import tqdm

T = TypeVar("T")
_LOG_EVERY_S = 10.0
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


def start_log(path: Path | None) -> None:
    """Log to standard error, and to the end of a file: several processes may write to one."""
    handlers: list[logging.Handler] = [logging.StreamHandler(sys.stderr)]
    if path:
        handlers.append(logging.FileHandler(path, "a", encoding="utf-8", errors="backslashreplace"))
    logging.basicConfig(
        level=logging.INFO,
        format="%(asctime)s %(levelname)s %(message)s",
        datefmt="%H:%M:%S",
        handlers=handlers,
        force=True,
    )


def progress(items: Iterable[T], total: int, unit: str, what: str) -> Iterator[T]:
    """Yield ``items``; show a bar on a terminal, and write a plain line to the log now and then.

    Args:
        items: what to go through.
        total: how many there are, for the share done and the time left.
        unit: what one item is, in the plural ("frames").
        what: what is being done ("films/heat: detecting faces").
    """
    started = said = time.monotonic()
    done = 0
    bar = tqdm(total=total, unit=f" {unit}", desc=what, disable=not sys.stderr.isatty())
    with bar:
        for item in items:
            yield item
            done += 1
            bar.update()
            if time.monotonic() - said >= _LOG_EVERY_S:
                said = time.monotonic()
                rate = done / (said - started)
                left = max(total - done, 0) / rate
                logger.info(
                    "%s: %d of %d %s, %.1f/s, %.0f s left", what, done, total, unit, rate, left
                )
    elapsed = max(time.monotonic() - started, 1e-9)
    logger.info("%s: %d %s in %.1f s (%.1f/s)", what, done, unit, elapsed, done / elapsed)
