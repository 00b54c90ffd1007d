"""People across films: vectors of characters, and who is whom."""

import numpy as np
import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from castmap.clustering.people import (
    character_vectors,
    find_people,
    names_used,
    people_table,
)


def unit(rows):
    rows = np.array(rows, float)
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def test_a_character_is_the_mean_of_its_tracks_the_certain_ones_first():
    clusters = pd.DataFrame({"character": ["C02", "background", "C01", "C02"]})
    clusters["confidence"] = [0.95, 0.0, 0.5, 0.0]
    names, vectors = character_vectors(clusters, np.eye(4)[[0, 1, 2, 3]])
    assert names == ["C01", "C02"]
    assert np.allclose(vectors, unit([[0, 0, 1, 0], [1.0, 0, 0, 0.05]]))


def no_names(n):
    return np.full(n, -1)


def test_a_name_is_that_of_its_character():
    characters = pd.DataFrame({"character": ["C02", "background", "C01", "C02"]})
    characters["name"] = ["Ann", None, None, "Ann"]
    assert names_used(characters) == {"C02": "Ann"}


def test_the_same_face_in_three_films_is_one_person():
    ann, ben = np.eye(2)
    vectors = unit([ann, ben, ann + 0.1 * ben, ben + 0.1 * ann, ann])
    people, margin = find_people(vectors, np.array([0, 0, 1, 1, 2]), no_names(5), 0.4)
    assert people.tolist() == [0, 1, 0, 1, 0]
    assert ((margin > 0.5) & (margin <= 1)).all()


def test_beyond_the_stop_distance_they_are_two():
    vectors, films = unit([[1, 0], [1, 1]]), np.array([0, 1])
    assert find_people(vectors, films, no_names(2), 0.2)[0].tolist() == [0, 1]
    assert find_people(vectors, films, no_names(2), 0.3)[0].tolist() == [0, 0]


def test_one_name_is_one_person_and_two_names_are_two_however_they_look():
    """Three films: Ann looks like nobody, and Ben and Eve like each other."""
    ann, like_ben, ben_too = unit(np.eye(3) + 0.01)
    vectors = np.array([ann, like_ben, ben_too, like_ben, like_ben])
    films = np.array([0, 0, 1, 1, 2])
    ann_ben_ann_eve_nobody = np.array([0, 1, 0, 2, -1])
    people, _ = find_people(vectors, films, ann_ben_ann_eve_nobody, 0.4)
    # The one without a name is as near to Ben as to Eve, and joins the first.
    assert people.tolist() == [0, 1, 0, 2, 1]


def test_two_characters_of_one_film_are_one_person_only_by_name():
    same = unit([[1, 0], [1, 0], [1, 0]])
    films = np.array([0, 0, 0])
    assert find_people(same, films, no_names(3), 2.0)[0].tolist() == [0, 1, 2]
    assert find_people(same, films, np.array([0, -1, 0]), 2.0)[0].tolist() == [0, 1, 0]


def test_a_name_holds_for_the_person_in_every_film_and_case_does_not_matter():
    ann, ben = np.eye(2)
    characters = {
        "one": (["C01", "C02"], unit([ann, ben])),
        "two": (["C01", "C02"], unit([ben, ann])),
        "three": ([], np.zeros((0, 2))),
        "four": (["C01"], unit([ben])),
    }
    names = {"one": {"C01": "Ann Lee"}, "two": {"C02": "ann  lee"}, "three": {}}
    names["four"] = {"C01": "unknown"}
    table = people_table(characters, names, 0.4)
    found = table[["movie", "character", "person", "name"]]
    assert found.astype(object).where(found.notna(), None).to_numpy().tolist() == [
        ["one", "C01", "P001", "Ann Lee"],
        ["one", "C02", "P002", None],
        ["two", "C01", "P002", None],
        ["two", "C02", "P001", "Ann Lee"],
        ["four", "C01", "P002", None],
    ]


def test_no_characters_are_no_people():
    none = np.zeros(0, int)
    people, margin = find_people(np.zeros((0, 4)), none, none, 0.4)
    assert len(people) == len(margin) == 0
    assert people_table({"one": ([], np.zeros((0, 4)))}, {"one": {}}, 0.4).empty


@settings(max_examples=60)
@given(
    st.lists(st.tuples(st.integers(0, 3), st.integers(-1, 3)), min_size=1, max_size=20),
    st.integers(0, 10**6),
    st.floats(0, 2),
)
def test_names_are_never_mixed_and_always_kept_together(characters, seed, stop_distance):
    vectors = unit(np.random.default_rng(seed).normal(size=(len(characters), 3)))
    films, names = np.array(characters).T
    people, margin = find_people(vectors, films, names, stop_distance)
    assert ((margin >= 0) & (margin <= 1)).all()
    for one in range(len(characters)):
        for other in range(one):
            is_one = people[one] == people[other]
            if names[one] >= 0 and names[other] >= 0:
                assert is_one == (names[one] == names[other])
            elif films[one] == films[other]:
                assert not is_one
