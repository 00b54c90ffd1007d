"""The curve of the time left: what a run's events say, against what is known of a made-up run."""

import pytest

from benchmarks.time_left import moments, print_curve, stage_costs, worst
from castmap.command.time_left import COSTS, Forecast


@pytest.fixture
def events():
    """Ten jobs of 30 s each, one after the other, which tell nothing of themselves."""
    jobs = [
        {"job": n, "rule": "made_up", "movie": None, "log": None, "threads": 1}
        | {"after": [n - 1] if n else []}
        for n in range(10)
    ]
    steps = [
        {"kind": kind, "job": n, "time": 1000.0 + 30.0 * (n + (kind == "finished"))}
        for n in range(10)
        for kind in ("started", "finished")
    ]
    return [{"kind": "plan", "time": 1000.0, "cores": 1, "jobs": jobs}, *steps]


def test_where_all_steps_are_alike_both_ways_are_right(events, tmp_path, capsys):
    assert "made_up" not in COSTS
    forecast = Forecast(lambda _: {}, tmp_path)
    of_run = moments(events, forecast)
    assert [moment.passed_s for moment in of_run] == pytest.approx([3.0 * n for n in range(1, 100)])
    assert {round(moment.passed_s + moment.left_s) for moment in of_run} == {300}
    tenths = of_run[9::10]
    assert [moment.by_steps_s for moment in tenths] == pytest.approx([m.left_s for m in tenths])
    assert worst(tenths, 0, 30)[1] == pytest.approx(0.0)
    assert worst(tenths, 120, 30)[0] < 0.2
    print_curve(events, forecast)
    said = capsys.readouterr().out
    assert said.startswith("the run took 300 s\n")
    assert len([line for line in said.splitlines() if line.startswith("| ")]) == 10


def test_each_stage_is_laid_beside_its_cost(events, tmp_path):
    rows = stage_costs(events, Forecast(lambda _: {}, tmp_path))
    assert [(rule, cores, took) for rule, cores, took, _ in rows] == [("made_up", 1, 30.0)] * 10
    assert len({cost for *_, cost in rows}) == 1
    assert rows[0][3] < 30


def test_what_was_not_foretold_is_infinitely_wrong(events, tmp_path):
    of_run = moments(events, Forecast(lambda _: {}, tmp_path))
    assert of_run[0].foretold_s is None
    assert worst(of_run, 0, 30)[0] == float("inf")
