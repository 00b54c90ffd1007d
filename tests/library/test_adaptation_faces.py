"""Faces by row, as networks take them."""

import numpy as np
import pytest
import torch

from castmap.adaptation import faces


@pytest.fixture
def passed():
    """The faces that passed the trunk, call by call."""
    return []


@pytest.fixture
def rows(passed):
    """Faces of one pixel, and a trunk that doubles it."""

    def trunk(pixels):
        passed.append(pixels.flatten().tolist())
        return 2 * pixels

    return faces.TrunkRows(lambda numbers: torch.from_numpy(numbers)[:, None].float(), trunk)


def test_a_face_passes_the_trunk_alone_and_once(rows, passed):
    assert rows(np.array([3, 1, 3])).tolist() == [[6], [2], [6]]
    assert rows(np.array([1, 0])).tolist() == [[2], [0]]
    assert passed == [[3], [1], [0]]


def test_what_there_is_no_room_for_passes_again(rows, passed, monkeypatch):
    monkeypatch.setattr(faces, "_KEPT_BYTES", 8)  # two numbers
    for _ in range(2):
        assert rows(np.array([5, 6, 7])).tolist() == [[10], [12], [14]]
    assert passed == [[5], [6], [7], [7]]
