from fractions import Fraction

import av
import numpy as np
import pytest
from av.stream import Disposition

from castmap.video.decoding import decode_raw, open_film
from castmap.video.probing import (
    NotAFilmError,
    choose_stream,
    expected_frames,
    probe,
    rate_varies,
)


@pytest.mark.parametrize(
    ("durations_ms", "varies"),
    [
        ([40] * 100, False),
        ([41, 42] * 50, False),  # 24000/1001 frames/s in whole milliseconds
        ([16, 17, 17] * 40, False),  # 60 frames/s
        ([40] * 99 + [4000], False),  # one frame held
        ([42, 83] * 50, True),  # every third of 24 frames/s dropped
        ([33] * 90 + [66] * 10, True),
        ([], False),
    ],
)
def test_the_rate_varies_where_durations_differ_by_more_than_rounding(durations_ms, varies):
    assert rate_varies(np.array(durations_ms) / 1000, 0.001) is varies


def _add(container, codec, width, height, **settings):
    stream = container.add_stream(codec, rate=25)
    stream.width, stream.height = width, height
    stream.pix_fmt = "yuvj420p" if codec == "mjpeg" else "yuv420p"
    for name, value in settings.items():
        setattr(stream, name, value)
    return stream


def _fill(container, lengths):
    """Write grey frames: ``lengths`` maps each stream to its number of frames."""
    for stream, n in lengths.items():
        for number in range(n):
            grey = np.full((stream.height, stream.width, 3), 4 * number, np.uint8)
            frame = av.VideoFrame.from_ndarray(grey)
            frame.pts, frame.time_base = number, Fraction(1, 25)
            container.mux(stream.encode(frame))
    for stream in lengths:
        container.mux(stream.encode(None))


def _probe(path):
    with open_film(path) as film:
        index = choose_stream(film).index
    with open_film(path) as film:
        return probe(film, film.streams[index], decode_raw(film, index))


SMALL, LARGE, SHOWN, OTHER = (64, 48), (128, 96), Disposition.default, Disposition(0)


@pytest.mark.parametrize("suffix", ["mp4", "mkv", "mov"])
@pytest.mark.parametrize(
    ("streams", "chosen"),  # of each stream: size, frames, disposition
    [
        ([(LARGE, 1, OTHER), (SMALL, 30, SHOWN)], 1),  # a phone's still beside its film
        ([(LARGE, 1, SHOWN), (SMALL, 30, OTHER)], 1),  # a still is never the film
        ([(LARGE, 1, SHOWN), (SMALL, 30, SHOWN)], 1),
        ([(LARGE, 60, OTHER), (SMALL, 30, SHOWN)], 1),
        ([(SMALL, 30, SHOWN), (LARGE, 60, OTHER)], 0),
        ([(LARGE, 5, SHOWN), (SMALL, 30, SHOWN)], 1),
        ([(SMALL, 30, SHOWN), (LARGE, 29, SHOWN)], 1),
        ([(SMALL, 30, SHOWN), (SMALL, 30, SHOWN)], 0),
    ],
)
def test_the_film_is_what_players_show(tmp_path, suffix, streams, chosen):
    with av.open(str(tmp_path / f"two.{suffix}"), "w") as out:
        added = {
            _add(out, "libx264", *size, disposition=disposition): n
            for size, n, disposition in streams
        }
        _fill(out, added)
    with av.open(str(tmp_path / f"two.{suffix}")) as film:  # the muxer may have its own mind
        kept = [stream.disposition & Disposition.default for stream in film.streams]
    facts, frames = _probe(tmp_path / f"two.{suffix}")
    assert kept == [disposition for _, _, disposition in streams]
    assert facts["video_stream"] == chosen
    assert facts["n_frames"] == len(frames) == streams[chosen][1]


def _cover(container):
    return _add(container, "mjpeg", 320, 240, disposition=Disposition.attached_pic)


def test_a_cover_picture_larger_than_the_film_is_not_the_film(tmp_path):
    with av.open(str(tmp_path / "covered.mp4"), "w") as out:
        _fill(out, {_cover(out): 1, _add(out, "libx264", 64, 48): 10})
    facts, _ = _probe(tmp_path / "covered.mp4")
    assert (facts["width"], facts["n_frames"], facts["codec"]) == (64, 10, "h264")


def test_a_song_with_a_cover_picture_is_no_film(tmp_path):
    with av.open(str(tmp_path / "song.mp4"), "w") as out:
        cover, sound = _cover(out), out.add_stream("aac", rate=44100)
        silence = av.AudioFrame.from_ndarray(np.zeros((1, 4096), np.float32), "fltp", "mono")
        silence.sample_rate = 44100
        out.mux(sound.encode(silence))
        out.mux(sound.encode(None))
        _fill(out, {cover: 1})
    with open_film(tmp_path / "song.mp4") as film, pytest.raises(NotAFilmError, match="cover"):
        choose_stream(film)


