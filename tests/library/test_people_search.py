"""Who may be the person of one picture: known answers on made-up faces."""

import numpy as np
import pandas as pd
import pytest

from castmap.people.search import find_groups, probabilities


def faces(random, person, n, noise=0.3):
    """Unit rows near a person's face."""
    rows = person + noise * random.normal(size=(n, len(person))) / np.sqrt(len(person))
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def unit(random):
    row = random.normal(size=64)
    return row / np.linalg.norm(row)


def test_a_characters_tracks_are_one_and_others_are_alone():
    whose = pd.Series(["C01", "background", "not_a_face", "C01", "uncertain", "background"])
    rows, group = find_groups(whose)
    assert rows.tolist() == [0, 1, 3, 4, 5]
    assert group[0] == group[2]
    assert sorted(set(group.tolist())) == [0, 1, 2, 3] and len(group) == 5


def test_the_person_is_found_as_a_character_and_in_the_background():
    random = np.random.default_rng(0)
    ann, ben, eve = (unit(random) for _ in range(3))
    vectors = np.concatenate([faces(random, person, n) for person, n in ((ann, 3), (ben, 3))])
    vectors = np.concatenate([vectors, faces(random, ann, 1), faces(random, eve, 2)])
    whose = pd.Series(["C01"] * 3 + ["C02"] * 3 + ["background", "uncertain", "not_a_face"])
    found = probabilities(whose, vectors, faces(random, ann, 1)[0])
    assert (found[[0, 1, 2, 6]] > 0.9).all()
    assert len(set(found[:3])) == 1  # a character's tracks have one probability
    assert (found[[3, 4, 5, 7]] < 0.2).all()
    assert found[8] == 0


def test_the_more_may_be_the_person_the_less_probable_each_is():
    random = np.random.default_rng(1)
    ann = unit(random)
    few, many = (
        probabilities(
            pd.Series(["C01", *["background"] * n]),
            np.concatenate([ann[None], *(faces(random, unit(random), 1) for _ in range(n))]),
            faces(random, ann, 1, noise=1.5)[0],
        )[0]
        for n in (2, 200)
    )
    assert 0 < many < few < 1


@pytest.mark.parametrize("whose", [[], ["not_a_face"]])
def test_where_there_is_no_face_nobody_is_found(whose):
    vectors = np.ones((len(whose), 4)) / 2
    found = probabilities(pd.Series(whose, dtype=object), vectors, np.array([1.0, 0, 0, 0]))
    assert found.tolist() == [0.0] * len(whose)
