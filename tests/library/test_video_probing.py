from fractions import Fraction
from itertools import combinations, pairwise

import av
import numpy as np
import pytest
from av.stream import Disposition
from hypothesis import given
from hypothesis import strategies as st

from workflow_scripts.video.decoding import decode_raw, open_film
from workflow_scripts.video.probing import (
    NotAFilmError,
    better_timestamps,
    choose_stream,
    expected_frames,
    frame_times,
    probe,
    rate_varies,
    upright_rotation,
)

MS = Fraction(1, 1000)
stamps = st.lists(st.none() | st.integers(-50, 50), max_size=30)


def _times(pts, start_s=0.0, frame_s=0.04):
    return frame_times(pts, MS, start_s, frame_s)


def test_good_timestamps_are_taken_as_they_are():
    times, interpolated = _times([0, 40, 90, 120])
    np.testing.assert_allclose(times, [0, 0.04, 0.09, 0.12])
    assert not interpolated.any()


def test_times_count_from_the_start_of_the_container():
    times, _ = _times([1500, 1540, 1580], start_s=1.4)
    np.testing.assert_allclose(times, [0.1, 0.14, 0.18])


def test_a_frame_before_the_start_of_the_container_becomes_time_zero():
    times, interpolated = _times([-80, -40, 0, 40])
    np.testing.assert_allclose(times, [0, 0.04, 0.08, 0.12])
    assert not interpolated.any()


@pytest.mark.parametrize(
    ("pts", "doubtful"),
    [
        ([0, 40, None, 120, 160], [2]),
        ([0, 40, 40, 120, 160], None),
        ([0, 40, 99999, 120, 160], [2]),
        ([0, 40, -7, 120, 160], [2]),
        ([None, 40, 80, 120, 160], [0]),
        ([0, 40, 80, 120, None], [4]),
        ([None] * 5, [0, 1, 2, 3, 4]),
    ],
)
def test_missing_repeated_and_wild_timestamps_are_interpolated(pts, doubtful):
    times, interpolated = _times(pts)
    if doubtful is None:  # of two equal ones either may be believed
        assert interpolated.sum() == 1
        np.testing.assert_allclose(times[[0, 3, 4]], [0, 0.12, 0.16])
    else:
        np.testing.assert_allclose(times, [0, 0.04, 0.08, 0.12, 0.16])
        assert np.flatnonzero(interpolated).tolist() == doubtful


def test_a_clock_that_starts_again_midway_does_not_turn_time_back():
    times, interpolated = _times([*range(0, 4000, 40), *range(0, 2000, 40)])
    np.testing.assert_allclose(np.diff(times), 0.04)
    assert interpolated.sum() == 50


def test_no_frames_have_no_times():
    times, interpolated = _times([])
    assert times.shape == interpolated.shape == (0,)


@given(stamps, st.floats(-1, 1))
def test_times_strictly_increase_from_zero_or_later_whatever_the_file_says(pts, start_s):
    times, interpolated = _times(pts, start_s)
    assert times.shape == interpolated.shape == (len(pts),)
    assert np.all(np.diff(times) > 0)
    assert np.all(times >= 0)


@given(st.lists(st.none() | st.integers(0, 9), max_size=9))
def test_as_many_timestamps_are_believed_as_can_be(pts):
    _, interpolated = _times(pts)
    known = [value for value in pts if value is not None]
    longest = max(
        size
        for size in range(len(known) + 1)
        if any(all(a < b for a, b in pairwise(c)) for c in combinations(known, size))
    )
    assert len(pts) - interpolated.sum() == longest


@given(stamps)
def test_believed_times_keep_the_distances_of_their_timestamps(pts):
    times, interpolated = _times(pts)
    believed = np.flatnonzero(~interpolated)
    stored = np.array([pts[i] for i in believed]) / 1000
    np.testing.assert_allclose(np.diff(times[believed]), np.diff(stored), atol=1e-9)


def test_decoding_timestamps_stand_in_for_presentation_timestamps_out_of_order():
    assert better_timestamps([1, 3, 4, 2], [2, 3, 4, 5]) == [2, 3, 4, 5]
    assert better_timestamps([0, 1, 2, 3], [0, 1, 2, None]) == [0, 1, 2, 3]


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


@pytest.mark.parametrize(
    ("counterclockwise", "clockwise"),
    [(0, 0), (-90, 90), (90, 270), (180, 180), (-180, 180), (-89.6, 90), (3, 0)],
)
def test_rotation_is_the_clockwise_quarter_turn_that_undoes_the_camera(counterclockwise, clockwise):
    assert upright_rotation(counterclockwise) == clockwise


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
        stream = choose_stream(film)
        return probe(film, stream, decode_raw(film, stream.index))


def test_the_largest_picture_is_the_film(tmp_path):
    with av.open(str(tmp_path / "two.mp4"), "w") as out:
        preview, film = _add(out, "libx264", 64, 48), _add(out, "libx264", 128, 96)
        _fill(out, {preview: 30, film: 10})
    facts, frames = _probe(tmp_path / "two.mp4")
    assert (facts["video_stream"], facts["width"], facts["height"]) == (1, 128, 96)
    assert facts["n_frames"] == len(frames) == 10


def test_of_pictures_of_one_size_the_longest_is_the_film(tmp_path):
    with av.open(str(tmp_path / "two.mp4"), "w") as out:
        _fill(out, {_add(out, "libx264", 64, 48): 5, _add(out, "libx264", 64, 48): 20})
    assert _probe(tmp_path / "two.mp4")[0]["n_frames"] == 20


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
    assert (facts["width"], facts["height"], facts["rotation_deg"]) == (64, 96, 90)
    assert facts["sample_aspect_ratio"] == [11, 16]


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
