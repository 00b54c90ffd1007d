"""Which frames are searched: all where faces change, few where they do not."""

from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from castmap.shots.boundaries import boundaries_table, shots_table
from castmap.tracks.examining import EFFORT, Boxes, examine, is_calm, lay_grid

FPS = 25


def frames_table(times):
    table = pd.DataFrame({"frame": range(len(times)), "time_s": times})
    return table.assign(duration_s=np.append(np.diff(times), 0.04), time_source="pts")


def grid(times, boundaries=(), n_steps=1):
    frames = frames_table(times)
    shots = shots_table(boundaries_table(boundaries), frames)
    return [stretch.tolist() for stretch in lay_grid(shots, frames, n_steps)]


def search(n_frames, boxes_at, times=None, n_steps=1):
    """The frames of a film of one shot that are searched, and how often each was asked for.

    ``boxes_at``: of a frame, the left edges of its faces, which are 40 px wide.
    """
    times = np.arange(n_frames) / FPS if times is None else times
    asked = []

    def find(numbers):
        asked.extend(numbers)
        return [np.array([[x, 0, x + 40, 50] for x in boxes_at(n)]).reshape(-1, 4) for n in numbers]

    found, known = {}, {}
    for stretch in grid(times, n_steps=n_steps):
        known = {frame: found[frame] for frame in stretch if frame in found}
        more = examine(
            *(np.array(stretch), times, find, lambda boxes: Boxes(boxes, np.ones(len(boxes)))),
            known=known,
        )
        assert list(more) == sorted(more)
        found |= more
    assert len(asked) == len(set(asked)) == len(found)
    return sorted(found)


@pytest.mark.parametrize("fps", [6, 12, 25, 60])
def test_where_nothing_changes_frames_lie_as_far_apart_as_they_may_at_every_rate(fps):
    n_frames = 10 * fps + 1
    frames = search(n_frames, lambda frame: [100, 300], np.arange(n_frames) / fps)
    assert (frames[0], frames[-1]) == (0, n_frames - 1)
    assert np.diff(frames).max() <= np.ceil(EFFORT.coarse_s * fps)
    assert len(frames) <= 10 / EFFORT.coarse_s + 2


def test_frames_that_lie_further_apart_are_all_searched():
    assert search(7, lambda frame: [], np.arange(7) * 2.0) == list(range(7))


@settings(max_examples=40)
@given(
    st.lists(st.tuples(st.integers(0, 199), st.integers(0, 199)), max_size=4),
    st.sampled_from([12, 25, 60]),
    st.sampled_from([1, 4]),
)
def test_where_the_number_of_faces_differs_frames_are_searched_as_closely_as_they_may(
    lives, fps, n_steps
):
    """Each of ``lives`` is a face, from its first frame to its last."""

    def boxes_at(frame):
        return [100 * n for n, (one, other) in enumerate(lives) if one <= frame <= other]

    times = np.arange(200) / fps
    frames = np.array(search(200, boxes_at, times, n_steps))
    for one, other in pairwise(frames):
        fine = other - one == 1 or times[other] - times[one] <= EFFORT.fine_s + 1e-6
        assert fine or boxes_at(one) == boxes_at(other)
    # What is searched does not depend on how much of it is searched together.
    assert frames.tolist() == search(200, boxes_at, times, 9 - 2 * n_steps)


def test_a_face_that_jumps_is_looked_for_between():
    frames = search(26, lambda frame: [100 if frame < 9 else 180])
    before, after = max(f for f in frames if f < 9), min(f for f in frames if f >= 9)
    assert after - before <= EFFORT.fine_s * FPS
    assert len(frames) < 10


def test_a_face_that_moves_slowly_is_followed():
    assert search(26, lambda frame: [100 + frame]) == search(26, lambda frame: [100])


def test_each_shot_begins_with_a_searched_frame_and_ends_with_one_transitions_left_out():
    cut, dissolve = (10, "cut", 10, 10, 1.0), (30, "gradual", 25, 35, 1.0)
    stretches = grid(np.arange(60) / FPS, [cut, dissolve])
    ends = {frame for stretch in stretches for frame in stretch}
    assert {0, 9, 10, 24, 35, 59} <= ends
    assert not ends & set(range(25, 35))


def test_a_grid_is_even_in_time_not_in_frame_numbers():
    times = np.concatenate([np.arange(50) / 50, 1 + np.arange(10) / 10])
    [stretch] = grid(times, n_steps=9)
    assert np.diff(times[stretch]).max() < EFFORT.coarse_s + 0.1
    assert np.diff(times[stretch]).min() > EFFORT.coarse_s / 2


def test_a_shot_of_one_frame_is_a_stretch():
    assert grid(np.arange(3) / FPS, [(1, "cut", 1, 1, 1.0), (2, "cut", 2, 2, 1.0)]) == [
        *([0], [1], [2])
    ]


def boxes(*faces):
    """``faces``: left edge, width and score."""
    rows = [[x, 0, x + width, 100] for x, width, _ in faces]
    return Boxes(np.array(rows, float).reshape(-1, 4), np.array([face[2] for face in faces]))


NOBODY = boxes()
ANN, BEN = (0, 100, 0.9), (60, 100, 0.9)


@pytest.mark.parametrize(
    ("one", "other", "calm"),
    [
        (NOBODY, NOBODY, True),
        (boxes(ANN), NOBODY, False),
        (NOBODY, boxes(ANN), False),
        (boxes(ANN), boxes((20, 100, 0.9)), True),
        (boxes(ANN), boxes((70, 100, 0.9)), False),
        # What is hardly a face need not be there, and can be the other end of one that is.
        (boxes((0, 100, 0.4)), NOBODY, True),
        (boxes((0, 100, 0.4)), boxes(ANN), True),
        # Ann and Ben could both be the one in the middle, who could be in both places.
        (boxes(ANN, BEN), boxes((30, 100, 0.9), (400, 100, 0.9)), False),
        (boxes((30, 100, 0.9)), boxes(ANN, BEN), False),
        (boxes(ANN, BEN), boxes(BEN, ANN), True),
    ],
)
def test_faces_match_one_to_one(one, other, calm):
    assert is_calm(one, other) is calm
