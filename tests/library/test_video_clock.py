from fractions import Fraction
from itertools import pairwise, product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from castmap.video.clock import believe, better_timestamps, read_clock

MS = Fraction(1, 1000)
stamps = st.lists(st.none() | st.integers(-50, 50), max_size=30)
YEAR_S = 365 * 86400
WRAP = 2**33  # of the 90 kHz clock of MPEG, in ticks


def _clock(pts, start_s=0.0, frame_s=0.04, may_leap=False):
    return read_clock(pts, MS, start_s, frame_s, may_leap=may_leap)


def _times(pts, **options):
    clock = _clock(pts, **options)
    return clock.times_s, clock.interpolated


def test_good_timestamps_are_taken_as_they_are():
    times, interpolated = _times([0, 40, 90, 120])
    np.testing.assert_allclose(times, [0, 0.04, 0.09, 0.12])
    assert not interpolated.any()


def test_times_count_from_the_start_of_the_container():
    clock = _clock([1500, 1540, 1580], start_s=1.4)
    np.testing.assert_allclose(clock.times_s, [0.1, 0.14, 0.18])
    assert clock.zero_s == pytest.approx(1.4)


def test_a_frame_before_the_start_of_the_container_becomes_time_zero():
    clock = _clock([-80, -40, 0, 40])
    np.testing.assert_allclose(clock.times_s, [0, 0.04, 0.08, 0.12])
    assert not clock.interpolated.any()
    assert clock.zero_s == pytest.approx(-0.08)


@pytest.mark.parametrize("may_leap", [False, True])
@pytest.mark.parametrize(
    ("pts", "doubtful"),
    [
        ([0, 40, None, 120, 160], [2]),
        ([0, 40, 40, 120, 160], [2]),
        ([0, 40, 99999, 120, 160], [2]),
        ([0, 40, 99999, 99998, 160, 200], [2, 3]),
        ([0, 40, -7, 120, 160], [2]),
        ([-99999, 0, 120, 160], None),
        ([99999, 40, 80, 120, 160], [0]),
        ([None, 40, 80, 120, 160], [0]),
        ([0, 40, 80, 120, None], [4]),
        ([None] * 5, [0, 1, 2, 3, 4]),
    ],
)
def test_missing_repeated_and_wild_timestamps_spoil_only_their_own_frames(pts, doubtful, may_leap):
    if doubtful is None:  # the first frame stands for 100 s, or is wild: only the format can tell
        assert _times(pts, may_leap=may_leap)[1].tolist() == [may_leap, False, False, False]
        return
    clock = _clock(pts, may_leap=may_leap)
    np.testing.assert_allclose(np.diff(clock.times_s), 0.04)
    assert np.flatnonzero(clock.interpolated).tolist() == doubtful
    assert clock.jumps == ()


def test_a_clock_that_starts_again_midway_goes_on_where_it_was():
    clock = _clock([*range(0, 4000, 40), *range(0, 2000, 40)])
    np.testing.assert_allclose(np.diff(clock.times_s), 0.04)
    assert not clock.interpolated.any()
    assert clock.jumps == ((100, 3.96, 0.0),)


def test_a_clock_that_turns_back_by_half_a_frame_goes_on_after_a_whole_one():
    first, second = [0, 40, 80, 120, 160], [140, 180, 220, 260]
    clock = _clock(first + second)
    np.testing.assert_allclose(np.diff(clock.times_s), 0.04)
    assert [jump[0] for jump in clock.jumps] == [len(first)]


def test_where_steps_back_are_the_rule_they_do_not_make_the_film_longer():
    """Every 25th timestamp stands twice, so the clock is right and the rate is not."""
    pts = np.arange(3000) * 40 - np.arange(3000) // 25 * 40
    clock = _clock(pts.tolist())
    assert clock.times_s[-1] == pytest.approx(pts[-1] / 1000)
    assert clock.jumps == ()
    assert (np.diff(clock.times_s) > 0).all()


def test_two_frames_on_each_timestamp_share_its_time():
    clock = _clock(np.repeat(np.arange(200) * 40, 2).tolist())
    np.testing.assert_allclose(np.diff(clock.times_s)[2:-2], 0.02, atol=1e-6)
    assert clock.times_s[-1] == pytest.approx(199 * 0.04, abs=0.041)
    assert clock.jumps == ()


@pytest.mark.parametrize("may_leap", [False, True])
@pytest.mark.parametrize("step_ms", [5000, 30000])
def test_few_frames_keep_their_times_in_every_format(step_ms, may_leap):
    """A frame every 5 s, or every 30 s, as of surveillance and slides."""
    clock = _clock(list(range(0, 40 * step_ms, step_ms)), may_leap=may_leap)
    np.testing.assert_allclose(clock.times_s, np.arange(40) * step_ms / 1000)
    assert clock.jumps == ()


def test_a_still_of_a_minute_is_a_long_frame_but_a_jump_where_clocks_leap():
    pts = [*range(0, 2000, 40), *range(62000, 64000, 40)]
    assert _clock(pts).times_s[-1] == pytest.approx(63.96)
    leapt = _clock(pts, may_leap=True)
    np.testing.assert_allclose(np.diff(leapt.times_s), 0.04)
    assert leapt.jumps == ((50, 1.96, 62.0),)