def test_the_pixel_shape_is_that_of_the_upright_frame(tmp_path):
    with av.open(str(tmp_path / "film.mp4"), "w") as out:
        stream = _add(out, "libx264", 96, 64)
        stream.codec_context.sample_aspect_ratio = Fraction(16, 11)
        stream.set_display_rotation(-90)
        _fill(out, {stream: 5})
    facts, _ = _probe(tmp_path / "film.mp4")
    assert (facts["stored_width"], facts["stored_height"], facts["rotation_deg"]) == (64, 96, 90)
    assert facts["sample_aspect_ratio"] == [11, 16]
    assert (facts["width"], facts["height"]) == (64, round(96 * 16 / 11))


@pytest.mark.parametrize(
    ("name", "codec", "interpolated"),
    [
        ("film.mp4", "libx264", 0),
        ("film.mkv", "libx264", 0),
        ("film.webm", "libvpx", 0),
        ("film.ts", "libx264", 0),  # its clock does not start at zero
        ("film.avi", "libx264", None),  # stores no presentation times
        ("film.h264", "libx264", 40),  # stores no times at all
    ],
)
def test_frames_of_every_container_are_counted_and_timed(tmp_path, name, codec, interpolated):
    with av.open(str(tmp_path / name), "w") as out:
        _fill(out, {_add(out, codec, 64, 48): 40})
    facts, frames = _probe(tmp_path / name)
    np.testing.assert_allclose(frames["time_s"], np.arange(40) / 25, atol=1e-6)
    np.testing.assert_allclose(frames["duration_s"], 1 / 25, atol=1e-6)
    assert frames["frame"].tolist() == list(range(40))
    assert facts["n_frames"] == 40
    assert facts["mean_fps"] == pytest.approx(25, abs=1e-3)
    assert facts["duration_s"] == pytest.approx(1.6, abs=1e-6)
    assert facts["sample_aspect_ratio"] == [1, 1]
    assert not facts["variable_frame_rate"]
    assert facts["interpolated_times"] == (frames["time_source"] == "interpolated").sum()
    if interpolated is not None:
        assert facts["interpolated_times"] == interpolated


def test_the_expected_number_of_frames_comes_from_the_header(tmp_path):
    for name in ("film.mp4", "film.mkv"):
        with av.open(str(tmp_path / name), "w") as out:
            _fill(out, {_add(out, "libx264", 64, 48): 40})
        with open_film(tmp_path / name) as film:
            assert expected_frames(film, choose_stream(film)) == 40


def test_a_film_whose_rate_varies_says_so_and_keeps_its_times(tmp_path):
    shown_at = np.flatnonzero(np.arange(90) % 3)
    with av.open(str(tmp_path / "film.mp4"), "w") as out:
        stream = _add(out, "libx264", 64, 48)
        for at in shown_at:
            frame = av.VideoFrame.from_ndarray(np.full((48, 64, 3), at, np.uint8))
            frame.pts, frame.time_base = int(at) - 1, Fraction(1, 25)
            out.mux(stream.encode(frame))
        out.mux(stream.encode(None))
    facts, frames = _probe(tmp_path / "film.mp4")
    np.testing.assert_allclose(frames["time_s"], (shown_at - 1) / 25, atol=1e-6)
    assert facts["variable_frame_rate"]


def test_a_single_picture_is_no_film(tmp_path):
    with av.open(str(tmp_path / "one.mp4"), "w") as out:
        _fill(out, {_add(out, "libx264", 64, 48): 1})
    with pytest.raises(NotAFilmError, match="fewer than 2 decodable frames"):
        _probe(tmp_path / "one.mp4")


def _segment(path, n, start_s, container="mpegts", bf=0):
    """Part of a recording, whose first frame is shown at ``start_s`` of its own clock."""
    options = {"mpegts_copyts": "1"} if container == "mpegts" else {}
    with av.open(str(path), "w", format=container, options=options) as out:
        codec = "libx264" if container == "mpegts" else "mpeg2video"
        stream = out.add_stream(codec, rate=25, options={"bf": str(bf)})
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        stream.codec_context.time_base = Fraction(1, 90000 if container == "mpegts" else 25)
        for number in range(n):
            frame = av.VideoFrame.from_ndarray(np.full((48, 64, 3), number, np.uint8))
            frame.time_base = stream.codec_context.time_base
            frame.pts = round((start_s + number / 25) / frame.time_base)
            out.mux(stream.encode(frame))
        out.mux(stream.encode(None))
    return path.read_bytes()


