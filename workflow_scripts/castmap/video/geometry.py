"""How a decoded frame is shown: turned, mirrored, with pixels that need not be square.

A film's **display** is one frame size, upright and with square pixels; all coordinates refer to it.
Nearly always all frames have that size. Where a film changes its size, pixel shape or orientation
on the way, each frame is fitted into the display as in a player's window: as large as it fits,
centred, its aspect ratio kept.
"""

from collections.abc import Iterable, Iterator
from fractions import Fraction
from typing import NamedTuple

import av
import cv2
import numpy as np
from av.sidedata.sidedata import Type

_CLOCKWISE = {
    90: cv2.ROTATE_90_CLOCKWISE,
    180: cv2.ROTATE_180,
    270: cv2.ROTATE_90_COUNTERCLOCKWISE,
}
# Where square pixels would make a picture longer than this and longer than it is stored, they are
# larger ones: files with a nonsensical pixel shape exist.
_LONGEST_STRETCHED_PX = 8192


def _unknown_type(cls: type[Type], value: int) -> Type:
    """A kind of side data that PyAV has no name for; it would refuse the frame's other data too."""
    member = object.__new__(cls)
    member._name_ = f"UNKNOWN_{value}"
    member._value_ = value  # type: ignore[assignment]  # stubs take it for a member
    return member


Type._missing_ = classmethod(_unknown_type)  # type: ignore[method-assign, assignment]


class Orientation(NamedTuple):
    """What makes a stored frame upright.

    Attributes:
        rotation_deg: a clockwise turn, 0, 90, 180 or 270;
        mirrored: whether left and right are swapped after it.
    """

    rotation_deg: int
    mirrored: bool

    def turn(self, picture: np.ndarray) -> np.ndarray:
        """Make a picture [height, width, 3] upright; the result is C-contiguous."""
        if self.rotation_deg:
            picture = cv2.rotate(picture, _CLOCKWISE[self.rotation_deg])
        if self.mirrored:
            picture = cv2.flip(picture, 1)
        return np.ascontiguousarray(picture)  # the decoder pads its rows

    def swap_sides(self, width: int, height: int) -> tuple[int, int]:
        """Width and height after the turn, or before it."""
        return (height, width) if self.rotation_deg % 180 else (width, height)


_UPRIGHT = Orientation(0, False)


class Geometry(NamedTuple):
    """How the stored pixels of a frame become a picture.

    Attributes:
        width: stored pixels, before the turn.
        height: the same.
        orientation: what makes it upright.
        pixel_aspect: width of a stored pixel by its height, before the turn.
    """

    width: int
    height: int
    orientation: Orientation
    pixel_aspect: Fraction

    @property
    def upright_size(self) -> tuple[int, int]:
        """Width and height of the upright frame, pixels as they are stored."""
        return self.orientation.swap_sides(self.width, self.height)

    @property
    def upright_pixel_aspect(self) -> Fraction:
        """Width of a pixel of the upright frame by its height."""
        turned = self.orientation.rotation_deg % 180
        return 1 / self.pixel_aspect if turned else self.pixel_aspect

    @property
    def square_size(self) -> tuple[int, int]:
        """Width and height of the upright frame in square pixels: its short side is stretched."""
        width, height = self.upright_size
        aspect = self.upright_pixel_aspect
        wide, high = Fraction(width), Fraction(height)
        wide, high = (wide * aspect, high) if aspect > 1 else (wide, high / aspect)
        longest = Fraction(max(width, height, _LONGEST_STRETCHED_PX))
        shrink = min(Fraction(1), longest / max(wide, high))
        return max(1, round(wide * shrink)), max(1, round(high * shrink))


class Placement(NamedTuple):
    """Where a picture lies in the display: a point is ``scale * point + (left, top)``.

    Attributes:
        scale: pixels of the display for one of the picture.
        left: of the picture's left edge, pixels of the display.
        top: of its top edge.
    """

    scale: float
    left: float
    top: float

    def move(self, points: np.ndarray) -> np.ndarray:
        """Points [..., 2] of the picture, in the display; the same dtype."""
        return points * points.dtype.type(self.scale) + np.array(self[1:], points.dtype)


def place(size: tuple[int, int], display: tuple[int, int]) -> Placement:
    """Where a picture of square pixels lies in the display: fitted, in the middle.

    Args:
        size: width and height of the picture.
        display: width and height of the display.
    """
    scale = min(display[0] / size[0], display[1] / size[1])
    return Placement(scale, (display[0] - scale * size[0]) / 2, (display[1] - scale * size[1]) / 2)


def read_orientation(matrix: np.ndarray) -> Orientation:
    """The nearest of the eight orientations to a display matrix.

    Args:
        matrix: int32 [3, 3] as FFmpeg keeps it: a pixel at x, y is shown at ``[x, y, 1] @ matrix``,
            up to scale and shift.
    """
    (xx, xy), (yx, yy) = matrix[:2, :2].tolist()
    if abs(xx) + abs(yy) >= abs(xy) + abs(yx):
        mirrored, upside_down = xx < 0, yy < 0
        return Orientation(180 if upside_down else 0, mirrored != upside_down)
    # x and y change places, which is a clockwise quarter turn and a mirror.
    mirrored, upside_down = yx < 0, xy < 0
    return Orientation(270 if upside_down else 90, mirrored == upside_down)


def add_geometry(
    stream: av.VideoStream, frames: Iterable[av.VideoFrame]
) -> Iterator[tuple[av.VideoFrame, Geometry]]:
    """Tell of each frame how it is shown.

    The shape of a pixel is the container's, as in FFmpeg; where the container says nothing else
    than the film does at its start, it is the film's own, which may change.

    Args:
        stream: the stream that ``frames`` are being decoded from.
        frames: from decoding.decode_raw, not read ahead.
    """
    header = stream.sample_aspect_ratio
    first = own = None
    orientation = _UPRIGHT
    for number, frame in enumerate(frames):
        if number == 0 or frame.key_frame:
            # The decoder tells of a new shape some frames early; it begins with a key frame.
            own = stream.codec_context.sample_aspect_ratio
            # H.264 and HEVC tell the orientation with key frames only.
            orientation = _UPRIGHT
        first = own if number == 0 else first
        aspect = own if header in (None, first) else header
        # Stubs know names as keys only.
        matrix = frame.side_data.get(Type.DISPLAYMATRIX)  # type: ignore[call-overload]
        if matrix is not None:
            orientation = read_orientation(np.frombuffer(matrix, np.int32).reshape(3, 3))
        yield frame, Geometry(frame.width, frame.height, orientation, aspect or Fraction(1))
