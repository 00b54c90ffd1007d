"""The two histograms that the stop distance stands between."""

import numpy as np

_EDGES = np.round(np.arange(0, 1.55, 0.05), 2)


def histograms(tracklets: np.ndarray, cannot_linked: np.ndarray) -> dict:
    """How far apart the tracklets of one track are, and the tracks of a cannot-link.

    Args:
        tracklets: float [k, v, d], unit rows: the mean of each tracklet of k tracks.
        cannot_linked: float [p, 2, d], unit rows: the two tracks of each cannot-link.

    Returns:
        JSON values: edges (of the bins, cosine distance; the last bin holds what is beyond),
        same (counts of pairs of tracklets of one track), different (counts of cannot-links).
    """
    one, other = np.triu_indices(tracklets.shape[1], 1)
    same = 1 - np.einsum("kpd,kpd->kp", tracklets[:, one], tracklets[:, other]).ravel()
    different = 1 - np.einsum("pd,pd->p", cannot_linked[:, 0], cannot_linked[:, 1])
    return {
        "edges": _EDGES.tolist(),
        "same": _counts(same),
        "different": _counts(different),
    }


def _counts(distances: np.ndarray) -> list[int]:
    inside = np.clip(distances, _EDGES[0], _EDGES[-1])
    return np.histogram(inside, _EDGES)[0].tolist()
