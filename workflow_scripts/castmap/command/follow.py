"""Run Snakemake quietly: what it says goes to a file, and how far it is is shown."""

import json
import os
import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import psutil

from castmap.command.repository import run_snakemake
from castmap.command.run_state import RunState
from castmap.command.screen import Now, Screen, describe_found, describe_time, open_screen
from castmap.command.time_left import Forecast, Lengths
from castmap.console import EVENTS_VARIABLE, shown

_LOGS = Path("results/logs")
_BENCHMARKS = Path("results/benchmarks")
_OURS = "castmap: "  # begins a sentence for people
_STOPPED = 128  # and the number of a signal: such an exit status is no failure
_LONGEST = 5  # films, and notes, that are shown at the end
_SHARE_OF_TIME = 0.02  # that foretelling may take


class Followed(NamedTuple):
    """A run that is over.

    Attributes:
        status: exit status.
        state: what became of its jobs.
        log: the file with all that it said; None if it ended before it had planned anything.
        said: how many sentences were shown.
        took_s: how long it took.
        peak_bytes: the most memory that its processes had at a time.
    """

    status: int
    state: RunState
    log: Path | None
    said: int
    took_s: float
    peak_bytes: int


def follow_snakemake(targets: Sequence[str], *options: str, find_lengths: Lengths) -> Followed:
    """Run Snakemake, and show how far it is.

    What ends before it has planned anything (a fault of the settings or the command line, --list)
    says it itself: without a sentence of castmap's all that Snakemake said is printed.

    Args:
        targets: files to make; none for the whole workflow.
        options: of Snakemake.
        find_lengths: gives the lengths of films by name, s; of those that are known.
    """
    _LOGS.mkdir(parents=True, exist_ok=True)
    name = f"run-{time.strftime('%Y-%m-%dT%H-%M-%S')}-{os.getpid()}"
    log, events = _LOGS / f"{name}.log", _LOGS / f"{name}.events.jsonl"
    events.touch()
    with log.open("w", encoding="utf-8") as file, open_screen() as screen:
        follower = _Follower(screen, log, events, Forecast(find_lengths, _BENCHMARKS))
        try:
            status = run_snakemake(
                targets,
                *options,
                output=file,
                errors=file,
                environment={EVENTS_VARIABLE: str(events.absolute())},
                meanwhile=follower.look,
            )
            follower.end()
        finally:
            follower.close()
    planned = follower.state.planned
    if not planned:
        if not follower.said:
            said = log.read_text(encoding="utf-8", errors="replace")
            print(said, end="", file=sys.stderr if status else sys.stdout)
        log.unlink()
        events.unlink()
    return Followed(
        status,
        follower.state,
        log if planned else None,
        follower.said,
        follower.passed_s(),
        follower.peak_bytes,
    )


def describe_end(run: Followed) -> Iterator[str]:
    """Sentences about a run that had begun: what was found, what is amiss, time and memory."""
    state = run.state
    found = list(state.found.items())[:_LONGEST] if not run.status else []
    for movie, counts in found:
        yield f"{shown(movie)}: {describe_found(counts)}"
    for warning in state.warnings[:_LONGEST]:
        yield f"note: {shown(warning)}"
    if len(state.warnings) > _LONGEST:
        yield f"and {len(state.warnings) - _LONGEST} more notes in {run.log}"
    ended = sum(job.ended_s is not None and not job.failed for job in state.jobs.values())
    if run.status > _STOPPED:
        kept = f"kept: {ended} of {len(state.jobs)} steps, and what a long step had a minute ago"
        yield f"{kept}; the same command goes on from there"
    elif run.status:
        said = "" if run.said else "Snakemake broke off; "
        yield f"{said}the whole log is {run.log}"
    memory = f", with at most {run.peak_bytes / 2**30:.1f} GiB of memory" if ended else ""
    yield f"took {describe_time(run.took_s)}{memory}"


class _Follower:
    """Reads what a run writes while it goes on, and shows it."""

    def __init__(self, screen: Screen, log: Path, events: Path, forecast: Forecast) -> None:
        self.state = RunState()
        self.said = 0
        self.peak_bytes = 0
        self._screen, self._forecast = screen, forecast
        self._log, self._events = _Lines(log), _Lines(events)
        self._began_s = time.monotonic()
        self._left_s: float | None = None
        self._left_at_s, self._again_after_s = 0.0, 0.0
        screen.show(Now(self.state, 0.0, None))

    def passed_s(self) -> float:
        """How long the run has taken."""
        return time.monotonic() - self._began_s

    def look(self, process: int) -> None:
        """Read, foretell and show; measure the memory of the process and those it started."""
        self.read()
        self.peak_bytes = max(self.peak_bytes, _memory(process))
        self._screen.show(Now(self.state, self.passed_s(), self._foretell()))

    def read(self) -> None:
        """Take up what is new."""
        for event in read_events(self._events.new()):
            self.state.take(event)
        for line in self._log.new():
            if line.startswith(_OURS):
                self.said += 1
                self._screen.say(line.removeprefix(_OURS))

    def end(self) -> None:
        """Take up what came last; that there was nothing to do may not have been shown yet."""
        self.read()
        if not self.state.jobs:
            self._screen.show(Now(self.state, self.passed_s(), None))

    def close(self) -> None:
        """Close the files."""
        self._log.close()
        self._events.close()

    def _foretell(self) -> float | None:
        """The time left; of thousands of jobs it takes a while, and is then kept for longer."""
        now_s = time.monotonic()
        if self.state.planned and now_s - self._left_at_s >= self._again_after_s:
            begun_s = time.process_time()
            self._left_s = self._forecast.left_s(self.state, time.time())
            self._left_at_s = time.monotonic()
            self._again_after_s = (time.process_time() - begun_s) / _SHARE_OF_TIME
        if self._left_s is None:
            return None
        return max(self._left_s - (time.monotonic() - self._left_at_s), 0.0)


class _Lines:
    """The lines that are added to a file while it is being read."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("rb")
        self._begun = b""

    def new(self) -> Iterator[str]:
        """The lines that have become whole since."""
        *lines, self._begun = (self._begun + self._file.read()).split(b"\n")
        for line in lines:
            yield line.decode(errors="replace")

    def close(self) -> None:
        """Close the file."""
        self._file.close()


def read_events(lines: Iterable[str]) -> Iterator[dict]:
    """The events that lines hold; a line that is damaged is left out."""
    for line in lines:
        try:
            event = json.loads(line)
        except ValueError:
            continue
        if isinstance(event, dict) and "kind" in event:
            yield event


def _memory(process: int) -> int:
    """The memory of a process and of those it started, bytes; shared parts count several times."""
    try:
        root = psutil.Process(process)
        family = [root, *root.children(recursive=True)]
    except psutil.Error:
        return 0
    total = 0
    for each in family:
        try:
            total += each.memory_info().rss
        except psutil.Error:
            continue
    return total
