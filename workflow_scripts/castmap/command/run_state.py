"""How far a run is, by the events that its jobs and Snakemake tell (console.tell)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass
class Job:
    """A job of a run.

    Attributes:
        rule: what it does.
        movie: of which film; None if of no certain one.
        threads: how many cores it takes.
        after: the numbers of the jobs it waits for.
        started_s: when, in s since 1970; None before.
        ended_s: when, in s since 1970; None before.
        failed: whether it ended so.
        share: how far it is with what takes it long, 0 to 1; None if it does not say.
        n_loops: how many loops that takes, which weigh the same.
    """

    rule: str
    movie: str | None
    threads: int
    after: tuple[int, ...]
    started_s: float | None = None
    ended_s: float | None = None
    failed: bool = False
    share: float | None = None
    n_loops: int = 1
    _loops: dict[str, float] = field(default_factory=dict, repr=False)

    @property
    def runs(self) -> bool:
        """Whether it is going on."""
        return self.started_s is not None and self.ended_s is None

    def progress(self, what: str, share: float) -> None:
        """Take up how far a loop is; nothing is known where there are more than were told of."""
        again = share < self._loops.get(what, 0.0)
        self._loops[what] = share
        known = len(self._loops) <= self.n_loops and not again
        self.share = sum(self._loops.values()) / self.n_loops if known else None


@dataclass
class RunState:
    """What the events say.

    Attributes:
        planned: whether the jobs are known.
        cores: which the jobs share.
        jobs: by Snakemake's number. Those of a run that is repeated without the films that failed
            take the place of those before.
        ended: all jobs that have ended well, of the run that is repeated too.
        found: by film, how many ``faces`` and ``people`` so far.
        warnings: the films, or logs, and what was said of them; each once.
    """

    planned: bool = False
    cores: int = 1
    jobs: dict[int, Job] = field(default_factory=dict)
    ended: list[Job] = field(default_factory=list)
    found: dict[str, dict[str, int]] = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)
    _of_log: dict[str, Job] = field(default_factory=dict, repr=False)

    def take(self, event: Mapping[str, Any]) -> None:
        """Take up an event; one of a job that is not known is left."""
        kind = event["kind"]
        if kind == "plan":
            self._plan(event)
        elif kind in ("started", "finished", "failed"):
            self._job(kind, self.jobs.get(event["job"]), event["time"])
        elif kind == "warning":
            self._warning(event["text"])
        elif job := self._of_log.get(event["log"]):
            if kind == "progress" and event["total"]:
                job.progress(event["what"], min(event["done"] / event["total"], 1.0))
            elif kind == "loops":
                job.n_loops = event["loops"]
            elif kind == "found" and job.movie:
                counts = {name: event[name] for name in ("faces", "people") if name in event}
                self.found.setdefault(job.movie, {}).update(counts)

    def _plan(self, event: Mapping[str, Any]) -> None:
        self.planned, self.cores = True, event["cores"] or 1
        self.jobs, self._of_log = {}, {}
        for row in event["jobs"]:
            job = Job(row["rule"], row["movie"], row["threads"], tuple(row["after"]))
            self.jobs[row["job"]] = job
            if row["log"]:
                self._of_log[row["log"]] = job

    def _job(self, kind: str, job: Job | None, time_s: float) -> None:
        if job is None:
            return
        if kind == "started":
            job.started_s = time_s
            return
        job.ended_s, job.failed = time_s, kind == "failed"
        if not job.failed:
            self.ended.append(job)

    def _warning(self, text: str) -> None:
        if text not in self.warnings:
            self.warnings.append(text)
