"""Corrections replayed on random films, and on films that are clustered otherwise later."""

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from castmap.clustering.agglomeration import cosine_distances
from castmap.clustering.calibration import calibrate_film
from castmap.clustering.cast import find_cast
from castmap.clustering.characters import UNASSIGNED
from castmap.clustering.corrected import correct
from castmap.clustering.film import FilmTracks
from castmap.corrections.replay import Outcomes, Placed, edits_of
from castmap.formats.corrections import Correction, Face

WHEN = "2026-01-31T12:00:00Z"
FACE = Face(1.0, 0.1, 0.1, 0.2, 0.2)
NAMES = ("Ann", "Ben", "Cem", "Ann")  # one may be given twice
ONE_FACE = ("not_a_face", "background")
STRUCTURAL = ("merge", "move", "split", "different", *ONE_FACE)


class Film:
    """Tracks of a few people, some of them poor, some seen at once."""

    def __init__(self, n, seed):
        self.n, self.rng = n, np.random.default_rng(seed)
        centres = self.rng.normal(size=(4, 16))
        who = self.rng.integers(0, 4, n)
        self.vectors = self.unit(centres[who] + self.rng.normal(size=(n, 16)))
        self.usable = self.rng.random(n) < 0.7
        self.n_frames = self.rng.integers(1, 400, n)
        met = [pair for pair in combinations(range(n), 2) if who[pair[0]] != who[pair[1]]]
        some = [pair for pair in met if self.rng.random() < 0.1]
        self.cannot_links = np.array(some, int).reshape(-1, 2)

    @staticmethod
    def unit(vectors):
        return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)

    def clustered_otherwise(self):
        """The same tracks by another embedding, in which all are much alike."""
        self.vectors = self.unit(self.vectors + 3 * self.rng.normal(size=16) / 4)

    def under(self, placed):
        """The character of each row under corrections, and its name."""
        calibration = calibrate_film(self.vectors, self.cannot_links, self.usable, 0.8)
        known = (self.vectors, self.cannot_links, self.usable, ~self.usable, self.n_frames)
        film = FilmTracks(*known, calibration)
        found = find_cast(self.vectors, film, seed=0).characters
        edits = edits_of(placed)
        corrected = correct(cosine_distances(self.vectors), found, edits)
        numbers = corrected.characters
        who = [f"C{number}" if number != UNASSIGNED else "background" for number in numbers]
        who = np.array([edits.unassigned.get(row, who[row]) for row in range(self.n)], object)
        called = {f"C{number}": name for number, name in corrected.names.items()}
        return who, np.array([called.get(character) for character in who], object)

    def something(self, n_operations):
        """Random corrections that are none of names."""
        placed = []
        for operation in range(1, n_operations + 1):
            action = str(self.rng.choice(STRUCTURAL))
            row, other = (int(row) for row in self.rng.choice(self.n, 2, replace=False))
            other = None if action in ONE_FACE else other
            placed.append(said(operation, action, row, other))
        return placed

    def names_for(self, who, first):
        """A random name for some of the characters, said of up to three of their tracks."""
        placed = []
        for operation, character in enumerate(sorted(set(who) - {"background", "not_a_face"})):
            if self.rng.random() < 0.6:
                rows = self.rng.permutation(np.flatnonzero(who == character))[:3]
                name = str(self.rng.choice(NAMES))
                placed += [said(first + operation, "name", int(row), name=name) for row in rows]
        return placed


films = st.builds(Film, st.integers(2, 24), st.integers(0, 10**6))


def said(operation, action, row, other=None, name=None):
    face = None if other is None else FACE
    return Placed(Correction(0, operation, WHEN, action, FACE, face, name), row, other)


def statuses(placed, who, names):
    outcomes = Outcomes(placed, who, names)
    return [outcomes.of(p) for p in placed]


@settings(max_examples=60)
@given(films, st.integers(0, 6))
def test_names_move_nothing(film, n_operations):
    before = film.something(n_operations)
    who, _ = film.under(before)
    named = film.names_for(who, n_operations + 1)
    same_who, names = film.under([*before, *named])
    assert who.tolist() == same_who.tolist()
    none = np.full(film.n, None)
    found = statuses([*before, *named], same_who, names)
    assert found[: len(before)] == statuses(before, who, none)
    for p, (status, _) in zip(named, found[len(before) :], strict=True):
        assert status == "held" and names[p.row] == p.correction.name
    assert all((names[who == character] == names[row]).all() for row, character in enumerate(who))


@settings(max_examples=40)
@given(films)
def test_two_names_stay_two_characters_when_the_film_is_clustered_otherwise(film):
    who, _ = film.under([])
    named = film.names_for(who, 1)
    film.clustered_otherwise()
    plain, _ = film.under([])
    who, names = film.under(named)
    assert all(status == "held" or reason for status, reason in statuses(named, who, names))
    for name in {p.correction.name for p in named}:
        rows = [p.row for p in named if p.correction.name == name]
        assert name in names[rows] or (who[rows] == "background").all() or len(set(rows)) < 2
    # Nothing is joined that was not, and unassigned tracks stay unassigned.
    assert all(plain[a] == plain[b] for a, b in combinations(range(film.n), 2) if who[a] == who[b])
    assert ((who == "background") == (plain == "background")).all()


@settings(max_examples=40)
@given(films, st.integers(1, 6))
def test_what_was_said_is_done_or_explained_when_the_film_is_clustered_otherwise(film, n):
    placed = film.something(n)
    placed += film.names_for(film.under(placed)[0], n + 1)
    film.clustered_otherwise()
    who, names = film.under(placed)
    found = statuses(placed, who, names)
    assert all(status == "held" or reason for status, reason in found)
    if placed[n - 1].correction.action in ("split", *ONE_FACE):
        assert found[n - 1][0] == "held"  # the last word on a track


