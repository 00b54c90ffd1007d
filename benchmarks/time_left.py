"""Print how right the time left is that `castmap run` shows, at each tenth of a run.

The workflow runs on a film of yours as a first run does: in a folder of its own, which knows no
other film and no earlier run. Beside it stands the plain way: what is over, times the steps that
are left, by the steps that are done. Then follows how long each stage took, and how long it takes
by the costs in the code, which films of two lengths tell apart. The weights must be there.
"""

import argparse
import subprocess
import sys
import tempfile
from collections import deque
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

from benchmarks.real_time_factor import lay_out
from castmap.command.follow import read_events
from castmap.command.run_state import RunState
from castmap.command.time_left import Forecast
from castmap.video.glance import header_length_s

SETTLED_S = 120  # from when on the time left is to be right
HUNDREDTHS = 100


class Moment(NamedTuple):
    """A moment of a run: s since it began, s that were left, as foretold, and by the steps."""

    passed_s: float
    left_s: float
    foretold_s: float | None
    by_steps_s: float | None


def run(folder: Path, cores: int) -> list[dict]:
    """Make the film's page and exports; the events of the run."""
    command = [sys.executable, "-m", "castmap.command", "run", "--cores", str(cores)]
    films = [str(path) for path in (folder / "films").iterdir()]
    subprocess.run([*command, *films], cwd=folder, check=True)
    [path] = folder.glob("results/logs/run-*.events.jsonl")
    return list(read_events(path.read_text(encoding="utf-8").splitlines()))


def moments(events: Sequence[dict], forecast: Forecast) -> list[Moment]:
    """What would have been shown after each hundredth of the run."""
    began_s, ended_s = events[0]["time"], events[-1]["time"]
    state, waiting, of_run = RunState(), deque(events), []
    for hundredth in range(1, HUNDREDTHS):
        now_s = began_s + (ended_s - began_s) * hundredth / HUNDREDTHS
        while waiting[0]["time"] <= now_s:
            state.take(waiting.popleft())
        passed_s, done = now_s - began_s, len(state.ended)
        by_steps_s = passed_s * (len(state.jobs) - done) / done if done else None
        foretold_s = forecast.left_s(state, now_s)
        of_run.append(Moment(passed_s, ended_s - now_s, foretold_s, by_steps_s))
    return of_run


def stage_costs(events: Sequence[dict], forecast: Forecast) -> list[tuple[str, int, float, float]]:
    """Of each job, in order of when it ended: its rule, its cores, s it took, s in the code."""
    state = RunState()
    for event in events:
        state.take(event)
    return [
        (job.rule, job.threads, (job.ended_s or 0.0) - (job.started_s or 0.0), forecast.cost_s(job))
        for job in state.ended
    ]


def worst(of_run: Iterable[Moment], from_s: float, until_left_s: float) -> tuple[float, float]:
    """The largest errors of what was foretold and of the steps, relative to what was left."""
    chosen = [m for m in of_run if m.passed_s >= from_s and m.left_s >= until_left_s]
    foretold = [_error(moment.foretold_s, moment.left_s) for moment in chosen]
    by_steps = [_error(moment.by_steps_s, moment.left_s) for moment in chosen]
    return max(foretold, default=0.0), max(by_steps, default=0.0)


def _error(said_s: float | None, left_s: float) -> float:
    return float("inf") if said_s is None else abs(said_s - left_s) / left_s


def _shown(said_s: float | None, left_s: float) -> str:
    return "- | -" if said_s is None else f"{said_s:.0f} | {100 * (said_s / left_s - 1):+.0f} %"


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("film", type=Path)
    parser.add_argument("--cores", type=int, default=2)
    args = parser.parse_args()
    length_s = header_length_s(str(args.film))
    if length_s is None:
        parser.error(f"{args.film} does not say how long it is; take another film")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        lay_out(folder, args.film, 1)
        events = run(folder, args.cores)
    forecast = Forecast(lambda names: dict.fromkeys(names, length_s), Path("none"))
    print_curve(events, forecast)
    print("\n| stage | cores | took, s | in the code, s |\n|---|---:|---:|---:|")
    for rule, cores, took, cost in stage_costs(events, forecast):
        print(f"| {rule} | {cores} | {took:.1f} | {cost:.1f} |")


def print_curve(events: Sequence[dict], forecast: Forecast) -> None:
    """Print what was foretold in a run, and how wrong it was."""
    of_run = moments(events, forecast)
    whole_s = events[-1]["time"] - events[0]["time"]
    print(f"the run took {whole_s:.0f} s\n")
    print("| over, s | left, s | foretold, s | wrong by | by steps, s | wrong by |")
    print("|---:|---:|---:|---:|---:|---:|")
    for moment in of_run[9::10]:
        foretold = _shown(moment.foretold_s, moment.left_s)
        by_steps = _shown(moment.by_steps_s, moment.left_s)
        print(f"| {moment.passed_s:.0f} | {moment.left_s:.0f} | {foretold} | {by_steps} |")
    ours, plain = worst(of_run, SETTLED_S, whole_s / 10)
    print(
        f"\nworst from {SETTLED_S} s on, until a tenth is left: {100 * ours:.0f} % foretold, "
        f"{100 * plain:.0f} % by steps"
    )


if __name__ == "__main__":
    main()
