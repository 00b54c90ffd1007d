"""Characters by every embedding, against the labels."""

from collections.abc import Iterator

from castmap.evaluation.tables.cells import with_interval, yes_or_no
from castmap.evaluation.tables.corpus import Corpus

MEMBER = {
    "order": 80,
    "caption": (
        "Clustering, track-weighted: n = {labelled} labelled films, {evaluated} evaluated "
        "tracks, seed {seed}"
    ),
    "row": "one labelled film and embedding",
    "columns": {
        "movie": "string",
        "model": "string",
        "chosen": "string",
        "tracks": "Int64",
        "k_pred": "Int64",
        "k_true": "Int64",
        "k_ratio": "Float64",
        "v_measure": "Float64",
        "v_measure_low": "Float64",
        "v_measure_high": "Float64",
        "homogeneity": "Float64",
        "completeness": "Float64",
        "nmi": "Float64",
        "ami": "Float64",
        "ari": "Float64",
        "weighted_purity": "Float64",
        "bcubed_f1": "Float64",
        "character_precision": "Float64",
        "character_recall": "Float64",
        "operator_clicks": "Int64",
    },
    "printed": {
        "Movie": "{movie}",
        "Model": "{model}",
        "Chosen": "{chosen}",
        "Tracks": "{tracks:,}",
        "Found": "{k_pred:,}",
        "True": "{k_true:,}",
        "Ratio": "{k_ratio:.2f}",
        "V [95 % interval]": "{v_measure:.3f} [{v_measure_low:.3f}, {v_measure_high:.3f}]",
        "Hom.": "{homogeneity:.3f}",
        "Com.": "{completeness:.3f}",
        "NMI": "{nmi:.3f}",
        "AMI": "{ami:.3f}",
        "ARI": "{ari:.3f}",
        "Purity": "{weighted_purity:.3f}",
        "BCubed F": "{bcubed_f1:.3f}",
        "Char. P": "{character_precision:.3f}",
        "Char. R": "{character_recall:.3f}",
        "Clicks": "{operator_clicks:,}",
    },
    "note": (
        "Found and true are numbers of characters and of people; the chosen model's characters "
        "are the film's; clicks put everything right. Intervals are bootstrap intervals over "
        "tracks. The scores are defined in docs/evaluation.md."
    ),
}


def rows(corpus: Corpus) -> Iterator[dict]:
    """Scores of metrics/clustering.{model}.json."""
    for movie, by_model in corpus.clustering_metrics.items():
        for model, scores in by_model.items():
            yield {
                **scores,
                **with_interval(scores["track"]),
                "movie": movie,
                "model": model,
                "chosen": yes_or_no(model == corpus.chosen[movie]),
                "tracks": scores["n_tracks"],
            }
