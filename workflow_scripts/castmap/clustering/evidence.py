"""The two histograms that the stop distance stands between."""

import numpy as np

_EDGES = np.round(np.arange(0, 1.55, 0.05), 2)


def histograms(looks: np.ndarray, strangers: np.ndarray) -> dict:
    """How far apart the looks of one track are, and two tracks seen at once.

    Args:
        looks: float [k, v, d], unit rows: the mean of each tracklet of k tracks.
        strangers: float [p, 2, d], unit rows: the tracks of each pair of strangers.

    Returns:
        JSON values: edges (of the bins, cosine distance; the last bin holds what is beyond),
        same (counts of pairs of looks of one track), different (counts of pairs of strangers).
    """
    one, other = np.triu_indices(looks.shape[1], 1)
    same = 1 - np.einsum("kpd,kpd->kp", looks[:, one], looks[:, other]).ravel()
    different = 1 - np.einsum("pd,pd->p", strangers[:, 0], strangers[:, 1])
    return {
        "edges": _EDGES.tolist(),
        "same": _counts(same),
        "different": _counts(different),
    }


def _counts(distances: np.ndarray) -> list[int]:
    inside = np.clip(distances, _EDGES[0], _EDGES[-1])
    return np.histogram(inside, _EDGES)[0].tolist()
