"""Questions come in the order of the clicks that their answers save."""

import numpy as np
import pandas as pd
import pytest

from castmap.corrections.review import Pairs, questions
from castmap.formats.tables import CHARACTERS, NAMES, REVIEW

NONE = np.zeros((0, 2), int)
STOP = 0.6


def characters(*tracks):
    """``tracks``: character, confidence, second character."""
    table = pd.DataFrame(tracks, columns=["character", "confidence", "second_character"])
    table = table.assign(track=np.arange(len(table)) * 10, shot=0, start_s=0.0, end_s=1.0)
    table = table.assign(n_faces=5, joined=False, name=None, named_by=None, corrected=False)
    return CHARACTERS.validate(table)


def asked(table, distances=None, cannot_links=NONE, names=None, **pairs):
    distances = np.full((len(table), len(table)), 1.5) if distances is None else distances
    known = dict.fromkeys(Pairs._fields, NONE) | pairs | {"seen_at_once": cannot_links}
    pairs = Pairs(**{kind: np.array(some, int) for kind, some in known.items()})
    found = REVIEW.validate(
        questions(table, distances, pairs, STOP, NAMES.empty() if names is None else names)
    )
    assert found["question"].tolist() == list(range(1, len(found) + 1))
    assert found["clicks_saved"].is_monotonic_decreasing
    return found


def test_the_least_certain_track_comes_first():
    found = asked(characters(("C01", 0.9, None), ("C01", 0.2, "C02"), ("C01", 0.5, None)))
    assert found["track"].tolist() == [10, 20, 0]
    assert np.allclose(found["clicks_saved"], [0.8, 0.5, 0.1])
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


def test_one_person_twice_in_the_picture_is_asked_once_by_the_nearest_pair():
    table = characters(*[("C01", 1, None)] * 4, *[("C02", 1, None)] * 2)
    distances = np.full((6, 6), 1.5)
    distances[0, 4], distances[1, 5] = 0.2, 0.1
    twice = [[0, 4], [1, 5]]
    found = asked(table, distances, twice, impossible=twice)
    assert found["kind"].tolist() == ["twice"]
    wanted = [10, 50, "C01", "C02"]
    columns = ["track", "other_track", "character", "other_character"]
    assert found.loc[0, columns].tolist() == wanted
    # By hand: two tracks to move, and 1 / (1 + exp((.1 - .6) / (.6 / 8))) that they are one person.
    assert np.isclose(found["clicks_saved"][0], 2 / (1 + np.exp(-0.5 / 0.075)))
    assert len(asked(table, distances, twice, impossible=twice, different=[[2, 5]])) == 0
    assert len(asked(table.assign(name=[*"aaaa", *"bb"]), distances, twice, impossible=twice)) == 0
    one = table.assign(character="C01")
    assert "twice" not in set(asked(one, distances, twice, impossible=twice)["kind"])


def test_cannot_links_between_tracks_much_alike_are_asked_about_though_not_on_the_list():
    table = characters(("C01", 1, None), ("C02", 1, None))

    def clicks(distance):
        found = asked(table, np.full((2, 2), distance), cannot_links=[[0, 1]])
        return found["clicks_saved"].tolist()

    # By hand: odds of exp((.6 - .2) / (.6 / 8)) that they are one person, and 0.0014 before.
    odds = 0.0014 * np.exp(0.4 / 0.075)
    assert np.isclose(clicks(0.2), [odds / (1 + odds)]).all()
    assert clicks(0.5) == []


def test_a_mirror_image_that_is_nobodys_is_asked_about_unless_it_was_said_what_it_is():
    table = characters(*[("C01", 1, None)] * 3, ("background", 0, None), ("uncertain", 0, None))
    distances = np.full((5, 5), 0.1)
    twice = [[0, 3], [1, 4]]
    found = asked(table, distances, twice, impossible=twice)
    assert found[["track", "other_track"]].to_numpy(int).tolist() == [[0, 30], [10, 40]]
    assert len(asked(table, distances, twice, impossible=twice, different=[[0, 3], [2, 4]])) == 0
    said = table.assign(corrected=table["character"] == "background")
    assert asked(said, distances, twice, impossible=twice)["track"].tolist() == [10]
    gone = table.assign(character=["C01"] * 3 + ["not_a_face"] * 2)
    assert len(asked(gone, distances, twice, impossible=twice)) == 0


def test_one_name_for_two_characters_is_asked_first_and_two_names_never():
    table = characters(*[("C01", 1, None)] * 3, *[("C02", 1, None)] * 2, ("C03", 1, None))
    near = np.full((6, 6), 0.1)
    named = table.assign(name=["Ann"] * 3 + ["Ann"] * 2 + ["Ben"])
    far = near + 1.3
    found = asked(named, far, cannot_links=[[0, 3]])
    assert found[["kind", "character", "other_character"]].to_numpy().tolist() == [
        ["merge", "C01", "C02"]
    ]
    assert found["clicks_saved"][0] == 2
    assert len(asked(named, far, different=[[0, 3]])) == 0
    assert len(asked(named, near)) == 1 and len(asked(table, near)) == 3


def test_a_film_without_tracks_asks_nothing():
    assert len(asked(CHARACTERS.empty())) == 0


def test_a_handover_within_a_character_is_asked_about_until_somebody_has_said():
    table = characters(*[("C01", 1, None)] * 3, ("C02", 1, None))
    found = asked(table, handovers=[(0, 2), (1, 3)])
    assert found[["kind", "track", "other_track"]].to_numpy().tolist() == [["twice", 0, 20]]
    assert found["clicks_saved"].tolist() == [1.0]
    assert len(asked(table, handovers=[(0, 2)], different=[(2, 0)])) == 0
    moved = table.assign(corrected=[False, False, True, False])
    assert len(asked(moved, handovers=[(0, 2)])) == 0


def test_a_proposed_name_is_asked_about_by_how_probable_it_is():
    names = pd.DataFrame(
        [
            ("C01", "proposed", "Ann", 0.6, "Eve", 0.3, 0.1),
            ("C02", "certain", "Ben", 0.999, None, 0.0, 0.001),
            ("C03", "given", "Cid", 1.0, None, 0.0, 0.0),
        ],
        columns=NAMES.columns,
    )
    table = characters(("C01", 1, None), ("C02", 1, None), ("C03", 1, None))
    found = asked(table, names=NAMES.validate(names))
    assert found[["kind", "character", "name"]].to_numpy().tolist() == [["name", "C01", "Ann"]]
    assert found["clicks_saved"].tolist() == [pytest.approx(0.6)]