def test_a_leap_that_the_clock_takes_back_is_no_long_frame():
    pts = [*range(0, 2000, 40), *range(902000, 902400, 40), *range(2400, 4000, 40)]
    clock = _clock(pts)
    np.testing.assert_allclose(np.diff(clock.times_s), 0.04)
    assert [jump[0] for jump in clock.jumps] == [50, 60]


def test_no_frames_have_no_times():
    times, interpolated = _times([])
    assert times.shape == interpolated.shape == (0,)


@given(stamps, st.floats(-1, 1), st.booleans())
def test_times_strictly_increase_from_zero_or_later_whatever_the_file_says(pts, start_s, may_leap):
    times, interpolated = _times(pts, start_s=start_s, may_leap=may_leap)
    assert times.shape == interpolated.shape == (len(pts),)
    assert np.all(np.diff(times) > 0)
    assert np.all(times >= 0)


@given(st.lists(st.none() | st.integers(-YEAR_S, YEAR_S), max_size=30), st.booleans())
def test_times_strictly_increase_however_wild_the_clock(pts, may_leap):
    assert np.all(np.diff(_times(pts, may_leap=may_leap)[0]) > 0)


SMALL = {"half back", "half ahead", "same"}
jumps = st.sampled_from(["forward", "back", "wrap", *sorted(SMALL)])
parts = st.lists(
    st.tuples(jumps, st.integers(6, 40), st.integers(1500, 9000)), min_size=1, max_size=6
)


def _joined(parts):
    """Recordings behind each other, each with a clock of its own, in ticks of 1/90000 s."""
    pts, begins = [], []
    now = 90_000_000
    for jump, n, step in parts:
        last, before = (pts[-1], pts[-1] - pts[-2]) if pts else (now, step)
        own_step = before if jump in SMALL else step
        now = {
            "forward": last + 90_000 * 1000,
            "back": last - 180_000,
            "half back": last - before // 2,
            "half ahead": last + before // 2,
            "same": last,
            "wrap": last + before - WRAP,
        }[jump]
        begins.append(len(pts))
        pts += [now + own_step * i for i in range(n)]
    return pts, begins


@given(parts)
def test_inside_a_part_distances_are_the_files_and_jumps_are_bridged(parts):
    pts, begins = _joined(parts)
    clock = read_clock(pts, Fraction(1, 90000), 0.0, 0.04, may_leap=True)
    steps, file_steps = np.diff(clock.times_s), np.diff(pts) / 90000
    assert (steps > 0).all()
    inside = np.setdiff1d(np.arange(len(pts) - 1), np.array(begins) - 1)
    np.testing.assert_allclose(steps[inside], file_steps[inside], atol=1e-6)
    for begin in begins[1:]:
        legal = 0 < file_steps[begin - 1] <= 10
        expected = file_steps[begin - 1] if legal else file_steps[begin - 2]
        assert steps[begin - 1] == pytest.approx(expected, abs=1e-6)
    assert [jump[0] for jump in clock.jumps] == [
        begin for begin in begins[1:] if not 0 < file_steps[begin - 1] <= 10
    ]


def _score(values, believed, jumped, usual):
    """What the documentation of Belief says, counted one by one; None for what is not allowed."""
    score = len(believed)
    for (j, i), jump in zip(pairwise(believed), jumped, strict=True):
        gap = values[i] - values[j]
        if jump:
            score -= 3
        elif not gap > 0:
            return None
        elif i - j > 1:
            around = []
            known = [k for k, value in enumerate(values) if value is not None]
            at, to = known.index(j), known.index(i)
            if to - at == 1:
                continue
            if at and values[j] > values[known[at - 1]]:
                around.append((values[j] - values[known[at - 1]]) / (j - known[at - 1]))
            if to + 1 < len(known) and values[known[to + 1]] > values[i]:
                around.append((values[known[to + 1]] - values[i]) / (known[to + 1] - i))
            least = min(around) if len(around) == 2 else min([usual, *around])
            score -= 3 * (gap / (i - j) < 0.8 * least)
    return score


@settings(max_examples=60)  # thousands of explanations of each list
@given(st.lists(st.none() | st.integers(0, 9), max_size=7))
def test_no_explanation_of_the_timestamps_is_better_than_the_chosen_one(values):
    known = [i for i, value in enumerate(values) if value is not None]
    ahead = [(values[i] - values[j]) / (i - j) for j, i in pairwise(known)]
    usual = float(np.median([step for step in ahead if step > 0] or [0.0]))
    scores = [0]
    for chosen in product([False, True], repeat=len(known)):
        believed = [i for i, taken in zip(known, chosen, strict=True) if taken]
        for jumped in product([False, True], repeat=max(len(believed) - 1, 0)):
            scores.append(_score(values, believed, jumped, usual))
    belief = believe(values, 1e9)
    assert belief.score == max(score for score in scores if score is not None)
    assert belief.score == _score(values, belief.frames.tolist(), belief.jumps[1:].tolist(), usual)


def test_decoding_timestamps_stand_in_for_presentation_timestamps_out_of_order():
    assert better_timestamps([1, 3, 4, 2], [2, 3, 4, 5]) == [2, 3, 4, 5]
    assert better_timestamps([0, 1, 2, 3], [0, 1, 2, None]) == [0, 1, 2, 3]
