"""A correction finds its track by time and place, whatever the track is called now."""

import numpy as np
import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from castmap.corrections.anchors import find_tracks
from castmap.formats.corrections import Face
from castmap.formats.tables import TRACKS

WIDTH, HEIGHT = 1000, 500


def tracks_of(*tracks):
    """``tracks``: number, times, x of the left edge at each; 100 pixels wide and high."""
    rows = [
        (number, 0, round(time * 25), time, 0, x, 100, x + 100, 200, False)
        for number, times, left in tracks
        for time, x in zip(times, np.broadcast_to(left, len(times)), strict=True)
    ]
    return pd.DataFrame(rows, columns=TRACKS.columns)


def face(time_s, left):
    return Face(time_s, left / WIDTH, 0.2, (left + 100) / WIDTH, 0.4)


def found(anchor, tracks):
    return find_tracks([anchor], tracks, WIDTH, HEIGHT)[anchor]


TWO = tracks_of((3, [1, 2, 3], 100), (7, [1, 2, 3], 400))


def test_the_track_that_is_there_at_that_time():
    assert found(face(2, 110), TWO) == 3
    assert found(face(2, 390), TWO) == 7
    assert found(face(2, 250), TWO) is None
    assert found(face(9, 100), TWO) is None


def test_a_face_between_two_examined_frames_is_where_the_box_moves_through():
    moving = tracks_of((0, [0, 10], [0, 800]))
    assert found(face(5, 400), moving) == 0
    assert found(face(5, 0), moving) is None


def test_the_overlap_decides_between_two_faces_at_one_place():
    near = tracks_of((0, [1, 2], 100), (1, [1, 2], 130))
    assert found(face(1.5, 128), near) == 1


def test_a_track_that_begins_later_than_it_did_is_still_found_but_one_that_is_there_wins():
    assert found(face(3.4, 100), TWO) == 3
    assert found(face(4.1, 100), TWO) is None
    after = tracks_of((3, [1, 2, 3], 100), (8, [3.3, 4], 120))
    assert found(face(3.3, 100), after) == 8


def test_no_tracks():
    assert found(face(1, 1), TRACKS.empty()) is None


@given(st.integers(1, 12), st.floats(0, 4), st.integers(0, 3))
def test_another_stride_or_size_of_the_film_finds_the_same_face(stride, time_s, which):
    times = np.arange(0, 4.01, 0.04)
    lefts = [k * 200 + 40 * np.sin(times + k) for k in range(4)]
    every = tracks_of(*((k, times, lefts[k]) for k in range(4)))
    anchor = face(time_s, float(np.interp(time_s, times, lefts[which])))
    sparse = every[every["frame"] % stride == 0]
    assert found(anchor, every) == found(anchor, sparse) == which
    half = every.assign(**{c: every[c] / 2 for c in ("x1", "y1", "x2", "y2")})
    assert find_tracks([anchor], half, WIDTH // 2, HEIGHT // 2)[anchor] == which


def test_where_examined_frames_lie_far_apart_a_track_reaches_to_the_next():
    close = tracks_of((3, np.arange(10) * 0.12, 100))
    assert found(face(9 * 0.12 + 0.5, 100), close) == 3
    assert found(face(9 * 0.12 + 0.6, 100), close) is None
    far = tracks_of((3, [10, 15, 20], 100), (4, [40], 400))
    assert found(face(24.9, 100), far) == 3
    assert found(face(25.1, 100), far) is None
    assert found(face(36, 400), far) == 4  # one face; others are five seconds apart
