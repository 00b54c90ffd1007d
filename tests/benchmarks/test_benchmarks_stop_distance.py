"""What the benchmark of the stop distance measures and how it is summed up."""

import numpy as np
import pandas as pd
import pytest

from benchmarks.stop_distance import share_within, summarise


def test_of_three_people_one_pair_is_near():
    angles = np.radians([0, 0, 50, 50, 130])  # 1 - cos: 0.36 and 0.83 between neighbours
    vectors = np.column_stack([np.cos(angles), np.sin(angles)])
    people = np.array(["Ann", "Ann", "Ben", None, "Eve"], object)
    assert share_within(vectors, people, 0.4) == pytest.approx(1 / 3)
    assert share_within(vectors, people, 0.9) == pytest.approx(2 / 3)
    assert np.isnan(share_within(vectors[:2], people[:2], 0.4))


def test_differences_are_paired_by_film_and_right_numbers_of_characters_are_counted():
    rows = [
        ("a", "the film's own", 0.9, 1.0),
        ("b", "the film's own", 0.8, 1.3),
        ("a", "0.63", 0.7, 1.1),
        ("b", "0.63", 0.6, 2.0),
    ]
    table = pd.DataFrame(rows, columns=["film", "stop", "V", "found / true"])
    table = table.assign(expected=[0.02, 0.04, None, None], measured=0.1)
    table[["character precision", "character recall"]] = 0.5
    found = summarise(table).set_index("stop")
    assert found.loc["the film's own", "V"] == "0.850 (+0.200 ± 0.000)"
    assert found.loc["0.63", "V"] == "0.650"
    assert found["within .8-1.25"].tolist() == ["1 of 2", "1 of 2"]
    assert found.loc["the film's own", "expected error"] == "0.030"
