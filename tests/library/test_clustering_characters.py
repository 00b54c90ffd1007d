"""Names and screen time."""

import numpy as np
import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from workflow_scripts.clustering.characters import name_characters, screen_time


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
