"""PySceneDetect's detectors of cuts, fed with frames that we decode.

Both compare neighbouring frames: the mean absolute change of hue, saturation and brightness (8-bit
levels) is the content value. ``content`` cuts where the value is high, ``adaptive`` where it is
high against the mean of the two frames before and after, which forgives camera motion. Neither
sees dissolves. (Castellano, PySceneDetect, BSD-3; www.scenedetect.com.)

A value v is scored as v / (v + d), d being the detector's customary threshold: 27 for ``content``,
a ratio of 3 for ``adaptive``. So a threshold of 0.5 is each detector's own default.
"""

from collections.abc import Iterable

import numpy as np
import pandas as pd
from scenedetect import AdaptiveDetector, ContentDetector, FrameTimecode, StatsManager

from castmap.shots.boundaries import boundaries_table

CONTENT_DEFAULT = 27.0
ADAPTIVE_DEFAULT = 3.0
_WIDTH = 256
# Frames are numbered, not timed: shots get their times from the table of frames.
_ANY_RATE = 25.0


def frame_size(width: int, height: int) -> tuple[int, int]:
    """Width and height, in px, to which PySceneDetect shrinks frames of this size by default."""
    if width <= _WIDTH:
        return width, height
    return _WIDTH, max(round(height * _WIDTH / width), 1)


def find_content_boundaries(frames: Iterable[np.ndarray], threshold: float) -> pd.DataFrame:
    """Find cuts with PySceneDetect's ContentDetector.

    Args:
        frames: the film's frames in order, uint8 (height, width, 3), RGB, of one size.
        threshold: of the score, above 0 and below 1.

    Returns:
        Boundaries, all of them cuts; see ``shots.boundaries``.
    """
    value = _value(threshold, CONTENT_DEFAULT)
    detector = ContentDetector(threshold=value, min_scene_len=0)
    return _detect(detector, frames, ContentDetector.FRAME_SCORE_KEY, CONTENT_DEFAULT)


def find_adaptive_boundaries(frames: Iterable[np.ndarray], threshold: float) -> pd.DataFrame:
    """Find cuts with PySceneDetect's AdaptiveDetector; arguments as in find_content_boundaries.

    It never cuts at the first two frames or the last two, for lack of neighbours.
    """
    value = _value(threshold, ADAPTIVE_DEFAULT)
    detector = AdaptiveDetector(adaptive_threshold=value, min_scene_len=0)
    return _detect(detector, frames, detector.get_metrics()[-1], ADAPTIVE_DEFAULT)


def _value(score: float, default: float) -> float:
    return default * score / (1.0 - score)


def _detect(
    detector: ContentDetector, frames: Iterable[np.ndarray], metric: str, default: float
) -> pd.DataFrame:
    detector.stats_manager = StatsManager()
    cuts: list[int] = []
    for number, frame in enumerate(frames):
        bgr = np.ascontiguousarray(frame[..., ::-1])
        found = detector.process_frame(FrameTimecode(number, _ANY_RATE), bgr)
        cuts += [cut.frame_num for cut in found]
    values = [detector.stats_manager.get_metrics(cut, [metric])[0] for cut in cuts]
    return boundaries_table(
        (cut, "cut", cut, cut, value / (value + default))
        for cut, value in zip(cuts, values, strict=True)
    )
