"""A small picture of each shot of a film."""

from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np
import pandas as pd

from castmap.console import progress
from castmap.video.decoding import frames_at, open_film

_HEIGHT_PX = 180
_WIDEST = 8  # times its height


def middle_frames(shots: pd.DataFrame) -> list[int]:
    """The frame in the middle of each shot, in order of the shots."""
    return ((shots["start_frame"] + shots["end_frame"]) // 2).tolist()


def key_frame_size(display: tuple[int, int], height: int = _HEIGHT_PX) -> tuple[int, int]:
    """Width and height of key frames: this high, or of a very wide film less.

    Args:
        display: width and height of the film's frames.
        height: pixels.
    """
    scale = min(height / display[1], _WIDEST * height / display[0])
    return max(1, round(display[0] * scale)), max(1, round(display[1] * scale))


def draw_pictures(film: Path, info: Mapping, shots: pd.DataFrame) -> Iterator[np.ndarray]:
    """The frame in the middle of each shot, in order, uint8 [h, w, 3], RGB, 180 pixels high.

    Args:
        film: the video file; it is decoded up to the last of them.
        info: movie.json.
        shots: the SHOTS table.
    """
    display = (info["width"], info["height"])
    with open_film(film) as container:
        found = frames_at(
            container,
            info["video_stream"],
            middle_frames(shots),
            display=display,
            size=key_frame_size(display),
        )
        what = f"{info['movie']}: drawing key frames"
        for _, picture in progress(found, len(shots), "shots", what):
            yield picture
