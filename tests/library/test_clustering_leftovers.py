"""Which clusters are characters, and whom the rest joins."""

import numpy as np

from castmap.clustering.leftovers import NOBODY, settle_leftovers

NONE = np.zeros((0, 2), int)


def line(*points):
    points = np.array(points, float)
    return np.abs(points[:, None] - points)


def settle(points, clusters, forbidden=NONE, n_frames=None, stop_distance=0.5):
    n_frames = np.ones(len(points), int) if n_frames is None else np.array(n_frames)
    tracks = (np.array(clusters), np.array(forbidden), n_frames)
    return settle_leftovers(line(*points), *tracks, stop_distance)


MANY = [0.0] * 400  # so many tracks of one person that one more is less than half a hundredth


def test_three_tracks_are_a_character_and_two_join_the_nearest():
    found = settle([*MANY, 5, 5, 5, 5.3, 5.4], [0] * 400 + [1, 1, 1, 2, 2])
    assert found.clusters.tolist() == [0] * 400 + [1] * 5
    assert np.flatnonzero(found.joined).tolist() == [403, 404]


def test_what_is_near_nobody_is_nobodys():
    found = settle([*MANY, 9.0], [0] * 400 + [1])
    assert found.clusters[-1] == NOBODY
    assert not found.joined.any()


def test_half_a_hundredth_of_all_faces_is_a_character():
    found = settle([*MANY, 9.0], [0] * 400 + [1], n_frames=[1] * 400 + [3])
    assert found.clusters[-1] == 1


def test_a_leftover_goes_to_the_next_character_where_the_nearest_is_forbidden():
    points, clusters = [*MANY, 0.6, 0.6, 0.6, 0.25], [0] * 400 + [1, 1, 1, NOBODY]
    assert settle(points, clusters).clusters[-1] == 0
    assert settle(points, clusters, [[7, 403]]).clusters[-1] == 1
    assert settle(points, clusters, [[7, 403], [401, 403]]).clusters[-1] == NOBODY


def test_of_two_leftovers_seen_at_once_the_nearer_joins():
    found = settle([*MANY, 0.3, 0.2], [0] * 400 + [NOBODY, NOBODY], [[400, 401]])
    assert found.clusters[-2:].tolist() == [NOBODY, 0]


def test_what_has_joined_draws_nothing_after_it():
    found = settle([*MANY, 0.4, 0.8], [0] * 400 + [NOBODY, NOBODY])
    assert found.clusters[-2:].tolist() == [0, NOBODY]


def test_small_films_keep_every_cluster():
    assert settle([0, 1, 2], [0, 1, 2], stop_distance=2).clusters.tolist() == [0, 1, 2]


def test_characters_are_numbered_by_their_first_founder():
    found = settle([5, 5, 5, 0, 0, 0], [4, 4, 4, 2, 2, 2])
    assert found.clusters.tolist() == [0, 0, 0, 1, 1, 1]
