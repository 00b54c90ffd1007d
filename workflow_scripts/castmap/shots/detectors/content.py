"""Cuts only, fast (PySceneDetect).

PySceneDetect's ContentDetector cuts where the content value is high.
"""

import pandas as pd
from scenedetect import ContentDetector

from castmap.shots.footage import Footage
from castmap.shots.pyscenedetect import find_cuts, frame_size, value_at

MEMBER = {"order": 3}
LEVELS = 27.0
"""The customary threshold."""


def find_boundaries(film: Footage, threshold: float) -> pd.DataFrame:
    """Find cuts; see ``shots.detectors``."""
    value = value_at(threshold, LEVELS)
    detector = ContentDetector(threshold=value, min_scene_len=0)
    frames = film.decode(frame_size(film.width, film.height))
    return find_cuts(detector, frames, ContentDetector.FRAME_SCORE_KEY, LEVELS)
