"""Tracklets of tracks whose poses are known."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from castmap.mining.splitting import find_tracklets, split_into_tracklets
from castmap.mining.tracklets import SPLIT, TOO_SHORT, TOO_UNIFORM, tracklet_means


def poses(sequence, noise=0.05, seed=0):
    """Unit rows around one direction per pose."""
    rng = np.random.default_rng(seed)
    rows = np.eye(16)[np.array(sequence)] + rng.normal(0, noise, (len(sequence), 16))
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def tracks_table(rows):
    return pd.DataFrame(rows, columns=["track", "frame", "detection", "interpolated"])


def test_a_pose_that_comes_back_is_the_same_tracklet():
    sequence = [4, 4, 9, 9, 9, 4, 2, 2, 4]
    labels = split_into_tracklets(poses(sequence), 3, 2, seed=1)
    assert labels.tolist() == [0, 0, 1, 1, 1, 0, 2, 2, 0]


def test_too_few_faces_of_a_pose_or_too_few_poses_do_not_split():
    assert split_into_tracklets(poses([0, 0, 0, 1, 1, 2]), 3, 2, seed=1) is None
    assert split_into_tracklets(poses([0] * 8, noise=0), 3, 1, seed=1) is None


@settings(max_examples=30)
@given(st.integers(3, 30), st.integers(0, 100))
def test_tracklets_are_numbered_by_first_face_and_the_seed_decides(n, seed):
    embeddings = poses(np.arange(n) % 5, noise=0.5, seed=seed)
    labels = split_into_tracklets(embeddings, 3, 1, seed)
    assert np.array_equal(labels, split_into_tracklets(embeddings, 3, 1, seed))
    first = [int(np.flatnonzero(labels == tracklet)[0]) for tracklet in range(3)]
    assert first == sorted(first)


def test_a_film_says_what_became_of_each_track():
    embeddings = np.concatenate([poses([0, 1, 2] * 2), poses([0] * 3), poses([5] * 6, noise=0)])
    rows = [(7, 3 * i, i, False) for i in range(6)]
    rows += [(7, 1, -1, True)]
    rows += [(2, 3 * i, 6 + i, False) for i in range(3)]
    rows += [(4, 3 * i, 9 + i, False) for i in range(6)]
    found, fates = find_tracklets(tracks_table(rows), embeddings, 3, 2, seed=0)
    assert fates.to_dict() == {2: TOO_SHORT, 4: TOO_UNIFORM, 7: SPLIT}
    assert found["track"].unique().tolist() == [7]
    assert found["detection"].tolist() == list(range(6))
    assert found["tracklet"].tolist() == [0, 1, 2, 0, 1, 2]


def test_a_film_without_tracks_has_no_tracklets():
    found, fates = find_tracklets(
        tracks_table([]).astype({"interpolated": bool}), poses([0]), 3, 2, 0
    )
    assert found.columns.tolist() == ["track", "tracklet", "detection"]
    assert len(found) == len(fates) == 0
    assert tracklet_means(found, poses([0])).shape == (0, 0, 16)


def test_a_tracklet_is_the_mean_of_its_faces_at_unit_length():
    embeddings = poses([0, 1, 0, 1, 2, 3, 2, 3], noise=0.2)
    table = pd.DataFrame(
        {"track": [5] * 4 + [3] * 4, "tracklet": [0, 1] * 4, "detection": range(8)}
    )
    means = tracklet_means(table, embeddings)
    assert means.shape == (2, 2, 16)
    wanted = embeddings[[4, 6]].mean(axis=0)  # track 3 comes first
    assert means[0, 0] == pytest.approx(wanted / np.linalg.norm(wanted))
