"""When each frame of a film is shown, from timestamps that may be missing, wrong, or start anew.

Concatenated recordings and captured television have several clocks in one file. Where the clock
jumps, time continues by the usual spacing of frames, as FFmpeg does when it copies a film. What
counts as a jump follows FFmpeg, too: any step back; a leap ahead only in formats known for it (MPEG
transport and program streams), since in others a frame may well stand for minutes.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise

import numpy as np

# FFmpeg's dts_delta_threshold, for formats whose clock may be discontinuous, and its
# dts_error_threshold, for the others.
MAX_LEAP_S, MAX_STILL_S = 10.0, 30 * 3600.0

# What an explanation of the timestamps costs, in disbelieved timestamps: a jump of the clock, and
# frames left out that would lie closer together than those around them.
_JUMP_COST, _SQUEEZE_COST = 3, 3
_SQUEEZED = 0.8
# A clock that jumps as often as this is not many clocks but a bad one, and bridging its jumps would
# make the film longer: then a jump costs more.
_OFTEN, _OFTEN_SHARE = 10, 0.02
_JUMP_COST_OF_BAD_CLOCK = 12
_LOOK_BACK = 50
_RATE_WINDOW = 8


@dataclass(frozen=True)
class FilmClock:
    """When frames are shown.

    Attributes:
        times_s: float64 (n,), strictly increasing and not negative.
        interpolated: bool (n,), true where the file gives no time that can be believed.
        jumps: of each jump of the file's clock the first frame after it, and what the clock says
            at the last frame before and at this one that are believed, in s.
        zero_s: what the file's clock says at time 0, in s.
    """

    times_s: np.ndarray
    interpolated: np.ndarray
    jumps: tuple[tuple[int, float, float], ...]
    zero_s: float


@dataclass(frozen=True)
class Belief:
    """Which timestamps are believed.

    Attributes:
        frames: frames whose timestamps are believed, int (k,), in order.
        jumps: bool (k,), true where the clock jumped since the believed frame before.
        score: how many are believed, less what jumps and squeezed frames cost.
    """

    frames: np.ndarray
    jumps: np.ndarray
    score: int


def better_timestamps(pts: Sequence[int | None], dts: Sequence[int | None]) -> Sequence[int | None]:
    """The presentation timestamps, or the decoding ones where those make more sense.

    Formats that store no presentation timestamps, AVI above all, get wrong ones made up for them;
    FFmpeg's own best-effort timestamps choose in the same way.
    """
    unlimited = float("inf")
    return pts if believe(pts, unlimited).score >= believe(dts, unlimited).score else dts


def read_clock(
    stamps: Sequence[int | None],
    time_base: Fraction,
    start_s: float,
    frame_s: float,
    *,
    may_leap: bool,
) -> FilmClock:
    """When each frame is shown.

    Timestamps are believed in the explanation that disbelieves fewest of them, a jump of the clock
    counting as several; so a single wild value spoils only its own frame, and the frames between
    two jumps keep the distances that the file gives them. Frames that are not believed are spread
    evenly between their believed neighbours, and before the first, after the last and at a jump by
    the usual distance.

    Args:
        stamps: the timestamp of each frame, in units of ``time_base``; None where there is none.
        time_base: seconds per unit.
        start_s: the container's start, which becomes time 0 unless a frame is shown before it:
            then that frame's time does.
        frame_s: the distance of two frames, for when no two neighbours are believed.
        may_leap: the format's clock may leap ahead, so that a frame that stands for more than 10 s
            longer than usual is a jump of the clock.
    """
    n = len(stamps)
    max_leap = (MAX_LEAP_S if may_leap else MAX_STILL_S) / float(time_base)
    belief = believe(stamps, max_leap)
    interpolated = np.ones(n, bool)
    interpolated[belief.frames] = False
    if belief.frames.size == 0:
        return FilmClock(np.arange(n) * frame_s, interpolated, (), 0.0)
    clock_s = np.array([float(stamps[i] * time_base) for i in belief.frames])
    jumps = belief.jumps | _taken_back(belief, clock_s)
    seconds, steps = _bridge(belief.frames, clock_s, jumps, frame_s)
    times = _fill(n, belief.frames, seconds, steps)
    zero_s = min(start_s, float(times[0]))
    at = np.flatnonzero(jumps)
    jumped = zip(belief.frames[at].tolist(), clock_s[at - 1], clock_s[at], strict=True)
    listed = tuple((frame, float(before), float(after)) for frame, before, after in jumped)
    return FilmClock(times - zero_s, interpolated, listed, zero_s)


def believe(stamps: Sequence[int | None], max_leap: float) -> Belief:
    """Choose the timestamps that are believed, and say where the clock jumps.

    Args:
        stamps: the timestamp of each frame; None where there is none.
        max_leap: how much further than usual the clock may go on; further is a jump.
    """
    known = np.array([i for i, stamp in enumerate(stamps) if stamp is not None], dtype=np.int64)
    values = np.array([stamps[i] for i in known], dtype=float)
    usual = usual_step(known, values)
    ahead = np.diff(values)
    if (ahead > 0).all() and (ahead <= max_leap + np.diff(known) * usual).all():
        return Belief(known, np.zeros(known.size, bool), known.size)
    given = known.tolist(), values.tolist(), max_leap, usual
    belief = _search(*given, _JUMP_COST, _SQUEEZE_COST)
    if belief.jumps.sum() > max(_OFTEN, _OFTEN_SHARE * known.size):
        return _search(*given, _JUMP_COST_OF_BAD_CLOCK, 0)
    return belief


def usual_step(frames: np.ndarray, values: np.ndarray) -> float:
    """The usual distance of two frames in units of the clock; 0 if there are no two.

    It is taken over several frames at once where there are enough, as neighbours may share a
    timestamp or come in the wrong order.
    """
    window = _RATE_WINDOW if len(values) > 2 * _RATE_WINDOW else 1
    steps = (values[window:] - values[:-window]) / (frames[window:] - frames[:-window])
    steps = steps[steps > 0]
    return float(np.median(steps)) if steps.size else 0.0


def _search(
    known: list[int],
    values: list[float],
    max_leap: float,
    usual: float,
    jump_cost: int,
    squeeze_cost: int,
) -> Belief:
    """The best explanation, by dynamic programming over the last frame that is believed.

    An explanation that ends more than a jump below the best is never worth going on with, so few
    are kept; of those of one score only the latest are looked at, for speed.
    """
    previous, jumped = [-1] * len(known), [False] * len(known)
    ends: defaultdict[int, list[int]] = defaultdict(list)  # by score
    best, best_end = 0, -1
    for i, value in enumerate(values):
        score = 1
        if best + 1 - jump_cost >= score:
            score, previous[i], jumped[i] = best + 1 - jump_cost, best_end, True
        for level in range(best, best - jump_cost - 1, -1):
            if level + 1 < score:
                break
            for j in reversed(ends.get(level, [])[-_LOOK_BACK:]):
                frames = known[i] - known[j]
                if not 0 < value - values[j] <= max_leap + frames * usual:
                    continue
                squeezed = squeeze_cost * _is_squeezed(known, values, j, i, usual)
                if level + 1 - squeezed + (jumped[i] and j == i - 1) > score:
                    score, previous[i], jumped[i] = level + 1 - squeezed, j, False
                if not squeezed:
                    break
        ends[score].append(i)
        if score > best:
            best, best_end = score, i
            ends.pop(best - jump_cost - 1, None)
    chain = []
    while best_end >= 0:
        chain.append(best_end)
        best_end = previous[best_end]
    chain.reverse()
    return Belief(np.array(known)[chain], np.array(jumped)[chain], best)


def _is_squeezed(known: list[int], values: list[float], j: int, i: int, usual: float) -> bool:
    """Whether frames left out between two would lie closer together than those around them."""
    if i == j + 1:
        return False
    around = [
        (values[b] - values[a]) / (known[b] - known[a])
        for a, b in ((j - 1, j), (i, i + 1))
        if a >= 0 and b < len(values) and values[b] > values[a]
    ]
    # Where frames share timestamps, one of the two is none, and the other is too long.
    least = min(around) if len(around) == 2 else min([usual, *around])
    return (values[i] - values[j]) / (known[i] - known[j]) < _SQUEEZED * least


def _taken_back(belief: Belief, clock_s: np.ndarray) -> np.ndarray:
    """Leaps that the clock takes back later, bool (k,): they were jumps, and no long frames."""
    steps, frames = np.diff(clock_s), np.diff(belief.frames)
    usual_s = usual_step(belief.frames, clock_s)
    leaps = 1 + np.flatnonzero(~belief.jumps[1:] & (steps > MAX_LEAP_S + frames * usual_s))
    found = np.zeros(clock_s.size, bool)
    begin = 0
    for end in np.flatnonzero(belief.jumps).tolist():
        own = leaps[(leaps > begin) & (leaps < end)]
        around = own[(clock_s[own - 1] < clock_s[end]) & (clock_s[end] < clock_s[own])]
        found[around[-1:]] = True
        begin = end
    return found


def _bridge(
    frames: np.ndarray, clock_s: np.ndarray, jumps: np.ndarray, frame_s: float
) -> tuple[np.ndarray, np.ndarray]:
    """Times of believed frames on one clock, float (k,), and the usual distance at each."""
    goes_on, steps_s = ~jumps[1:], np.diff(clock_s) / np.diff(frames)
    default = _median(steps_s[goes_on], frame_s)
    seconds, steps = clock_s.copy(), np.full(clock_s.size, default)
    starts = [0, *np.flatnonzero(jumps).tolist(), clock_s.size]
    for begin, end in pairwise(starts):
        own = slice(begin, end)
        steps[own] = _median(steps_s[begin : end - 1], default)
        if begin:
            start_s = seconds[begin - 1] + (frames[begin] - frames[begin - 1]) * steps[begin - 1]
            seconds[own] += start_s - clock_s[begin]
    return seconds, steps


def _median(steps: np.ndarray, default: float) -> float:
    return float(np.median(steps)) if steps.size else default


def _fill(n: int, frames: np.ndarray, seconds: np.ndarray, steps: np.ndarray) -> np.ndarray:
    """Times of all frames from those of some."""
    index = np.arange(n)
    times = np.interp(index, frames, seconds)
    before, after = index < frames[0], index > frames[-1]
    times[before] = seconds[0] - (frames[0] - index[before]) * steps[0]
    times[after] = seconds[-1] + (index[after] - frames[-1]) * steps[-1]
    return times
