"""The labelled films beside those of the published benchmark."""

from collections.abc import Iterator

from castmap.evaluation.tables.cells import OURS, PUBLISHED
from castmap.evaluation.tables.corpus import Corpus

MEMBER = {
    "order": 40,
    "caption": (
        "Benchmark films: n = {labelled} labelled films of ours, beside the published ones"
    ),
    "row": "one film",
    "columns": {
        "movie": "string",
        "source": "string",
        "faces_per_track_mean": "Float64",
        "tracks": "Int64",
        "characters": "Int64",
        "true_people": "Int64",
        "smallest_share_percent": "Float64",
        "largest_share_percent": "Float64",
    },
    "printed": {
        "Movie": "{movie}",
        "Source": "{source}",
        "Faces per track": "{faces_per_track_mean:.2f}",
        "Tracks": "{tracks:,}",
        "Characters found": "{characters:,}",
        "People labelled": "{true_people:,}",
        "Share of tracks (%)": "{smallest_share_percent:.2f}-{largest_share_percent:.2f}",
    },
    "note": (
        "Ours: tracks of labelled people; the share is that of the person with the fewest and "
        "with the most of them; characters found are those that hold such a track. Published "
        "rows: arXiv 2008.11289, as printed there."
    ),
}


# Film, faces per track, tracks, people, smallest and largest share of the tracks (%).
_PUBLISHED = (
    ("Hidden Figures", 59.82, 1407, 24, 0.57, 20.11),
    ("About Last Night", 38.17, 1565, 10, 1.02, 31.37),
    ("Maleficent", 64.07, 694, 10, 2.02, 36.60),
    ("Dumb and Dumber To", 70.77, 1457, 10, 0.82, 38.23),
    ("Notting Hill", 79.15, 1435, 12, 1.25, 40.77),
)


def rows(corpus: Corpus) -> Iterator[dict]:
    """The labelled films, and the published ones."""
    for movie, scores in corpus.chosen_metrics.items():
        tracks = scores["n_tracks"]
        shares = [100 * person["tracks"] / tracks for person in scores["people"]]
        yield {
            "movie": movie,
            "source": OURS,
            "faces_per_track_mean": scores["n_faces"] / tracks if tracks else None,
            "tracks": tracks,
            "characters": scores["k_pred"],
            "true_people": scores["k_true"],
            "smallest_share_percent": min(shares, default=None),
            "largest_share_percent": max(shares, default=None),
        }
    for movie, faces, tracks, people, smallest, largest in _PUBLISHED:
        yield {
            "movie": movie,
            "source": PUBLISHED,
            "faces_per_track_mean": faces,
            "tracks": tracks,
            "true_people": people,
            "smallest_share_percent": smallest,
            "largest_share_percent": largest,
        }
