"""Shot boundaries against the labels."""

from collections.abc import Iterator

import pandas as pd

from castmap.evaluation.tables.corpus import Corpus

MEMBER = {
    "order": 50,
    "caption": (
        "Shot boundaries: n = {labelled} labelled films, {true_boundaries} true boundaries"
    ),
    "row": "one film with labels of shots",
    "columns": {
        "movie": "string",
        "cuts": "Int64",
        "gradual": "Int64",
        "recall": "Float64",
        "precision": "Float64",
    },
    "printed": {
        "Movie": "{movie}",
        "Cuts": "{cuts:,}",
        "Gradual": "{gradual:,}",
        "Recall": "{recall:.3f}",
        "Precision": "{precision:.3f}",
    },
    "note": "Cuts and gradual transitions are the true ones.",
}


def rows(corpus: Corpus) -> Iterator[dict]:
    """Scores of metrics/shots.json."""
    for movie, scores in corpus.shot_metrics.items():
        yield {
            "movie": movie,
            "cuts": scores["cuts"],
            "gradual": scores["gradual"],
            "recall": scores["recall"],
            "precision": scores["precision"],
        }


def count(table: pd.DataFrame) -> dict[str, int]:
    """The true boundaries of all films."""
    return {"true_boundaries": int(table[["cuts", "gradual"]].sum().sum())}
