"""Alignment and the measures of quality against known answers."""

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from castmap.faces.alignment import (
    CROP_PX,
    TEMPLATE,
    align_face,
    blur,
    landmarks_in_boxes,
    similarity_to_template,
    yaw,
)


def similarity(scale, angle, shift):
    cos, sin = scale * np.cos(angle), scale * np.sin(angle)
    return np.array([[cos, -sin, shift[0]], [sin, cos, shift[1]]])


def moved(points, matrix):
    return points @ matrix[:, :2].T + matrix[:, 2]


@settings(max_examples=50)
@given(
    st.floats(0.2, 20),
    st.floats(-np.pi, np.pi),
    st.tuples(st.floats(-500, 500), st.floats(-500, 500)),
)
def test_any_turned_scaled_and_shifted_template_is_brought_back(scale, angle, shift):
    landmarks = moved(TEMPLATE, similarity(scale, angle, shift))
    assert np.allclose(moved(landmarks, similarity_to_template(landmarks)), TEMPLATE, atol=1e-6)


@pytest.mark.parametrize("seed", range(5))
def test_of_points_that_do_not_fit_the_least_squares_answer_is_found(seed):
    rng = np.random.default_rng(seed)
    landmarks = moved(TEMPLATE, similarity(2.0, 0.4, (30, 90))) + rng.normal(0, 6, (5, 2))
    # The four unknowns of a similarity enter linearly.
    x, y = landmarks.T
    one, none = np.ones(5), np.zeros(5)
    rows = np.concatenate([np.stack([x, -y, one, none], 1), np.stack([y, x, none, one], 1)])
    a, b, c, d = np.linalg.lstsq(rows, TEMPLATE.T.ravel(), rcond=None)[0]
    assert np.allclose(similarity_to_template(landmarks), [[a, -b, c], [b, a, d]])


@pytest.mark.parametrize("scale", [0.6, 1.0, 3.0, 6.0])
def test_the_landmarks_of_a_crop_lie_on_the_template(scale):
    landmarks = moved(TEMPLATE, similarity(scale, 0.3, (120, 60)))
    frame = np.zeros((900, 900, 3), np.uint8)
    for point in landmarks:
        cv2.circle(
            frame, np.round(point).astype(int).tolist(), max(2, round(3 * scale)), [255] * 3, -1
        )
    crop = align_face(frame, landmarks)[..., 0]
    assert crop.shape == (CROP_PX, CROP_PX)
    for point in TEMPLATE:
        top, left = np.round(point[::-1]).astype(int) - 6
        patch = crop[top : top + 13, left : left + 13].astype(float)
        centre = np.array(
            [(patch.sum(axis) * np.arange(13)).sum() / patch.sum() for axis in (0, 1)]
        )
        assert np.abs(centre + [left, top] - point).max() < 1.2


def test_what_lies_outside_the_frame_is_black():
    frame = np.full((100, 100, 3), 255, np.uint8)
    crop = align_face(frame, TEMPLATE - [60, 0])
    assert (crop[:, :55] == 0).all()
    assert (crop[:90, 65:] == 255).all()


def test_a_large_face_is_shrunk_with_averaging():
    checkers = np.uint8(np.indices((1200, 1200)).sum(axis=0) % 2 * 255)
    crop = align_face(np.repeat(checkers[..., None], 3, axis=2), TEMPLATE * 8)
    assert np.abs(crop[5:-5, 5:-5].astype(float) - 127.5).max() < 8


def test_landmarks_in_one_place_give_a_crop_of_that_place():
    frame = np.full((300, 400, 3), 80, np.uint8)
    crop = align_face(frame, np.full((5, 2), 150.0))
    assert crop.shape == (CROP_PX, CROP_PX, 3)


def test_landmarks_without_a_detector_of_them_are_the_template_in_the_box():
    boxes = np.array([[100.0, 50.0, 212.0, 162.0], [0.0, 0.0, 56.0, 112.0]])
    landmarks = landmarks_in_boxes(boxes)
    assert landmarks.dtype == np.float32
    assert np.allclose(landmarks[0], TEMPLATE + [100, 50], atol=1e-3)
    assert np.allclose(landmarks[1], TEMPLATE - [28, 0], atol=1e-3)
    assert landmarks_in_boxes(np.zeros((0, 4))).shape == (0, 5, 2)


def test_a_blurred_crop_has_a_lower_measure():
    crop = np.random.default_rng(0).integers(0, 255, (112, 112, 3)).astype(np.uint8)
    measures = [blur(cv2.GaussianBlur(crop, (0, 0), sigma)) for sigma in (0.5, 1, 2, 4)]
    assert sorted(measures, reverse=True) == measures
    assert blur(np.full_like(crop, 90)) == 0


def test_yaw_is_the_offset_of_the_nose_in_eye_distances():
    face = np.array([[0.0, 0.0], [10.0, 0.0], [5.0, 6.0], [2.0, 10.0], [8.0, 10.0]])
    assert yaw(face) == 0
    assert yaw(face + [[0, 0], [0, 0], [2.5, 0], [0, 0], [0, 0]]) == pytest.approx(0.25)
    assert yaw(face + [[0, 0], [0, 0], [-2.5, 0], [0, 0], [0, 0]]) == pytest.approx(-0.25)
    tilted = moved(face + [[0, 0], [0, 0], [2.5, 0], [0, 0], [0, 0]], similarity(3, 0.5, (9, 9)))
    assert yaw(tilted) == pytest.approx(0.25)


@pytest.mark.parametrize(("nose_x", "clipped"), [(1000.0, 2.0), (-1000.0, -2.0)])
def test_yaw_is_clipped_to_either_side(nose_x, clipped):
    face = np.array([[0.0, 0.0], [10.0, 0.0], [nose_x, 6.0], [2.0, 10.0], [8.0, 10.0]])
    assert yaw(face) == clipped
