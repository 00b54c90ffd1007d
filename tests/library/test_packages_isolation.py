"""A process of its own: what it returns, raises, and dies of."""

import ctypes
import faulthandler
import os
import signal

import pytest

from castmap.packages.isolation import CrashError, run_apart


def test_results_come_back_however_large():
    assert run_apart(lambda n: b"x" * n, 10_000_000) == b"x" * 10_000_000


def test_an_exception_is_raised_here_with_its_traceback():
    def broken():
        return {}["gone"]

    with pytest.raises(KeyError, match="gone") as caught:
        run_apart(broken)
    assert "in broken" in caught.value.__notes__[0]


@pytest.mark.parametrize(
    ("die", "number"),
    [
        (lambda: ctypes.string_at(0), signal.SIGSEGV),
        (os.abort, signal.SIGABRT),
        (lambda: os.kill(os.getpid(), signal.SIGKILL), signal.SIGKILL),
    ],
)
def test_a_native_crash_is_an_exception(die, number):
    def crash():
        faulthandler.disable()
        die()

    with pytest.raises(CrashError) as caught:
        run_apart(crash)
    assert caught.value.signal_number == number


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_process_that_was_stopped_has_not_crashed(number):
    def stopped():
        signal.signal(number, signal.SIG_DFL)
        os.kill(os.getpid(), number)

    with pytest.raises(InterruptedError):
        run_apart(stopped)
