"""What a face weighs, and one vector per track."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from castmap.clustering.agglomeration import cosine_distances
from castmap.clustering.film import beside, pool_beside
from castmap.clustering.pooling import (
    judge_tracks,
    misfit,
    pool_tracks,
    quality,
)
from castmap.faces.alignment import TEMPLATE
from castmap.formats.tables import LANDMARK_COLUMNS

LEAST = 1e-3  # what the worst face weighs: above nothing


def faces(*rows):
    """Rows of score, size_px, blur, and misfit of the landmarks."""
    table = pd.DataFrame(rows, columns=["score", "size_px", "blur", "misfit"], dtype=float)
    marks = [with_misfit(misfit).ravel() for misfit in table.pop("misfit")]
    table[list(LANDMARK_COLUMNS)] = np.reshape(marks, (-1, 10))
    return table


def with_misfit(misfit):
    """The template, moved apart in the one way that no similarity transform can follow."""
    centred = TEMPLATE - TEMPLATE.mean(axis=0)
    z = centred @ np.array([1, 1j])
    away = np.conj(z) - np.vdot(z, np.conj(z)) / np.vdot(z, z) * z
    moved = z + misfit * np.linalg.norm(z) * away / np.linalg.norm(away)
    return np.column_stack([moved.real, moved.imag])


def tracks_of(*rows):
    return pd.DataFrame(rows, columns=["track", "detection", "interpolated"])


def unit_rows(n, seed, width=8):
    rows = np.random.default_rng(seed).normal(size=(n, width))
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def test_a_certain_large_sharp_frontal_face_weighs_one():
    assert quality(faces((1, 60, 100, 0))) == pytest.approx([1 + LEAST])


@pytest.mark.parametrize(
    ("face", "weight"),
    [
        ((0.5, 60, 100, 0), 0.5),
        ((1, 15, 100, 0), 0.5),  # a quarter of the size, square-rooted
        ((1, 60, 25, 0), 0.5),
        ((1, 60, 100, 0.2), 0.5),
        ((0.8, 15, 25, 0.6), 0.8 * 0.25 / 10),
        ((1, 0, 100, 0), 0.0),
        ((1, 60, 0, 0), 0.0),
        ((0, 60, 100, 0), 0.0),
    ],
)
def test_the_weight_of_a_face_is_the_documented_product(face, weight):
    assert quality(faces(face)) == pytest.approx([weight + LEAST])


def test_beyond_large_and_sharp_more_does_not_help():
    weights = quality(faces((0.9, 60, 100, 0.1), (0.9, 600, 100, 0.1), (0.9, 60, 9000, 0.1)))
    assert weights == pytest.approx([weights[0]] * 3)


def test_quality_has_one_weight_per_face_whatever_their_index():
    table = faces((1, 60, 100, 0), (0.5, 60, 100, 0))
    assert quality(table.set_index(pd.Index([7, 3]))).tolist() == quality(table).tolist()
    assert quality(table.iloc[:0]).shape == (0,)


measured = st.tuples(st.floats(0, 1), st.floats(0, 300), st.floats(0, 5000), st.floats(0, 3))


@settings(max_examples=60)
@given(measured, measured)
def test_a_face_that_is_better_in_every_way_never_weighs_less(one, two):
    worse = (*map(min, one[:3], two[:3]), max(one[3], two[3]))
    better = (*map(max, one[:3], two[:3]), min(one[3], two[3]))
    low, first, second, high = quality(faces(worse, one, two, better))
    assert 0 < low <= min(first, second) + 1e-9
    assert max(first, second) <= high + 1e-9 <= 1 + LEAST + 2e-9


def test_filled_in_faces_say_nothing():
    detections = faces((0.9, 50, 80, 0.1), (0.7, 40, 60, 0.3), (0.8, 30, 10, 0.9))
    embeddings = unit_rows(3, 1)
    seen = [(0, 0, False), (0, 1, False), (1, 2, False)]
    filled = [*seen, (0, -1, True), (1, -1, True), (1, -1, True)]
    assert np.array_equal(
        pool_tracks(tracks_of(*filled), detections, embeddings),
        pool_tracks(tracks_of(*seen), detections, embeddings),
    )


def test_equally_good_faces_weigh_the_same_and_a_bad_one_hardly_counts():
    good = (1, 60, 100, 0)
    embeddings = np.eye(2)
    both = tracks_of((0, 0, False), (0, 1, False))
    equal = pool_tracks(both, faces(good, good), embeddings)
    assert equal == pytest.approx(np.full((1, 2), np.sqrt(0.5)))
    blurred = pool_tracks(both, faces(good, (1, 60, 0, 0)), embeddings)[0]
    assert blurred[1] / blurred[0] == pytest.approx(LEAST / (1 + LEAST))


def test_rows_follow_the_numbers_of_the_tracks_not_their_order():
    detections = faces(*[(0.9, 50, 80, 0.1)] * 3)
    rows = [(9, 0, False), (2, 1, False), (5, 2, False)]
    pooled = pool_tracks(tracks_of(*rows), detections, np.eye(3))
    assert pooled.argmax(axis=1).tolist() == [1, 2, 0]


def test_no_tracks_give_no_vectors():
    tracks = tracks_of((0, 0, False)).iloc[:0]
    assert pool_tracks(tracks, faces(), np.zeros((0, 128), np.float32)).shape == (0, 128)


@settings(max_examples=60)
@given(st.lists(st.tuples(st.integers(0, 5), measured), min_size=1, max_size=20), st.integers(0))
def test_every_track_has_the_weighted_mean_of_its_faces_at_unit_length(drawn, seed):
    detections = faces(*[face for _, face in drawn])
    embeddings = unit_rows(len(drawn), seed)
    owners = np.array([track for track, _ in drawn])
    rows = [(track, detection, False) for detection, track in enumerate(owners)]
    pooled = pool_tracks(tracks_of(*rows), detections, embeddings)
    assert np.allclose(np.linalg.norm(pooled, axis=1), 1)
    for vector, track in zip(pooled, sorted(set(owners.tolist())), strict=True):
        own = np.flatnonzero(owners == track)
        mean = np.average(embeddings[own], axis=0, weights=quality(detections.iloc[own]))
        assert np.allclose(vector, mean / np.linalg.norm(mean))


@settings(max_examples=60)
@given(st.integers(0, 30), st.integers(0), st.booleans())
def test_distances_of_unit_vectors_are_symmetric_from_0_to_2_and_0_to_themselves(n, seed, opposed):
    vectors = unit_rows(n, seed)
    if opposed:
        vectors = np.concatenate([vectors, -vectors, vectors])
    distances = cosine_distances(vectors)
    assert distances.shape == (len(vectors), len(vectors))
    assert np.array_equal(distances, distances.T)
    single = 4 * float(np.finfo(np.float32).eps)  # distances are single precision
    assert np.abs(np.diagonal(distances)).max(initial=0) <= single
    assert ((distances >= 0) & (distances <= 2)).all()
    for i in range(min(n, 3)):
        for j in range(n):
            assert distances[i, j] == pytest.approx(1 - vectors[i] @ vectors[j], abs=single)


def test_the_misfit_is_that_of_the_landmarks_whatever_their_place_and_size():
    table = faces((1, 60, 100, 0.0), (1, 60, 100, 0.3), (1, 60, 100, 0.7))
    assert misfit(table) == pytest.approx([0, 0.3, 0.7], abs=1e-6)
    turned = table.copy()
    marks = table[list(LANDMARK_COLUMNS)].to_numpy().reshape(-1, 5, 2)
    turned[list(LANDMARK_COLUMNS)] = (marks @ np.array([[0, 3], [-3, 0]]) + 40).reshape(-1, 10)
    assert misfit(turned) == pytest.approx([0, 0.3, 0.7], abs=1e-6)


def test_landmarks_in_one_point_are_no_face():
    table = faces((1, 60, 100, 0.0))
    table[list(LANDMARK_COLUMNS)] = 7.0
    assert misfit(table)[0] > 1


def judged(*scores, quality_of=(60, 100, 0.1)):
    """How one track of a good face's size, sharpness and landmarks is judged by its scores."""
    found = faces(*[(score, *quality_of) for score in scores])
    tracks = tracks_of(*[(0, n, False) for n in range(len(scores))], (0, -1, True))
    usable, faceless = judge_tracks(tracks, found)
    return usable.tolist(), faceless.tolist()


