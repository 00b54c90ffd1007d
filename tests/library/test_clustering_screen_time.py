"""How long characters are on screen, against sums over all that may be wrong."""

import numpy as np
import pandas as pd
import pytest

from castmap.clustering.screen_time import Errors, independent_bounds, screen_times


def test_the_bounds_of_independent_tracks_hold_in_nine_of_ten_draws():
    random = np.random.default_rng(0)
    chances, lengths = random.uniform(0.2, 1, 60), random.uniform(1, 9, 60)
    draws = (random.random((20_000, 60)) < chances) @ lengths
    low, high = independent_bounds(chances, lengths)
    assert [low, high] == pytest.approx(np.quantile(draws, [0.05, 0.95]), rel=0.01)
    assert ((draws >= low) & (draws <= high)).mean() == pytest.approx(0.9, abs=0.01)


def test_no_bound_is_beyond_what_is_possible():
    assert independent_bounds(np.array([1.0, 0.9]), np.array([5.0, 2.0])) == pytest.approx(
        (5 + 1.8 - 1.6449 * 0.6, 7), abs=1e-3
    )
    assert independent_bounds(np.array([1.0, 1e-3, 0.0]), np.array([5.0, 1.0, 9.0]))[0] == 5
    assert independent_bounds(np.zeros(0), np.zeros(0)) == (0, 0)


def clusters(*tracks):
    """``tracks``: start, end, character, confidence, second character."""
    names = ["start_s", "end_s", "character", "confidence", "second_character"]
    return pd.DataFrame(tracks, columns=names)


def test_what_is_certain_has_no_spread_and_counts_each_second_once():
    table = clusters((0, 4, "C01", 1.0, None), (3, 6, "C01", 1.0, None), (9, 10, "C02", 1.0, "C01"))
    found = screen_times(table)
    assert found.to_numpy().tolist() == [["C01", 6, 6, 6], ["C02", 1, 1, 1]]


def test_what_may_be_wrong_or_elsewhere_widens_the_interval_on_its_side():
    certain, errors = (0, 10, "C01", 1.0, None), Errors(0.5, 0.0, 0.0)

    def interval(*more):
        found = screen_times(clusters(certain, *more), errors).iloc[0]
        return [found[f"screen_time_{end}"] for end in ("s", "low_s", "high_s")]

    assert interval((10, 12, "C01", 0.8, None)) == pytest.approx([12, 10.284, 12], abs=1e-3)
    assert interval((10, 12, "background", 0.0, "C01")) == [10, 10, 12]
    assert interval((10, 12, "not_a_face", 0.0, "C01")) == [10, 10, 10]
    assert interval((10, 12, "C02", 0.5, "C01")) == pytest.approx([10, 10, 11.924], abs=1e-3)
    assert interval((10, 12, "C02", 1.0, "C01")) == [10, 10, 10]
    assert interval((10, 12, "C01", 0.99, None)) == pytest.approx([12, 11.653, 12], abs=1e-3)
    errors = Errors(0.0, 0.0, 0.25)  # of the two seconds that are not certain
    assert interval((10, 12, "C01", 0.99, None)) == pytest.approx([12, 11.153, 12.5], abs=1e-3)
    errors = Errors(0.0, 0.5, 0.0)  # the only other character there is
    assert interval((10, 12, "C02", 0.5, "C03")) == pytest.approx([10, 10, 11.924], abs=1e-3)


def test_a_film_without_characters_has_no_screen_times():
    assert screen_times(clusters((0, 1, "background", 0.0, None))).empty
