"""How long a run still takes, by its events: against simulated runs, bounds and known answers."""

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from castmap.command.run_state import Job, RunState
from castmap.command.screen import DOING
from castmap.command.time_left import COSTS, Forecast, lay_out

RULES = Path(__file__).resolve().parents[2] / "rules"
CHAIN = ("probe_movie", "detect_faces", "embed_faces", "track_faces", "draw_key_frames")
FILM_S = 600.0


def all_known(names):
    return dict.fromkeys(names, FILM_S)


def rules():
    names = {
        name
        for path in RULES.glob("*.smk")
        for name in re.findall(r"^ *rule (\w+):", path.read_text(), re.MULTILINE)
    }
    assert len(names) > 25
    return {name for name in names if not name.endswith("_all")}


def test_every_rule_has_words_for_people():
    assert set(DOING) == rules()
    assert set(COSTS) <= rules()


def test_jobs_are_laid_out_on_the_cores():
    jobs = {
        1: Job("a", None, 1, ()),
        2: Job("b", None, 1, ()),
        3: Job("c", None, 1, ()),
        4: Job("d", None, 1, (1, 2, 3)),
    }
    left = {1: 4.0, 2: 3.0, 3: 2.0, 4: 1.0}
    assert lay_out(jobs, left, 1) == 10.0
    assert lay_out(jobs, left, 2) == 6.0  # 4 beside 3 + 2, then 1
    assert lay_out(jobs, left, 3) == 5.0
    assert lay_out(jobs, {4: 1.0}, 2) == 1.0  # the others have ended
    assert lay_out(jobs, {}, 2) == 0.0


def test_a_job_of_several_cores_waits_for_them():
    jobs = {1: Job("a", None, 1, ()), 2: Job("b", None, 2, ()), 3: Job("c", None, 8, ())}
    assert lay_out(jobs, {1: 5.0, 2: 3.0}, 2) == 8.0
    assert lay_out(jobs, {3: 3.0}, 2) == 3.0


@given(
    lengths=st.lists(st.floats(0, 100), min_size=1, max_size=12),
    cores=st.integers(1, 4),
    data=st.data(),
)
def test_a_layout_keeps_the_bounds_of_every_greedy_schedule(lengths, cores, data):
    """R. L. Graham, Bounds on multiprocessing timing anomalies, 1969."""
    jobs = {
        n: Job("a", None, 1, tuple(data.draw(st.sets(st.integers(0, n - 1)))) if n else ())
        for n in range(len(lengths))
    }
    left = dict(enumerate(lengths))
    chains: dict[int, float] = {}
    for n, job in jobs.items():
        chains[n] = left[n] + max((chains[other] for other in job.after), default=0.0)
    longest, work = max(chains.values()), sum(lengths)
    end = lay_out(jobs, left, cores)
    assert end >= max(longest, work / cores) - 1e-6
    assert end <= work / cores + longest * (cores - 1) / cores + 1e-6


def shared_s(rule, faces_per_s=4.0):
    """What of a job its threads share, s."""
    cost = COSTS[rule]
    n_faces = faces_per_s * FILM_S
    return cost.shared_s + cost.per_film_s * FILM_S + cost.per_face_s * n_faces


def simulate(slower, faces_per_s=4.0):
    """The events of a film's chain of jobs, each of its cost times ``slower(rule)``."""
    plan = [
        {
            "job": n,
            "rule": rule,
            "movie": "heat",
            "log": f"{rule}.log",
            "threads": 1,
            "after": [n - 1] if n else [],
        }
        for n, rule in enumerate(CHAIN)
    ]
    now = 1000.0
    yield {"kind": "plan", "time": now, "cores": 2, "jobs": plan}
    for n, rule in enumerate(CHAIN):
        yield {"kind": "started", "time": now, "job": n}
        now += COSTS[rule].fixed_s * slower(rule)
        took_s = shared_s(rule, faces_per_s) * slower(rule)
        for done in range(101):
            event = {"time": now + took_s * done / 100, "log": f"{rule}.log"}
            yield {"kind": "progress", "what": "frames", "done": done, "total": 100, **event}
            if rule == "detect_faces":
                yield {"kind": "found", "faces": int(faces_per_s * FILM_S * done / 100), **event}
        now += took_s
        yield {"kind": "finished", "time": now, "job": n}


