import struct
from fractions import Fraction

import av
import cv2
import numpy as np
import pytest

from castmap.video.decoding import (
    FrameWindow,
    NotAFilmError,
    decode_frames,
    decode_raw,
    frames_at,
    open_film,
)

N = 12


def _encode(path, pictures, codec="libx264", pix_fmt="yuv420p", **settings):
    """Write pictures (height, width, 3) as a film of 25 frames/s; mp4 is laid out index first."""
    options = {"movflags": "faststart"} if path.suffix == ".mp4" else {}
    height, width = pictures[0].shape[:2]
    with av.open(str(path), "w", options=options) as container:
        stream = container.add_stream(codec, rate=25, options=settings.get("options", {}))
        stream.width, stream.height, stream.pix_fmt = width, height, pix_fmt
        stream.set_display_rotation(settings.get("counterclockwise_deg", 0))
        for number, picture in enumerate(pictures):
            frame = av.VideoFrame.from_ndarray(picture, format="rgb24")
            frame.pts, frame.time_base = number, Fraction(1, 25)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path


def _noise(n, height=50, width=70):
    rng = np.random.default_rng(7)
    return [rng.integers(0, 256, (height, width, 3), np.uint8) for _ in range(n)]


def _scenery(n, height=96, width=128):
    """Smooth pictures that differ from frame to frame, as an encoder expects them."""
    rng = np.random.default_rng(3)
    base = cv2.resize(rng.integers(0, 256, (9, 12 + n, 3), np.uint8), (width + 4 * n, height))
    return [np.ascontiguousarray(base[:, 4 * i : 4 * i + width]) for i in range(n)]


@pytest.fixture(scope="module")
def lossless(tmp_path_factory):
    """A film whose frames are exactly known, of a width that no decoder's rows are padded to."""
    pictures = _noise(N)
    path = tmp_path_factory.mktemp("films") / "lossless.mkv"
    return _encode(path, pictures, "ffv1", "bgr0"), pictures


def _decode(path, **settings):
    with open_film(path) as film:
        return list(decode_frames(film, film.streams.video[0].index, **settings))


def test_frames_come_numbered_from_zero_with_the_colours_that_were_stored(lossless):
    path, pictures = lossless
    decoded = _decode(path)
    assert [number for number, _ in decoded] == list(range(N))
    for (_, frame), picture in zip(decoded, pictures, strict=True):
        assert frame.dtype == np.uint8 and frame.flags.c_contiguous
        np.testing.assert_array_equal(frame, picture)


@pytest.mark.parametrize("every_nth", [2, 5, 12, 100])
def test_every_nth_takes_the_frames_whose_number_it_divides(lossless, every_nth):
    path, pictures = lossless
    decoded = _decode(path, every_nth=every_nth)
    assert [number for number, _ in decoded] == list(range(0, N, every_nth))
    for number, frame in decoded:
        np.testing.assert_array_equal(frame, pictures[number])


def test_chosen_frames_are_the_same_as_when_all_are_decoded(lossless):
    path, pictures = lossless
    with open_film(path) as film:
        found = list(frames_at(film, 0, [9, 0, 4, 4, 1000]))
    assert [number for number, _ in found] == [0, 4, 9]
    for number, frame in found:
        np.testing.assert_array_equal(frame, pictures[number])


def test_frames_of_a_window_are_the_same_in_whatever_order_they_are_asked_for(lossless):
    path, pictures = lossless
    with open_film(path) as film:
        window = FrameWindow(film, 0)
        found = list(window.pictures([1, 6]))
        window.move_to(2)
        found += [*window.pictures([4, 2]), *window.pictures([11, 3])]
    assert [number for number, _ in found] == [1, 6, 4, 2, 11, 3]
    for number, frame in found:
        np.testing.assert_array_equal(frame, pictures[number])


def test_a_window_lets_go_of_the_frames_before_it(lossless):
    with open_film(lossless[0]) as film:
        window = FrameWindow(film, 0)
        window.move_to(5)
        list(window.pictures([8]))
        with pytest.raises(KeyError):
            list(window.pictures([4]))


def test_no_chosen_frames_give_no_frames(lossless):
    with open_film(lossless[0]) as film:
        assert list(frames_at(film, 0, [])) == []


