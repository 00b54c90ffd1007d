"""Questions come in the order of the clicks that their answers save."""

import numpy as np
import pandas as pd

from workflow_scripts.corrections.review import questions
from workflow_scripts.formats.tables import CHARACTERS, REVIEW

NONE = np.zeros((0, 2), int)
STOP = 0.6


def characters(*tracks):
    """``tracks``: character, confidence, second character."""
    table = pd.DataFrame(tracks, columns=["character", "confidence", "second_character"])
    table = table.assign(track=np.arange(len(table)) * 10, shot=0, start_s=0.0, end_s=1.0)
    table = table.assign(n_faces=5, joined=False, name=None, corrected=False)
    return CHARACTERS.validate(table)


def asked(table, distances=None, forbidden=NONE):
    distances = np.full((len(table), len(table)), 1.5) if distances is None else distances
    found = REVIEW.validate(questions(table, distances, forbidden, STOP))
    assert found["question"].tolist() == list(range(1, len(found) + 1))
    assert found["clicks_saved"].is_monotonic_decreasing
    return found


def test_the_least_certain_track_comes_first():
    found = asked(characters(("C01", 0.9, None), ("C01", 0.2, "C02"), ("C01", 0.5, None)))
    assert found["track"].tolist() == [10, 20]
    assert np.isclose(found["clicks_saved"][0], (1 - 0.2) ** 3 / 2)
    assert found["other_character"].tolist()[0] == "C02"


def test_characters_at_the_stop_distance_are_one_as_likely_as_not_and_cost_the_smaller():
    table = characters(*[("C01", 1, None)] * 5, *[("C02", 1, None)] * 3)
    distances = np.full((8, 8), STOP)
    found = asked(table, distances)
    assert found.loc[0, ["kind", "character", "other_character"]].tolist() == [
        *("merge", "C01", "C02")
    ]
    assert found["clicks_saved"].tolist() == [1.5]
    assert asked(table, distances + STOP / 8)["clicks_saved"][0] < 1
    assert len(asked(table, distances, np.array([[0, 7]]))) == 0  # they are seen at once


def test_what_somebody_said_is_not_asked_again_nor_what_is_no_face():
    alone = [("C02", 0, "C01"), ("not_a_face", 0, "C01"), ("background", 0, None)]
    table = characters(("C01", 0, None), ("C01", 1, None), *alone)
    assert asked(table)["track"].tolist() == [0]
    assert len(asked(table.assign(corrected=True))) == 0


def test_whose_a_track_of_nobody_may_be_is_asked():
    table = characters(*[("C01", 1, None)] * 3, ("uncertain", 0, "C01"))
    distances = np.full((4, 4), STOP)
    found = asked(table, distances)
    assert found.loc[0, ["kind", "track", "other_character"]].tolist() == ["track", 30, "C01"]
    assert found["clicks_saved"][0] == 0.5


def test_a_film_without_tracks_asks_nothing():
    assert len(asked(CHARACTERS.empty())) == 0
