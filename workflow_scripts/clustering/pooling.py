"""One vector per track."""

import numpy as np
import pandas as pd

_SHARP = 100.0  # variance of the Laplacian from which a 112 px crop counts as sharp
_LARGE_PX = 60.0  # face size from which a crop is not enlarged much


def quality(detections: pd.DataFrame) -> np.ndarray:
    """How much a face says about who it is: certain, large, sharp and frontal faces say more.

    The product of the detector's score, size and sharpness (each rising to 1 and staying there,
    square-rooted so that none rules alone), and 1 / (1 + 2 |yaw|). Monotone in each.

    Args:
        detections: rows of the DETECTIONS table.

    Returns:
        float [n], above 0.
    """
    size = np.clip(detections["size_px"] / _LARGE_PX, 0, 1)
    sharp = np.clip(detections["blur"] / _SHARP, 0, 1)
    frontal = 1 / (1 + 2 * detections["yaw"].abs())
    return (1e-3 + detections["score"] * np.sqrt(size * sharp) * frontal).to_numpy(float)


def pool_tracks(
    tracks: pd.DataFrame, detections: pd.DataFrame, embeddings: np.ndarray
) -> np.ndarray:
    """The quality-weighted mean of each track's face embeddings, at unit length.

    Args:
        tracks: the TRACKS table.
        detections: the DETECTIONS table, row i being detection i.
        embeddings: float [n, d], unit rows, row i for detection i.

    Returns:
        float64 [t, d], unit rows, in order of track number.
    """
    faces = tracks[~tracks["interpolated"]]
    numbers = np.sort(tracks["track"].unique())
    rows = np.searchsorted(numbers, faces["track"])
    chosen = faces["detection"].to_numpy()
    weights = quality(detections.iloc[chosen])
    pooled = np.zeros((len(numbers), embeddings.shape[1]))
    np.add.at(pooled, rows, weights[:, None] * embeddings[chosen])
    return pooled / np.maximum(np.linalg.norm(pooled, axis=1, keepdims=True), 1e-12)
