"""Shots from pictures: detection, what is settled for every detector, and the table."""

import numpy as np
import pandas as pd
import pytest

from castmap.console import InputError
from castmap.shots.detection import ShotSettings, find_shots
from castmap.shots.footage import Footage

FPS, LENGTH = 25, 12


def film(*levels):
    """A shot of each grey level; pictures are of the size that a detector asks for."""

    def decode(size):
        for level in levels:
            for _ in range(LENGTH):
                yield np.full((size[1], size[0], 3), level, np.uint8)

    return Footage(64, 36, decode)


def frames_of(n):
    table = pd.DataFrame({"frame": range(n), "time_s": np.arange(n) / FPS})
    return table.assign(duration_s=1 / FPS, time_source="pts")


def settings(**changed):
    given = {"detector": "content", "parameters": {}, "threshold": 0.5, "min_length_s": 0.2}
    return ShotSettings(**given | changed)


def test_shots_begin_where_the_picture_changes_and_cover_the_film():
    shots = find_shots(film(60, 200, 90), frames_of(3 * LENGTH), settings())
    assert shots["start_frame"].tolist() == [0, LENGTH, 2 * LENGTH]
    assert shots["end_frame"].tolist() == [LENGTH, 2 * LENGTH, 3 * LENGTH]
    assert shots["boundary"].tolist() == ["film_start", "cut", "cut"]
    assert len(find_shots(film(60, 200), frames_of(2 * LENGTH), settings(min_length_s=0.6))) == 1


def test_a_film_without_frames_is_not_decoded():
    def decode(_):
        raise AssertionError("it was decoded")

    assert find_shots(Footage(64, 36, decode), frames_of(0), settings()).empty


def test_pictures_that_are_not_those_of_the_table_are_refused():
    with pytest.raises(ValueError, match="content has read 24 of 25 frames"):
        find_shots(film(60, 200), frames_of(2 * LENGTH + 1), settings())


@pytest.mark.parametrize("threshold", [0.0, 1.0, -0.1, float("nan")])
def test_a_threshold_that_no_score_is_compared_with_is_refused(threshold):
    with pytest.raises(InputError, match="it must be above 0 and below 1"):
        settings(threshold=threshold)
