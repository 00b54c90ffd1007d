"""From the film to its characters, against the labels."""

from collections.abc import Iterator

import pandas as pd

from castmap.evaluation.tables.corpus import Corpus

MEMBER = {
    "order": 90,
    "caption": (
        "From the film to its characters: n = {labelled} labelled films, {labelled_faces} "
        "labelled faces"
    ),
    "row": "one labelled film",
    "columns": {
        "movie": "string",
        "model": "string",
        "labelled_faces": "Int64",
        "found_faces": "Int64",
        "precision": "Float64",
        "recall": "Float64",
        "f1": "Float64",
        "lost_by_detection": "Float64",
        "lost_by_tracking": "Float64",
        "lost_by_clustering": "Float64",
    },
    "printed": {
        "Movie": "{movie}",
        "Model": "{model}",
        "Labelled": "{labelled_faces:,}",
        "Found": "{found_faces:,}",
        "Precision": "{precision:.3f}",
        "Recall": "{recall:.3f}",
        "F": "{f1:.3f}",
        "Lost by detection": "{lost_by_detection:.3f}",
        "Lost by tracking": "{lost_by_tracking:.3f}",
        "Lost by clustering": "{lost_by_clustering:.3f}",
    },
    "note": (
        "By the chosen model. A labelled face is a person in an examined frame, a found one a "
        "face of a character's track. What was lost is given in shares of the labelled faces; "
        "with the recall these add up to 1."
    ),
}


def rows(corpus: Corpus) -> Iterator[dict]:
    """Scores from end to end, by the chosen model; losses in shares of the labelled faces."""
    for movie, content in corpus.chosen_metrics.items():
        scores = content["end_to_end"]
        n = scores["labelled_faces"]
        lost = [name for name in scores if name.startswith("lost_by_")]
        shares = {name: scores[name] / n if n else None for name in lost}
        yield {**scores, **shares, "movie": movie, "model": corpus.chosen[movie]}


def count(table: pd.DataFrame) -> dict[str, int]:
    """The labelled faces of all films."""
    return {"labelled_faces": int(table["labelled_faces"].sum())}