@pytest.mark.parametrize("counterclockwise_deg", [-90, 90, 180])
def test_a_film_held_sideways_is_turned_upright_as_opencv_turns_it(tmp_path, counterclockwise_deg):
    path = _encode(
        tmp_path / "sideways.mp4", _scenery(3), counterclockwise_deg=counterclockwise_deg
    )
    capture = cv2.VideoCapture(str(path))
    capture.set(cv2.CAP_PROP_ORIENTATION_AUTO, 1)
    expected = capture.read()[1][..., ::-1].astype(int)
    capture.release()
    _, frame = _decode(path)[0]
    assert frame.shape == expected.shape
    assert np.abs(frame - expected).mean() < 2


@pytest.mark.parametrize("rotation", [0, 90])
def test_shrinking_averages_areas(tmp_path, rotation):
    pictures = _scenery(2)
    path = tmp_path / "film.mkv"
    _encode(path, pictures, "ffv1", "bgr0", counterclockwise_deg=-rotation)
    width, height = (48, 64) if rotation else (64, 48)
    _, frame = _decode(path, size=(width, height))[0]
    assert frame.shape == (height, width, 3)
    upright = np.ascontiguousarray(np.rot90(pictures[0], -rotation // 90))
    expected = cv2.resize(upright, (width, height), interpolation=cv2.INTER_AREA)
    assert np.abs(frame.astype(int) - expected).max() <= 2


@pytest.mark.parametrize("complete", [1, 20, 49])
def test_a_film_that_breaks_off_keeps_every_frame_before_the_break(tmp_path, complete):
    whole = _encode(tmp_path / "whole.mp4", _scenery(50))
    broken = tmp_path / "broken.mp4"
    with open_film(whole) as film:
        packets = [(p.pos, p.size) for p in film.demux(film.streams.video[0]) if p.size]
    position, size = packets[complete]
    broken.write_bytes(whole.read_bytes()[: position + size // 2])
    errors = []
    with open_film(broken) as film:
        kept = sum(1 for _ in decode_raw(film, 0, errors.append))
    assert kept == complete
    assert len(errors) == 1
    same = zip(_decode(broken)[:-16], _decode(whole), strict=False)
    assert all(np.array_equal(a, b) for (_, a), (_, b) in same)


def test_a_damaged_film_has_the_same_frames_each_time_it_is_read(tmp_path):
    path = _encode(tmp_path / "film.mp4", _scenery(60), "mpeg4", options={"g": "10"})
    with open_film(path) as film:
        packets = [p.pos for p in film.demux(film.streams.video[0]) if p.size]
    content = bytearray(path.read_bytes())
    content[packets[25] : packets[25] + 30] = b"\xff" * 30
    path.write_bytes(content)
    errors = []
    with open_film(path) as film:
        counted = sum(1 for _ in decode_raw(film, 0, errors.append))
    assert errors
    assert counted == 60 - len(errors)
    assert [number for number, _ in _decode(path)] == list(range(counted))
    assert [number for number, _ in _decode(path, every_nth=7)] == list(range(0, counted, 7))


@pytest.mark.parametrize("codec", ["libx264", "libx265", "mpeg4", "mpeg2video", "libvpx-vp9"])
@pytest.mark.parametrize("seed", range(4))
def test_frames_are_the_same_where_only_their_times_are_asked_for(tmp_path, codec, seed):
    path = _encode(tmp_path / "film.mkv", _scenery(60), codec, options={"g": "12"})
    content, random = bytearray(path.read_bytes()), np.random.default_rng(seed)
    for start in random.integers(2000, len(content) - 40, size=seed):
        content[start : start + 40] = random.bytes(40)
    path.write_bytes(content)
    found = []
    for only_times in (False, True):
        errors = []
        with open_film(path) as film:
            frames = decode_raw(film, 0, errors.append, only_times=only_times)
            found.append(([(frame.pts, frame.width) for frame in frames], len(errors)))
    assert found[0] == found[1]
    assert seed or len(found[0][0]) == 60


def test_a_colon_in_the_name_is_part_of_the_name(lossless, tmp_path, monkeypatch):
    (tmp_path / "Face: the film.mkv").write_bytes(lossless[0].read_bytes())
    monkeypatch.chdir(tmp_path)
    assert len(_decode("Face: the film.mkv")) == N


def test_an_open_file_is_a_film_too(lossless):
    with lossless[0].open("rb") as file:
        assert len(_decode(file)) == N


def test_reading_can_stop_midway(lossless):
    with open_film(lossless[0]) as film:
        frames = decode_frames(film, 0)
        number, frame = next(frames)
        frames.close()
    np.testing.assert_array_equal(frame, lossless[1][number])


def test_impossible_settings_are_refused(lossless):
    with pytest.raises(ValueError, match="every_nth is 0"):
        _decode(lossless[0], every_nth=0)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("list.mp4", "ffconcat version 1.0\nfile film.ts\n"),
        ("list.ffconcat", "ffconcat version 1.0\nfile 'film.ts'\n"),
        (
            "list.m3u8",
            "#EXTM3U\n#EXT-X-VERSION:3\n#EXT-X-TARGETDURATION:1\n#EXTINF:0.48,\nfilm.ts\n"
            "#EXT-X-ENDLIST\n",
        ),
        (
            "call.sdp",
            "v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nt=0 0\n"
            "m=video 5004 RTP/AVP 96\na=rtpmap:96 H264/90000\n",
        ),
        ("film%d.png", None),
    ],
)
def test_what_names_other_files_is_not_followed(tmp_path, name, text):
    """FFmpeg reads the film beside the lists, and listens to what the description names."""
    _encode(tmp_path / "film.ts", _scenery(N))
    (tmp_path / "film1.png").write_bytes(cv2.imencode(".png", _noise(1)[0])[1].tobytes())
    if text is None:
        with pytest.raises((NotAFilmError, av.error.FFmpegError)):
            open_film(tmp_path / name)
        return
    (tmp_path / name).write_text(text)
    with pytest.raises(NotAFilmError, match="a list of other files"):
        open_film(tmp_path / name)
    with (tmp_path / name).open("rb") as file, pytest.raises(NotAFilmError):
        open_film(file)


def _refer(film, other):
    """The film's bytes, with the reference to its own data replaced by one to another file."""
    content = bytearray(film.read_bytes())
    path = str(other).encode()
    path += b"\0" * (len(path) % 2)
    volume = bytes([4]) + b"disk".ljust(27, b"\0")
    name = bytes([len(other.name)]) + other.name.encode().ljust(63, b"\0")
    fields = bytes(14) + volume + bytes(12) + name + bytes(16) + struct.pack(">hh", 1, 1)
    fields += bytes(16) + struct.pack(">HH", 2, len(path)) + path + struct.pack(">hH", -1, 0)
    entry = struct.pack(">I", 8 + len(fields)) + b"alis" + fields
    start = content.find(b"dref") + 12
    own = struct.unpack_from(">I", content, start)[0]
    for box in (b"moov", b"trak", b"mdia", b"minf", b"dinf", b"dref"):
        at = content.rfind(box, 0, start) - 4
        struct.pack_into(
            ">I", content, at, struct.unpack_from(">I", content, at)[0] + len(entry) - own
        )
    content[start : start + own] = entry
    return bytes(content)


def test_a_film_whose_pictures_are_in_another_file_shows_none_of_them(tmp_path):
    """QuickTime's reference to other files, which FFmpeg follows if it is told to."""
    black, white = (np.full((48, 64, 3), level, np.uint8) for level in (16, 235))
    other = _encode(tmp_path / "other.mov", [white] * N)
    film = tmp_path / "film.mov"
    film.write_bytes(_refer(_encode(tmp_path / "own.mov", [black] * N), other))
    follow = {"enable_drefs": "1", "use_absolute_path": "1"}
    with av.open(str(film), options=follow) as container:
        shown = [frame.to_ndarray(format="gray").mean() for frame in container.decode(video=0)]
    assert min(shown) > 200
    with open_film(film) as container:
        assert list(decode_raw(container, 0)) == []


@pytest.mark.parametrize(
    ("name", "codec"),
    [
        *((f"film.{suffix}", "libx264") for suffix in ("mp4", "mov", "mkv", "ts", "flv", "3gp")),
        *((f"film.{suffix}", "mpeg2video") for suffix in ("mpg", "vob", "mxf")),
        *(("film.webm", "libvpx"), ("film.avi", "mpeg4"), ("film.wmv", "wmv2")),
    ],
)
def test_a_film_of_every_kind_is_opened(tmp_path, name, codec):
    _encode(tmp_path / name, _scenery(N), codec)
    with open_film(tmp_path / name) as film:
        assert film.streams.video[0].width == 128
