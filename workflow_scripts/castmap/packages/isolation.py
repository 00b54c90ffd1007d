"""Run a function in a process of its own, so that a native crash in it is an exception here."""

import multiprocessing
import signal
import traceback
from collections.abc import Callable
from multiprocessing.connection import Connection
from typing import TypeVar

T = TypeVar("T")
_STOPS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class CrashError(Exception):
    """The process died; ``signal_number`` is what it died of."""

    def __init__(self, signal_number: int) -> None:
        super().__init__(f"died of signal {signal_number} ({signal.strsignal(signal_number)})")
        self.signal_number = signal_number


def run_apart(function: Callable[..., T], *arguments: object) -> T:
    """What ``function`` returns, or the exception it raises, from a forked process.

    Args:
        function: what to run; what it returns is pickled.
        arguments: what to call it with.

    Raises:
        CrashError: the process died of a signal: a fault of native code, or the system that needed
            its memory.
        InterruptedError: somebody stopped the process.
    """
    context = multiprocessing.get_context("fork")
    receiver, sender = context.Pipe(duplex=False)
    process = context.Process(target=_run, args=(sender, function, arguments), daemon=True)
    process.start()
    sender.close()
    try:
        succeeded, result = receiver.recv()
    except EOFError:
        process.join()
        number = -(process.exitcode or 0)
        if number <= 0 or number in _STOPS:
            raise InterruptedError(f"the process ended with exit code {-number}") from None
        raise CrashError(number) from None
    process.join()
    if not succeeded:
        raise result
    return result


def _run(sender: Connection, function: Callable, arguments: tuple) -> None:
    for number in _STOPS:
        signal.signal(number, signal.SIG_DFL)
    try:
        message = (True, function(*arguments))
    except Exception as error:
        error.add_note(traceback.format_exc())
        message = (False, error)
    sender.send(message)
