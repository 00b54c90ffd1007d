"""The head before it is trained, and what its shape rules out."""

import numpy as np
import pytest
import torch

from castmap.adaptation.head import LinearHead, MlpHead, apply_head, load_head, make_head, mean_face
from castmap.adaptation.trainable import HEADS


def unit(rows):
    return (rows / np.linalg.norm(rows, axis=-1, keepdims=True)).astype(np.float32)


@pytest.fixture
def faces():
    """Faces that share a direction that says nothing about who they are."""
    rng = np.random.default_rng(0)
    return unit(rng.normal(size=(50, 8)) + np.array([4, 0, 0, 0, 0, 0, 0, 0]))


@pytest.mark.parametrize("trainable", HEADS)
def test_an_untrained_head_only_centres(faces, trainable):
    head = make_head(trainable, mean_face([faces[:20], faces[20:]]), seed=0)
    wanted = unit(faces - faces.mean(axis=0))
    assert apply_head(head, faces) == pytest.approx(wanted, abs=1e-5)


def test_what_all_faces_share_is_gone(faces):
    before = faces @ faces.T
    adapted = apply_head(LinearHead(mean_face([faces])), faces)
    after = adapted @ adapted.T
    assert before.mean() > 0.5
    assert abs(after.mean()) < 0.05


@pytest.mark.parametrize("trainable", HEADS)
def test_the_centre_is_kept_with_the_weights_and_not_trained(faces, trainable):
    head = make_head(trainable, mean_face([faces]), seed=0)
    with torch.no_grad():
        for weight in head.parameters():
            weight.add_(0.1)
    assert set(head.state_dict()) == {"centre", *dict(head.named_parameters())}
    again = load_head(head.state_dict())
    assert type(again) is type(head)
    assert not again.training
    assert np.array_equal(apply_head(again, faces), apply_head(head, faces))


def test_an_mlp_head_adds_what_its_hidden_units_say(faces):
    head = MlpHead(torch.zeros(8), hidden=1, seed=0)
    with torch.no_grad():
        head.hidden.weight[:] = torch.eye(8)[:1]
        head.bend.weight[:] = torch.eye(8)[:, 1:2]
    wanted = faces.copy()
    wanted[:, 1] += np.maximum(faces[:, 0], 0)
    assert (faces[:, 0] < 0).sum() == 0
    turned = faces * np.array([-1, 1, 1, 1, 1, 1, 1, 1], np.float32)
    assert apply_head(head, faces) == pytest.approx(unit(wanted), abs=1e-6)
    assert apply_head(head, turned) == pytest.approx(turned, abs=1e-6)


def test_the_seed_decides_the_first_weights_of_an_mlp_head():
    first, same, other = (MlpHead(torch.zeros(8), 16, seed).hidden.weight for seed in (3, 3, 4))
    assert torch.equal(first, same)
    assert not torch.equal(first, other)


def test_no_faces_are_refused():
    with pytest.raises(ValueError, match="no face to centre on"):
        mean_face([np.zeros((0, 8), np.float32)])
