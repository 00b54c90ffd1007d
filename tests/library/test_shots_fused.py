"""What the network and the frame differences have found, joined."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from castmap.shots.detectors.fused import join, step_of_network

N = 100


def joined(learned, differing, cuts=(), threshold=0.5):
    """Boundaries where frames have these probabilities of both heads, and these differences."""
    probabilities, differences = np.zeros((N, 2), np.float32), np.zeros(N)
    for frame, probability in learned.items():
        probabilities[frame] = probability
    for frame, difference in differing.items():
        differences[frame] = difference
    found = join(probabilities, np.array(cuts, int), differences, threshold)
    return found.to_dict("records")


def test_a_cut_that_both_have_seen_is_one_and_surer_than_either():
    (cut,) = joined({39: 0.9}, {40: 0.8}, [40])
    assert (cut["frame"], cut["kind"]) == (40, "cut")
    assert cut["score"] == pytest.approx(1 - 0.1 * 0.2)


@pytest.mark.parametrize("frame", [38, 39, 40, 41, 42])
def test_a_cut_is_where_the_picture_changes(frame):
    assert [cut["frame"] for cut in joined({39: 0.9}, {frame: 0.8}, [frame])] == [frame]


def test_each_finds_what_the_other_has_missed():
    network, difference = joined({19: 0.7}, {60: 0.8}, [60])
    assert (network["frame"], network["score"]) == (20, pytest.approx(0.7))
    assert (difference["frame"], difference["score"]) == (60, pytest.approx(0.8))


def test_what_is_below_the_threshold_tells_how_sure_the_other_is():
    (cut,) = joined({59: 0.4}, {60: 0.8}, [60])
    assert cut["score"] == pytest.approx(1 - 0.6 * 0.2)
    assert joined({59: 0.4}, {60: 0.4}) == []


def test_a_dissolve_is_the_networks():
    (dissolve,) = joined(dict.fromkeys(range(30, 42), 0.9), dict.fromkeys(range(30, 42), 0.05))
    assert (dissolve["frame"], dissolve["kind"]) == (36, "gradual")
    assert (dissolve["transition_start"], dissolve["transition_end"]) == (30, 42)
    assert dissolve["score"] == pytest.approx(1 - 0.1 * 0.95)


def test_a_transition_in_which_the_picture_changes_is_those_cuts():
    changes = {30: 0.8, 36: 0.9, 42: 0.7}
    found = joined(dict.fromkeys(range(29, 42), 0.6), changes, list(changes))
    assert [(cut["frame"], cut["kind"]) for cut in found] == [(f, "cut") for f in changes]


def test_a_film_without_frames_has_no_boundaries():
    assert join(np.zeros((0, 2), np.float32), np.zeros(0, int), np.zeros(0), 0.5).empty


@pytest.mark.parametrize(("step", "frame"), [(2, 39), (2, 40), (3, 58), (3, 60), (5, 96), (5, 100)])
def test_a_cut_between_two_frames_that_the_network_has_seen_is_where_most_changes(step, frame):
    probabilities, differences = np.zeros((-(-121 // step), 2), np.float32), np.full(121, 0.02)
    probabilities[(frame - 1) // step] = 0.9
    differences[frame] = 0.3
    (cut,) = join(probabilities, np.array([], int), differences, 0.5, step).to_dict("records")
    assert (cut["frame"], cut["kind"]) == (frame, "cut")
    assert cut["score"] == pytest.approx(1 - 0.1 * 0.7)


def test_a_dissolve_of_which_the_network_has_seen_every_second_frame_is_as_long_as_it_is():
    probabilities, differences = np.zeros((50, 2), np.float32), np.full(99, 0.02)
    probabilities[15:21] = 0.9
    (dissolve,) = join(probabilities, np.array([], int), differences, 0.5, 2).to_dict("records")
    assert (dissolve["frame"], dissolve["kind"]) == (35, "gradual")
    assert (dissolve["transition_start"], dissolve["transition_end"]) == (29, 42)


@pytest.mark.parametrize(
    ("faint", "kind", "extent"), [(0.3, "gradual", (35, 46)), (0.2, "cut", (40, 40))]
)
def test_a_dissolve_that_the_network_sees_faintly_is_no_cut(faint, kind, extent):
    probabilities, differences = np.zeros((50, 2), np.float32), np.full(99, 0.02)
    probabilities[18:23, 1] = faint
    probabilities[19] = 0.7
    differences[40] = 0.05
    (found,) = join(probabilities, np.array([], int), differences, 0.5, 2).to_dict("records")
    assert found["kind"] == kind
    assert (found["transition_start"], found["transition_end"]) == extent


def test_a_transition_that_ends_with_the_film_ends_at_its_last_frame():
    probabilities, differences = np.zeros((50, 2), np.float32), np.zeros(99)
    probabilities[44:] = 0.9
    (dissolve,) = join(probabilities, np.array([], int), differences, 0.5, 2).to_dict("records")
    assert dissolve["transition_end"] == 99


@pytest.mark.parametrize(
    ("frames_per_s", "seen"), [(15, 1), (20, 1), (24000 / 1001, 2), (25, 2), (30, 2), (50, 4)]
)
def test_the_network_sees_frames_no_further_apart_than_a_twelfth_of_a_second(frames_per_s, seen):
    assert step_of_network(1 / frames_per_s) == seen


@given(seed=st.integers(0, 10_000), threshold=st.sampled_from([0.3, 0.5, 0.8]))
def test_boundaries_are_sorted_single_and_at_or_above_the_threshold(seed, threshold):
    rng = np.random.default_rng(seed)
    probabilities = rng.uniform(0, 1, (N, 2)).astype(np.float32) ** 6
    differences = rng.uniform(0, 1, N) ** 8
    cuts = np.flatnonzero(differences >= threshold)
    found = join(probabilities, cuts, differences, threshold)
    assert found["frame"].is_monotonic_increasing
    assert found["frame"].is_unique
    assert found["score"].between(threshold, 1).all()
    assert set(cuts) <= set(found["frame"])
