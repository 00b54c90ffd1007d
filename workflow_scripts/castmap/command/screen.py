"""What `castmap run` shows while it goes on: a live block on a terminal, elsewhere plain lines."""

import time
from abc import ABC, abstractmethod
from contextlib import ExitStack
from typing import NamedTuple

from rich.console import Console, Group
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from castmap.command.run_state import Job, RunState
from castmap.console import say, shown

# What a job does, for people; by its rule.
DOING = {
    "adapt_embedding": "tuning the face model to all films",
    "adapt_to_movie": "tuning the face model to the film",
    "build_demo_films": "cutting the demo film",
    "choose_model": "choosing the face model",
    "cluster_characters": "grouping faces into people",
    "compare_algorithms": "comparing ways to group faces",
    "correct_characters": "applying your corrections",
    "describe_model": "describing a face model",
    "detect_faces": "finding faces",
    "detect_shots": "finding cuts",
    "draw_key_frames": "drawing the shots",
    "embed_adapted": "describing faces by the tuned models",
    "embed_faces": "describing faces",
    "enrol_people": "finding faces in pictures of people",
    "evaluate_clustering": "comparing people with labels",
    "evaluate_people": "comparing people with labels",
    "evaluate_shots": "comparing cuts with labels",
    "evaluate_tracks": "comparing faces with labels",
    "evaluate_verification": "comparing pairs with labels",
    "export_movie": "writing tables for other tools",
    "fetch_footage": "fetching the demo footage",
    "fetch_weights": "fetching a network",
    "identify_people": "finding people in several films",
    "import_weights": "preparing a network",
    "judge_models": "judging the face models",
    "lock_tables": "locking the tables",
    "mine_tracklets": "collecting training examples",
    "name_characters": "naming who is known",
    "order_review": "choosing questions to ask",
    "probe_movie": "reading the film",
    "remember_people": "remembering who was named",
    "report_adaptation": "making the page about training",
    "report_corpus": "making the page of all films",
    "report_mining": "making the page of examples",
    "report_mistakes": "making the page of mistakes",
    "report_movie": "making the film's page",
    "report_people": "making the page of people",
    "tabulate_corpus": "making the tables",
    "track_faces": "following faces",
}
_PLANNING = "looking what there is to do"
_LINE_EVERY_S = 30.0
_LONGEST = 4  # jobs that are listed
_BAR_WIDTH = 30


class Now(NamedTuple):
    """A moment of a run.

    Attributes:
        state: of the run.
        passed_s: since it began.
        left_s: how long it still takes; None if that is not known.
    """

    state: RunState
    passed_s: float
    left_s: float | None

    @property
    def share(self) -> float:
        """How much of the time is over, 0 to 1; 0 while that is not known."""
        if self.left_s is None:
            return 0.0
        return self.passed_s / max(self.passed_s + self.left_s, 1e-9)


class Screen(ExitStack, ABC):
    """Where a run is shown; used in a ``with`` block."""

    @abstractmethod
    def show(self, now: Now) -> None:
        """Show how far the run is."""

    @abstractmethod
    def say(self, sentence: str) -> None:
        """Say a sentence that stays."""


def open_screen() -> Screen:
    """A live block if standard error is a terminal that can be drawn on, else lines."""
    console = Console(stderr=True, highlight=False, markup=False, emoji=False)
    return _Block(console) if console.is_terminal and not console.is_dumb_terminal else _Lines()


class _Lines(Screen):
    """A line when the jobs are known, and then every half minute."""

    def __init__(self) -> None:
        super().__init__()
        self._said_s: float | None = None

    def show(self, now: Now) -> None:
        """Say it, if it is time to."""
        if not now.state.planned:
            return
        if self._said_s is None:
            self.say(describe_plan(now.state))
        elif time.monotonic() - self._said_s < _LINE_EVERY_S:
            return
        else:
            jobs = (" ".join(filter(None, row)) for row in _rows(now.state))
            self.say("; ".join([describe_left(now), *jobs]))
        self._said_s = time.monotonic()

    def say(self, sentence: str) -> None:
        """Print the sentence."""
        say(sentence)


