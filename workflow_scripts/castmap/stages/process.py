"""The process of a stage: how it starts, is stopped, fails, and seals what it has written."""

import argparse
import contextlib
import logging
import os
import signal
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NoReturn

import psutil

from castmap.console import InputError, logger, start_log
from castmap.files import seals

RUN_VARIABLE = "CASTMAP_RUN"  # the process of the run that a stage is a job of
_LOOK_EVERY_S = 1.0
FILM_IS_MISSING = (
    "{}: not here, but what is to be done now needs the film; bring it back, plug in its disk, or "
    "take back what you changed (`snakemake --dry-run --quiet host` says what)"
)


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

    An InputError is one sentence, as is what fails because the film is missing; any other
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
        if isinstance(error, OSError) and is_missing(getattr(args, "film", None)):
            logger.error("%s", FILM_IS_MISSING.format(args.film))
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


def is_missing(film: Path | None) -> bool:
    """Whether the film that a stage was given has gone since the run was planned."""
    return film is not None and not os.access(film, os.F_OK)
