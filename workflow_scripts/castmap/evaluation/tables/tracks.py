"""Tracks against the labels."""

from collections.abc import Iterator

import pandas as pd

from castmap.evaluation.tables.corpus import Corpus

MEMBER = {
    "order": 60,
    "caption": (
        "Tracks: n = {labelled} labelled films, {intervals} true intervals, {tracks} tracks"
    ),
    "row": "one labelled film",
    "columns": {
        "movie": "string",
        "intervals": "Int64",
        "coverage_min": "Float64",
        "coverage_mean": "Float64",
        "mixed_tracks": "Int64",
        "tracks": "Int64",
        "hota": "Float64",
        "idf1": "Float64",
    },
    "printed": {
        "Movie": "{movie}",
        "True intervals": "{intervals:,}",
        "Least coverage": "{coverage_min:.3f}",
        "Mean coverage": "{coverage_mean:.3f}",
        "Mixed tracks": "{mixed_tracks:,}",
        "Tracks": "{tracks:,}",
        "HOTA": "{hota:.3f}",
        "IDF1": "{idf1:.3f}",
    },
    "note": (
        "Intervals of a second or more; a mixed track holds faces of two people. The identities"
        " of HOTA and IDF1 are people in a shot, and where in its region a face lies is not "
        "judged."
    ),
}


def rows(corpus: Corpus) -> Iterator[dict]:
    """Scores of metrics/tracks.json."""
    for movie, scores in corpus.track_metrics.items():
        yield {
            "movie": movie,
            "intervals": scores["interval_count"],
            "coverage_min": scores["coverage_min"],
            "coverage_mean": scores["coverage_mean"],
            "mixed_tracks": scores["mixed_tracks"],
            "tracks": scores["tracks"],
            "hota": scores["hota"],
            "idf1": scores["idf1"],
        }


def count(table: pd.DataFrame) -> dict[str, int]:
    """The true intervals and the tracks of all films."""
    return {"intervals": int(table["intervals"].sum()), "tracks": int(table["tracks"].sum())}