def test_a_hand_that_looks_like_a_face_at_moments_is_none():
    assert judged(0.8, 0.5, 0.4, 0.4) == ([False], [True])
    assert judged(0.8, 0.6, 0.5) == ([False], [False])  # 0.63: nothing is said of it
    assert judged(0.8, 0.6, 0.55) == ([True], [False])


def test_a_profile_is_a_face_however_far_its_landmarks_are_from_a_frontal_one():
    assert judged(0.8, 0.7, quality_of=(60, 100, 0.85)) == ([True], [False])


def test_a_face_without_quality_founds_nothing():
    assert judged(0.8, 0.7, quality_of=(60, 0.1, 0.3)) == ([False], [False])


def test_tracks_are_judged_in_order_of_their_numbers():
    tracks = tracks_of((3, 0, False), (0, 1, False), (5, 2, False))
    usable, faceless = judge_tracks(tracks, faces(*[(s, 60, 100, 0) for s in (0.5, 0.9, 0.57)]))
    assert usable.tolist() == [True, False, False]
    assert faceless.tolist() == [False, True, False]


@settings(max_examples=30)
@given(st.integers(1, 20), st.integers(0))
def test_beside_each_other_two_embeddings_are_as_far_apart_as_in_the_mean(n, seed):
    one, other = unit_rows(n, seed), unit_rows(n, seed + 1)
    found = beside(one, other)
    assert np.allclose(np.linalg.norm(found, axis=1), 1)
    mean = (cosine_distances(one) + cosine_distances(other)) / 2
    assert np.allclose(cosine_distances(found), mean, atol=1e-6)


def test_the_pretrained_embedding_stands_alone_and_others_beside_it():
    detections = faces((1, 60, 100, 0), (1, 60, 100, 0))
    tracks = tracks_of((0, 0, False), (1, 1, False))
    embeddings = {"net": np.eye(2), "adapted": np.eye(2)[::-1]}
    alone = pool_beside(tracks, detections, embeddings, "net", "net")
    assert np.array_equal(alone, np.eye(2))
    both = pool_beside(tracks, detections, embeddings, "adapted", "net")
    assert np.allclose(both * np.sqrt(2), [[1, 0, 0, 1], [0, 1, 1, 0]])
