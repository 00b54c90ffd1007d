"""Decode a film into upright RGB frames, numbered the same way every time.

All code that reads frames reads them here, so that frame 1234 is the same picture in every stage: a
frame's number is its position in the decoder's output, and a packet that cannot be decoded has
none.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import BinaryIO

import av
import av.error
import numpy as np
from av.container import InputContainer
from av.video.reformatter import Interpolation, VideoReformatter

from castmap.video.geometry import Geometry, add_geometry, place

# A fixed number: where the last packets of a film are damaged, how many frames come out depends on
# how many threads were at work, and a film must have the same frames on every machine.
_THREADS = 4
_NO_PICTURES = {"skip_loop_filter": "all", "skip_idct": "all"}
# FFmpeg's names of formats that hold their own pictures and sound. Left out are those that name
# other files (playlists, lists to join, patterns of pictures, descriptions of streams), which would
# be read wherever they lie, and what is no film: pictures, subtitles, sound, text.
_FORMATS = (
    *("mov", "matroska", "webm", "avi", "flv", "mpegts", "mpeg", "ogg", "asf", "asf_o", "mxf"),
    *("dv", "gxf", "nut", "rm", "wtv", "ivf", "yuv4mpegpipe", "mpegvideo", "m4v", "h264", "hevc"),
    *("av1", "obu", "vc1", "vc1test"),
)


class NotAFilmError(ValueError):
    """The file holds no film; the message continues a sentence that began with its name."""


def open_film(source: str | Path | BinaryIO) -> InputContainer:
    """Open a film; use it in a ``with`` block.

    Args:
        source: the film's path, or an open, seekable binary file.

    Raises:
        NotAFilmError: the file is of a format that castmap does not take.
        av.error.FFmpegError: the file is not a film, or cannot be read.
    """
    # "file:", for in a name such as "Alien: the film.mp4" the part before the colon would be taken
    # for a protocol. Tags in an unknown encoding are no reason to refuse a film.
    file = f"file:{source}" if isinstance(source, str | Path) else source
    allowed = {"format_whitelist": ",".join(_FORMATS), "protocol_whitelist": "file"}
    try:
        return av.open(file, "r", metadata_errors="replace", options=allowed)
    except av.error.ArgumentError as error:  # what FFmpeg says of a format that is not allowed
        raise NotAFilmError(
            "is no film, but a playlist, a list of other files, a picture, or of another format "
            "that castmap does not take; give the film itself, as MP4, Matroska, AVI or MPEG"
        ) from error


def stream_of(container: InputContainer, video_stream: int) -> av.VideoStream:
    """The video stream of an index in the container."""
    stream = container.streams[video_stream]
    assert isinstance(stream, av.VideoStream)
    return stream


def decode_raw(
    container: InputContainer,
    video_stream: int,
    on_error: Callable[[str], None] = lambda error: None,
    *,
    only_times: bool = False,
) -> Iterator[av.VideoFrame]:
    """Decode a video stream from the start of a freshly opened film, in order of presentation.

    What cannot be decoded is skipped: a damaged packet gives no frame, and a film that breaks off
    gives the frames before the break.

    Args:
        container: an open film; it can be decoded once.
        video_stream: index of the stream in the container.
        on_error: called with a description of each piece that was skipped.
        only_times: the pictures are not looked at: what makes them but decides nothing about which
            frames there are is left out.

    Yields:
        PyAV frames, not converted and not rotated.
    """
    stream = stream_of(container, video_stream)
    stream.thread_type = "AUTO"
    stream.codec_context.thread_count = _THREADS
    if only_times:
        stream.codec_context.options = _NO_PICTURES
    for packet in _whole_packets(container, stream, on_error):
        try:
            frames = stream.decode(packet)
        except av.error.FFmpegError as error:
            on_error(str(error))
            continue
        yield from frames


def _whole_packets(
    container: InputContainer, stream: av.VideoStream, on_error: Callable[[str], None]
) -> Iterator[av.Packet | None]:
    """Yield the stream's packets, without the last where it is cut short; None ends the stream.

    The decoder reports a bad packet some packets later; of the last one it would report it while it
    gives out the frames it still holds, and PyAV would lose those.
    """
    held = None
    packets = container.demux(stream)
    while True:
        try:
            packet = next(packets)
        except av.error.FFmpegError as error:
            on_error(str(error))
            packet = None
        ends = packet is None or (packet.size == 0 and packet.dts is None)
        if held is not None:
            if ends and held.is_corrupt:
                on_error("the last packet is cut short")
            else:
                yield held
        if ends:
            yield None
            return
        held = packet


def decode_frames(
    container: InputContainer,
    video_stream: int,
    *,
    every_nth: int = 1,
    display: tuple[int, int] | None = None,
    size: tuple[int, int] | None = None,
) -> Iterator[tuple[int, np.ndarray]]:
    """Decode a film and give every n-th frame as an upright RGB picture.

    Frames that are not taken are decoded, as the format demands, but never converted.

    Args:
        container: an open film; it can be decoded once.
        video_stream: index of the stream, ``video_stream`` in movie.json.
        every_nth: takes the frames whose number it divides.
        display: ``width`` and ``height`` in movie.json, px: a frame of another shape is fitted
            into it, on black. None: each picture is as large as its own frame in square pixels.
        size: width and height to which pictures are scaled, px; None leaves them.

    Yields:
        The frame's number and its picture, uint8 (height, width, 3), RGB, C-contiguous.

    Raises:
        ValueError: ``every_nth`` is below 1.
    """
    if every_nth < 1:
        raise ValueError(f"every_nth is {every_nth}; it must be 1 or more")
    shown = _decode_shown(container, video_stream)
    taken = ((number, *frame) for number, frame in enumerate(shown) if number % every_nth == 0)
    yield from _pictures(taken, display, size)


def frames_at(
    container: InputContainer,
    video_stream: int,
    indices: Iterable[int],
    *,
    display: tuple[int, int] | None = None,
    size: tuple[int, int] | None = None,
) -> Iterator[tuple[int, np.ndarray]]:
    """Give chosen frames of a film, in order; decoding stops after the last of them.

    The film is decoded from its start, because only that numbers frames reliably.

    Args:
        container: an open film; it can be decoded once.
        video_stream: index of the stream, ``video_stream`` in movie.json.
        indices: numbers of the wanted frames, in any order; repeated ones are given once.
        display: as in decode_frames.
        size: as in decode_frames.

    Yields:
        As decode_frames; a frame the film does not have is left out.
    """
    wanted = set(indices)
    if not wanted:
        return
    last = max(wanted)

    def taken() -> Iterator[tuple[int, av.VideoFrame, Geometry]]:
        for number, frame in enumerate(_decode_shown(container, video_stream)):
            if number in wanted:
                yield number, *frame
            if number >= last:
                return

    yield from _pictures(taken(), display, size)


class FrameWindow:
    """Frames of a film that are asked for while it is decoded, in an order that is found out then.

    Frames are kept as they are decoded; only those that are asked for are converted.
    """

    def __init__(self, container: InputContainer, video_stream: int) -> None:
        """Begin at the film's start.

        Args:
            container: an open film; it can be decoded once.
            video_stream: index of the stream, ``video_stream`` in movie.json.
        """
        self._coming = enumerate(_decode_shown(container, video_stream))
        self._kept: dict[int, tuple[av.VideoFrame, Geometry]] = {}
        self._start = self._end = 0

    def move_to(self, number: int) -> None:
        """Let go of all frames before this one."""
        self._start = number
        self._kept = {kept: frame for kept, frame in self._kept.items() if kept >= number}

    def pictures(self, numbers: Sequence[int]) -> Iterator[tuple[int, np.ndarray]]:
        """Give frames, and keep all that are decoded for their sake.

        Args:
            numbers: of frames, none of which was let go.

        Yields:
            As decode_frames.
        """
        while self._end <= max(numbers):
            number, frame = next(self._coming)
            self._end = number + 1
            if number >= self._start:
                self._kept[number] = frame
        yield from _pictures(((number, *self._kept[number]) for number in numbers), None, None)


def _decode_shown(
    container: InputContainer, video_stream: int
) -> Iterator[tuple[av.VideoFrame, Geometry]]:
    stream = stream_of(container, video_stream)
    return add_geometry(stream, decode_raw(container, video_stream))


def _pictures(
    frames: Iterable[tuple[int, av.VideoFrame, Geometry]],
    display: tuple[int, int] | None,
    size: tuple[int, int] | None,
) -> Iterator[tuple[int, np.ndarray]]:
    reformatter = VideoReformatter()
    for number, frame, geometry in frames:
        own = geometry.square_size
        window = display or own
        canvas = size or window
        left, top, right, bottom = _fit(own, window, canvas)
        stored = geometry.orientation.swap_sides(right - left, bottom - top)
        rgb = reformatter.reformat(
            frame, *stored, format="rgb24", interpolation=Interpolation.AREA, threads=1
        ).to_ndarray()
        picture = geometry.orientation.turn(rgb)
        if picture.shape[1::-1] != canvas:
            fitted, picture = picture, np.zeros((canvas[1], canvas[0], 3), np.uint8)
            picture[top:bottom, left:right] = fitted
        yield number, picture


def _fit(
    own: tuple[int, int], display: tuple[int, int], canvas: tuple[int, int]
) -> tuple[int, int, int, int]:
    """Where a picture that is fitted into the display lies on a scaled copy of it.

    Returns:
        left, top, right, bottom; px. A margin of less than a pixel of the display is none.
    """
    _, *margins = place(own, display)
    edges = []
    for margin, whole, side in zip(margins, display, canvas, strict=True):
        start = round(margin * side / whole) if margin >= 1 else 0
        start = min(start, (side - 1) // 2)
        edges.append((start, side - start))
    (left, right), (top, bottom) = edges
    return left, top, right, bottom
