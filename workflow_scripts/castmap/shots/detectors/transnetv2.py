"""Cuts and gradual transitions such as dissolves (TransNetV2, a network)."""

import pandas as pd

from castmap.shots.footage import Footage
from castmap.shots.transnetv2 import FRAME_SIZE, find_transnetv2_boundaries, load_network

MEMBER = {"order": 1, "weights": "transnetv2", "gpu": True}


def find_boundaries(film: Footage, threshold: float) -> pd.DataFrame:
    """Find cuts and gradual transitions; see ``shots.detectors``."""
    network = load_network(film.weights, film.device)
    frames = film.decode(FRAME_SIZE)
    return find_transnetv2_boundaries(network, frames, threshold, film.progress)
