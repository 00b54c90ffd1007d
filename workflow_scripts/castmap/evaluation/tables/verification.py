"""Same person or not, by every embedding."""

from collections.abc import Iterator, Mapping

import pandas as pd

from castmap.evaluation.tables.corpus import Corpus

MEMBER = {
    "order": 120,
    "caption": "Verification: n = {labelled} labelled films, {pairs} pairs, seed {seed}",
    "row": "one labelled film, embedding, and kind of pair: of tracks, or of faces",
    "columns": {
        "movie": "string",
        "model": "string",
        "items": "string",
        "n_items": "Int64",
        "n_people": "Int64",
        "n_same": "Int64",
        "n_different": "Int64",
        "auc": "Float64",
        "auc_low": "Float64",
        "auc_high": "Float64",
        "eer": "Float64",
        "tpr_at_fpr_1e3": "Float64",
        "tpr_at_fpr_1e2": "Float64",
        "tpr_at_fpr_1e2_low": "Float64",
        "tpr_at_fpr_1e2_high": "Float64",
        "tpr_at_fpr_1e1": "Float64",
    },
    "printed": {
        "Movie": "{movie}",
        "Model": "{model}",
        "Of": "{items}",
        "People": "{n_people:,}",
        "Same": "{n_same:,}",
        "Different": "{n_different:,}",
        "AUC [95 % interval]": "{auc:.3f} [{auc_low:.3f}, {auc_high:.3f}]",
        "EER": "{eer:.3f}",
        "TPR at 0.001": "{tpr_at_fpr_1e3:.3f}",
        "TPR at 0.01 [95 % interval]": (
            "{tpr_at_fpr_1e2:.3f} [{tpr_at_fpr_1e2_low:.3f}, {tpr_at_fpr_1e2_high:.3f}]"
        ),
        "TPR at 0.1": "{tpr_at_fpr_1e1:.3f}",
    },
    "note": (
        "Pairs of tracks, and of faces of different tracks, within a film; TPR at a false "
        "positive rate is missing where there are too few pairs of different people for it. "
        "Intervals are bootstrap intervals over tracks."
    ),
}


def rows(corpus: Corpus) -> Iterator[dict]:
    """Scores of metrics/verification.{model}.json: of pairs of tracks, and of faces."""
    for movie, by_model in corpus.verification_metrics.items():
        for model, both in by_model.items():
            for scores in (both["tracks"], both["faces"]):
                yield {"movie": movie, "model": model, **_with_bounds(scores)}


def _with_bounds(scores: Mapping) -> dict:
    intervals, tpr = scores["intervals_95"], scores["tpr_at_fpr"]
    auc_low, auc_high = intervals["auc"] or (None, None)
    low, high = intervals["tpr_at_fpr"]["0.01"] or (None, None)
    return {
        **scores,
        "auc_low": auc_low,
        "auc_high": auc_high,
        "tpr_at_fpr_1e3": tpr["0.001"],
        "tpr_at_fpr_1e2": tpr["0.01"],
        "tpr_at_fpr_1e2_low": low,
        "tpr_at_fpr_1e2_high": high,
        "tpr_at_fpr_1e1": tpr["0.1"],
    }


def count(table: pd.DataFrame) -> dict[str, int]:
    """Pairs, which are the same for every model."""
    of_one_model = table.drop_duplicates(["movie", "items"])
    return {"pairs": int(of_one_model[["n_same", "n_different"]].sum().sum())}