def errors(slower, forecast, faces_per_s=4.0):
    """By the share of the run that is over: how wrong the time left is, relative to the truth."""
    events = list(simulate(slower, faces_per_s))
    began, ended = events[0]["time"], events[-1]["time"]
    state, found = RunState(), {}
    for event in events:
        state.take(event)
        left = forecast.left_s(state, event["time"])
        truth = ended - event["time"]
        if left is not None and truth > 5:
            found[(event["time"] - began) / (ended - began)] = (left - truth) / truth
    return found


@pytest.mark.parametrize("slowness", [0.2, 1.0, 5.0])
def test_the_speed_of_a_machine_is_learnt_from_its_own_run(tmp_path, slowness):
    forecast = Forecast(all_known, tmp_path)
    found = errors(lambda _: slowness, forecast)
    assert max(abs(error) for share, error in found.items() if share > 0.1) < 0.25
    assert max(abs(error) for share, error in found.items() if share > 0.4) < 0.05


@pytest.mark.parametrize("faces_per_s", [0.5, 4.0, 40.0])
def test_what_a_film_with_few_or_many_faces_takes_is_known_once_they_are_searched(
    faces_per_s, tmp_path
):
    found = errors(lambda _: 1.0, Forecast(all_known, tmp_path), faces_per_s)
    assert max(abs(error) for share, error in found.items() if share > 0.25) < 0.1


def test_what_a_stage_takes_beside_the_others_is_learnt_from_earlier_runs(tmp_path):
    def slower(rule):
        return 8.0 if rule == "embed_faces" else 1.0

    unknowing = errors(slower, Forecast(all_known, tmp_path))
    for rule in CHAIN:
        path = tmp_path / "ronin" / f"{rule}.sface.tsv"
        path.parent.mkdir(exist_ok=True)
        took = (COSTS[rule].fixed_s + shared_s(rule)) * slower(rule)
        path.write_text(f"s\th:m:s\n{took}\t0:00:00\n")
    (tmp_path / "ronin" / "damaged.tsv").write_text("s\n-\n")
    knowing = errors(slower, Forecast(all_known, tmp_path))
    early = [share for share in knowing if 0.05 < share < 0.25]
    assert max(abs(knowing[share]) for share in early) < 0.25
    assert min(abs(unknowing[share]) for share in early) > 0.4


def test_nothing_is_foretold_before_something_was_seen(tmp_path):
    plan, started, *_ = simulate(lambda _: 1.0)
    state = RunState()
    state.take(plan)
    state.take(started)
    assert Forecast(all_known, tmp_path).left_s(state, started["time"] + 60) is None


def test_a_job_of_several_trainings_is_not_over_when_the_first_is(tmp_path):
    jobs = [
        {"job": n, "rule": rule, "movie": "heat", "log": rule, "threads": 1, "after": []}
        for n, rule in enumerate(("detect_faces", "adapt_to_movie"))
    ]
    state, forecast = RunState(), Forecast(all_known, tmp_path)
    state.take({"kind": "plan", "time": 1000.0, "cores": 2, "jobs": jobs})
    assert forecast.left_s(state, 1000.0) is None
    found_s, trained_s = (forecast.cost_s(state.jobs[n]) for n in range(2))
    for n in range(2):
        state.take({"kind": "started", "time": 1000.0, "job": n})
    state.take({"kind": "loops", "log": "adapt_to_movie", "loops": 4, "time": 1000.0})
    done = {"kind": "progress", "log": "adapt_to_movie", "what": "steps", "done": 9, "total": 9}
    state.take({**done, "time": 1005.0})
    state.jobs[0].ended_s = 1000.0 + found_s
    state.ended.append(state.jobs[0])
    long_s = shared_s("adapt_to_movie")
    now_s = 1000.0 + trained_s - 0.75 * long_s  # as fast as foretold
    assert forecast.left_s(state, now_s) == pytest.approx(0.75 * long_s)


def test_a_film_that_is_built_in_the_run_is_asked_for_its_length_again(tmp_path):
    lengths = {}
    asked = []

    def find(names):
        asked.append(set(names))
        return {name: lengths[name] for name in names if name in lengths}

    events = list(simulate(lambda _: 1.0))
    state, forecast = RunState(), Forecast(find, tmp_path)
    for event in events[:-1]:
        state.take(event)
        forecast.left_s(state, event["time"])
    # Once at first, and once after each job but the last.
    assert asked == [{"heat"}] * len(CHAIN)
    lengths["heat"] = FILM_S
    state.take(events[-1])
    assert forecast.left_s(state, events[-1]["time"]) == 0.0
