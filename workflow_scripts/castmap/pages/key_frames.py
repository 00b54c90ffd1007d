"""A small picture of each shot of a film."""

from collections.abc import Mapping
from pathlib import Path

import pandas as pd

from castmap.faces.redaction import redact_frame
from castmap.faces.sprites import Sprite, make_sprite
from castmap.video.decoding import frames_at, open_film

_KEY_FRAME_PX = (160, 90)
_WIDEST = 8  # times its height


def key_frames(shots: pd.DataFrame) -> list[int]:
    """The frame in the middle of each shot, in order of the shots."""
    return ((shots["start_frame"] + shots["end_frame"]) // 2).tolist()


def key_frame_size(display: tuple[int, int], height: int) -> tuple[int, int]:
    """Width and height of key frames: this high, or of a very wide film less.

    Args:
        display: width and height of the film's frames.
        height: pixels.
    """
    scale = min(height / display[1], _WIDEST * height / display[0])
    return max(1, round(display[0] * scale)), max(1, round(display[1] * scale))


def shot_sprite(film: Path, info: Mapping, shots: pd.DataFrame, way: str) -> Sprite | None:
    """A frame of each shot as one picture; None for none.

    Args:
        film: the video file.
        info: movie.json.
        shots: the SHOTS table.
        way: one of faces.redaction.WAYS.
    """
    display = (info["width"], info["height"])
    size = key_frame_size(display, 2 * _KEY_FRAME_PX[1])
    with open_film(film) as container:
        found = frames_at(
            container, info["video_stream"], key_frames(shots), display=display, size=size
        )
        pictures = [redact_frame(frame, way) for _, frame in found]
    return make_sprite(pictures, *_KEY_FRAME_PX)
