"""PySceneDetect's detectors on frames that we give them."""

import numpy as np
import pytest

from castmap.shots import pyscenedetect
from castmap.shots.detectors import adaptive, content
from castmap.shots.footage import Footage


def find_content(frames, threshold):
    return content.find_boundaries(Footage(64, 36, lambda size: frames), threshold)


def find_adaptive(frames, threshold):
    return adaptive.find_boundaries(Footage(64, 36, lambda size: frames), threshold)


DETECTORS = [find_content, find_adaptive]


def flat(*grey_levels):
    """Ten frames of each grey level, with a little noise that never repeats."""
    rng = np.random.default_rng(0)
    for level in grey_levels:
        for _ in range(10):
            noise = rng.integers(0, 3, (36, 64, 1), dtype=np.uint8)
            yield np.repeat(np.uint8(level) + noise, 3, axis=2)


@pytest.mark.parametrize("find", DETECTORS)
def test_cuts_are_found_at_the_first_frame_of_the_new_shot(find):
    found = find(flat(20, 220, 60), 0.5)
    assert found["frame"].tolist() == [10, 20]
    assert found["kind"].tolist() == ["cut", "cut"]
    assert found["transition_start"].tolist() == found["transition_end"].tolist() == [10, 20]
    assert found["score"].between(0.5, 1).all()


@pytest.mark.parametrize("find", DETECTORS)
def test_a_film_of_one_picture_has_no_cut(find):
    assert find(flat(90, 90), 0.5).empty
    assert find(iter([]), 0.5).empty


def test_half_is_the_content_detectors_customary_threshold():
    # Only brightness changes, and it is one of three parts: by 26.7 levels and by 27.3.
    below, above = flat(20, 100), flat(20, 102)
    assert find_content(below, 0.5).empty
    assert len(find_content(above, 0.5)) == 1


def test_the_score_rises_with_the_change_and_thresholds_by_score():
    found = find_content(flat(20, 140, 240), 0.1)
    stronger, weaker = found["score"]
    assert stronger == pytest.approx(40 / 67, abs=0.01)
    assert weaker == pytest.approx((100 / 3) / (100 / 3 + 27), abs=0.01)
    between = (stronger + weaker) / 2
    assert find_content(flat(20, 140, 240), between)["frame"].tolist() == [10]


def test_red_and_blue_are_not_swapped():
    # From red (hue 0 of 180) to pink (165); with red and blue swapped, from 120 to 135.
    frames = [np.zeros((36, 64, 3), np.uint8) for _ in range(10)]
    for frame in frames[:5]:
        frame[..., 0] = 200
    for frame in frames[5:]:
        frame[..., 0], frame[..., 2] = 200, 100
    (score,) = find_content(frames, 0.1)["score"]
    value = 165 / 3
    assert score == pytest.approx(value / (value + 27), abs=0.01)


@pytest.mark.parametrize(
    ("size", "expected"),
    [((1920, 1080), (256, 144)), ((256, 144), (256, 144)), ((160, 120), (160, 120))],
)
def test_frames_are_shrunk_to_256_pixels_in_width(size, expected):
    assert pyscenedetect.frame_size(*size) == expected


def test_a_very_wide_film_keeps_a_row():
    assert pyscenedetect.frame_size(4000, 2) == (256, 1)
