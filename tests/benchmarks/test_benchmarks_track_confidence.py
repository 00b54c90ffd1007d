"""What the benchmark of confidence and screen time measures."""

from math import comb

import numpy as np
import pandas as pd
import pytest

from benchmarks.track_confidence import (
    bound_row,
    calibration_error,
    covered,
    error_by_chance,
    fit,
    true_time,
)
from castmap.clustering.screen_time import Errors


def test_the_calibration_error_is_the_mean_gap_of_the_bins():
    said = np.repeat([0.2, 0.8], [500, 500])
    right = np.tile([1.0, 0.0, 0.0, 0.0, 0.0, 1.0, 1.0, 1.0, 0.0, 0.0], 100)
    assert calibration_error(said, np.repeat([0.2, 0.8], 500)) == pytest.approx(0)
    assert calibration_error(said, right) == pytest.approx((0.2 + 0.4) / 2)  # 0.4 of all are right


def test_few_tracks_are_off_by_chance():
    """Ten tracks in each of ten bins: the mean distance of a binomial share from its mean."""
    k = np.arange(11)
    chances = np.array([comb(10, i) for i in k]) * 0.9**k * 0.1 ** (10 - k)
    mean, most = error_by_chance(np.full(100, 0.9))
    assert mean == pytest.approx((chances * np.abs(k / 10 - 0.9)).sum(), abs=0.003)
    assert mean < most < 2 * mean
    assert error_by_chance(np.full(10000, 0.9))[0] < mean / 5


def test_the_coefficients_that_made_the_data_are_found():
    random = np.random.default_rng(0)
    table = pd.DataFrame({"intercept": 1.0, "likeness": random.normal(size=20000)})
    wanted = np.array([0.5, 2.0])
    chances = 1 / (1 + np.exp(-table.to_numpy() @ wanted))
    right = random.random(20000) < chances
    assert fit(table.assign(right=right, film="a")) == pytest.approx(wanted, abs=0.1)


def film():
    """Ann in C01 and C03, with a track of Ben in C01, one of hers in C02, and one in none."""
    rows = [
        ("C01", "Ann", "Ann", 0, 10, 0.9),
        ("C01", "Ben", "Ann", 10, 13, 0.6),
        ("C02", "Ben", "Ben", 20, 40, 1.0),
        ("C02", "Ann", "Ben", 40, 42, 0.9),
        ("C03", "Ann", "Ann", 50, 51, 1.0),
        ("background", "Ann", None, 60, 64, 0.0),
    ]
    columns = ["character", "person", "main", "start_s", "end_s", "confidence"]
    table = pd.DataFrame(rows, columns=columns)
    table["right"] = table["person"] == table["main"]
    return table.assign(second_character=None)


def test_true_times_count_a_person_wherever_but_in_another_character_of_theirs():
    table = film()
    assert [true_time(table, name) for name in ("C01", "C02", "C03")] == [16, 23, 7]
    held = covered([table], Errors(0.0, 0.0, 0.0))
    assert held["true_s"].tolist() == [16, 23, 7]
    assert held["held"].tolist() == [False, False, False]
    found = covered([table.assign(second_character="C01")], Errors(1.0, 0.0, 0.0))
    assert found["held"].tolist() == [True, False, False]


def test_faces_are_looked_at_until_little_time_is_expected_to_be_wrong():
    found = bound_row(film()[:5])
    # Expected to be wrong: 1, 1.2, 0, 0.2 and 0 s of 36; one second in fifty of them is 0.72 s.
    assert found["expected wrong"] == pytest.approx(2.4 / 36)
    assert found["to look at"] == 2
    assert found["wrong"] == pytest.approx(5 / 36)
    assert found["wrong after"] == pytest.approx(2 / 36)
