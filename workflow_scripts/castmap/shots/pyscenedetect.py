"""PySceneDetect's detectors of cuts, run on frames that castmap decodes.

They compare neighbouring frames: the mean absolute change of hue, saturation and brightness (8-bit
levels) is the content value. (Castellano, PySceneDetect, BSD-3; www.scenedetect.com.)

A value v is scored as v / (v + d), where d is the detector's customary threshold. So a threshold of
0.5 is each detector's own default.
"""

from collections.abc import Iterable

import numpy as np
import pandas as pd
from scenedetect import ContentDetector, FrameTimecode, StatsManager

from castmap.shots.boundaries import boundaries_table

_WIDTH = 256
# Frames are numbered, not timed: shots get their times from the table of frames.
_ANY_RATE = 25.0


def frame_size(width: int, height: int) -> tuple[int, int]:
    """Width and height, in px, to which PySceneDetect shrinks frames of this size by default."""
    if width <= _WIDTH:
        return width, height
    return _WIDTH, max(round(height * _WIDTH / width), 1)


def value_at(score: float, default: float) -> float:
    """The value that has a score.

    Args:
        score: above 0, below 1.
        default: the detector's customary threshold.
    """
    return default * score / (1.0 - score)


def find_cuts(
    detector: ContentDetector, frames: Iterable[np.ndarray], metric: str, default: float
) -> pd.DataFrame:
    """Run a detector of PySceneDetect's over a film.

    Args:
        detector: of cuts; it derives from ContentDetector.
        frames: the film's frames in order, uint8 (height, width, 3), RGB, of one size.
        metric: what the detector calls the value that it compares with its threshold.
        default: its customary threshold.

    Returns:
        Boundaries, all of them cuts; see ``shots.boundaries``.
    """
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
