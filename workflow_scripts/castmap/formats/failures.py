"""Films without a cast map, and why: the rows of the FAILURES table."""

import re
from collections.abc import Iterable, Mapping
from typing import NamedTuple

import pandas as pd

from castmap.formats.tables import FAILURES

REJECTED, NO_FACES, FAILED = "rejected", "no_faces", "failed"
NO_TRACKS, NO_CHARACTERS = "no_tracks", "no_characters"
_ERROR = re.compile(r"^\d\d:\d\d:\d\d ERROR (.*)", re.MULTILINE)
_SILENT = "It ended without a message: it crashed, or was killed, perhaps for want of memory."
_FACELESS = "No face was found in the examined frames."
_TRACKLESS = (
    "{n} found, but no track: none was seen on enough examined frames, or surely enough "
    "(tracks.min_faces and tracks.min_best_score in config.yaml)."
)
_CHARACTERLESS = "{n} found, but no character: {kinds} (docs/characters.md says what these are)."
_CHARACTER = re.compile(r"C\d+")


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
    rows = [(job.movie, FAILED, job.stage, last_error(job.said), job.log) for job in sorted(jobs)]
    return _table(rows).drop_duplicates("movie", ignore_index=True)


def last_error(log: str) -> str:
    """The last error that the log of a failed job holds; a sentence if it holds none."""
    return (_ERROR.findall(log) or [_SILENT])[-1]


def films_without_cast_map(
    infos: Mapping[str, Mapping], n_faces: Mapping[str, int], characters: Mapping[str, pd.DataFrame]
) -> pd.DataFrame:
    """The films that went through all stages and have no cast map to show for it.

    Args:
        infos: movie.json of each film.
        n_faces: how many faces were found in each.
        characters: the CHARACTERS table of each.
    """
    rows = []
    for movie, info in infos.items():
        if info["status"] == REJECTED:
            rows.append((movie, REJECTED, "probe_movie", info["reason"], None))
        elif found := _what_is_missing(n_faces[movie], characters[movie]["character"]):
            rows.append((movie, *found, None))
    return _table(rows)


def _what_is_missing(n_faces: int, of_tracks: pd.Series) -> tuple[str, str, str] | None:
    """The status, stage and reason of a film, by whose its tracks are; None if all is there."""
    if not n_faces:
        return NO_FACES, "detect_faces", _FACELESS
    if of_tracks.empty:
        return NO_TRACKS, "track_faces", _TRACKLESS.format(n=_count(n_faces, "face"))
    if of_tracks.str.fullmatch(_CHARACTER).any():
        return None
    kinds = ", ".join(f"{n} {kind}" for kind, n in of_tracks.value_counts().sort_index().items())
    reason = _CHARACTERLESS.format(n=_count(len(of_tracks), "track"), kinds=kinds)
    return NO_CHARACTERS, "cluster_characters", reason


def _count(n: int, what: str) -> str:
    return f"{n} {what}{'s' * (n != 1)}"


def _table(rows: list[tuple]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=FAILURES.columns, dtype=object)
