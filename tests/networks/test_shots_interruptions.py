"""Flashes, black frames and fades, as TransNetV2 sees them, alone and with the differences."""

import pytest
from safetensors.torch import load_file

from castmap.shots.detectors import fused, transnetv2
from tests.library.test_shots_interruptions import FILMS, check, settled


@pytest.mark.parametrize("detector", [transnetv2, fused])
@pytest.mark.parametrize(
    "film", ["one black frame", "a photographer's flash", "a fade with a pause", "a black shot"]
)
def test_shots_are_those_of_the_pictures(film, detector, weights):
    pictures, expected = FILMS[film]
    state = load_file(weights("transnetv2.safetensors"))
    check(settled(pictures, detector, state), expected)
