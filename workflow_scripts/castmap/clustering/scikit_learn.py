"""Estimators of scikit-learn on films of any number of tracks."""

from typing import Protocol

import numpy as np


class _Estimator(Protocol):
    def fit_predict(self, rows: np.ndarray) -> np.ndarray:
        """Labels of the rows."""


def fit_predict(estimator: _Estimator, rows: np.ndarray) -> np.ndarray:
    """The labels of rows, int [n]; fewer than two, which scikit-learn refuses, each have their own.

    Args:
        estimator: a clusterer of scikit-learn.
        rows: float [n, d] vectors, or what else the estimator takes per item.
    """
    return estimator.fit_predict(rows) if len(rows) > 1 else np.arange(len(rows))