@settings(max_examples=40)
@given(films, st.sampled_from(["merge", "move", "split", "different"]))
def test_words_on_different_tracks_all_hold_when_the_film_is_clustered_otherwise(film, action):
    rows = film.rng.permutation(film.n)
    pairs = zip(rows[::2], rows[1::2], strict=False)
    placed = [said(1 + i, action, int(a), int(b)) for i, (a, b) in enumerate(pairs)]
    for _ in range(2):
        who, names = film.under(placed)
        assert [status for status, _ in statuses(placed, who, names)] == ["held"] * len(placed)
        film.clustered_otherwise()


@settings(max_examples=60)
@given(films, st.sampled_from(STRUCTURAL))
def test_a_word_on_one_track_moves_nothing_else(film, action):
    before, _ = film.under([])
    row, other = (int(row) for row in film.rng.choice(film.n, 2, replace=False))
    after, _ = film.under([said(1, action, row, None if action in ONE_FACE else other)])
    spoken_of = {"merge": (before[row], before[other]), "different": (before[row],)}.get(action, ())
    rest = [i for i in range(film.n) if i not in (row, other) and before[i] not in spoken_of]
    assert all((before[a] == before[b]) == (after[a] == after[b]) for a, b in combinations(rest, 2))
    assert all((before[a] == "background") == (after[a] == "background") for a in rest)
    if action == "merge" and "background" not in (before[row], before[other]):
        joined = np.isin(before, spoken_of)
        assert len(set(after[joined])) == 1 and not (after[~joined] == after[row]).any()


def alike(*angles):
    """A film of usable tracks in a plane, at these angles in degrees; all long."""
    film = Film(len(angles), 0)
    radians = np.radians(angles)
    film.vectors = np.stack([np.cos(radians), np.sin(radians)], axis=1)
    film.usable[:] = True
    film.n_frames[:] = 100
    film.cannot_links = np.zeros((0, 2), int)
    return film


def test_a_cluster_of_two_names_is_split_between_the_named():
    film = alike(0, 2, 4, 20, 22, 24)
    assert set(film.under([])[0]) == {"C0"}
    named = [said(1, "name", 0, name="Ann"), said(2, "name", 5, name="Ben")]
    who, names = film.under(named)
    assert names.tolist() == ["Ann"] * 3 + ["Ben"] * 3
    assert len(set(who)) == 2


def test_a_name_given_again_to_the_same_face_is_a_new_name_of_the_character():
    film = alike(0, 2, 4, 20, 22, 24)
    named = [said(1, "name", row, name="Ann") for row in (0, 5)]
    named += [said(2, "name", row, name="Anna") for row in (5, 2)]
    who, names = film.under(named)
    assert set(who) == {"C0"} and set(names) == {"Anna"}
    assert [s for s, _ in statuses(named, who, names)] == ["superseded"] * 2 + ["held"] * 2


def test_where_a_character_falls_apart_the_name_stays_with_most_of_its_faces():
    film = alike(0, 2, 4, 90, 92, 94)
    named = [said(1, "name", row, name="Ann") for row in (3, 0, 1)]
    who, names = film.under(named)
    assert names.tolist() == ["Ann"] * 3 + [None] * 3
    found = statuses(named, who, names)
    assert [status for status, _ in found] == ["superseded", "held", "held"]
    assert "went with other faces" in found[0][1]


def test_one_name_for_two_characters_merges_nothing():
    film = alike(0, 2, 4, 90, 92, 94)
    named = [said(1, "name", 0, name="Ann"), said(2, "name", 3, name="Ann")]
    who, names = film.under(named)
    assert set(names) == {"Ann"} and len(set(who)) == 2


@pytest.mark.parametrize(("row", "other", "kept"), [(3, 0, "Ann"), (0, 3, "Ben")])
def test_the_character_that_another_is_merged_into_keeps_its_name(row, other, kept):
    film = alike(0, 2, 4, 90, 92, 94)
    named = [said(1, "name", 0, name="Ann"), said(2, "name", 3, name="Ben")]
    placed = [*named, said(3, "merge", row, other)]
    who, names = film.under(placed)
    assert set(who) == {"C0"} and set(names) == {kept}
    who, names = film.under([*placed, said(4, "name", 0, name="Eve")])
    assert set(names) == {"Eve"}


def test_a_stray_face_of_a_merge_joins_no_two_names():
    film = alike(0, 2, 4, 60, 62, 64, 120, 122, 124)
    film.usable[:] = True
    named = [said(1, "name", 0, name="Ann"), said(2, "name", 7, name="Ben")]
    merge = [said(3, "merge", 3, 0), said(3, "merge", 6, 1)]  # row 6 was of the middle ones once
    who, names = film.under([*named, *merge])
    assert names.tolist() == ["Ann"] * 6 + ["Ben"] * 3
    found = statuses([*named, *merge], who, names)
    assert [status for status, _ in found] == ["held"] * 3 + ["superseded"]


def test_a_name_of_an_unassigned_track_waits_for_a_character():
    film = alike(0, 2, 4, 90)
    film.usable[3] = False
    named = [said(1, "name", 3, name="Ann")]
    who, names = film.under(named)
    assert who[3] == "background" and set(names) == {None}
    status, reason = statuses(named, who, names)[0]
    assert status == "unmatched" and "waits for a character" in reason
