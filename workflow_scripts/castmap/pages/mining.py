"""The content of a film's mining page: examples as pictures, and what was left out."""

from typing import Any, cast

import numpy as np
import pandas as pd

from castmap.formats.tables import rows_of
from castmap.tracks.must_links import ENDS

_MOST_SHOWN = 12
_COUNTS = {
    "tracks": "tracks found",
    "split": "split into tracklets, and so usable as positives",
    "too_short": "too short to split",
    "too_uniform": "too uniform to split: their faces do not form that many tracklets",
    "with_cannot_links": "with a cannot-link: seen at the same time as somebody else",
    "split_with_cannot_links": "of those, split into tracklets",
    "hard": "of those, with an example hard enough to train on",
    "cannot_links": "cannot-links: pairs of tracks seen at the same time, apart",
    "duplicates": "pairs left out as one face found twice: their boxes overlap",
    "handovers": "pairs left out as handovers: a brief track begins as the other ends",
    "must_links": "must-links: pairs of tracks of different shots that show one person",
    "contradicting": "must-links left out: a cannot-link contradicts them",
    "impossible": "pairs left out as impossible negatives: they look like one person",
}


def count_rows(summary: dict) -> list[tuple[str, int]]:
    """What became of the tracks and pairs, in words.

    Args:
        summary: what tracklets.count_fates returns.
    """
    return [(text, summary[name]) for name, text in _COUNTS.items()]


def shown_links(must_links: pd.DataFrame) -> dict[str, list[dict]]:
    """The must-links that say most: those whose two tracks look least alike, and those left out.

    Args:
        must_links: the MUST_LINKS table.

    Returns:
        Rows of the table under ``kept`` and ``dropped``.
    """
    ranked = must_links.sort_values(["distance", *ENDS], ascending=[False, True, True])
    kept = ranked["kept"]
    return {
        name: cast(list[dict], rows.head(_MOST_SHOWN).to_dict("records"))
        for name, rows in (("kept", ranked[kept]), ("dropped", ranked[~kept]))
    }


def typical_faces(tracklets: pd.DataFrame, embeddings: np.ndarray) -> dict[tuple[int, int], int]:
    """Of each tracklet, the face nearest to its mean.

    Args:
        tracklets: the TRACKLETS table.
        embeddings: float [n, d], unit rows, row i for detection i.

    Returns:
        Detections by (track, tracklet).
    """
    chosen = {}
    key: Any
    for key, faces in tracklets.groupby(["track", "tracklet"]):
        track, tracklet = key
        rows = faces["detection"].to_numpy()
        nearest = (embeddings[rows] @ embeddings[rows].mean(axis=0)).argmax()
        chosen[int(track), int(tracklet)] = int(rows[nearest])
    return chosen


def hardest_examples(
    hard_examples: pd.DataFrame, typical: dict[tuple[int, int], int]
) -> list[dict]:
    """The hardest example of each of the hardest tracks, as three faces.

    Args:
        hard_examples: the HARD_EXAMPLES table.
        typical: what typical_faces returns.

    Returns:
        Per example: track, positive_track, negative_track, the detections anchor, positive and
        negative, both distances, hardness.
    """
    ranked = hard_examples[hard_examples["kept"]].sort_values(
        ["hardness", "track"], ascending=[False, True]
    )
    return [
        {
            "track": int(row.track),
            "positive_track": int(row.positive_track),
            "negative_track": int(row.negative_track),
            "anchor": typical[row.track, row.tracklet],
            "positive": typical[row.positive_track, row.positive_tracklet],
            "negative": int(row.negative_detection),
            "positive_distance": row.positive_distance,
            "negative_distance": row.negative_distance,
            "hardness": row.hardness,
        }
        for row in rows_of(ranked.drop_duplicates("track").head(_MOST_SHOWN))
    ]
