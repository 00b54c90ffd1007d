"""Cuts by frame differences, in films whose cuts are known."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.ndimage import zoom

from castmap.shots import differences
from castmap.shots.differences import find_changes, similarity

PICTURE = (9, 16, 3)


def scene(seed):
    """A smooth picture, wider and higher than a thumbnail: float (18, 64, 3), 0..255."""
    coarse = np.random.default_rng(seed).uniform(20, 235, (4, 10, 3))
    return zoom(coarse, (4.5, 6.4, 1), order=1)


def pan(seed, length, speed=0.5):
    """A shot: the camera moves over a scene, ``speed`` thumbnail pixels a frame."""
    wide, columns = scene(seed), np.arange(PICTURE[1])
    places = [columns + int(speed * frame) for frame in range(length)]
    return [wide[: PICTURE[0], place] for place in places]


def film(*shots):
    return np.array([picture for shot in shots for picture in shot], np.float32)


def cuts_of(pictures, threshold=0.5):
    return find_changes(pictures.reshape(len(pictures), -1), threshold)[0].tolist()


def test_a_montage_of_six_frames_a_shot_is_cut_between_each_two():
    montage = film(*(pan(seed, 6) for seed in range(20)))
    assert cuts_of(montage) == list(range(6, 120, 6))


def test_shots_that_alternate_every_six_frames_are_cut_although_each_comes_back():
    montage = film(*(pan(turn % 2, 6) for turn in range(10)))
    assert cuts_of(montage) == list(range(6, 60, 6))


def test_a_cut_between_fast_motion_is_found_and_the_motion_is_none():
    pictures = film(pan(1, 24, speed=2), pan(2, 24, speed=2))
    assert cuts_of(pictures) == [24]


def test_a_dissolve_and_a_fade_are_no_cuts():
    one, other = film(pan(1, 30)), film(pan(2, 30))
    share = np.linspace(0, 1, 30, dtype=np.float32)[:, None, None, None]
    assert cuts_of(np.concatenate([one, one[-1:] * (1 - share) + other * share])) == []
    assert cuts_of(np.concatenate([one, one[-1:] * (1 - share), other[:1] * share, other])) == []


def test_a_flash_and_a_lamp_are_no_cuts():
    pictures = film(pan(1, 40))
    pictures[20:23] = (pictures[20:23] * 1.3 + 60).clip(0, 255)
    pictures[30:] *= 0.6
    assert cuts_of(pictures) == []


def covered(pictures, first, speed, width=20):
    """Something dark passes the lens from the left, ``speed`` thumbnail pixels a frame."""
    columns, passed = np.arange(PICTURE[1]), pictures.copy()
    for frame in range(first, len(pictures)):
        edge = speed * (frame - first)
        share = np.clip(edge - columns, 0, 1) * np.clip(columns - edge + width, 0, 1)
        passed[frame] = pictures[frame] * (1 - share[:, None]) + 5 * share[:, None]
    return passed


@pytest.mark.parametrize("speed", [2, 2.5, 3])
def test_what_passes_the_lens_is_no_cut(speed):
    pictures = covered(film(pan(1, 60, speed=0.05)), 20, speed)
    cuts, differing = find_changes(pictures.reshape(60, -1), 0.5)
    assert (differing >= 0.5).any()
    assert cuts.tolist() == []


def test_what_uncovers_another_picture_is_a_cut():
    one, other = film(pan(1, 60, speed=0.2)), film(pan(2, 60, speed=0.2))
    pictures = covered(one, 20, 2.5)
    pictures[28:] = covered(other, 20, 2.5)[28:]
    assert any(28 <= cut <= 36 for cut in cuts_of(pictures))


def test_noise_in_the_dark_is_no_cut():
    dark = np.random.default_rng(0).integers(0, 6, (50, *PICTURE)).astype(np.float32)
    assert cuts_of(dark) == []
    assert cuts_of(np.concatenate([dark, film(pan(1, 20))])) == [50]


def test_a_long_film_is_read_by_blocks_and_gives_the_same(monkeypatch):
    pictures = film(*(pan(seed, 6) for seed in range(5))).reshape(30, -1)
    cuts, whole = find_changes(pictures, 0.5)
    monkeypatch.setattr(differences, "_BLOCK", 4)
    again, blocks = find_changes(pictures, 0.5)
    assert again.tolist() == cuts.tolist()
    np.testing.assert_array_equal(blocks, whole)


@pytest.mark.parametrize("length", [0, 1])
def test_a_film_of_no_frame_or_one_has_no_cut(length):
    cuts, differing = find_changes(np.zeros((length, 432), np.float32), 0.5)
    assert cuts.tolist() == []
    assert differing.tolist() == [0] * length


def test_similarity_of_known_pictures():
    picture = film(pan(1, 1)).ravel()
    flat = np.full(picture.shape, 90.0)
    assert similarity(picture, picture) == pytest.approx(1)
    assert similarity(picture, picture - 15) == pytest.approx(1)
    assert similarity(flat, flat + 40) == pytest.approx(1)
    constant = (0.03 * 255) ** 2
    assert similarity(picture, flat) == pytest.approx(constant / (picture.var() + constant))
    mirrored = 255 - picture
    expected = (constant - 2 * picture.var()) / (constant + 2 * picture.var())
    assert similarity(picture, mirrored) == pytest.approx(expected)


@given(seed=st.integers(0, 1000), gain=st.floats(0.2, 3), level=st.floats(-100, 100))
def test_similarity_is_symmetric_and_forgets_brightness(seed, gain, level):
    one, other = np.random.default_rng(seed).uniform(0, 255, (2, 432))
    assert similarity(one, other) == pytest.approx(similarity(other, one))
    assert similarity(one, other + level) == pytest.approx(similarity(one, other))
    assert -1 <= similarity(one, gain * other) <= 1
