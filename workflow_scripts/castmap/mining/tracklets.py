"""Tracklets: the faces of one track, grouped by appearance; they are positives for training.

The groups are clusters in the embedding space, not stretches of time: a head that turns away and
back is tracklet 0, 1, 0 (Somandepalli, Hebbar, Narayanan, arXiv 2008.11289).
"""

import numpy as np
import pandas as pd
from sklearn.cluster import KMeans

from castmap.tracks.cooccurrence import (
    CANNOT_LINK,
    DUPLICATE,
    HANDOVER,
    IMPOSSIBLE,
    linked_tracks,
)

SPLIT, TOO_SHORT, TOO_UNIFORM = "split", "too_short", "too_uniform"


def split_into_tracklets(
    embeddings: np.ndarray, n_tracklets: int, min_faces: int, seed: int
) -> np.ndarray | None:
    """Group the faces of one track by appearance: k-means on unit embeddings.

    Args:
        embeddings: float [n, d], unit rows, in time.
        n_tracklets: how many groups.
        min_faces: of each group.
        seed: of k-means.

    Returns:
        int [n], tracklet 0.. of each face, numbered by first face; None where the faces do not make
        that many groups of that size.
    """
    if len(np.unique(embeddings, axis=0)) < n_tracklets:
        return None
    # One start of k-means++: ten cost seven times as much for 169,000 tracks.
    found = KMeans(n_tracklets, n_init=1, random_state=seed).fit_predict(embeddings)
    _, first, sizes = np.unique(found, return_index=True, return_counts=True)
    if len(sizes) < n_tracklets or sizes.min() < min_faces:
        return None
    return np.argsort(np.argsort(first))[found]


def find_tracklets(
    tracks: pd.DataFrame, embeddings: np.ndarray, n_tracklets: int, min_faces: int, seed: int
) -> tuple[pd.DataFrame, pd.Series]:
    """Split every track of a film.

    Args:
        tracks: the TRACKS table.
        embeddings: float [n, d], unit rows, row i for detection i.
        n_tracklets: per track.
        min_faces: per tracklet.
        seed: of k-means.

    Returns:
        One row per detected face of the tracks that were split: track, tracklet (0..), detection;
        and for each track, by number: split, too_short or too_uniform.
    """
    pieces, fates = [], {}
    detected = tracks[~tracks["interpolated"]].sort_values(["track", "frame"])
    for track, faces in detected.groupby("track"):
        if len(faces) < n_tracklets * min_faces:
            fates[track] = TOO_SHORT
            continue
        rows = faces["detection"].to_numpy()
        labels = split_into_tracklets(embeddings[rows], n_tracklets, min_faces, seed)
        fates[track] = TOO_UNIFORM if labels is None else SPLIT
        if labels is not None:
            pieces.append(pd.DataFrame({"track": track, "tracklet": labels, "detection": rows}))
    columns = ["track", "tracklet", "detection"]
    table = pd.concat(pieces, ignore_index=True) if pieces else pd.DataFrame(columns=columns)
    return table.astype(int), pd.Series(fates, name="fate", dtype=object)


def tracklet_means(tracklets: pd.DataFrame, embeddings: np.ndarray) -> np.ndarray:
    """The mean embedding of every tracklet at unit length.

    Args:
        tracklets: what find_tracklets returns; k tracks.
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
        fates: of each track, by number: what find_tracklets returns.
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
