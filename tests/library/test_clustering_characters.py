"""Names and screen time."""

import numpy as np
import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from castmap.clustering.assignment import UNASSIGNED
from castmap.clustering.characters import (
    count_characters,
    is_character,
    label_unassigned,
    name_characters,
    screen_time,
)


def intervals(pairs):
    return pd.DataFrame(pairs, columns=["start_s", "end_s"], dtype=float)


def test_characters_are_named_by_screen_time():
    table = intervals([(0, 1), (1, 5), (5, 6), (6, 9)])
    assert name_characters(table, np.array([7, 3, 7, 5])) == {7: "C03", 3: "C01", 5: "C02"}


def test_of_equal_screen_times_the_first_seen_comes_first():
    assert name_characters(intervals([(4, 6), (0, 2)]), np.array([0, 1])) == {0: "C02", 1: "C01"}


def test_time_on_screen_twice_at_once_counts_once():
    table = intervals([(0, 4), (2, 5), (0, 4.5)])
    # One face found twice from 0 to 5 is longer than 4.5, and not 7.
    assert name_characters(table, np.array([0, 0, 1])) == {0: "C01", 1: "C02"}
    assert screen_time(table.iloc[:2]) == 5


def test_more_than_99_characters_have_three_digits():
    table = intervals([(10 * i, 10 * i + 1) for i in range(100)])
    names = name_characters(table, np.arange(100))
    assert (names[0], names[99]) == ("C001", "C100")


@settings(max_examples=50)
@given(st.lists(st.tuples(st.integers(0, 40), st.integers(1, 9)), max_size=12))
def test_screen_time_counts_every_second_once(drawn):
    seconds = {second for start, length in drawn for second in range(start, start + length)}
    table = intervals([(start, start + length) for start, length in drawn])
    assert screen_time(table) == len(seconds)


def test_nobody_has_no_name_but_a_reason():
    found = name_characters(intervals([(0, 9), (0, 2)]), np.array([UNASSIGNED, 0]))
    assert found == {0: "C01"}
    usable, faceless = np.array([True, False, False]), np.array([False, False, True])
    names = label_unassigned(usable, faceless)
    assert names.tolist() == ["background", "uncertain", "not_a_face"]
    assert is_character(pd.Series(["C01", *names])).tolist() == [True, False, False, False]


def test_only_characters_are_counted():
    table = pd.DataFrame({"character": ["C02", "background", "C01", "C02", "uncertain"]})
    assert count_characters(table) == 2
