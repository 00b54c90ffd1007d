"""Films without a cast map, and why: the rows of the FAILURES table."""

import re
from collections.abc import Iterable, Mapping
from typing import NamedTuple

import pandas as pd

from workflow_scripts.formats.tables import FAILURES

REJECTED, NO_FACES, FAILED = "rejected", "no_faces", "failed"
_ERROR = re.compile(r"^\d\d:\d\d:\d\d ERROR (.*)", re.MULTILINE)
_SILENT = "It ended without a message: it crashed, or was killed, perhaps for want of memory."
_FACELESS = "No face was found in the examined frames."


class FailedJob(NamedTuple):
    """A job that failed: of which film and rule, its log's path, and what the log says."""

    movie: str
    stage: str
    log: str
    said: str


def failed_films(jobs: Iterable[FailedJob]) -> pd.DataFrame:
    """The films whose jobs failed, each with the last error that a job's log holds.

    Args:
        jobs: in any order; of a film's jobs the first by name is listed.
    """
    rows = [
        (job.movie, FAILED, job.stage, (_ERROR.findall(job.said) or [_SILENT])[-1], job.log)
        for job in sorted(jobs)
    ]
    return _table(rows).drop_duplicates("movie", ignore_index=True)


def fruitless_films(infos: Iterable[Mapping], n_faces: Iterable[int]) -> pd.DataFrame:
    """The films that went through all stages and have no cast map to show for it.

    Args:
        infos: movie.json of each film.
        n_faces: how many faces were found in each.
    """
    rows = []
    for info, n in zip(infos, n_faces, strict=True):
        if info["status"] == REJECTED:
            rows.append((info["movie"], REJECTED, "probe_movie", info["reason"], None))
        elif n == 0:
            rows.append((info["movie"], NO_FACES, "detect_faces", _FACELESS, None))
    return _table(rows)


def _table(rows: list[tuple]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=FAILURES.columns, dtype=object)
