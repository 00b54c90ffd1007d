"""Characters of synthetic films, and how sure they are."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial.distance import squareform

from castmap.clustering.calibration import calibrate_film
from castmap.clustering.cast import find_cast
from castmap.clustering.characters import UNASSIGNED
from castmap.clustering.film import FilmTracks, links_of_items, pool_items

NONE = np.zeros((0, 2), int)
seeds = st.integers(0, 10**6)


def some_distances(n, seed):
    return squareform(np.random.default_rng(seed).uniform(0.01, 2, n * (n - 1) // 2))[:n, :n]


def some_pairs(n, seed, share):
    pairs = np.array(list(itertools.combinations(range(n), 2)), int).reshape(-1, 2)
    return pairs[np.random.default_rng(seed + 1).random(len(pairs)) < share]


def film(people, tracks_each, noise, seed, width=64):
    """Unit vectors of people's tracks, and who each is of."""
    rng = np.random.default_rng(seed)
    centres = np.linalg.qr(rng.normal(size=(width, people)))[0].T
    who = np.repeat(np.arange(people), tracks_each)
    vectors = centres[who] + noise * rng.normal(size=(len(who), width)) / np.sqrt(width)
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True), who


def film_of(vectors, cannot_links=NONE, usable=None, n_frames=None, prior=0.6):
    usable = np.ones(len(vectors), bool) if usable is None else usable
    n_frames = np.ones(len(vectors), int) if n_frames is None else n_frames
    calibration = calibrate_film(vectors, cannot_links, usable, prior)
    faceless = np.zeros(len(vectors), bool)
    return FilmTracks(vectors, cannot_links, usable, faceless, n_frames, calibration)


def cast_of(vectors, *known, **more):
    return find_cast(vectors, film_of(vectors, *known, **more), seed=0)


def test_the_people_of_an_easy_film_come_out():
    vectors, who = film(8, 12, 0.5, 0)
    assert cast_of(vectors).characters.tolist() == who.tolist()


def test_the_embedding_decides_who_is_whom_and_the_other_only_where_to_stop():
    vectors, who = film(5, 10, 0.5, 1)
    squeezed = vectors + 2 * np.linalg.qr(np.random.default_rng(2).normal(size=(64, 1)))[0].T
    squeezed /= np.linalg.norm(squeezed, axis=1, keepdims=True)
    known = film_of(vectors)
    cast = find_cast(squeezed, known, seed=0)
    assert cast.characters.tolist() == who.tolist()
    assert cast.stop_distance < 0.5 * known.calibration.stop_distance


def test_an_unusable_track_founds_nothing_but_joins_whom_it_is_near():
    vectors, _ = film(3, 6, 0.3, 3)
    usable = np.ones(19, bool)
    usable[[5, 18]] = False
    outlier = np.linalg.svd(vectors)[2][-1]  # orthogonal to all
    cast = cast_of(np.vstack([vectors, outlier]), usable=usable)
    assert cast.characters[5] == 0
    assert cast.joined.tolist() == [track == 5 for track in range(19)]
    assert cast.characters[18] == UNASSIGNED
    assert cast.confidence[18] == 0


def test_a_film_of_unusable_tracks_has_no_character():
    vectors, _ = film(2, 3, 0.3, 4)
    cast = cast_of(vectors, usable=np.zeros(6, bool))
    assert (cast.characters == UNASSIGNED).all()
    assert (cast.second == UNASSIGNED).all()


@pytest.mark.parametrize("n", [0, 1, 2])
def test_a_film_of_hardly_any_tracks(n):
    assert cast_of(np.eye(4)[:n]).characters.tolist() == list(range(n))


@settings(max_examples=40)
@given(st.integers(1, 30), seeds, st.floats(0, 0.5))
def test_no_character_ever_holds_two_tracks_seen_at_once(n, seed, share):
    rng = np.random.default_rng(seed)
    vectors = rng.normal(size=(n, 3))
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    cannot_links = some_pairs(n, seed, share)
    cast = cast_of(vectors, cannot_links, rng.random(n) < 0.7, rng.integers(1, 50, n))
    one, other = cast.characters[cannot_links].T
    assert ((one != other) | (one == UNASSIGNED)).all()
    assert (cast.second[cast.second != UNASSIGNED] <= cast.characters.max(initial=UNASSIGNED)).all()


