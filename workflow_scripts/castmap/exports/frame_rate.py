"""Frames and time codes as editing programs count them: at one constant rate, or not at all."""

from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from opentimelineio.opentime import RationalTime, from_timecode

# The rates that SMPTE time codes are counted at, in frames/s.
RATES = (
    Fraction(24000, 1001),
    Fraction(24),
    Fraction(25),
    Fraction(30000, 1001),
    Fraction(30),
    Fraction(48000, 1001),
    Fraction(48),
    Fraction(50),
    Fraction(60000, 1001),
    Fraction(60),
)
# Half a frame at 60 frames/s is 8 ms. The coarsest clock in use, QuickTime's, has 600 ticks/s;
# Matroska's has 1000. The distance of two times that were rounded to a tick is off by a tick.
_TICK_S = 1 / 600
_SLACK_S = 1e-6


@dataclass(frozen=True)
class FrameRate:
    """What a frame's number says of when it is shown.

    Attributes:
        rate: frames/s, exact: 29.97 is 30000/1001.
        start_s: when frame 0 is shown.
    """

    rate: Fraction
    start_s: float

    @property
    def name(self) -> str:
        """The rate as people write it: 23.976, 25."""
        return f"{float(self.rate):.3f}".rstrip("0").rstrip(".")

    @property
    def nominal(self) -> int:
        """How many frames a second of time code has: 30 at 29.97 frames/s."""
        return round(self.rate)

    @property
    def is_ntsc(self) -> bool:
        """Whether it is slower than its time code by 1000/1001."""
        return self.rate != self.nominal

    @property
    def drops_frames(self) -> bool:
        """Whether its time code leaves out numbers to keep up with the clock: 29.97 and 59.94."""
        return self.is_ntsc and self.nominal % 30 == 0

    def frame(self, time_s: float) -> int:
        """The 0-based frame that is first shown nearest to a time."""
        return round((time_s - self.start_s) * self.rate)

    def span(self, start_s: float, end_s: float) -> tuple[int, int]:
        """The first frame of an interval, and the first after it; it has one frame at least."""
        start = self.frame(start_s)
        return start, max(self.frame(end_s), start + 1)

    def time(self, frame: int) -> RationalTime:
        """A frame as OpenTimelineIO counts it."""
        return RationalTime(frame, float(self.rate))

    def timecode(self, frame: int, hour: int = 0) -> str:
        """The SMPTE time code of a frame; drop-frame (``;``) at 29.97 and 59.94 frames/s.

        Args:
            frame: 0-based.
            hour: at which frame 0 is.
        """
        start = f"{hour:02d}:00:00{';' if self.drops_frames else ':'}00"
        return (self.time(frame) + from_timecode(start, float(self.rate))).to_timecode()


# How OpenTimelineIO counts where frames have no common length.
MILLISECONDS = FrameRate(Fraction(1000), 0.0)


def find_rate(times_s: np.ndarray) -> FrameRate | None:
    """The constant rate at which frames are shown.

    It is constant if every frame is shown when that rate says, but for the rounding of the file's
    clock. Of several rates that fit, as they may in a clip of a second, it is the one that fits
    best.

    Args:
        times_s: when each frame is shown, s, float (n,), increasing.

    Returns:
        The rate; None if no rate of RATES fits, or there are fewer than two frames.
    """
    if len(times_s) < 2:
        return None
    elapsed_s, numbers = times_s - times_s[0], np.arange(len(times_s))
    off_s = {rate: float(np.abs(elapsed_s - numbers / float(rate)).max()) for rate in RATES}
    best = min(RATES, key=lambda rate: off_s[rate])
    return FrameRate(best, float(times_s[0])) if off_s[best] <= _TICK_S + _SLACK_S else None
