"""Boundaries become shots that partition the film."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from castmap.formats.tables import FRAMES, SHOTS
from castmap.shots.boundaries import boundaries_table, shots_table


def frames_table(times_s, last_s=0.04):
    times_s = np.asarray(times_s, float)
    return FRAMES.validate(
        pd.DataFrame(
            {
                "frame": np.arange(len(times_s)),
                "time_s": times_s,
                "duration_s": np.diff(times_s, append=times_s[-1:] + last_s),
                "time_source": "pts",
            }
        )
    )


def cuts(*frames_and_scores):
    return boundaries_table((f, "cut", f, f, score) for f, score in frames_and_scores)


def test_a_film_without_boundaries_is_one_shot():
    frames = frames_table([0.5, 0.6, 0.8])
    (shot,) = shots_table(boundaries_table([]), frames, 10.0).to_dict("records")
    assert (shot["start_frame"], shot["end_frame"]) == (0, 3)
    assert (shot["start_s"], shot["end_s"]) == (0.5, pytest.approx(0.84))
    assert (shot["boundary"], shot["score"]) == ("film_start", 1)


def test_a_film_without_frames_has_no_shots():
    shots = shots_table(boundaries_table([]), FRAMES.empty(), 0.2)
    assert shots.empty
    assert list(shots.columns) == SHOTS.columns


def test_times_are_those_of_the_frames_and_not_of_a_frame_rate():
    frames = frames_table([0, 0.04, 0.3, 0.34, 1.0])
    shots = shots_table(cuts((3, 0.9)), frames)
    assert shots["start_s"].tolist() == [0, 0.34]
    assert shots["end_s"].tolist() == [0.34, pytest.approx(1.04)]


def test_a_gradual_transition_keeps_its_extent():
    found = boundaries_table([(50, "gradual", 40, 60, 0.8)])
    shot = shots_table(found, frames_table(np.arange(100) / 25)).iloc[1]
    assert shot["boundary"] == "gradual"
    assert shot["start_frame"] == 50
    assert (shot["transition_start_frame"], shot["transition_end_frame"]) == (40, 60)


def test_of_two_boundaries_too_close_the_weaker_is_dropped():
    frames = frames_table(np.arange(100) / 25)
    assert shots_table(cuts((50, 0.7), (53, 0.9)), frames, 0.2)["start_frame"].tolist() == [0, 53]
    assert shots_table(cuts((50, 0.9), (53, 0.7)), frames, 0.2)["start_frame"].tolist() == [0, 50]
    assert shots_table(cuts((50, 0.8), (53, 0.8)), frames, 0.2)["start_frame"].tolist() == [0, 50]
    assert len(shots_table(cuts((50, 0.7), (56, 0.9)), frames, 0.2)) == 3


def test_boundaries_too_near_the_ends_of_the_film_are_dropped():
    frames = frames_table(np.arange(100) / 25)
    assert len(shots_table(cuts((4, 0.9), (96, 0.9)), frames, 0.2)) == 1


@given(
    n_frames=st.integers(1, 60),
    found=st.dictionaries(st.integers(0, 70), st.floats(0.1, 1.0), max_size=20),
    min_length_s=st.sampled_from([0.0, 0.1, 0.5, 5.0]),
    seed=st.integers(0, 9),
)
def test_shots_partition_the_film_and_are_long_enough(n_frames, found, min_length_s, seed):
    steps = np.random.default_rng(seed).uniform(0.01, 0.2, n_frames)
    frames = frames_table(np.cumsum(steps))
    shots = shots_table(cuts(*sorted(found.items())), frames, min_length_s)
    assert shots["start_frame"].iloc[0] == 0
    assert shots["end_frame"].iloc[-1] == n_frames
    assert (shots["end_frame"] > shots["start_frame"]).all()
    assert shots["start_frame"].tolist()[1:] == shots["end_frame"].tolist()[:-1]
    assert shots["start_s"].tolist()[1:] == shots["end_s"].tolist()[:-1]
    if len(shots) > 1:
        assert (shots["end_s"] - shots["start_s"] >= min_length_s - 1e-9).all()
    if min_length_s == 0:
        assert shots["start_frame"].tolist()[1:] == sorted(f for f in found if 0 < f < n_frames)
