"""What is said at the end of a run, and what is read while it goes on."""

from pathlib import Path

from castmap.command.follow import Followed, describe_end, read_events
from castmap.command.run_state import Job, RunState

LOG = Path("results/logs/run-1.log")


def end_of(status, said=0, warnings=0):
    done = Job("probe_movie", "heat", 1, (), started_s=1.0, ended_s=2.0)
    failed = Job("detect_faces", "heat", 1, (), started_s=2.0, ended_s=3.0, failed=True)
    state = RunState(planned=True, jobs={1: done, 2: failed, 3: Job("all", None, 1, (2,))})
    state.found["heat"] = {"faces": 120, "people": 3}
    state.warnings = [f"a frame of part {n}\nis missing" for n in range(warnings)]
    return list(describe_end(Followed(status, state, LOG, said, 192.0, 3 * 2**29)))


def test_a_run_ends_with_what_was_found_and_what_it_took():
    assert end_of(0) == [
        "heat: 3 people, 120 faces",
        "took 3 min 12 s, with at most 1.5 GiB of memory",
    ]


def test_warnings_are_few_lines():
    lines = end_of(0, warnings=9)[1:-1]
    assert lines[0] == r"note: 'a frame of part 0\nis missing'"
    assert len(lines) == 6 and lines[-1] == f"and 4 more notes in {LOG}"


def test_a_run_that_failed_names_its_log_and_a_silent_one_says_so():
    assert f"the whole log is {LOG}" in end_of(1, said=1)
    assert f"Snakemake broke off; the whole log is {LOG}" in end_of(1)


def test_a_run_that_was_stopped_says_what_is_kept():
    kept, took = end_of(130)
    assert kept.startswith("kept: 1 of 3 steps, and what a long step had a minute ago; the same ")
    assert took.startswith("took ")
    assert not any(str(LOG) in line for line in end_of(143))


def test_a_damaged_event_is_left_out():
    lines = ['{"kind": "started", "job": 1}', '{"kind": "st', "[1]", "{}", ""]
    assert list(read_events(lines)) == [{"kind": "started", "job": 1}]
