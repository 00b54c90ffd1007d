"""What a run shows: it fits the terminal, and says times and counts as people do."""

import io

import pytest
from rich.console import Console

from castmap.command.run_state import Job, RunState
from castmap.command.screen import (
    Now,
    describe_found,
    describe_left,
    describe_plan,
    describe_time,
    draw,
    open_screen,
)


def state_of(*movies, share=0.38):
    jobs = {
        n: Job("detect_faces", movie, 1, (), started_s=float(n), share=share)
        for n, movie in enumerate(movies)
    }
    return RunState(planned=True, cores=2, jobs=jobs)


def drawn(now, width=80):
    file = io.StringIO()
    Console(file=file, width=width, markup=False, highlight=False).print(draw(now))
    return file.getvalue().splitlines()


def test_the_block_says_what_is_done_and_how_long_it_takes():
    state = state_of("heat")
    state.found["heat"] = {"faces": 12406}
    first, last = drawn(Now(state, 100.0, 300.0))
    assert first.split("  ") == ["heat", "finding faces", "38 %", "12,406 faces"]
    assert last.endswith("25 % done, about 5 min left")


def test_what_was_found_in_a_film_is_said_once():
    state = state_of("heat", "heat", "ronin")
    state.found = {"heat": {"faces": 7}, "ronin": {"faces": 8, "people": 2}}
    lines = drawn(Now(state, 100.0, None))
    assert [line.rstrip().endswith("7 faces") for line in lines] == [True, False, False, False]
    assert lines[2].endswith("2 people, 8 faces")


def test_the_block_fits_however_many_jobs_run_and_however_they_are_called():
    names = [f"{n}[red]\x1b[31m{'x' * 150}" for n in range(40)]
    lines = drawn(Now(state_of(*names), 1.0, 1.0))
    assert len(lines) == 6
    assert all(len(line) <= 80 for line in lines)
    assert "[red]" in lines[0] and "\x1b" not in lines[0]
    assert lines[4].startswith("and 36 more")


@pytest.mark.parametrize(
    ("left_s", "words"),
    [
        (None, "measuring how long it takes"),
        (59, "99 % done, less than a minute left"),
        (60, "99 % done, about 1 min left"),
        (3570, "98 % done, about 1 h 0 min left"),
        (90 * 60, "97 % done, about 1 h 30 min left"),
    ],
)
def test_time_left_in_words(left_s, words):
    assert describe_left(Now(state_of("heat"), 200_000.0, left_s)) == words


def test_before_the_plan_nothing_is_foretold():
    assert describe_left(Now(RunState(), 1.0, None)) == "looking what there is to do"


def test_times_and_counts_in_words():
    assert [describe_time(s) for s in (8.2, 59.6, 192, 3725)] == [
        *("8 s", "1 min 0 s", "3 min 12 s", "1 h 2 min")
    ]
    assert describe_found({"faces": 1, "people": 6}) == "6 people, 1 face"
    assert describe_found({"people": 1}) == "1 person"
    assert describe_found({}) == ""
    assert describe_plan(state_of("a", "b", "c", "d")) == "4 steps to do for a, b, c and 1 more"
    assert describe_plan(RunState(planned=True)) == "nothing to do: all is up to date"


def test_a_pipe_gets_a_line_at_once_and_then_none_for_a_while(capsys):
    with open_screen() as screen:
        screen.show(Now(RunState(), 0.5, None))
        for _ in range(5):
            screen.show(Now(state_of("heat"), 1.0, None))
        screen.say("a film is left out")
    assert capsys.readouterr() == (
        "",
        "castmap: 1 step to do for heat\ncastmap: a film is left out\n",
    )


def test_half_a_minute_later_a_pipe_is_told_what_is_being_done(capsys, monkeypatch):
    clock = [100.0]
    monkeypatch.setattr("castmap.command.screen.time.monotonic", lambda: clock[0])
    state = state_of("heat")
    state.found["heat"] = {"faces": 7}
    with open_screen() as screen:
        for clock[0] in (100.0, 129.0, 131.0):
            screen.show(Now(state, 100.0, 300.0))
    *_, line = capsys.readouterr().err.splitlines()
    assert line == "castmap: 25 % done, about 5 min left; heat finding faces 38 % 7 faces"
