"""Cuts only, fast; forgives camera motion (PySceneDetect).

PySceneDetect's AdaptiveDetector cuts where the content value is high against the mean of the two
frames before and after. It never cuts at the first two frames or the last two, for lack of
neighbours.
"""

import pandas as pd
from scenedetect import AdaptiveDetector

from castmap.shots.footage import Footage
from castmap.shots.pyscenedetect import find_cuts, frame_size, value_at

MEMBER = {"order": 2}
RATIO = 3.0
"""The customary threshold."""


def find_boundaries(film: Footage, threshold: float) -> pd.DataFrame:
    """Find cuts; see ``shots.detectors``."""
    value = value_at(threshold, RATIO)
    detector = AdaptiveDetector(adaptive_threshold=value, min_scene_len=0)
    frames = film.decode(frame_size(film.width, film.height))
    return find_cuts(detector, frames, detector.get_metrics()[-1], RATIO)
