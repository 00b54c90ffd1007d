"""Flashes, black frames and fades put into shots of drifting pictures: what is right is known."""

import numpy as np
import pytest
import torch
from torch.nn import functional

from castmap.shots.boundaries import boundaries_table
from castmap.shots.detectors import adaptive, content
from castmap.shots.footage import Footage
from castmap.shots.interruptions import Thumbnails, add_far_cuts, settle_interruptions

FPS, LENGTH = 25, 60
QUICK = {"adaptive": adaptive, "content": content}


def shot(seed, length=LENGTH):
    """A slow pan over a smooth picture, float (length, 54, 96, 3)."""
    rng = np.random.default_rng(seed)
    coarse = torch.from_numpy(rng.uniform(0, 255, (1, 3, 6, 10)))
    scene = functional.interpolate(coarse, (60, 140), mode="bicubic")[0].permute(1, 2, 0)
    steps = (i // 5 for i in range(length))
    return np.stack([scene.clamp(0, 255).numpy()[:54, step : step + 96] for step in steps])


def faded(pictures, shares, level=0.0):
    return level + (pictures - level) * np.asarray(shares)[:, None, None, None]


def empty(length, level=3.0):
    return np.full((length, 54, 96, 3), level)


def with_frames(pictures, changed):
    pictures = pictures.copy()
    for frame, picture in changed.items():
        pictures[frame] = picture
    return pictures


def fade(length, pause=0, level=0.0):
    """A fades to black and B up again; frames of A and B that fade, and what is between."""
    a, b, down = shot(1), shot(2), np.linspace(1, 0, length + 1)[1:]
    out = faded(a[-length:], down, level)
    up = faded(b[:length], down[::-1], level)
    return np.concatenate([a[:-length], out, empty(pause, level), up, b[length:]])


A, B = shot(1), shot(2)
CUT = np.concatenate([A, B])
BRIGHT = {30: A[30] * 2.5 + 40, 31: A[31] * 2 + 20, 32: A[32] * 1.5}
# Of each film: frames, and of its boundaries the kind, and the first and last frame of the first.
FILMS = {
    "nothing": (A, []),
    "one black frame": (with_frames(A, {30: empty(1)[0]}), []),
    "three black frames": (with_frames(A, dict.fromkeys((30, 31, 32), empty(1)[0])), []),
    "white frames": (with_frames(A, dict.fromkeys((20, 40, 41), empty(1, 250)[0])), []),
    "a photographer's flash": (with_frames(A, BRIGHT), []),
    "a cut": (CUT, [("cut", 60, 60)]),
    "a flash before a cut": (with_frames(CUT, BRIGHT), [("cut", 60, 60)]),
    "a cut with a black frame": (np.concatenate([A, empty(1), B]), [("cut", 61, 61)]),
    "a cut over black": (np.concatenate([A, empty(12), B]), [("gradual", 60, 72)]),
    "a fade": (fade(15), [("gradual", 45, 75)]),
    "a slow fade": (fade(30), [("gradual", 30, 90)]),
    "a fade with a pause": (fade(15, 20), [("gradual", 45, 95)]),
    "a fade through white": (fade(15, 4, 255.0), [("gradual", 45, 79)]),
    "a black shot": (np.concatenate([A, empty(75), B]), [("cut", 60, 60), ("cut", 135, 135)]),
}


def settled(pictures, detector, weights=None):
    thumbnails = Thumbnails()
    frames = pictures.clip(0, 255).round().astype(np.uint8)
    height, width = frames.shape[1:3]

    def decode(size):
        step = width // size[0] or 1
        watched = thumbnails.watch(frames)
        return (np.ascontiguousarray(frame[::step, ::step]) for frame in watched)

    found = detector.find_boundaries(Footage(width, height, decode, weights=weights), 0.5)
    return settle_interruptions(found, thumbnails, np.arange(len(frames)) / FPS)


def check(found, expected):
    assert found["kind"].tolist() == [kind for kind, _, _ in expected]
    for boundary, (kind, first, last) in zip(found.itertuples(), expected, strict=True):
        # Where a fade begins and ends is seen only once it has changed something.
        slack = 0 if kind == "cut" else 3
        assert abs(boundary.transition_start - first) <= slack
        assert abs(boundary.transition_end - last) <= slack
        assert boundary.transition_start <= boundary.frame <= boundary.transition_end
        assert 0.5 <= boundary.score <= 1


@pytest.mark.parametrize("detector", QUICK)
@pytest.mark.parametrize("film", FILMS)
def test_shots_are_those_of_the_pictures(film, detector):
    pictures, expected = FILMS[film]
    check(settled(pictures, QUICK[detector]), expected)


def passing(pictures, first, length):
    """Something dark before the lens, which covers and uncovers the picture from the left."""
    passed, columns = pictures.copy(), np.arange(pictures.shape[2])
    for step in range(length):
        edge = 3 * pictures.shape[2] * (step + 1) / (length + 1)
        hidden = (columns < edge) & (columns >= edge - 2 * pictures.shape[2])
        passed[first + step][:, hidden] = 4
    return passed


def test_a_picture_that_is_back_after_something_has_passed_is_no_new_shot():
    still = np.repeat(A[:1], LENGTH, axis=0)
    found = boundaries_table([])
    covered = thumbnails_of(passing(still, 20, 20))
    assert (covered.empty() == -1).sum() > 5  # it covers the lens
    assert settle_interruptions(found, covered, np.arange(LENGTH) / FPS).empty
    # Where it uncovers another picture, or is a cut to black and back, there is one.
    other = np.concatenate([still[:30], np.repeat(B[:1], 30, axis=0)])
    uncovered = thumbnails_of(passing(other, 20, 20))
    assert len(settle_interruptions(found, uncovered, np.arange(LENGTH) / FPS)) == 1
    black = thumbnails_of(with_frames(still, dict.fromkeys(range(20, 40), empty(1)[0])))
    cut = boundaries_table([(20, "cut", 20, 20, 0.9), (40, "cut", 40, 40, 0.9)])
    assert len(settle_interruptions(cut, black, np.arange(LENGTH) / FPS)) == 1


def test_a_film_that_fades_in_or_out_does_not_begin_a_shot():
    thumbnails, times = thumbnails_of(CUT), np.arange(len(CUT)) / FPS
    own = [(9, "gradual", 1, 17, 0.9), (60, "cut", 60, 60, 0.9), (112, "gradual", 106, 119, 0.9)]
    found = settle_interruptions(boundaries_table(own), thumbnails, times)
    assert found["frame"].tolist() == [60]
    inside = [(13, "gradual", 6, 20, 0.9), (105, "gradual", 98, 112, 0.9)]
    assert len(settle_interruptions(boundaries_table(inside), thumbnails, times)) == 2


def test_a_shot_begins_with_the_cut_to_white_that_dies_away_to_black():
    white = faded(empty(1, 250), np.linspace(1, 0.01, 20))
    bright = faded(A[36:40], [0.95, 0.9, 0.85, 0.8], 250.0)
    pictures = np.concatenate([A[:36], bright, white, empty(30)])
    own = [(40, "cut", 40, 40, 0.9), (57, "gradual", 55, 60, 0.6)]
    times = np.arange(len(pictures)) / FPS
    found = settle_interruptions(boundaries_table(own), thumbnails_of(pictures), times)
    assert found["frame"].tolist() == [40]


@pytest.mark.parametrize("fps", [1, 5, 60])
def test_a_black_frame_is_none_at_any_rate(fps):
    thumbnails = Thumbnails()
    for _ in thumbnails.watch(FILMS["one black frame"][0].clip(0, 255).astype(np.uint8)):
        pass
    found = boundaries_table([(30, "cut", 30, 30, 0.9), (31, "cut", 31, 31, 0.9)])
    assert settle_interruptions(found, thumbnails, np.arange(60) / fps).empty


def test_slides_that_alternate_every_second_are_shots():
    slides = np.concatenate([picture[:1] for _ in range(4) for picture in (A, B)])
    thumbnails = Thumbnails()
    for _ in thumbnails.watch(slides.clip(0, 255).astype(np.uint8)):
        pass
    found = boundaries_table((i, "cut", i, i, 0.9) for i in range(1, 8))
    assert settle_interruptions(found, thumbnails, np.arange(8.0)).equals(found)


def thumbnails_of(pictures):
    thumbnails = Thumbnails()
    for _ in thumbnails.watch(pictures.clip(0, 255).astype(np.uint8)):
        pass
    return thumbnails


@pytest.mark.parametrize("step_s", [0.2, 1.0, 5.0])
def test_other_pictures_far_apart_are_other_shots(step_s):
    stored = np.concatenate([A[:40:10], B[:40:10], A[40::10], empty(1), A[50:], B[50:51]])
    times = np.arange(len(stored)) * step_s
    found = add_far_cuts(boundaries_table([]), thumbnails_of(stored), times, 0.5)
    assert found["frame"].tolist() == [4, 8, 10, 11, 21]
    assert (found["score"] > 0.5).all()
    assert settle_interruptions(found, thumbnails_of(stored), times)["frame"].tolist() == [4, 8, 21]
    # What a detector has found stays, and near frames are left to it.
    own = boundaries_table([(4, "cut", 4, 4, 0.7), (8, "gradual", 6, 10, 0.6)])
    assert add_far_cuts(own, thumbnails_of(stored), times, 0.5)["frame"].tolist() == [
        4,
        8,
        10,
        11,
        21,
    ]
    assert add_far_cuts(own, thumbnails_of(stored), times / step_s / 25, 0.5).equals(own)


def test_a_film_without_frames_has_no_boundaries():
    assert settle_interruptions(boundaries_table([]), Thumbnails(), np.zeros(0)).empty
    assert add_far_cuts(boundaries_table([]), Thumbnails(), np.zeros(0), 0.5).empty
