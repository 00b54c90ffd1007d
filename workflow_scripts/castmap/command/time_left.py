"""How long a run still takes: its jobs laid out on its cores, by how long such jobs have taken.

A job's length is first that of its stage on the machine that castmap was measured on, by the length
of the film and the number of its faces. What earlier runs took here corrects the stages relative to
each other; what this run's own jobs have taken so far corrects all of them together, and each stage
by itself.
"""

import csv
import heapq
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping
from pathlib import Path
from statistics import median
from typing import NamedTuple

from castmap.command.run_state import Job, RunState

_UNKNOWN_LENGTH_S = 60.0  # of a film, while no film's is known
_FACES_PER_S = 4.0  # of film, while few of a film's are found
_FEW = 0.05  # of the work of finding them
_OWN_WEIGHT_S = 4.0  # how much has to be seen of a stage to believe it as much as all stages
_SEEN_S = 1.0  # how much has to be seen of a run before it is foretold
_OVERDUE = 0.1  # a job that takes longer than foretold takes this much of its time once more


class Cost(NamedTuple):
    """How long a stage takes on one core.

    Attributes:
        fixed_s: s, on any number of cores; its threads share the rest.
        per_film_s: s per s of film.
        per_face_s: s per face that was found in the film.
        shared_s: s, whatever the film, that its threads share.
    """

    fixed_s: float
    per_film_s: float = 0.0
    per_face_s: float = 0.0
    shared_s: float = 0.0


# Seconds on a core of a server, without a GPU: films of one and ten minutes at 1280x720 pixels, and
# the demo films. benchmarks/time_left.py prints how long a film's stages take beside these, and how
# right they are for another film. How they stand to each other counts; a run tells how fast it is.
COSTS = {
    "adapt_embedding": Cost(5.0),
    "adapt_to_movie": Cost(2.5, 0.015, shared_s=14.0),
    "build_demo_films": Cost(2.0, 0.5),
    "compare_algorithms": Cost(2.5, 0.12),
    "detect_faces": Cost(2.5, 0.17),
    "detect_shots": Cost(2.5, 0.145),
    "draw_key_frames": Cost(1.0, 0.033),
    "embed_adapted": Cost(1.4, 0.001),
    "embed_faces": Cost(1.8, per_face_s=0.014),
    "evaluate_clustering": Cost(2.5),
    "export_movie": Cost(0.8, 0.002),
    "fetch_footage": Cost(4.5),
    "import_weights": Cost(3.0),
    "mine_tracklets": Cost(1.7, 0.002),
    "probe_movie": Cost(0.8, 0.026),
    "report_movie": Cost(1.1, 0.002),
    "track_faces": Cost(1.0, 0.007, 0.0008),
}
_ANY = Cost(0.8, 0.0005)
_NONE = Cost(0.0)  # a rule that only gathers files


class Seen(NamedTuple):
    """How long jobs took, s, and how long they were foretold to."""

    took_s: float = 0.0
    foretold_s: float = 0.0

    def ratio(self, otherwise: float, weight_s: float = _OWN_WEIGHT_S) -> float:
        """How much longer they took; near ``otherwise`` where little was seen."""
        return (self.took_s + weight_s * otherwise) / (self.foretold_s + weight_s)


Lengths = Callable[[Collection[str]], Mapping[str, float]]


