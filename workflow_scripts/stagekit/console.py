"""How a stage starts, speaks and fails: arguments, a log echoed to the terminal, progress."""

import argparse
import contextlib
import logging
import os
import signal
import sys
import threading
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NoReturn, TypeVar

import psutil
from tqdm import tqdm

from workflow_scripts.stagekit import seals

T = TypeVar("T")
_LOG_EVERY_S = 10.0
RUN_VARIABLE = "CASTMAP_RUN"  # the process of the run that a stage is a job of
_LOOK_EVERY_S = 1.0
logger = logging.getLogger("castmap")


AWAY = (
    "{}: not here, but what is to be done now needs the film; bring it back, plug in its disk, or "
    "take back what you changed (`snakemake --dry-run --quiet host` says what)"
)


class InputError(Exception):
    """The user's input is at fault; the message names the file, the value and the fix."""


def stage_parser(text: str) -> argparse.ArgumentParser:
    """An argument parser with what every stage takes; ``text`` is the module's docstring."""
    parser = argparse.ArgumentParser(
        description=text, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--log", type=Path, help="also write the log to this file")
    return parser


@contextlib.contextmanager
def stage(parser: argparse.ArgumentParser, argv: list[str] | None) -> Iterator[argparse.Namespace]:
    """Parse ``argv``, open the log, and turn an exception into a logged failure with exit code 1.

    An InputError is one sentence, as is what goes wrong because the film is away; any other
    exception is logged with its traceback. A request to stop is no failure. If all went well, what
    was written is sealed.
    """
    args = parser.parse_args(argv)
    if args.log:
        args.log.parent.mkdir(parents=True, exist_ok=True)
        args.log.write_bytes(b"")
    start_log(args.log)
    try:
        with _stopping():
            yield args
        if args.log:
            seals.seal_written(args.log)
    except InputError as error:
        logger.error("%s", error)
        sys.exit(1)
    except (KeyboardInterrupt, InterruptedError):
        logger.info("stopped")
        sys.exit(128 + signal.SIGINT)
    except Exception as error:
        if isinstance(error, OSError) and is_away(getattr(args, "film", None)):
            logger.error("%s", AWAY.format(args.film))
            sys.exit(1)
        logger.exception("%s failed: %s: %s", parser.prog, type(error).__name__, error)
        sys.exit(1)
    finally:
        for handler in logging.getLogger().handlers:
            handler.flush()


@contextlib.contextmanager
def _stopping() -> Iterator[None]:
    """Let a request to stop, and the end of the run that this is a job of, raise one exception."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    numbers = [
        number
        for number in (signal.SIGINT, signal.SIGTERM)
        if signal.getsignal(number) is not signal.SIG_IGN
    ]
    handlers = {number: signal.signal(number, _stop) for number in numbers}
    if run := os.environ.get(RUN_VARIABLE):
        threading.Thread(target=_end_with, args=(int(run),), daemon=True).start()
    try:
        yield
    finally:
        for number, handler in handlers.items():
            signal.signal(number, handler)


def _stop(*_: object) -> NoReturn:
    """Once: what is tidied up then is not to be stopped again."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: None)
    raise KeyboardInterrupt


def _end_with(run: int) -> None:
    """Stop this process once another one has ended, which may have been killed."""
    while psutil.pid_exists(run):
        time.sleep(_LOOK_EVERY_S)
    os.kill(os.getpid(), signal.SIGTERM)


def is_away(film: Path | None) -> bool:
    """Whether the film that a stage was given has gone since the run was planned."""
    return film is not None and not os.access(film, os.F_OK)


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
