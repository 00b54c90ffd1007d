"""Items cut into bins by a covariate, such as the size of a face."""

import numpy as np


def cut_evenly(values: np.ndarray, n_bins: int = 3) -> tuple[np.ndarray, np.ndarray]:
    """Cut values into bins of equally many, except that equal values are never parted.

    Args:
        values: float [n], finite, at least one.
        n_bins: how many bins.

    Returns:
        Edges, float [n_bins + 1]: a bin is from its low to below its high, the last one's high is
        the largest value; and the bin of each value, int [n].
    """
    edges = np.quantile(values, np.linspace(0, 1, n_bins + 1))
    return edges, np.digitize(values, edges[1:-1])