@pytest.mark.parametrize(
    ("second_s", "third_s", "bf"),
    [
        (1001.4, 1.4, 0),  # ahead, and back
        (2.4, 2.413, 0),  # back by 2 s, and by half a frame less than the second part lasts
        (1.413, 90000.0, 2),
        (2**33 / 90000 - 4, 1.4, 0),  # up to the end of a 33-bit clock, and from its start
    ],
)
def test_recordings_behind_each_other_are_one_film(tmp_path, second_s, third_s, bf):
    """`ffmpeg -i joined.ts -c copy out.mkv` (5.1): 7.88, 8.08, 7.88 and 7.88 s."""
    parts = [(75, 1.4), (50, second_s), (75, third_s)]
    (tmp_path / "joined.ts").write_bytes(
        b"".join(_segment(tmp_path / "part.ts", n, start_s, bf=bf) for n, start_s in parts)
    )
    facts, frames = _probe(tmp_path / "joined.ts")
    np.testing.assert_allclose(frames["time_s"], np.arange(200) / 25, atol=1e-4)
    assert facts["duration_s"] == pytest.approx(8.0, abs=1e-3)
    assert facts["clock_start_s"] == pytest.approx(1.4, abs=1e-3)
    assert [jump["frame"] for jump in facts["clock_jumps"]] == [75, 125]
    jump = facts["clock_jumps"][0]
    assert jump["from_s"] == pytest.approx(1.4 + 74 / 25, abs=1e-3)
    assert jump["to_s"] == pytest.approx(second_s, abs=1e-3)
    assert not facts["variable_frame_rate"]


def test_parts_of_a_dvd_are_one_film(tmp_path):
    """200 frames of 1/25 s; the last B-frame of a part has a time stamp that is 0.04 s late."""
    parts = [_segment(tmp_path / "part.vob", n, 0.0, "vob") for n in (75, 125)]
    (tmp_path / "joined.vob").write_bytes(b"".join(parts))
    facts, frames = _probe(tmp_path / "joined.vob")
    assert facts["container"] == "mpeg"
    assert facts["duration_s"] == pytest.approx(8.0, abs=0.09)
    assert frames["time_s"][75] == pytest.approx(3.0, abs=0.05)
    assert [jump["frame"] for jump in facts["clock_jumps"]] == [75]


@pytest.mark.parametrize("name", ["film.mp4", "film.mkv", "film.ts"])
@pytest.mark.parametrize("step_s", [5, 30])
def test_a_film_of_few_frames_keeps_its_length(tmp_path, name, step_s):
    """0.2 frames per second, and slides: ffprobe's first and last time stamp and their distance."""
    with av.open(str(tmp_path / name), "w") as out:
        stream = _add(out, "libx264", 64, 48)
        stream.codec_context.time_base = Fraction(1, 1000)
        for number in range(10):
            frame = av.VideoFrame.from_ndarray(np.full((48, 64, 3), number, np.uint8))
            frame.pts, frame.time_base = 1000 * step_s * number, Fraction(1, 1000)
            out.mux(stream.encode(frame))
        out.mux(stream.encode(None))
    facts, frames = _probe(tmp_path / name)
    np.testing.assert_allclose(frames["time_s"], step_s * np.arange(10), atol=1e-3)
    assert facts["duration_s"] == pytest.approx(10 * step_s, abs=1e-2)
    assert facts["clock_jumps"] == []


@pytest.mark.parametrize(
    ("name", "codec"),
    [("film.webm", "libvpx"), ("film.mkv", "libx264"), ("film.mp4", "libx264")],
)
def test_a_piece_of_a_longer_recording_says_when_its_clock_starts(tmp_path, name, codec):
    """Chromium 156 shows the first frame at 10 s of each of these, by requestVideoFrameCallback."""
    with av.open(str(tmp_path / name), "w") as out:
        stream = _add(out, codec, 64, 48)
        for number in range(10):
            frame = av.VideoFrame.from_ndarray(np.full((48, 64, 3), number, np.uint8))
            frame.pts, frame.time_base = 250 + number, Fraction(1, 25)
            out.mux(stream.encode(frame))
        out.mux(stream.encode(None))
    facts, frames = _probe(tmp_path / name)
    assert facts["clock_start_s"] == pytest.approx(10.0)
    assert frames["time_s"][0] == 0


def test_where_no_film_is_the_default_the_longer_one_is_the_film(tmp_path):
    with av.open(str(tmp_path / "two.mkv"), "w") as out:
        preview = _add(out, "libx264", *LARGE, disposition=OTHER)
        _fill(out, {preview: 5, _add(out, "libx264", *SMALL, disposition=OTHER): 30})
    assert _probe(tmp_path / "two.mkv")[0]["n_frames"] == 30


def test_of_two_programmes_in_one_recording_the_larger_picture_is_the_film(tmp_path):
    """A transport stream counts nothing and says of nothing that it is the default."""
    with av.open(str(tmp_path / "two.ts"), "w") as out:
        _fill(out, {_add(out, "libx264", *SMALL): 41, _add(out, "libx264", *LARGE): 40})
    assert _probe(tmp_path / "two.ts")[0]["video_stream"] == 1
