"""What a film is, and when each of its frames is shown."""

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from fractions import Fraction

import av
import numpy as np
import pandas as pd
from av.container import InputContainer
from av.stream import Disposition

from workflow_scripts.formats.tables import FRAMES
from workflow_scripts.video.decoding import upright_size

_PICTURES = Disposition.attached_pic | Disposition.timed_thumbnails | Disposition.still_image
_MIN_FRAMES = 2
_FALLBACK_RATE = Fraction(25)
_TIME_BASE = Fraction(1, av.time_base)


class NotAFilmError(ValueError):
    """The file holds no film; the message continues a sentence that began with its name."""


def choose_stream(container: InputContainer) -> av.VideoStream:
    """The stream that is the film.

    Cover art, thumbnails and streams of an unknown codec are left out. Of the others it is the one
    with the most pixels per frame; then the longest; then the first.

    Raises:
        NotAFilmError: there is none.
    """
    films = [
        stream
        for stream in container.streams.video
        if stream.codec_context is not None and not stream.disposition & _PICTURES
    ]
    if films:
        return max(films, key=lambda stream: (stream.width * stream.height, _seconds(stream)))
    if container.streams.video:
        raise NotAFilmError("has only cover pictures or video of an unknown codec")
    others = sorted({stream.type for stream in container.streams})
    raise NotAFilmError(f"has no video stream (only {', '.join(others) or 'an empty container'})")


def expected_frames(container: InputContainer, stream: av.VideoStream) -> int:
    """About how many frames the stream has, from its header; 0 if the header does not say."""
    if stream.frames:
        return stream.frames
    seconds = _seconds(stream) or (container.duration or 0) * _TIME_BASE
    return round(seconds * (stream.average_rate or stream.guessed_rate or 0))


def upright_rotation(counterclockwise_deg: float) -> int:
    """The clockwise rotation, 0, 90, 180 or 270, that makes frames upright.

    Args:
        counterclockwise_deg: rotation of the display matrix, as PyAV gives it; rounded to the
            nearest quarter turn.
    """
    return round(-counterclockwise_deg / 90) % 4 * 90


def better_timestamps(pts: Sequence[int | None], dts: Sequence[int | None]) -> Sequence[int | None]:
    """The presentation timestamps, or the decoding ones where more of those make sense.

    Formats that store no presentation timestamps, AVI above all, get wrong ones made up for them;
    FFmpeg's own best-effort timestamps choose in the same way.
    """
    return pts if _longest_increasing(pts).size >= _longest_increasing(dts).size else dts


def frame_times(
    pts: Sequence[int | None], time_base: Fraction, start_s: float, frame_s: float
) -> tuple[np.ndarray, np.ndarray]:
    """When each frame is shown, from presentation timestamps that may be missing or wrong.

    Timestamps are believed where they are part of the longest sequence that strictly increases;
    so a single wild value spoils only its own frame. Frames in between are spread evenly between
    their believed neighbours, and before the first and after the last by the usual distance.

    Args:
        pts: the timestamp of each frame, in units of ``time_base``; None where there is none.
        time_base: seconds per unit.
        start_s: the container's start, which becomes time 0 unless a frame is shown before it:
            then that frame's time does.
        frame_s: the distance of two frames, for when no two neighbours are believed.

    Returns:
        Times in s, float64 (n,), strictly increasing and not negative, and bool (n,): true where
        the time is interpolated.
    """
    n = len(pts)
    known = _longest_increasing(pts)
    interpolated = np.ones(n, bool)
    interpolated[known] = False
    if not n:
        return np.zeros(0), interpolated
    if known.size == 0:
        return np.arange(n) * frame_s, interpolated
    seconds = np.array([float(pts[i] * time_base) for i in known])
    steps = np.diff(seconds)[np.diff(known) == 1]
    step = float(np.median(steps)) if steps.size else frame_s
    index = np.arange(n)
    times = np.interp(index, known, seconds)
    before, after = index < known[0], index > known[-1]
    times[before] = seconds[0] - (known[0] - index[before]) * step
    times[after] = seconds[-1] + (index[after] - known[-1]) * step
    return times - min(start_s, times[0]), interpolated


