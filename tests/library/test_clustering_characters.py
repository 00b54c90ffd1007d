"""Names, screen time, and one vector per track."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workflow_scripts.clustering.characters import name_characters, screen_time
from workflow_scripts.clustering.pooling import pool_tracks, quality


def intervals(pairs):
    return pd.DataFrame(pairs, columns=["start_s", "end_s"], dtype=float)


def test_characters_are_named_by_screen_time():
    table = intervals([(0, 1), (1, 5), (5, 6), (6, 9)])
    assert name_characters(table, np.array([7, 3, 7, 5])).tolist() == ["C03", "C01", "C03", "C02"]


def test_of_equal_screen_times_the_first_seen_comes_first():
    assert name_characters(intervals([(4, 6), (0, 2)]), np.array([0, 1])).tolist() == [
        "C02",
        "C01",
    ]


def test_time_on_screen_twice_at_once_counts_once():
    table = intervals([(0, 4), (2, 5), (0, 4.5)])
    # One face found twice from 0 to 5 is longer than 4.5, and not 7.
    assert name_characters(table, np.array([0, 0, 1])).tolist() == ["C01", "C01", "C02"]
    assert screen_time(table.iloc[:2]) == 5


def test_more_than_99_characters_have_three_digits():
    table = intervals([(10 * i, 10 * i + 1) for i in range(100)])
    names = name_characters(table, np.arange(100))
    assert (names.iloc[0], names.iloc[-1]) == ("C001", "C100")


@settings(deadline=None, max_examples=50)
@given(st.lists(st.tuples(st.integers(0, 40), st.integers(1, 9)), max_size=12))
def test_screen_time_counts_every_second_once(drawn):
    seconds = {second for start, length in drawn for second in range(start, start + length)}
    table = intervals([(start, start + length) for start, length in drawn])
    assert screen_time(table) == len(seconds)


def faces(score=0.9, size_px=50.0, blur=50.0, yaw=0.2):
    return pd.DataFrame({"score": [score], "size_px": [size_px], "blur": [blur], "yaw": [yaw]})


@settings(deadline=None, max_examples=50)
@given(
    st.floats(0.1, 0.9), st.floats(5, 90), st.floats(1, 200), st.floats(-1.9, 1.9), st.floats(0, 50)
)
def test_more_certain_larger_sharper_and_more_frontal_faces_are_never_worse(s, p, b, y, more):
    plain = quality(faces(s, p, b, y))[0]
    assert plain > 0
    assert quality(faces(min(1, s + more), p, b, y))[0] >= plain
    assert quality(faces(s, p + more, b, y))[0] >= plain
    assert quality(faces(s, p, b + more, y))[0] >= plain
    assert quality(faces(s, p, b, y * 0.5))[0] >= plain
    assert quality(faces(s, p, b, -y))[0] == pytest.approx(plain)


def test_a_track_is_the_mean_of_its_detected_faces_weighted_by_quality():
    detections = pd.concat([faces(), faces(yaw=1.0), faces(blur=4.0)], ignore_index=True)
    embeddings = np.eye(3)
    tracks = pd.DataFrame(
        [(4, 0, False), (4, -1, True), (4, 1, False), (9, 2, False)],
        columns=["track", "detection", "interpolated"],
    )
    pooled = pool_tracks(tracks, detections, embeddings)
    weights = quality(detections)[:2]
    assert np.allclose(pooled[0], [*weights / np.linalg.norm(weights), 0])
    assert np.allclose(pooled[1], [0, 0, 1])
    assert weights[0] > weights[1]
