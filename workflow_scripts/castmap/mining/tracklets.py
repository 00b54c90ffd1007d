"""Tracklets: the faces of one track, grouped by appearance; they are positives for training.

The groups are clusters in the embedding space, not stretches of time: a head that turns away and
back is tracklet 0, 1, 0 (Somandepalli, Hebbar, Narayanan, arXiv 2008.11289).
"""

import numpy as np
import pandas as pd

from castmap.tracks.cooccurrence import (
    CANNOT_LINK,
    DUPLICATE,
    HANDOVER,
    IMPOSSIBLE,
    linked_tracks,
)

SPLIT, TOO_SHORT, TOO_UNIFORM = "split", "too_short", "too_uniform"


def tracklet_means(tracklets: pd.DataFrame, embeddings: np.ndarray) -> np.ndarray:
    """The mean embedding of every tracklet at unit length.

    Args:
        tracklets: the TRACKLETS table; k tracks.
        embeddings: float [n, d], unit rows, row i for detection i.

    Returns:
        float64 [k, n_tracklets, d], in order of track number.
    """
    numbers, rows = np.unique(tracklets["track"], return_inverse=True)
    n_tracklets = int(tracklets["tracklet"].max()) + 1 if len(tracklets) else 0
    means = np.zeros((len(numbers), n_tracklets, embeddings.shape[1]))
    place = (rows, tracklets["tracklet"].to_numpy())
    np.add.at(means, place, embeddings[tracklets["detection"]].astype(np.float64))
    return means / np.maximum(np.linalg.norm(means, axis=2, keepdims=True), 1e-12)


def count_fates(
    fates: pd.Series, pairs: pd.DataFrame, hard_examples: pd.DataFrame
) -> dict[str, int]:
    """How many tracks a film gave, what became of them, and what they are good for.

    Args:
        fates: of each track, by number: what splitting.find_tracklets returns.
        pairs: the COOCCURRENCE table.
        hard_examples: the HARD_EXAMPLES table.

    Returns:
        tracks; split, too_short and too_uniform, which add up to them; with_cannot_links, tracks
        that have one; split_with_cannot_links, those of them that were split; hard, those of them
        with an example that was kept; and pairs of each kind: cannot_links, duplicates, handovers,
        impossible.
    """
    kinds = pairs["kind"].value_counts()
    counts = {"tracks": len(fates)}
    counts |= {fate: int((fates == fate).sum()) for fate in (SPLIT, TOO_SHORT, TOO_UNIFORM)}
    counts["with_cannot_links"] = len(np.unique(linked_tracks(pairs)))
    counts["split_with_cannot_links"] = int(hard_examples["track"].nunique())
    counts["hard"] = int(hard_examples.loc[hard_examples["kept"], "track"].nunique())
    names = {"cannot_links": CANNOT_LINK, "duplicates": DUPLICATE}
    names |= {"handovers": HANDOVER, "impossible": IMPOSSIBLE}
    return counts | {name: int(kinds.get(kind, 0)) for name, kind in names.items()}