class Forecast:
    """Foretells a run; keeps what it learnt from earlier ones, and the lengths of films."""

    def __init__(self, find_lengths: Lengths, benchmarks: Path) -> None:
        """Read how long the stages of earlier runs took.

        Args:
            find_lengths: gives the lengths of films by name, s; of those that are known.
            benchmarks: the folder of Snakemake's records, one folder per film.
        """
        self._find_lengths = find_lengths
        self._lengths: dict[str, float] = {}
        self._faces: dict[str, float] = {}
        self._middling_s = _UNKNOWN_LENGTH_S
        self._asked: tuple[int, frozenset[str]] | None = None
        self._ratios = self._earlier(benchmarks)

    def left_s(self, state: RunState, now_s: float) -> float | None:
        """How long the run still takes, s; None while too little was seen of it.

        Args:
            state: of the run.
            now_s: the time, s since 1970.
        """
        self._ask(len(state.ended), {job.movie for job in state.jobs.values() if job.movie})
        self._count_faces(state)
        costs = {number: self.cost_s(job) for number, job in state.jobs.items()}
        seen = [(job.rule, Seen(_took(job, now_s), self.cost_s(job))) for job in state.ended]
        shares: dict[int, float] = {}
        for number, job in state.jobs.items():
            if job.runs and job.share is not None:
                shares[number] = self._share(job, job.share)
                seen.append((job.rule, Seen(_took(job, now_s), shares[number] * costs[number])))
        speed = _sum(each for _, each in seen)
        if speed.foretold_s < _SEEN_S:
            return None
        overall = speed.ratio(1.0, weight_s=_SEEN_S)
        of_rule: dict[str, list[Seen]] = defaultdict(list)
        for rule, each in seen:
            of_rule[rule].append(each)
        ratios = {rule: _sum(some).ratio(overall) for rule, some in of_rule.items()}
        left = {}
        for number, job in state.jobs.items():
            if job.ended_s is None:
                whole_s = costs[number] * ratios.get(job.rule, overall)
                left[number] = _left(job, whole_s, shares.get(number), now_s)
        return lay_out(state.jobs, left, state.cores)

    def cost_s(self, job: Job) -> float:
        """How long a job takes, s, by the stage and by earlier runs."""
        cost = COSTS.get(job.rule, _NONE if job.rule.endswith("all") else _ANY)
        return (cost.fixed_s + self._long_s(cost, job)) * self._ratios[job.rule]

    def _share(self, job: Job, of_loop: float) -> float:
        """How much of a job is done, by how much of what takes it long: its start is over then."""
        cost = COSTS.get(job.rule, _ANY)
        long_s = self._long_s(cost, job)
        return (cost.fixed_s + long_s * of_loop) / max(cost.fixed_s + long_s, 1e-9)

    def _long_s(self, cost: Cost, job: Job) -> float:
        """What of a job its threads share, s."""
        shared_s = cost.shared_s
        if job.movie and (cost.per_film_s or cost.per_face_s):
            length_s = self._length(job.movie)
            n_faces = self._faces.get(job.movie, _FACES_PER_S * length_s)
            shared_s += cost.per_film_s * length_s + cost.per_face_s * n_faces
        return shared_s / job.threads

    def _count_faces(self, state: RunState) -> None:
        """How many faces a film has: as many in the rest of it as in what was searched."""
        for job in state.jobs.values():
            n_found = state.found.get(job.movie or "", {}).get("faces")
            share = 1.0 if job.ended_s is not None else job.share or 0.0
            if job.rule == "detect_faces" and n_found is not None and share > _FEW:
                self._faces[job.movie or ""] = n_found / share

    def _ask(self, n_ended: int, movies: set[str]) -> None:
        """Ask for lengths that are not known, again once a job has ended: it may build a film."""
        unknown = frozenset(movies - self._lengths.keys())
        if unknown and self._asked != (n_ended, unknown):
            self._asked = n_ended, unknown
            self._lengths |= self._find_lengths(unknown)
            self._middling_s = median(self._lengths.values() or [_UNKNOWN_LENGTH_S])

    def _length(self, movie: str) -> float:
        """The length of a film, s; that of a middling one while it is not known."""
        return self._lengths.get(movie, self._middling_s)

    def _earlier(self, folder: Path) -> Mapping[str, float]:
        """How much longer each rule took in earlier runs, relative to all."""
        self._ratios = defaultdict(lambda: 1.0)
        of_rule: dict[str, list[Seen]] = defaultdict(list)
        paths = sorted(folder.glob("*/*.tsv"))
        self._ask(0, {path.parent.name for path in paths})
        for path in paths:
            rule, took_s = path.name.partition(".")[0], read_seconds(path)
            if took_s is not None:
                job = Job(rule, path.parent.name, 1, ())
                of_rule[rule].append(Seen(took_s, self.cost_s(job)))
        sums = {rule: _sum(some) for rule, some in of_rule.items()}
        overall = _sum(sums.values()).ratio(1.0)
        ratios: dict[str, float] = defaultdict(lambda: 1.0)
        ratios.update({rule: each.ratio(overall) / overall for rule, each in sums.items()})
        return ratios


def read_seconds(path: Path) -> float | None:
    """How long a job took, s, by Snakemake's record; None if the record is damaged."""
    try:
        with path.open(encoding="utf-8", newline="") as file:
            return float(next(csv.DictReader(file, delimiter="\t"))["s"])
    except (OSError, ValueError, KeyError, TypeError, StopIteration):
        return None


def lay_out(jobs: Mapping[int, Job], left: Mapping[int, float], cores: int) -> float:
    """When the last job ends if each starts as soon as it can, those that much waits for first.

    Args:
        jobs: by number.
        left: by number, how long each job that has not ended still takes, s.
        cores: how many there are.

    Returns:
        Seconds from now.
    """
    waits = {number: {a for a in jobs[number].after if a in left} for number in left}
    followers: dict[int, list[int]] = defaultdict(list)
    for number, others in waits.items():
        for other in others:
            followers[other].append(number)
    rank = _ranks(left, followers)
    ready = [(-rank[number], number) for number in left if not waits[number]]
    ready.sort(key=lambda each: (not jobs[each[1]].runs, each))  # what runs keeps its core
    running: list[tuple[float, int]] = []
    now_s, free = 0.0, cores
    while ready or running:
        while ready and (free >= jobs[ready[0][1]].threads or not running):
            _, number = ready.pop(0)
            free -= jobs[number].threads
            heapq.heappush(running, (now_s + left[number], number))
        now_s, ended = heapq.heappop(running)
        free += jobs[ended].threads
        for number in followers[ended]:
            waits[number].discard(ended)
            if not waits[number]:
                ready.append((-rank[number], number))
        ready.sort()
    return now_s


def _ranks(left: Mapping[int, float], followers: Mapping[int, list[int]]) -> dict[int, float]:
    """How long it takes from the start of each job to the end of what waits for it, s."""
    rank: dict[int, float] = {}
    waiting = list(left)
    while waiting:
        number = waiting[-1]
        open_ones = [other for other in followers.get(number, ()) if other not in rank]
        if open_ones and number not in rank:
            waiting += open_ones
            continue
        waiting.pop()
        later = (rank[other] for other in followers.get(number, ()))
        rank.setdefault(number, left[number] + max(later, default=0.0))
    return rank


def _left(job: Job, whole_s: float, share: float | None, now_s: float) -> float:
    if job.started_s is None:
        return whole_s
    if share is not None:
        return whole_s * (1 - share)
    took_s = _took(job, now_s)
    return max(whole_s - took_s, took_s * _OVERDUE)


def _took(job: Job, now_s: float) -> float:
    """How long a job that has started has taken, s."""
    ended_s = now_s if job.ended_s is None else job.ended_s
    return max(ended_s - (job.started_s or ended_s), 0.0)


def _sum(some: Iterable[Seen]) -> Seen:
    listed = list(some)
    return Seen(sum(each.took_s for each in listed), sum(each.foretold_s for each in listed))
