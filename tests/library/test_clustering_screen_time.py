"""How long characters are on screen, against sums over all that may be wrong."""

import itertools

import numpy as np
import pandas as pd
import pytest

from castmap.clustering.screen_time import Errors, draw_times, screen_times


def test_draws_are_distributed_as_all_outcomes_are():
    chances, lengths = np.array([0.9, 0.6, 0.97, 0.2, 0.5]), np.array([3.0, 5.0, 1.0, 2.0, 7.0])
    wanted: dict[float, float] = {}
    for outcome in itertools.product((0, 1), repeat=len(chances)):
        total = float(np.dot(outcome, lengths))
        wanted[total] = wanted.get(total, 0) + np.where(outcome, chances, 1 - chances).prod()
    draws = draw_times(chances, lengths)
    for total in wanted:
        below = sum(chance for other, chance in wanted.items() if other <= total)
        assert (draws <= total).mean() == pytest.approx(below, abs=0.03)
    assert draws.mean() == pytest.approx(chances @ lengths, abs=0.2)  # three standard errors


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

    assert interval((10, 12, "C01", 0.8, None)) == [12, 10, 12]
    assert interval((10, 12, "background", 0.0, "C01")) == [10, 10, 12]
    assert interval((10, 12, "not_a_face", 0.0, "C01")) == [10, 10, 10]
    assert interval((10, 12, "C02", 0.5, "C01")) == [10, 10, 12]
    assert interval((10, 12, "C02", 1.0, "C01")) == [10, 10, 10]
    assert interval((10, 12, "C01", 0.99, None)) == [12, 12, 12]  # one in a hundred is not in 90 %
    errors = Errors(0.0, 0.0, 0.25)  # of the two seconds that are not certain
    assert interval((10, 12, "C01", 0.99, None)) == [12, 11.5, 12.5]
    errors = Errors(0.0, 0.5, 0.0)  # the only other character there is
    assert interval((10, 12, "C02", 0.5, "C03")) == [10, 10, 12]


def test_a_film_without_characters_has_no_screen_times():
    assert screen_times(clusters((0, 1, "background", 0.0, None))).empty
