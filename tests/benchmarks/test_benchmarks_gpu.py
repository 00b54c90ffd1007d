"""The benchmark of GPUs: what it says where there is none, and how it compares."""

import numpy as np
import pytest
import torch

from benchmarks import gpu
from castmap.faces.detection import NO_FACES, Faces


def faces(*boxes):
    return Faces(
        np.array(boxes, np.float32),
        np.ones(len(boxes), np.float32),
        np.zeros((len(boxes), 5, 2), np.float32),
    )


def test_without_a_gpu_it_says_so_in_one_sentence(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setattr("sys.argv", ["benchmarks.gpu"])
    with pytest.raises(SystemExit) as ended:
        gpu.main()
    # Python prints a text that it is ended with to stderr, and the status is 1.
    assert ended.value.code == "torch sees no GPU here, so there is nothing to measure."


def test_faces_are_compared_with_those_of_the_same_place():
    ours = [faces((0, 0, 10, 10), (50, 50, 90, 90)), NO_FACES]
    theirs = [faces((50, 50.25, 90, 90), (0, 0, 10, 10), (200, 0, 220, 20)), NO_FACES]
    assert gpu.face_difference(ours, theirs) == "0.250 px, 1 faces"
