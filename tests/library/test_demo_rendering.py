"""Rendering, on clips whose every frame has a grey level of its own."""

import io
from fractions import Fraction

import av
import numpy as np
import pytest

from castmap.demo.edits import FRAME_SIZE, Clip, Shot
from castmap.demo.rendering import (
    frame_picture,
    frames_shown_at,
    grade,
    render_film,
)
from castmap.demo.truth import in_frame, place_shots

SIZE = (128, 72)
WHOLE = (0, 0, *SIZE)


def clip_bytes(ticks: list[int], first: int = 0) -> bytes:
    """A lossless clip; frame i has grey level first + 2 i and is shown at ticks[i] / 1000 s."""
    file = io.BytesIO()
    with av.open(file, "w", format="matroska") as container:
        stream = container.add_stream("ffv1", rate=1000)
        stream.width, stream.height = SIZE
        stream.pix_fmt = "gray"
        stream.time_base = stream.codec_context.time_base = Fraction(1, 1000)
        for i, tick in enumerate(ticks):
            level = np.full(SIZE[::-1], first + 2 * i, np.uint8)
            frame = av.VideoFrame.from_ndarray(level, format="gray")
            frame.pts, frame.time_base = tick, Fraction(1, 1000)
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
    return file.getvalue()


UNEVEN = [0, 40, 80, 90, 170, 200, 300, 340, 380, 500, 540, 580]
FILES = {
    "a": clip_bytes([40 * i for i in range(60)]),
    "b": clip_bytes([40 * i for i in range(60)], 100),
}


def open_footage(name: str):
    return av.open(io.BytesIO(FILES[name]))


def shot(file: str, seconds: float, dissolve: int = 0) -> Shot:
    clip = Clip(file, file, SIZE, 1.0, ((0.0, 2.0),), (), {})
    return Shot(clip, 0.2, 0.2 + seconds, WHOLE, WHOLE, dissolve)


def levels(frames) -> list[int]:
    return [int(frame[300, 600, 0]) for frame in frames]


@pytest.mark.parametrize("start", [0.0, 0.085, 0.31])
def test_the_frame_shown_at_a_time_is_the_last_one_that_has_begun(start):
    times = np.arange(start, 0.57, 1 / 24)
    expected = [2 * max(i for i, tick in enumerate(UNEVEN) if tick <= t * 1000) for t in times]
    with av.open(io.BytesIO(clip_bytes(UNEVEN))) as container:
        found = [int(p[0, 0, 0]) for p in frames_shown_at(container, times)]
    assert found == expected


def test_footage_that_ends_too_early_is_refused():
    film = place_shots([shot("a", 4.0)])
    with pytest.raises(ValueError, match=r"a ends before 2\.3"):
        list(render_film(film, open_footage))


def test_a_cut_changes_the_picture_between_two_frames():
    film = place_shots([shot("a", 0.5), shot("b", 0.5)])
    found = levels(render_film(film, open_footage))
    assert len(found) == film[-1].end_frame == 24
    assert max(found[:12]) < 50
    assert min(found[12:]) >= 100


def test_a_dissolve_goes_from_one_shot_to_the_other_and_its_boundary_is_half_way():
    film = place_shots([shot("a", 1.0), shot("b", 1.0, dissolve=12)])
    found = levels(render_film(film, open_footage))
    boundary = film[1].start_frame
    assert len(found) == film[-1].end_frame == 36
    assert max(found[:12]) < 60
    assert min(found[24:]) >= 100
    # Frame 17 shows 6/13 of the new shot, frame 18 shows 7/13.
    outgoing, incoming = (2 * int((0.2 + k / 24) / 0.04 + 1e-6) for k in (18, 6))
    assert boundary == 18
    assert found[18] == pytest.approx(outgoing * 6 / 13 + (100 + incoming) * 7 / 13, abs=2)


@pytest.mark.parametrize(
    "framing", [(0, 0, 128, 72), (32, 18, 96, 54), (-32, -18, 160, 90), (10.5, 7.25, 58.5, 34.25)]
)
def test_what_the_truth_says_of_a_rectangle_is_where_it_is_painted(framing):
    picture = np.zeros((72, 128, 3), np.uint8)
    picture[20:31, 36:51] = 255
    x1, y1, x2, y2 = in_frame((36, 20, 51, 31), framing)
    bright = frame_picture(picture, framing)[:, :, 0] >= 128
    rows, columns = np.flatnonzero(bright.any(axis=1)), np.flatnonzero(bright.any(axis=0))
    found = (columns[0], rows[0], columns[-1] + 1, rows[-1] + 1)
    assert found == pytest.approx((x1, y1, x2, y2), abs=1)


def test_beyond_the_picture_the_frame_is_black():
    white = np.full((72, 128, 3), 255, np.uint8)
    frame = frame_picture(white, (-32, -18, 160, 90))
    assert frame.shape == (*FRAME_SIZE[::-1], 3)
    assert frame[:100].max() == 0
    assert frame[360, 640].min() == 255


def stripes() -> np.ndarray:
    frame = np.zeros((*FRAME_SIZE[::-1], 3), np.uint8)
    frame[:, ::4] = frame[:, 1::4] = 200
    return frame


def graded(picture=None, seed=0, **settings):
    picture = stripes() if picture is None else picture
    return grade(picture, settings, np.random.default_rng(seed)).astype(float)


def test_no_grade_changes_nothing():
    assert np.array_equal(graded(), stripes())


def test_darken_scales_the_brightness():
    assert np.array_equal(graded(darken=0.5), stripes() / 2)


def test_smaller_and_blur_take_away_detail_and_keep_the_mean():
    for settings in ({"smaller": 0.25}, {"blur_px": 4}):
        soft = graded(**settings)
        assert soft.std() < stripes().std() / 4
        assert soft.mean() == pytest.approx(stripes().mean(), abs=2)


def test_noise_is_the_same_for_the_same_seed_and_has_the_size_asked_for():
    grey = np.full((*FRAME_SIZE[::-1], 3), 128, np.uint8)
    one, again, other = (graded(grey, seed, noise=10) for seed in (1, 1, 2))
    assert np.array_equal(one, again)
    assert not np.array_equal(one, other)
    # Grains are smoothed when they are scaled up, which takes part of their variance.
    assert 5 < one.std() <= 10


def test_a_letterbox_covers_the_top_and_the_bottom_only():
    frame = graded(letterbox=0.1)
    assert frame[:72].max() == frame[-72:].max() == 0
    assert np.array_equal(frame[72:-72], stripes()[72:-72])
