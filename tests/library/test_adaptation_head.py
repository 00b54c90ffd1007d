"""The head before it is trained, and what its shape rules out."""

import numpy as np
import pytest
import torch

from castmap.adaptation.head import Head, apply_head, mean_face


def unit(rows):
    return (rows / np.linalg.norm(rows, axis=-1, keepdims=True)).astype(np.float32)


@pytest.fixture
def faces():
    """Faces that share a direction that says nothing about who they are."""
    rng = np.random.default_rng(0)
    return unit(rng.normal(size=(50, 8)) + np.array([4, 0, 0, 0, 0, 0, 0, 0]))


def test_an_untrained_head_only_centres(faces):
    head = Head(mean_face([faces[:20], faces[20:]]))
    wanted = unit(faces - faces.mean(axis=0))
    assert apply_head(head, faces) == pytest.approx(wanted, abs=1e-5)


def test_what_all_faces_share_is_gone(faces):
    before = faces @ faces.T
    adapted = apply_head(Head(mean_face([faces])), faces)
    after = adapted @ adapted.T
    assert before.mean() > 0.5
    assert abs(after.mean()) < 0.05


def test_the_centre_is_kept_with_the_weights_and_not_trained(faces):
    head = Head(mean_face([faces]))
    assert set(head.state_dict()) == {"centre", "turn.weight"}
    assert [name for name, _ in head.named_parameters()] == ["turn.weight"]
    again = Head(torch.zeros(8))
    again.load_state_dict(head.state_dict())
    assert np.array_equal(apply_head(again, faces), apply_head(head, faces))


def test_no_faces_are_refused():
    with pytest.raises(ValueError, match="no face to centre on"):
        mean_face([np.zeros((0, 8), np.float32)])
