"""Which clusters are characters, and which the remaining tracks are assigned to."""

import numpy as np

from castmap.clustering.assignment import assign_all, assign_remaining
from castmap.clustering.characters import UNASSIGNED

NONE = np.zeros((0, 2), int)


def line(*points):
    points = np.array(points, float)
    return np.abs(points[:, None] - points)


def assign(points, clusters, cannot_links=NONE, n_frames=None, stop_distance=0.5, reach=9.0):
    n_frames = np.ones(len(points), int) if n_frames is None else np.array(n_frames)
    tracks = (np.array(clusters), np.array(cannot_links), n_frames)
    return assign_remaining(line(*points), *tracks, stop_distance, reach)


MANY = [0.0] * 400  # so many tracks of one person that one more is less than half a hundredth


def test_three_tracks_are_a_character_and_two_join_the_nearest():
    found = assign([*MANY, 5, 5, 5, 5.3, 5.4], [0] * 400 + [1, 1, 1, 2, 2])
    assert found.characters.tolist() == [0] * 400 + [1] * 5
    assert np.flatnonzero(found.joined).tolist() == [403, 404]


def test_a_track_near_no_character_is_unassigned():
    found = assign([*MANY, 9.0], [0] * 400 + [1])
    assert found.characters[-1] == UNASSIGNED
    assert not found.joined.any()


def test_half_a_hundredth_of_all_faces_is_a_character():
    found = assign([*MANY, 9.0], [0] * 400 + [1], n_frames=[1] * 400 + [3])
    assert found.characters[-1] == 1


def test_a_track_joins_none_where_a_cannot_link_forbids_the_nearest():
    points, clusters = [*MANY, 0.6, 0.6, 0.6, 0.25], [0] * 400 + [1, 1, 1, UNASSIGNED]
    assert assign(points, clusters).characters[-1] == 0
    assert assign(points, clusters, [[401, 403]]).characters[-1] == 0
    assert assign(points, clusters, [[7, 403]]).characters[-1] == UNASSIGNED


def test_a_track_joins_none_whose_founders_are_all_out_of_reach():
    founders, clusters = [*[-0.4] * 200, *[0.0] * 200], [0] * 400 + [UNASSIGNED]
    for reach, character in ((0.2, 0), (0.1, UNASSIGNED)):
        found = assign([*founders, 0.15], clusters, reach=reach)
        assert found.characters[-1] == character


def test_tracks_of_a_small_cluster_are_within_reach_in_the_mean():
    clusters = [0] * 400 + [1, 1]
    for point, character in ((0.25, 0), (0.35, UNASSIGNED)):
        found = assign([*MANY, 0.1, point], clusters, reach=0.2)
        assert found.characters[-2:].tolist() == [character] * 2


def test_of_two_tracks_seen_at_once_the_nearer_joins():
    found = assign([*MANY, 0.3, 0.2], [0] * 400 + [UNASSIGNED, UNASSIGNED], [[400, 401]])
    assert found.characters[-2:].tolist() == [UNASSIGNED, 0]


def test_a_track_that_joined_attracts_nothing_further():
    found = assign([*MANY, 0.4, 0.8], [0] * 400 + [UNASSIGNED, UNASSIGNED])
    assert found.characters[-2:].tolist() == [0, UNASSIGNED]


def test_small_films_keep_every_cluster():
    assert assign([0, 1, 2], [0, 1, 2], stop_distance=2).characters.tolist() == [0, 1, 2]


def test_characters_are_numbered_by_their_first_founder():
    found = assign([5, 5, 5, 0, 0, 0], [4, 4, 4, 2, 2, 2])
    assert found.characters.tolist() == [0, 0, 0, 1, 1, 1]


def test_noise_is_a_cluster_by_itself_and_nothing_joined():
    found = assign_all(np.array([3, -1, 0, -1, 3]))
    assert found.characters.tolist() == [0, 1, 2, 3, 0]
    assert not found.joined.any()
    assert assign_all(np.zeros(0, int)).characters.shape == (0,)