def test_some_tracks_of_a_film_keep_the_cannot_links_among_them():
    vectors, _ = film(2, 3, 0.3, 0)
    usable = np.array([True, False, True, True, True, False])
    whole = film_of(vectors, np.array([[0, 4], [1, 5], [2, 3]]), usable)
    some = whole.only(np.array([False, True, True, True, False, True]))
    assert some.cannot_links.tolist() == [[0, 3], [1, 2]]
    assert some.usable.tolist() == [False, True, True, False]
    assert np.array_equal(some.calibration_vectors, vectors[[1, 2, 3, 5]])
    assert some.calibration == whole.calibration


def linked(film, *pairs):
    return film._replace(must_links=np.array(pairs))


def test_must_links_join_strange_looks_and_make_a_poor_track_count():
    vectors, _ = film(3, 6, 0.3, 3)
    usable = np.ones(18, bool)
    usable[17] = False
    known = linked(film_of(vectors, np.array([[0, 12]]), usable), (0, 6), (3, 17))
    cast = find_cast(vectors, known, seed=0)
    assert cast.characters[0] == cast.characters[6]
    assert cast.characters[3] == cast.characters[17] != cast.characters[12]
    assert not cast.joined[17]


def test_a_cannot_link_holds_for_all_that_its_tracks_are_linked_with():
    # 0 and 3 look alike; but 0 was seen with 1, which is 3's.
    vectors = np.eye(4)[[0, 1, 2, 0]]
    alone = film_of(vectors, np.array([[0, 1]]), prior=0.9)
    assert find_cast(vectors, alone, seed=0).characters.tolist() == [0, 1, 2, 0]
    characters = find_cast(vectors, linked(alone, (1, 3)), seed=0).characters
    assert characters[0] != characters[1] == characters[3]


def test_linked_tracks_count_as_so_many():
    # Three tracks are a character in any film; linked, they are one item, and still are.
    vectors, _ = film(2, 1000, 0.3, 5)
    known = film_of(vectors[:1003], n_frames=np.ones(1003, int))
    for links in ([], [(1000, 1001), (1001, 1002)]):
        found = find_cast(vectors[:1003], linked(known, *links) if links else known, seed=0)
        assert found.characters[1000:].tolist() == [1, 1, 1]


def test_items_are_what_must_links_connect():
    vectors, _ = film(2, 3, 0.5, 0)
    usable = np.array([True, False, False, False, False, True])
    known = linked(film_of(vectors, np.array([[5, 0], [2, 4]]), usable, np.arange(1, 7)), (2, 0))
    known = known._replace(faceless=~usable)
    assert known.item_of_track().tolist() == [0, 1, 0, 2, 3, 4]
    items = known.items()
    assert items.cannot_links.tolist() == [[0, 3], [0, 4]]
    assert items.usable.tolist() == [True, False, False, False, True]
    assert items.faceless.tolist() == [False, True, True, True, False]
    assert items.n_frames.tolist() == [4, 2, 4, 5, 6]
    assert items.n_tracks.tolist() == [2, 1, 1, 1, 1]
    mean = vectors[0] + vectors[2]
    assert np.allclose(items.calibration_vectors[0], mean / np.linalg.norm(mean))
    assert np.allclose(items.calibration_vectors[1:], vectors[[1, 3, 4, 5]])
    assert len(items.must_links) == 0
    assert known.only(np.array([True, False, True, True, True, True])).must_links.tolist() == [
        [1, 0]
    ]


@settings(deadline=None, max_examples=40)
@given(st.integers(0, 20), seeds, st.floats(0.2, 1.5))
def test_must_links_hold_and_no_cannot_link_is_broken(n, seed, prior):
    rng = np.random.default_rng(seed)
    vectors = rng.normal(size=(n, 4))
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    who = rng.integers(6, size=n)  # who is whom, whatever they look like
    pairs = some_pairs(n, seed, 0.3)
    same = who[pairs[:, 0]] == who[pairs[:, 1]]
    known = film_of(vectors, pairs[~same], rng.random(n) < 0.8, rng.integers(1, 9, n), prior)
    known = known._replace(must_links=pairs[same])
    found = find_cast(vectors, known, seed=0).characters
    one, other = pairs[same].T
    assert (found[one] == found[other]).all()
    one, other = found[pairs[~same]].T
    assert ((one != other) | (one == UNASSIGNED)).all()


def test_without_must_links_each_track_is_an_item():
    vectors, _ = film(2, 4, 0.5, 0)
    cannot_links = np.array([[0, 5], [1, 6]])
    items = np.arange(8)
    assert np.allclose(pool_items(vectors, items), vectors)
    assert links_of_items(cannot_links, items).tolist() == cannot_links.tolist()
