"""What a film is, and when each of its frames is shown."""

import contextlib
from collections import Counter
from collections.abc import Iterable, Sequence
from fractions import Fraction
from itertools import islice
from typing import NoReturn

import av
import av.error
import numpy as np
import pandas as pd
from av.container import InputContainer
from av.format import Flags
from av.stream import Disposition

from castmap.formats.tables import FRAMES
from castmap.video.clock import FilmClock, better_timestamps, read_clock
from castmap.video.decoding import NotAFilmError
from castmap.video.geometry import Geometry, add_geometry

_PICTURES = Disposition.attached_pic | Disposition.timed_thumbnails | Disposition.still_image
_MIN_FRAMES = 2
_AS_MANY = 0.9
_COUNTED_PACKETS = 3000
_MAX_PIXELS = 2**26  # 8192 x 8192; a few such frames fill the memory of a small machine
_FALLBACK_RATE = Fraction(25)
_TIME_BASE = Fraction(1, av.time_base)


def choose_stream(container: InputContainer) -> av.VideoStream:
    """The stream that is the film: the one that players show.

    Cover art, thumbnails and streams of an unknown codec are left out, and single pictures as long
    as anything moves. Of the others it is the one that the file says to show by default; then the
    one with the most frames (a tenth fewer are as many); then with the most pixels; then the first.

    Args:
        container: an open film. Where its header does not count the frames, some of them are read,
            so decode from one that was opened anew.

    Raises:
        NotAFilmError: there is none.
    """
    films = [
        stream
        for stream in container.streams.video
        if stream.codec_context is not None and not stream.disposition & _PICTURES
    ]
    if len(films) < 2:
        return films[0] if films else _refuse(container)
    counts = _count_frames(container, films)
    films = [stream for stream in films if counts[stream.index] >= _MIN_FRAMES] or films
    films = [stream for stream in films if stream.disposition & Disposition.default] or films
    most = max(counts[stream.index] for stream in films)
    films = [stream for stream in films if counts[stream.index] >= _AS_MANY * most]
    return max(films, key=lambda stream: stream.width * stream.height)


def _refuse(container: InputContainer) -> NoReturn:
    if container.streams.video:
        raise NotAFilmError("has only cover pictures or video of an unknown codec")
    others = sorted({stream.type for stream in container.streams})
    raise NotAFilmError(f"has no video stream (only {', '.join(others) or 'an empty container'})")


def _count_frames(container: InputContainer, streams: list[av.VideoStream]) -> dict[int, int]:
    """How many frames streams have, by their headers; else how many come first in the file."""
    counts = {stream.index: stream.frames for stream in streams}
    if all(counts.values()):
        return counts
    counts = dict.fromkeys(counts, 0)
    packets = container.demux(streams)
    with contextlib.suppress(av.error.FFmpegError):
        for packet in islice(packets, _COUNTED_PACKETS):
            counts[packet.stream.index] += packet.size > 0
    return counts


