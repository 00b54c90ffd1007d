"""The harvested data beside the published data set."""

import numpy as np

from castmap.evaluation.tables.cells import OURS, PUBLISHED
from castmap.evaluation.tables.corpus import Corpus

MEMBER = {
    "order": 20,
    "caption": "Harvested data: n = {analysed} analysed films, beside the published data set",
    "row": "one data set",
    "columns": {
        "source": "string",
        "movies": "Int64",
        "tracks": "Int64",
        "cooccurring_tracks": "Int64",
        "faces": "Int64",
        "faces_per_track_mean": "Float64",
        "faces_per_track_std": "Float64",
    },
    "printed": {
        "Source": "{source}",
        "Movies": "{movies:,}",
        "Tracks": "{tracks:,}",
        "Co-occurring tracks": "{cooccurring_tracks:,}",
        "Faces": "{faces:,}",
        "Faces per track": "{faces_per_track_mean:.1f} ± {faces_per_track_std:.1f}",
    },
    "note": (
        "Ours: faces are detected faces in tracks, ± is the standard deviation over tracks, and"
        " a track co-occurs if it shares an examined frame with another. Published rows: arXiv "
        "2008.11289, as printed there. The published number of faces is rounded (10.2 million)."
    ),
}


_PUBLISHED = {
    "source": PUBLISHED,
    "movies": 240,
    "tracks": 335_845,
    "cooccurring_tracks": 169_201,
    "faces": 10_200_000,
    "faces_per_track_mean": 63.3,
    "faces_per_track_std": 9.1,
}


def rows(corpus: Corpus) -> list[dict]:
    """The films that were not rejected, all together, and the published data set."""
    films = corpus.analysed
    counts = np.concatenate([[], *(film.faces_per_track for film in films)])
    ours = {
        "source": OURS,
        "movies": len(films),
        "tracks": len(counts),
        "cooccurring_tracks": sum(film.cooccurring_tracks for film in films),
        "faces": int(counts.sum()),
        "faces_per_track_mean": counts.mean() if len(counts) else None,
        "faces_per_track_std": counts.std() if len(counts) else None,
    }
    return [ours, _PUBLISHED]
