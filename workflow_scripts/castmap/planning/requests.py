"""How much time and memory a job is granted on a cluster, by the length of the film.

The planner asks before any film has been opened. Once probe_movie has run, a film's length is
known; until then it is guessed from the size of the file, on the long side. A request that was too
small is doubled, then tripled, by Snakemake's retries.
"""

import math
from functools import cache
from pathlib import Path
from typing import NamedTuple

from castmap.planning.corpus import movie_info, read_movie_info
from castmap.settings.settings import Movie

_LOWEST_BITS_PER_S = 1_000_000
_LONGEST_GUESS_S = 4 * 3600.0


class Need(NamedTuple):
    """What a stage is granted.

    Attributes:
        start_min: minutes of wall time that any film is granted.
        min_per_film_min: further minutes for each minute of film.
        start_mb: megabytes of memory that any film is granted.
        mb_per_film_hour: further megabytes for each hour of film.
    """

    start_min: float
    min_per_film_min: float
    start_mb: float
    mb_per_film_hour: float


# Measured at 1280x720 without a GPU, in seconds of one core for each second of film: finding faces
# 0.7, shots and embeddings less than 0.15 each, the rest less. No stage needed more than 1.1 GiB,
# whatever the length. Granted is four times the time, for slower cores and larger frames. A process
# that uses CUDA holds some GB that a CPU run does not. Jobs for all models of a film take as long
# as nine of them.
NEEDS = {
    "probe_movie": Need(10, 0.1, 1000, 100),
    "detect_shots": Need(10, 0.6, 6000, 0),
    "draw_key_frames": Need(10, 0.4, 2000, 0),
    "detect_faces": Need(10, 3.0, 6000, 200),
    "embed_faces": Need(10, 0.6, 6000, 200),
    "track_faces": Need(10, 0.1, 2000, 200),
    "mine_tracklets": Need(10, 0.1, 2000, 200),
    "adapt_to_movie": Need(120, 0.8, 4000, 200),
    "embed_adapted": Need(10, 4.0, 4000, 200),
    "judge_models": Need(10, 0.1, 2000, 200),
    "cluster_characters": Need(10, 0.4, 2000, 500),
    "correct_characters": Need(10, 0.1, 2000, 500),
    "remember_people": Need(10, 0.1, 2000, 200),
    "name_characters": Need(10, 0.1, 3000, 200),
    "order_review": Need(10, 0.1, 2000, 500),
    "evaluate_tracks": Need(10, 0.1, 2000, 200),
    "evaluate_clustering": Need(10, 0.4, 2000, 200),
    "evaluate_verification": Need(10, 0.8, 2000, 500),
    "compare_algorithms": Need(20, 0.2, 3000, 1000),
    "export_movie": Need(10, 0.1, 2000, 200),
    "report_movie": Need(10, 0.1, 2000, 200),
    "report_mining": Need(10, 0.1, 2000, 200),
    # All films together. A million faces, about 45 hours of film, take 2 GiB to learn from
    # (benchmarks/head_training.py).
    "adapt_embedding": Need(120, 0.02, 4000, 100),
    "report_adaptation": Need(20, 0.005, 2000, 10),
    "report_people": Need(20, 0.005, 2000, 10),
    "report_corpus": Need(20, 0.005, 2000, 10),
    "tabulate_corpus": Need(20, 0.005, 2000, 10),
    "identify_people": Need(20, 0.005, 2000, 20),
    "evaluate_people": Need(20, 0.005, 2000, 10),
}
"""By rule. Rules that are not named finish in seconds; the profile's defaults are theirs."""


def film_length_s(info: dict | None, size_bytes: int | None) -> float:
    """How long a film is, or may be.

    Args:
        info: movie.json, if the film has been probed.
        size_bytes: of the file; None if it is still to be built.

    Returns:
        Seconds: known for a probed film, and 0 for one that was turned away. Of others, what a file
        of this size lasts at 1 Mbit/s, less than any but the smallest downloads have, but no more
        than four hours.
    """
    if info is not None:
        return info.get("duration_s") or 0.0
    if size_bytes is None:
        return _LONGEST_GUESS_S
    return min(8 * size_bytes / _LOWEST_BITS_PER_S, _LONGEST_GUESS_S)


def length_s(film: Movie) -> float:
    """How long a film is: see film_length_s."""
    info, path = movie_info(film.movie), Path(film.path)
    if info.exists():
        return film_length_s(_probed(film.movie, info.stat().st_mtime_ns), None)
    try:
        return film_length_s(None, path.stat().st_size)
    except OSError:
        return film_length_s(None, None)


@cache
def _probed(movie: str, _changed_ns: int) -> dict | None:
    """Every job of a film asks for it, twice; the file is read when it has changed."""
    return read_movie_info(movie)


def runtime_min(rule: str, film_s: float, attempt: int) -> int:
    """Whole minutes of wall time to ask for.

    Args:
        rule: a key of NEEDS.
        film_s: the length of the film, or of all films the job reads.
        attempt: 1 at first, one more at each retry.
    """
    need = NEEDS[rule]
    return math.ceil(attempt * (need.start_min + need.min_per_film_min * film_s / 60))


def memory_mb(rule: str, film_s: float, attempt: int) -> int:
    """Whole megabytes of memory to ask for; arguments as of runtime_min."""
    need = NEEDS[rule]
    return math.ceil(attempt * (need.start_mb + need.mb_per_film_hour * film_s / 3600))
