"""What the events of a run say of its jobs."""

import pytest

from castmap.command.run_state import RunState

JOB = {"rule": "detect_faces", "movie": "heat", "threads": 1, "after": [], "log": "heat.log"}


def state_of(*events):
    state = RunState()
    state.take({"kind": "plan", "time": 1.0, "cores": 2, "jobs": [{"job": 7, **JOB}]})
    for time, event in enumerate(events, 2):
        state.take({"time": float(time), **event})
    return state


def progress(done, what="detecting", log="heat.log"):
    return {"kind": "progress", "log": log, "what": what, "done": done, "total": 10}


def test_a_job_starts_and_ends():
    state = state_of({"kind": "started", "job": 7})
    assert state.jobs[7].runs and not state.ended
    state.take({"kind": "finished", "time": 9.0, "job": 7})
    assert not state.jobs[7].runs
    assert [(job.started_s, job.ended_s) for job in state.ended] == [(2.0, 9.0)]


def test_a_job_that_failed_has_not_ended_well():
    state = state_of({"kind": "started", "job": 7}, {"kind": "failed", "job": 7})
    assert state.jobs[7].failed and state.ended == []


def test_progress_is_the_share_of_the_one_thing_that_a_job_does():
    started = {"kind": "started", "job": 7}
    assert state_of(started, progress(4)).jobs[7].share == 0.4
    assert state_of(started, progress(40)).jobs[7].share == 1.0
    assert state_of(started, progress(10), progress(1, "training")).jobs[7].share is None


def test_of_a_job_with_several_loops_each_counts_as_much_in_turn_or_side_by_side():
    started, loops = {"kind": "started", "job": 7}, {"kind": "loops", "log": "heat.log", "loops": 4}
    state = state_of(started, loops, progress(10, "one"), progress(5, "other"))
    assert state.jobs[7].share == pytest.approx(0.375)
    state = state_of(started, loops, progress(3, "one"), progress(5, "other"), progress(5, "one"))
    assert state.jobs[7].share == pytest.approx(0.25)
    more = [progress(1, str(number)) for number in range(5)]
    assert state_of(started, loops, *more).jobs[7].share is None


def test_what_is_found_belongs_to_the_film():
    state = state_of(
        {"kind": "found", "log": "heat.log", "faces": 12},
        {"kind": "found", "log": "heat.log", "people": 3},
        {"kind": "found", "log": "other.log", "faces": 99},
    )
    assert state.found == {"heat": {"faces": 12, "people": 3}}


def test_what_is_not_known_is_left_and_a_warning_is_kept_once():
    warning = {"kind": "warning", "log": None, "text": "a frame is missing"}
    state = state_of({"kind": "started", "job": 8}, progress(1, log="other"), warning, warning)
    assert state.warnings == ["a frame is missing"]
    assert not state.jobs[7].runs


def test_a_run_that_is_repeated_keeps_what_had_ended():
    state = state_of({"kind": "started", "job": 7}, {"kind": "finished", "job": 7})
    state.take({"kind": "plan", "time": 5.0, "cores": 2, "jobs": [{"job": 0, **JOB}]})
    assert list(state.jobs) == [0] and not state.jobs[0].runs
    assert len(state.ended) == 1
