"""One vector per track."""

import numpy as np
import pandas as pd

from castmap.faces.alignment import template_misfit
from castmap.formats.tables import LANDMARK_COLUMNS

SHARP = 100.0  # variance of the Laplacian from which a 112 px crop counts as sharp
_LARGE_PX = 60.0  # face size from which a crop is not enlarged much
_TURNED = 0.2  # misfit of the landmarks at which a face counts half
_USABLE = 0.02  # quality from which a face says who it is
# Means of the detector's score over a track. Of hands, ornaments and backs of heads some faces
# score like a face, but not all; landmarks say less, for the detector lays those of a face on all.
_SURE_FACE = 0.65
_NO_FACE = 0.55


def quality(detections: pd.DataFrame) -> np.ndarray:
    """How much a face says about who it is: certain, large, sharp and frontal faces say more.

    The product of the detector's score, size and sharpness (each rising to 1 and staying there,
    square-rooted so that none rules alone), and 1 / (1 + (misfit / 0.2)^2), the misfit being that
    of the landmarks to those of a frontal face. Monotone in each.

    Args:
        detections: rows of the DETECTIONS table.

    Returns:
        float [n], above 0.
    """
    part = quality_factors(detections)
    picture = detections["score"] * np.sqrt(part["large"] * part["sharp"])
    return (1e-3 + picture * part["frontal"]).to_numpy(float)


def quality_factors(detections: pd.DataFrame) -> pd.DataFrame:
    """What makes a face's quality besides the detector's score.

    Args:
        detections: rows of the DETECTIONS table.

    Returns:
        Columns ``large``, ``sharp`` and ``frontal``, each from 0 to 1; the index of detections.
    """
    return pd.DataFrame(
        {
            "large": np.clip(detections["size_px"] / _LARGE_PX, 0, 1),
            "sharp": np.clip(detections["blur"] / SHARP, 0, 1),
            "frontal": 1 / (1 + (misfit(detections) / _TURNED) ** 2),
        }
    )


def misfit(detections: pd.DataFrame) -> np.ndarray:
    """How badly each face's landmarks fit a frontal face, float [n]; see template_misfit."""
    return template_misfit(detections[list(LANDMARK_COLUMNS)].to_numpy().reshape(-1, 5, 2))


def judge_tracks(tracks: pd.DataFrame, detections: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    """Which tracks show a face well enough to say who it is, and which show no face at all.

    Args:
        tracks: the TRACKS table.
        detections: the DETECTIONS table, row i being detection i.

    Returns:
        bool [t] and bool [t], in order of track number: its faces score 0.65 or more on average
        and the best is of quality 0.02 or more; they score less than 0.55 on average.
    """
    faces = tracks[~tracks["interpolated"]]
    found = detections.iloc[faces["detection"]]
    table = pd.DataFrame({"track": faces["track"].to_numpy()})
    table["quality"], table["score"] = quality(found), found["score"].to_numpy()
    best = table.groupby("track").agg(quality=("quality", "max"), score=("score", "mean"))
    usable = (best["quality"] >= _USABLE) & (best["score"] >= _SURE_FACE)
    return usable.to_numpy(), (best["score"] < _NO_FACE).to_numpy()


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


def best_faces(faces: pd.DataFrame) -> pd.DataFrame:
    """The face of each track that shows most, in order of track number.

    Args:
        faces: detected faces: track, detection and quality, and what else is to be kept.
    """
    ranked = faces.sort_values(["quality", "detection"], ascending=[False, True])
    return ranked.drop_duplicates("track").sort_values("track")
