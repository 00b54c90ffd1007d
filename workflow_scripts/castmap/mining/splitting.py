"""Splitting tracks into tracklets."""

import numpy as np
import pandas as pd
from sklearn.cluster import KMeans

from castmap.mining.tracklets import SPLIT, TOO_SHORT, TOO_UNIFORM


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
