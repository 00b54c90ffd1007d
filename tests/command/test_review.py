"""What `castmap review` says when it cannot make the page anew."""

import asyncio
from concurrent.futures import ThreadPoolExecutor

from castmap.command import review
from castmap.planning.runs import RunLock


def make_page():
    """In a thread of its own: another test's browser may keep an event loop going in this one."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, review.make(["page"], "1", print)).result()


def test_a_run_at_the_same_time_is_named_and_what_was_said_stays_saved(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    lock = RunLock()
    lock.take()
    fault = make_page()
    assert fault.startswith("another run of castmap is going on here (process ")
    assert fault.endswith(
        "; your corrections are saved: apply them afterwards, or the next run does"
    )
    lock.give_back()
    assert "Snakefile" in make_page()  # Snakemake's own words
