"""Characters get the names of the known people that they look like, and nobody gets a wrong one."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from castmap.formats.tables import CHARACTERS, CORRECTED, KNOWN_FACES, NAME_EVIDENCE, NAMES
from castmap.people.known import gather_people
from castmap.people.naming import _certain, apply_names, describe_cast, find_evidence, name_cast

DIMENSIONS = 64
NOBODY_SEEN_AT_ONCE = np.zeros((0, 2), int)


def look(number, change=0.0):
    """The face of a made-up person; two people are as unlike as random directions."""
    random = np.random.default_rng(number)
    face = random.normal(size=DIMENSIONS) + change * np.random.default_rng(999).normal(
        size=DIMENSIONS
    )
    return face / np.linalg.norm(face)


def corrected(*rows):
    """``rows``: character, name, seconds; the tracks are numbered by tens."""
    table = pd.DataFrame(rows, columns=["character", "name", "end_s"])
    table = table.assign(track=np.arange(len(table)) * 10, shot=0, start_s=0.0, n_faces=5)
    table = table.assign(confidence=1.0, second_character=None, joined=False, corrected=False)
    return CORRECTED.validate(table)


def known(**people):
    """Faces of people by name."""
    rows = [(name, face) for name, faces in people.items() for face in faces]
    table = pd.DataFrame(rows, columns=["name", "embedding"])
    table = table.assign(face=range(len(table)), origin=table["name"] + "/1.jpg", crop=b"jpeg")
    table = table.reindex(columns=KNOWN_FACES.columns).assign(quality=1.0)
    return KNOWN_FACES.validate(table)


def named(table, vectors, faces, cannot_links=NOBODY_SEEN_AT_ONCE, journal=(), roles=None):
    cast = describe_cast(table, np.array(vectors), np.array(cannot_links), list(journal))
    people = gather_people([faces], roles)
    names = NAMES.validate(name_cast(cast, people, roles, expected_error=0.01))
    evidence = NAME_EVIDENCE.validate(find_evidence(names, cast, people))
    return names.set_index("character"), evidence, apply_names(table, names.reset_index(drop=True))


ANN, BEN, EVE = look(1), look(2), look(3)
TWO = corrected(("C01", None, 60.0), ("C02", None, 30.0))


def test_who_is_known_is_named_and_who_is_not_is_not():
    names, evidence, characters = named(TWO, [ANN, EVE], known(Ann=[look(1, 0.2)], Ben=[BEN]))
    assert names.loc["C01", ["status", "name"]].tolist() == ["certain", "Ann"]
    assert names.loc["C01", "probability"] > 0.99
    assert names.loc["C02", "status"] != "certain" and names.loc["C02", "none_probability"] > 0.5
    assert characters["name"].fillna("").tolist() == ["Ann", ""]
    assert characters["named_by"].fillna("").tolist() == ["certain", ""]
    CHARACTERS.validate(characters)
    assert evidence.iloc[0][["character", "name", "track"]].tolist() == ["C01", "Ann", 0]
    assert evidence["similarity"].iloc[0] == pytest.approx(ANN @ look(1, 0.2), abs=1e-6)


def test_nobody_is_named_where_nobody_is_known():
    names, evidence, characters = named(TWO, [ANN, EVE], known())
    assert names["status"].tolist() == ["unknown"] * 2 and not len(evidence)
    assert characters["name"].isna().all()


def test_two_who_are_seen_at_once_are_not_one_person():
    likeness = [ANN, look(1, 0.3)]
    faces = known(Ann=[look(1, 0.1)])
    apart, *_ = named(TWO, likeness, faces, cannot_links=[[0, 1]])
    assert apart["name"].notna().sum() <= 1 or (apart["probability"] < 0.99).any()
    assert (apart["status"] == "certain").sum() <= 1
    free, *_ = named(TWO, likeness, faces)
    assert free["name"].tolist() == ["Ann", "Ann"]  # one person, it seems: a merge is proposed


def test_what_people_said_wins():
    given_name = corrected(("C01", "Somebody", 60.0), ("C02", None, 30.0))
    names, _, characters = named(given_name, [ANN, BEN], known(Ann=[ANN], Ben=[BEN]))
    assert names["status"].tolist() == ["given", "certain"]
    assert characters["name"].tolist() == ["Somebody", "Ben"]
    # The name that was given is nobody's who is seen beside that character.
    beside = corrected(("C01", "Ann", 60.0), ("C02", None, 30.0))
    names, *_ = named(beside, [ANN, ANN], known(Ann=[ANN]), cannot_links=[[0, 1]])
    assert names["status"].tolist() == ["given", "unknown"]


def refusal(track, name, operation=1, status="held"):
    row = {"action": "refuse", "operation": operation, "status": status}
    return row | {"track": track, "name": name}


def test_a_name_that_was_refused_is_not_proposed_again():
    faces = known(Ann=[ANN], Ben=[look(1, 0.4)])
    names, *_ = named(TWO, [ANN, EVE], faces, journal=[refusal(0, "Ann")])
    assert names.loc["C01", "name"] != "Ann"
    undone, *_ = named(TWO, [ANN, EVE], faces, journal=[refusal(0, "Ann", status="undone")])
    assert undone.loc["C01", "name"] == "Ann"


def test_a_refusal_is_of_the_character_of_most_of_its_faces():
    table = corrected(("C01", None, 9.0), ("C01", None, 9.0), ("C02", None, 9.0))
    said = [refusal(track, "Ann") for track in (0, 10, 20)]
    names, *_ = named(table, [ANN, ANN, look(1, 0.2)], known(Ann=[ANN]), journal=said)
    assert names["name"].fillna("").tolist() == ["", "Ann"]


def test_a_cast_list_restricts_and_a_lead_is_seen_long():
    faces = known(Ann=[ANN], Ben=[look(1, 0.3)])
    names, *_ = named(TWO, [ANN, EVE], faces, roles={"Ben": ""})
    assert set(names["name"].dropna()) <= {"Ben"}
    table = corrected(("C01", None, 600.0), ("C02", None, 2.0))
    halves = [look(5) + look(6), look(5) - look(6)]
    vectors = [half / np.linalg.norm(half) for half in halves]
    plain, *_ = named(table, vectors, known(Ann=[look(5)]), roles={"Ann": ""})
    lead, *_ = named(table, vectors, known(Ann=[look(5)]), roles={"Ann": "lead"})
    assert lead.loc["C01", "none_probability"] < plain.loc["C01", "none_probability"]
    assert lead.loc["C02", "none_probability"] > plain.loc["C02", "none_probability"]


@settings(max_examples=30)
@given(st.integers(0, 10**6), st.integers(0, 6), st.integers(0, 5))
def test_no_certain_name_is_borne_by_two_who_are_seen_at_once(seed, n_characters, n_people):
    random = np.random.default_rng(seed)
    table = corrected(*((f"C{i:02d}", None, 1.0 + i) for i in range(n_characters)))
    people = {f"P{i}": [look(i)] for i in range(n_people)}
    vectors = np.reshape([look(random.integers(0, 4), 0.3) for _ in range(n_characters)], (-1, 64))
    pairs = [(a, b) for b in range(n_characters) for a in range(b) if random.random() < 0.5]
    links = np.array(pairs, int).reshape(-1, 2)
    names, _, characters = named(table, vectors, known(**people), cannot_links=links)
    assert names["probability"].between(0, 1).all()
    used = characters["name"].fillna("").tolist()
    assert not [(a, b) for a, b in pairs if used[a] and used[a] == used[b]]


def test_faces_of_two_networks_are_told_apart():
    with pytest.raises(ValueError, match=r"inhomogeneous|shape"):
        gather_people([known(Ann=[ANN]), known(Ben=[BEN[:32]])], None)


@settings(max_examples=50)
@given(st.lists(st.floats(0, 1), max_size=8), st.floats(0, 0.5))
def test_the_names_that_are_used_are_expected_to_be_wrong_no_more_often_than_is_allowed(
    probabilities, allowed
):
    likely = np.reshape(probabilities, (-1, 1))
    certain = _certain(np.zeros(len(likely), int), likely, allowed)
    used, left = likely[certain, 0], likely[~certain, 0]
    assert not len(used) or 1 - used.mean() <= allowed + 1e-9
    assert (used >= 0.9 - 1e-9).all()
    for one in left[left >= 0.9]:  # with any other they would be wrong too often
        assert 1 - np.append(used, one).mean() > allowed - 1e-9