class _Block(Screen):
    """Lines at the bottom of the terminal that are drawn anew, and leave nothing behind."""

    def __init__(self, console: Console) -> None:
        super().__init__()
        self._console = console
        self._live = Live(console=console, auto_refresh=False, transient=True)
        self.enter_context(self._live)

    def show(self, now: Now) -> None:
        """Draw it."""
        self._live.update(draw(now), refresh=True)

    def say(self, sentence: str) -> None:
        """Print the sentence above the block."""
        self._console.print(Text(f"castmap: {sentence}"), soft_wrap=True)


def draw(now: Now) -> Group:
    """The block: a line per job that runs, and one of the whole run."""
    jobs = Table.grid(padding=(0, 2))
    for _ in range(4):
        jobs.add_column(no_wrap=True, overflow="ellipsis")
    for row in _rows(now.state):
        jobs.add_row(*map(Text, row))
    n_more = len(_running(now.state)) - _LONGEST
    if n_more > 0:
        jobs.add_row(Text(f"and {n_more} more"), "", "", "")
    whole = Table.grid(padding=(0, 2))
    bar = ProgressBar(total=1.0, completed=now.share, width=_BAR_WIDTH)
    whole.add_row(bar, Text(describe_left(now), no_wrap=True, overflow="ellipsis"))
    return Group(jobs, whole)


def describe_plan(state: RunState) -> str:
    """How many steps there are, of which films."""
    films = sorted({job.movie for job in state.jobs.values() if job.movie})
    if not state.jobs:
        return "nothing to do: all is up to date"
    named = f" for {', '.join(films[:3])}" if films else ""
    more = f" and {len(films) - 3} more" if len(films) > 3 else ""
    return f"{_count(len(state.jobs), 'step')} to do{named}{more}"


def describe_left(now: Now) -> str:
    """The share that is done and the time that is left."""
    if not now.state.planned:
        return _PLANNING
    if now.left_s is None:
        return "measuring how long it takes"
    return f"{min(int(100 * now.share), 99)} % done, {_about(now.left_s)} left"


def describe_found(counts: dict[str, int]) -> str:
    """What was found in a film, with what is known of it."""
    people = counts.get("people")
    names = [f"{people:,} {'person' if people == 1 else 'people'}"] if people is not None else []
    faces = counts.get("faces")
    return ", ".join([*names, *([_count(faces, "face")] if faces is not None else [])])


def describe_time(seconds: float) -> str:
    """A length of time: ``1 h 2 min``, ``3 min 12 s``, ``8 s``."""
    whole = round(seconds)
    if whole >= 3600:
        return f"{whole // 3600} h {whole % 3600 // 60} min"
    return f"{whole // 60} min {whole % 60} s" if whole >= 60 else f"{whole} s"


def _about(seconds: float) -> str:
    minutes = round(seconds / 60)
    if minutes >= 60:
        return f"about {minutes // 60} h {minutes % 60} min"
    return f"about {minutes} min" if seconds >= 60 else "less than a minute"


def _running(state: RunState) -> list[Job]:
    """The jobs that run, those that began first in front."""
    running = [job for job in state.jobs.values() if job.runs]
    return sorted(running, key=lambda job: job.started_s or 0.0)


def _rows(state: RunState) -> list[tuple[str, str, str, str]]:
    """Film, what is done, its share, and what was found so far, of the first jobs that run.

    What was found is said once for each film.
    """
    rows, told = [], set()
    for job in _running(state)[:_LONGEST]:
        share = "" if job.share is None else f"{100 * job.share:.0f} %"
        found = {} if job.movie in told else state.found.get(job.movie or "", {})
        told.add(job.movie)
        name, doing = shown(job.movie or "all films"), DOING.get(job.rule, job.rule)
        rows.append((name, doing, share, describe_found(found)))
    return rows


def _count(n: int, what: str) -> str:
    return f"{n:,} {what}{'s' * (n != 1)}"
