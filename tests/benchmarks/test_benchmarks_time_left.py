"""The curve of the time left: what a run's events say, against what is known of a made-up run."""

import pytest

from benchmarks.time_left import at_tenths, moments, print_curve, worst
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
    forecast = Forecast(lambda _: None, tmp_path)
    of_run = list(moments(events, forecast))
    tenths = at_tenths(of_run)
    assert [moment.passed_s for moment in tenths] == [30.0 * n for n in range(1, 10)]
    assert [moment.passed_s + moment.left_s for moment in tenths] == [300.0] * 9
    foretold, by_steps = worst(of_run[2:], 120, 30)
    assert by_steps == pytest.approx(0.0) and foretold < 0.2
    print_curve(events, forecast)
    said = capsys.readouterr().out
    assert said.startswith("the run took 300 s\n")
    assert len([line for line in said.splitlines() if line.startswith("| ")]) == 10


def test_what_was_not_foretold_is_infinitely_wrong(events, tmp_path):
    of_run = list(moments(events, Forecast(lambda _: None, tmp_path)))
    assert of_run[0].foretold_s is None
    assert worst(of_run, 0, 30)[0] == float("inf")
