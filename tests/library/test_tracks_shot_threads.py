"""Who is where somebody was two shots before."""

import numpy as np
import pandas as pd
import pytest

from castmap.tracks.shot_threads import find_threads


def table(rows):
    """``rows``: track, shot, frame, x of a box of 10 x 10."""
    made = [(*row[:3], row[3], 0, row[3] + 10, 10) for row in rows]
    return pd.DataFrame(made, columns=["track", "shot", "frame", "x1", "y1", "x2", "y2"])


def links(rows, **more):
    return find_threads(table(rows), **more)[["track", "other_track"]].to_numpy().tolist()


def test_shot_reverse_shot_shot():
    # Two people in turn: each shot shows one, in that person's place.
    rows = [(shot, shot, 10 * shot, 40 * (shot % 2)) for shot in range(5)]
    assert links(rows) == [[0, 2], [1, 3], [2, 4]]


def test_the_next_shot_says_nothing_and_neither_does_the_third():
    assert links([(0, 0, 0, 0), (1, 1, 10, 0)]) == []
    assert links([(0, 0, 0, 0), (1, 3, 10, 0)]) == []
    assert links([(0, 0, 0, 0), (1, 1, 10, 0)], shots_on=1) == [[0, 1]]


def test_the_end_of_one_is_held_against_the_beginning_of_the_other():
    walking = [(0, 0, frame, 5 * frame) for frame in range(10)]
    away = [(1, 2, 20 + frame, 45 + 5 * frame) for frame in range(10)]
    assert links(walking + away) == [[0, 1]]
    assert links(away + walking) == [[0, 1]]  # whatever the order of rows
    back = [(1, 2, 20 + frame, 45 - 5 * frame) for frame in range(10)]
    assert links(walking + back) == [[0, 1]]
    assert links(walking + [(1, 2, 20 + frame, 5 * frame) for frame in range(10)]) == []


@pytest.mark.parametrize(("shift", "found"), [(1.1, [[0, 1]]), (1.2, [])])
def test_the_overlap_that_counts(shift, found):
    # 10 px wide, moved by s: (10 - s) / (10 + s), which is 0.8 at s = 1.11.
    assert links([(0, 0, 0, 0), (1, 2, 9, shift)]) == found


def test_the_best_match_is_taken_and_two_tracks_may_have_the_same():
    rows = [(0, 0, 0, 0), (1, 0, 4, 1), (2, 2, 9, 1), (3, 2, 9, 0.5)]
    assert links(rows) == [[0, 3], [1, 2]]
    assert links(rows[:3]) == [[0, 2], [1, 2]]
    found = find_threads(table(rows[:3]))
    assert np.allclose(found["iou"], [9 / 11, 1])


@pytest.mark.parametrize("rows", [[], [(0, 0, 0, 0)]])
def test_hardly_any_track(rows):
    found = find_threads(table(rows))
    assert found.empty
    assert found.columns.tolist() == ["track", "other_track", "iou"]
