"""Cuts and dissolves, by a network (TransNetV2)."""

import pandas as pd

from castmap.shots.footage import Footage
from castmap.shots.transnetv2 import (
    FRAME_SIZE,
    find_transnetv2_boundaries,
    import_weights,  # noqa: F401 (of every member with weights)
    load_network,
)

MEMBER = {
    "order": 1,
    "gpu": True,
    "threads": True,
    "weights": {
        "original": "transnetv2.pth",
        "imported_sha256": "38c78bf000cee4c6dddae22d37151d9ae463e6aa87441aff80f03e94212a6553",
    },
}


def find_boundaries(film: Footage, threshold: float) -> pd.DataFrame:
    """Find cuts and gradual transitions; see ``shots.detectors``."""
    assert film.weights is not None  # MEMBER names them
    network = load_network(film.weights, film.device)
    frames = film.decode(FRAME_SIZE)
    return find_transnetv2_boundaries(network, frames, threshold, film.progress)