def rate_varies(durations_s: np.ndarray, tick_s: float) -> bool:
    """Whether more than 1 % of frames are shown for another time than most.

    Args:
        durations_s: how long each frame is shown, in s, float (n,).
        tick_s: the resolution of the timestamps; a difference of a tick, or of a tenth of the
            usual duration, is rounding.
    """
    if durations_s.size == 0:
        return False
    usual = np.median(durations_s)
    return bool(np.mean(np.abs(durations_s - usual) > 0.1 * usual + tick_s) > 0.01)


def probe(
    container: InputContainer, stream: av.VideoStream, frames: Iterable[av.VideoFrame]
) -> tuple[dict, pd.DataFrame]:
    """Describe a film from its header and all its decoded frames.

    Args:
        container: the open film.
        stream: the stream that ``frames`` come from.
        frames: every frame of the stream, from decoding.decode_raw.

    Returns:
        The fields of movie.json that describe the picture (container to interpolated_times), and
        the table ``frames``.

    Raises:
        NotAFilmError: there are fewer than two frames.
    """
    pts: list[int | None] = []
    dts: list[int | None] = []
    first = None
    for frame in frames:
        first = first or _first_facts(frame)
        pts.append(frame.pts)
        dts.append(frame.dts)
    n = len(pts)
    if n < _MIN_FRAMES:
        raise NotAFilmError(f"has fewer than {_MIN_FRAMES} decodable frames ({n})")

    frame_s = 1 / float(stream.average_rate or stream.guessed_rate or _FALLBACK_RATE)
    stamps = better_timestamps(pts, dts)
    # Decoding timestamps are late by an unknown delay, so there the first frame is the start.
    start_s = float("inf") if stamps is dts else float((container.start_time or 0) * _TIME_BASE)
    times, interpolated = frame_times(stamps, stream.time_base, start_s, frame_s)
    shown = np.diff(times)
    # What files say about the last frame's duration is often wrong.
    durations = np.append(shown, np.median(shown))
    end_s = times[-1] + durations[-1]
    believed = ~(interpolated[1:] | interpolated[:-1])
    ratio = stream.sample_aspect_ratio or Fraction(1)
    facts = {
        **first,
        "container": container.format.name,
        "codec": stream.codec_context.name,
        "sample_aspect_ratio": list(
            upright_size(ratio.numerator, ratio.denominator, first["rotation_deg"])
        ),
        "video_stream": stream.index,
        "n_frames": n,
        "duration_s": round(float(end_s), 6),
        "mean_fps": round(float(n / (end_s - times[0])), 6),
        "variable_frame_rate": rate_varies(shown[believed], float(stream.time_base)),
        "interpolated_times": int(interpolated.sum()),
    }
    table = pd.DataFrame(
        {
            "frame": np.arange(n),
            "time_s": times,
            "duration_s": durations,
            "time_source": np.where(interpolated, "interpolated", "pts"),
        }
    )
    return facts, FRAMES.validate(table)


def _first_facts(frame: av.VideoFrame) -> dict:
    rotation = upright_rotation(frame.rotation)
    width, height = upright_size(frame.width, frame.height, rotation)
    return {"width": width, "height": height, "rotation_deg": rotation}


def _seconds(stream: av.VideoStream) -> Fraction:
    return (stream.duration or 0) * stream.time_base


def _longest_increasing(values: Sequence[int | None]) -> np.ndarray:
    """Positions of a longest strictly increasing subsequence (patience sorting), int (k,)."""
    tails: list[int] = []
    tail_positions: list[int] = []
    previous = np.full(len(values), -1)
    for position, value in enumerate(values):
        if value is None:
            continue
        length = bisect_left(tails, value)
        previous[position] = tail_positions[length - 1] if length else -1
        tails[length : length + 1] = [value]
        tail_positions[length : length + 1] = [position]
    chain = []
    position = tail_positions[-1] if tail_positions else -1
    while position >= 0:
        chain.append(position)
        position = previous[position]
    return np.array(chain[::-1], dtype=np.int64)
