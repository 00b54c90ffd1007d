"""Every clustering algorithm by every embedding, against the labels."""

from collections.abc import Iterator

from castmap.evaluation.tables.cells import with_interval
from castmap.evaluation.tables.corpus import Corpus

MEMBER = {
    "order": 110,
    "caption": (
        "Clustering by algorithm, track-weighted: n = {labelled} labelled films, seed {seed}"
    ),
    "row": (
        "one labelled film, embedding and algorithm, and whether the number of characters was given"
    ),
    "columns": {
        "movie": "string",
        "model": "string",
        "algorithm": "string",
        "k": "string",
        "k_pred": "Int64",
        "k_true": "Int64",
        "v_measure": "Float64",
        "v_measure_low": "Float64",
        "v_measure_high": "Float64",
        "ari": "Float64",
        "weighted_purity": "Float64",
        "bcubed_f1": "Float64",
    },
    "printed": {
        "Movie": "{movie}",
        "Model": "{model}",
        "Algorithm": "{algorithm}",
        "K": "{k}",
        "Found": "{k_pred:,}",
        "True": "{k_true:,}",
        "V [95 % interval]": "{v_measure:.3f} [{v_measure_low:.3f}, {v_measure_high:.3f}]",
        "ARI": "{ari:.3f}",
        "Purity": "{weighted_purity:.3f}",
        "BCubed F": "{bcubed_f1:.3f}",
    },
    "note": (
        "K is the number of characters: estimated by the algorithm, or told (oracle), where "
        "only the tracks of labelled people are clustered. Only the constrained agglomeration "
        "sees the cannot-links. Intervals are bootstrap intervals over tracks."
    ),
}


def rows(corpus: Corpus) -> Iterator[dict]:
    """Scores of metrics/algorithms.json."""
    for movie, content in corpus.algorithm_metrics.items():
        for scores in content["algorithms"]:
            yield {
                **scores,
                **with_interval(scores["track"]),
                "movie": movie,
                "k": "oracle" if scores["oracle_k"] else "estimated",
            }
