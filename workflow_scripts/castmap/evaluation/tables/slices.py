"""Characters by kind of track, against the labels."""

from collections.abc import Iterator

from castmap.evaluation.tables.corpus import Corpus

MEMBER = {
    "order": 100,
    "caption": (
        "Clustering by kind of track, track-weighted: n = {labelled} labelled films, "
        "{evaluated} evaluated tracks"
    ),
    "row": "one labelled film, property of tracks, and third",
    "columns": {
        "movie": "string",
        "model": "string",
        "slice": "string",
        "third": "Int64",
        "low": "Float64",
        "high": "Float64",
        "tracks": "Int64",
        "bcubed_f1": "Float64",
    },
    "printed": {
        "Movie": "{movie}",
        "Model": "{model}",
        "By": "{slice}",
        "Third": "{third}",
        "From": "{low:.4g}",
        "To": "{high:.4g}",
        "Tracks": "{tracks:,}",
        "BCubed F": "{bcubed_f1:.3f}",
    },
    "note": (
        "By the chosen model. Thirds of a film's tracks by the median size (px), blur and yaw "
        "of their faces, by their number of faces, and by the share of tracks that their person"
        " has; equal values are never parted. Little blur means a blurred face."
    ),
}


def rows(corpus: Corpus) -> Iterator[dict]:
    """Scores of each third of a film's tracks, by the chosen model."""
    for movie, content in corpus.chosen_metrics.items():
        for name, thirds in content["slices"].items():
            for number, scores in enumerate(thirds, start=1):
                yield {
                    **scores,
                    "movie": movie,
                    "model": corpus.chosen[movie],
                    "slice": name,
                    "third": number,
                    "tracks": scores["n_tracks"],
                }
