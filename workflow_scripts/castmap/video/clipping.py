"""Cut parts out of a film without encoding them again: packets are copied as they are.

A decoder can only start at a key frame, so a part begins at the last one before it. It ends before
the first packet behind which all is shown later: a frame may be stored behind one that is shown
after it.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
import av.error
import numpy as np
from av.container import InputContainer, OutputContainer

from castmap.video.decoding import open_film, stream_of

_SAME_S = 1e-3  # times in a table and in the file; Matroska's are whole milliseconds
_FEWEST_FOUND = 0.99
# Sound lies near its pictures in the file, but not beside them.
_APART_S = 3
_EXACT: dict[str, str] = {"fflags": "+bitexact"}  # no random numbers and no version in the file


class ClipError(ValueError):
    """A film cannot be cut so; the message continues a sentence that began with its name."""


@dataclass(frozen=True)
class Packets:
    """The packets of a film's video, in the order in which they are stored and decoded.

    Attributes:
        pts: int64 (n,): when each is shown, in units of the stream's time base.
        times_s: float64 (n,): the same on the film's time (0 is its start), s.
        is_key: bool (n,): whether decoding can start there.
        end_s: when the last is no longer shown.
    """

    pts: np.ndarray
    times_s: np.ndarray
    is_key: np.ndarray
    end_s: float


@dataclass(frozen=True)
class Clip:
    """A part of a film.

    Attributes:
        first: its first packet, a key frame.
        last: the first packet after it.
        start_s: when its first frame is shown, in the film.
        end_s: when its last frame is no longer shown.
    """

    first: int
    last: int
    start_s: float
    end_s: float


def read_packets(film: Path, video_stream: int) -> Packets:
    """Read through a film, without decoding it.

    Args:
        film: the video file.
        video_stream: index of the stream.

    Raises:
        ClipError: a packet does not say when it is shown, or none is a key frame.
        NotAFilmError, av.error.FFmpegError: see open_film.
    """
    with open_film(film) as container:
        stream = stream_of(container, video_stream)
        found = [
            (packet.pts, packet.is_keyframe, packet.is_discard, packet.duration or 0)
            for packet in container.demux(stream)
            if packet.size
        ]
        if not found or any(pts is None for pts, *_ in found):
            raise ClipError("does not say when each frame is shown")
        if not any(is_key for _, is_key, *_ in found):
            raise ClipError("has no key frame")
        assert stream.time_base is not None  # of a stream that was opened
        unit_s, start_s = float(stream.time_base), (container.start_time or 0) / av.time_base
    pts, keys, discarded, durations = (np.array(column) for column in zip(*found, strict=True))
    seconds = pts * unit_s
    # As probing sets the film's time 0: see video.clock.
    times = seconds - min(start_s, float(seconds[~discarded].min()))
    last = int(times.argmax())
    usual_s = float(np.median(np.diff(np.sort(times)))) if len(times) > 1 else 0.0
    return Packets(pts, times, keys, float(times[last]) + (durations[last] * unit_s or usual_s))


def check_times(packets: Packets, times_s: np.ndarray) -> None:
    """Check that a film's packets are shown when a table says that its frames are.

    Args:
        packets: of the film.
        times_s: of the FRAMES table.

    Raises:
        ClipError: they are not: the file's clock jumps, or the film is another one.
    """
    shown = np.sort(packets.times_s)
    after = np.searchsorted(shown, times_s).clip(1, max(len(shown) - 1, 1))
    nearest = np.minimum(
        np.abs(shown[after - 1] - times_s), np.abs(shown[after % len(shown)] - times_s)
    )
    if np.mean(nearest <= _SAME_S) < _FEWEST_FOUND:
        raise ClipError("has a clock that jumps, or does not say when each frame is shown")


def plan_clips(packets: Packets, intervals: Iterable[tuple[float, float]]) -> list[Clip]:
    """The least that has to be copied to have all of some intervals.

    Args:
        packets: of the film.
        intervals: start and end in s, in order of their starts.

    Returns:
        Clips in order of time, which have no packet in common: intervals between which there is no
        key frame are in one.
    """
    times, n = packets.times_s, len(packets.times_s)
    keys = np.flatnonzero(packets.is_key)
    # Of each place between packets, the earliest time behind it; and whether all before is earlier.
    earliest_after = np.append(np.minimum.accumulate(times[::-1])[::-1], packets.end_s)
    latest_before = np.insert(np.maximum.accumulate(times), 0, -np.inf)
    cuts = np.flatnonzero(latest_before < earliest_after)
    clips: list[Clip] = []
    for start_s, end_s in intervals:
        before = int(np.searchsorted(times[keys], start_s + _SAME_S, side="right")) - 1
        first = int(keys[max(before, 0)])
        at = int(np.searchsorted(earliest_after[cuts], end_s - _SAME_S))
        last = int(cuts[at]) if at < len(cuts) else n
        if clips and first < clips[-1].last:
            first, last = clips[-1].first, max(last, clips[-1].last)
            clips.pop()
        clips.append(Clip(first, last, float(times[first]), float(earliest_after[last])))
    return clips


def copy_clip(film: Path, video_stream: int, packets: Packets, clip: Clip, target: Path) -> None:
    """Copy a part of a film, picture and sound, into a file of its own.

    Frames that are stored behind the first key frame and shown before it need what comes before, so
    they are left out. Sound begins and ends with the picture, to a packet (some 20 ms).

    Args:
        film: the video file.
        video_stream: index of the stream.
        packets: of the film.
        clip: what to copy.
        target: the file to write, in the format that its ending names.

    Raises:
        ClipError: the format cannot hold the film's streams, or a packet was not found again.
    """
    own = packets.pts[clip.first : clip.last]
    decoded_at = _decoding_times(own[own >= own[0]])
    with open_film(film) as source:
        video = stream_of(source, video_stream)
        assert video.time_base is not None  # of a stream that was opened
        start_s = int(own[0]) * video.time_base
        before = int(own[0] - _APART_S / video.time_base)
        if before > packets.pts.min():  # Matroska is not found at a place before its start
            source.seek(before, stream=video)
        end_s = start_s + Fraction(clip.end_s - clip.start_s)
        try:
            with av.open(str(target), "w", options=_EXACT) as output:
                _copy(source, output, video, decoded_at, start_s, end_s)
        except (av.error.FFmpegError, ValueError) as error:
            raise ClipError(f"cannot be copied as {target.suffix} ({error})") from error
    if decoded_at:
        raise ClipError("has an index that leads astray")


def _decoding_times(pts: np.ndarray) -> dict[int, int]:
    """When packets are to be decoded, by when they are shown: in their order, and never later.

    Files do not say it of each packet, and where packets are left out it would be too early.

    Args:
        pts: of packets in the order of decoding.
    """
    ordered = np.sort(pts)
    return dict(zip(pts.tolist(), (ordered - (ordered - pts).max()).tolist(), strict=True))


def _copy(
    source: InputContainer,
    output: OutputContainer,
    video: av.VideoStream,
    decoded_at: dict[int, int],
    start_s: Fraction,
    end_s: Fraction,
) -> None:
    """Copy the packets of a clip.

    Args:
        source: the film, at a place before the clip.
        output: the new file.
        video: the film's stream.
        decoded_at: of the video packets to copy, by when they are shown; those found are removed.
        start_s: of the clip, by the clock of the file.
        end_s: likewise.
    """
    sounds = [stream for stream in source.streams.audio if stream.codec_context is not None]
    copies = {stream: output.add_stream_from_template(stream) for stream in (video, *sounds)}
    for packet in source.demux(video, *sounds):
        if not packet.size or packet.pts is None:
            continue
        time_s = packet.pts * packet.time_base
        if not decoded_at and time_s > end_s + _APART_S:
            break
        if packet.stream is video and packet.pts in decoded_at:
            packet.dts = decoded_at.pop(packet.pts)
        elif packet.stream is video or packet.dts is None or not start_s <= time_s < end_s:
            continue
        shift = round(start_s / packet.time_base)
        packet.pts, packet.dts = packet.pts - shift, packet.dts - shift
        packet.stream = copies[packet.stream]
        output.mux(packet)