def expected_frames(container: InputContainer, stream: av.VideoStream) -> int:
    """About how many frames the stream has, from its header; 0 if the header does not say."""
    if stream.frames:
        return stream.frames
    seconds = promised_duration(stream) or (container.duration or 0) * _TIME_BASE
    return round(seconds * (stream.average_rate or stream.guessed_rate or 0))


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
        The fields of movie.json that describe the picture (container to clock_jumps), and the
        table ``frames``.

    Raises:
        NotAFilmError: there are fewer than two frames.
    """
    pts, dts, runs = _read_frames(stream, frames)
    n = len(pts)
    if n < _MIN_FRAMES:
        raise NotAFilmError(f"has fewer than {_MIN_FRAMES} decodable frames ({n})")

    clock = _clock(container, stream, pts, dts)
    times, interpolated = clock.times_s, clock.interpolated
    shown = np.diff(times)
    # What files say about the last frame's duration is often wrong.
    durations = np.append(shown, np.median(shown))
    end_s = times[-1] + durations[-1]
    believed = ~(interpolated[1:] | interpolated[:-1])
    facts = {
        **_picture_facts(runs, n),
        "container": container.format.name,
        "codec": stream.codec_context.name,
        "video_stream": stream.index,
        "n_frames": n,
        "duration_s": round(float(end_s), 6),
        "mean_fps": round(float(n / (end_s - times[0])), 6),
        "variable_frame_rate": rate_varies(shown[believed], float(_time_base(stream))),
        "interpolated_times": int(interpolated.sum()),
        "clock_start_s": _browser_start(container, clock),
        "clock_jumps": [
            {"frame": frame, "from_s": round(before, 6), "to_s": round(after, 6)}
            for frame, before, after in clock.jumps
        ],
    }
    table = pd.DataFrame({"frame": np.arange(n), "time_s": times, "duration_s": durations})
    source = np.where(interpolated, "interpolated", "pts")
    return facts, FRAMES.validate(table.assign(time_source=source))


def _read_frames(
    stream: av.VideoStream, frames: Iterable[av.VideoFrame]
) -> tuple[list[int | None], list[int | None], list[tuple[Geometry, int]]]:
    """Timestamps of all frames, and each geometry with the frame from which on it holds."""
    pts: list[int | None] = []
    dts: list[int | None] = []
    runs: list[tuple[Geometry, int]] = []  # not one of each frame, for a long film has many
    _refuse_oversize(stream.codec_context.width, stream.codec_context.height)
    for frame, geometry in add_geometry(stream, frames):
        _refuse_oversize(frame.width, frame.height)
        if not runs or runs[-1][0] != geometry:
            runs.append((geometry, len(pts)))
        pts.append(frame.pts)
        dts.append(frame.dts)
    return pts, dts, runs


def _clock(
    container: InputContainer,
    stream: av.VideoStream,
    pts: Sequence[int | None],
    dts: Sequence[int | None],
) -> FilmClock:
    stamps = better_timestamps(pts, dts)
    # Decoding timestamps are late by an unknown delay, so there the first frame is the start.
    start_s = float("inf") if stamps is dts else _start_s(container)
    frame_s = 1 / float(stream.average_rate or stream.guessed_rate or _FALLBACK_RATE)
    # Stubs take the value of a flag for the flag.
    may_leap = bool(container.format.flags & Flags.ts_discont.value)  # type: ignore[operator]
    return read_clock(stamps, _time_base(stream), start_s, frame_s, may_leap=may_leap)


def _start_s(container: InputContainer) -> float:
    return float((container.start_time or 0) * _TIME_BASE)


def _browser_start(container: InputContainer, clock: FilmClock) -> float:
    """What a browser's clock says at time 0: the file's, but a start before zero is its zero."""
    return round(max(clock.zero_s - min(_start_s(container), 0.0), 0.0), 6)


def _refuse_oversize(width: int, height: int) -> None:
    if width * height > _MAX_PIXELS:
        raise NotAFilmError(
            f"has frames of {width} x {height} pixels; castmap reads up to {_MAX_PIXELS:,} pixels "
            "a frame: make a smaller copy of it"
        )


def _picture_facts(runs: Sequence[tuple[Geometry, int]], n_frames: int) -> dict:
    """What the display is: the frame that most frames have; of equals the largest, then the first.

    So a few damaged or small frames do not decide, and most frames need not be scaled.

    Args:
        runs: geometries that are not like the one before, and from which frame on.
        n_frames: of the film.
    """
    counts: Counter[Geometry] = Counter()
    for (geometry, start), end in zip(runs, [*(s for _, s in runs[1:]), n_frames], strict=True):
        counts[geometry] += end - start
    usual = max(counts, key=lambda geometry: (counts[geometry], geometry.width * geometry.height))
    aspect = usual.upright_pixel_aspect
    return {
        **dict(zip(("width", "height"), usual.square_size, strict=True)),
        **dict(zip(("stored_width", "stored_height"), usual.upright_size, strict=True)),
        "sample_aspect_ratio": [aspect.numerator, aspect.denominator],
        "rotation_deg": usual.orientation.rotation_deg,
        "mirrored": usual.orientation.mirrored,
        "geometry_changes": len(runs) - 1,
    }


def promised_duration(stream: av.VideoStream) -> Fraction:
    """How long the stream lasts by its header, in s; 0 if the header does not say."""
    return (stream.duration or 0) * _time_base(stream)


def _time_base(stream: av.VideoStream) -> Fraction:
    assert stream.time_base is not None  # of a stream that was opened
    return stream.time_base
