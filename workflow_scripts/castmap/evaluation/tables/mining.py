"""Weak labels of each film."""

from collections.abc import Iterator
from typing import cast

import pandas as pd

from castmap.evaluation.tables.corpus import Corpus

MEMBER = {
    "order": 30,
    "caption": "Weak labels: n = {analysed} analysed films, {mined} tracks",
    "row": "one film that was not rejected",
    "columns": {
        "movie": "string",
        "tracks": "Int64",
        "split": "Int64",
        "too_short": "Int64",
        "too_uniform": "Int64",
        "with_cannot_links": "Int64",
        "split_with_cannot_links": "Int64",
        "hard": "Int64",
        "cannot_links": "Int64",
        "duplicates": "Int64",
        "handovers": "Int64",
        "impossible": "Int64",
        "must_links": "Int64",
        "contradicting": "Int64",
    },
    "printed": {
        "Movie": "{movie}",
        "Tracks": "{tracks:,}",
        "Split": "{split:,}",
        "Too short": "{too_short:,}",
        "Too uniform": "{too_uniform:,}",
        "With cannot-links": "{with_cannot_links:,}",
        "Split, with cannot-links": "{split_with_cannot_links:,}",
        "Hard": "{hard:,}",
        "Cannot-links": "{cannot_links:,}",
        "Duplicates": "{duplicates:,}",
        "Handovers": "{handovers:,}",
        "Impossible": "{impossible:,}",
        "Must-links": "{must_links:,}",
        "Contradicting": "{contradicting:,}",
    },
    "note": (
        "Split tracks have tracklets and give positives; those with cannot-links are seen together "
        "with another track; hard ones have an example to be trained on. Cannot-links, duplicates, "
        "handovers and impossible negatives are pairs of tracks seen together, must-links pairs of "
        "tracks two shots apart; those that contradict a cannot-link are not used. See "
        "docs/mining.md."
    ),
}


def rows(corpus: Corpus) -> Iterator[dict]:
    """The counts of mining.json, of each film that was not rejected."""
    counted = [name for name in cast(dict, MEMBER["columns"]) if name != "movie"]
    for film in corpus.analysed:
        counts = corpus.mining[film.movie]
        yield {"movie": film.movie, **{name: counts[name] for name in counted}}


def count(table: pd.DataFrame) -> dict[str, int]:
    """The tracks of all films."""
    return {"mined": int(table["tracks"].sum())}
