"""People across films: vectors of characters, and who is whom."""

import numpy as np
import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from castmap.clustering.people import character_vectors, find_people


def unit(rows):
    rows = np.array(rows, float)
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def test_a_character_is_the_mean_of_its_tracks_the_certain_ones_first():
    clusters = pd.DataFrame({"character": ["C02", "background", "C01", "C02"]})
    clusters["confidence"] = [0.95, 0.0, 0.5, 0.0]
    names, vectors = character_vectors(clusters, np.eye(4)[[0, 1, 2, 3]])
    assert names == ["C01", "C02"]
    assert np.allclose(vectors, unit([[0, 0, 1, 0], [1.0, 0, 0, 0.05]]))


def test_the_same_face_in_three_films_is_one_person():
    ann, ben = np.eye(2)
    vectors = unit([ann, ben, ann + 0.1 * ben, ben + 0.1 * ann, ann])
    people, confidence = find_people(vectors, np.array([0, 0, 1, 1, 2]), 0.4)
    assert people.tolist() == [0, 1, 0, 1, 0]
    assert ((confidence > 0.5) & (confidence <= 1)).all()


def test_beyond_the_stop_distance_they_are_two():
    vectors = unit([[1, 0], [1, 1]])
    assert find_people(vectors, np.array([0, 1]), 0.2)[0].tolist() == [0, 1]
    assert find_people(vectors, np.array([0, 1]), 0.3)[0].tolist() == [0, 0]


def test_no_characters_are_no_people():
    people, confidence = find_people(np.zeros((0, 4)), np.zeros(0, int), 0.4)
    assert len(people) == len(confidence) == 0


@settings(max_examples=40)
@given(st.lists(st.integers(0, 3), min_size=1, max_size=20), st.integers(0, 10**6))
def test_two_characters_of_one_film_are_never_one_person(films, seed):
    vectors = unit(np.random.default_rng(seed).normal(size=(len(films), 3)))
    people, _ = find_people(vectors, np.array(films), 2.0)
    assert len(set(zip(films, people.tolist(), strict=True))) == len(films)
