"""What is trained of a network, and how its parts are stored."""

import copy
import zipfile

import numpy as np
import pytest
import torch
from safetensors.torch import load_file
from torch import nn

from castmap.adaptation.faces import CropRows, TrunkRows
from castmap.adaptation.head import LinearHead, apply_head, load_head, make_head
from castmap.adaptation.network import (
    AdaptedNetwork,
    freeze_all_but,
    split_state,
)
from castmap.adaptation.trainable import ALL, LAST_BLOCK, LINEAR_HEAD, MLP_HEAD
from castmap.embedding.networks import (
    describe_backbone,
    fused,
    load_embedder,
    load_network,
    to_pixels,
)
from castmap.formats.face_archive import add_crop


def trained(network):
    return {name for name, weight in network.named_parameters() if weight.requires_grad}


@pytest.fixture(params=("dlib_resnet", "sface"))
def pretrained(request, weights):
    state = load_file(weights(f"{request.param}.safetensors"))
    return request.param, state, load_network(request.param, state)


@pytest.mark.parametrize(
    ("trainable", "weights"),
    [
        (LINEAR_HEAD, {"head.turn.weight"}),
        (MLP_HEAD, {"head.hidden.weight", "head.bend.weight"}),
    ],
)
def test_a_head_alone_needs_no_backbone(trainable, weights):
    network = AdaptedNetwork(make_head(trainable, torch.zeros(4), seed=0))
    freeze_all_but(network, trainable, ())
    assert trained(network) == weights


def test_the_last_block_is_a_part_of_all_and_no_normalisation_is_trained(pretrained):
    name, _, backbone = pretrained
    network = AdaptedNetwork(LinearHead(torch.zeros(128)), backbone)
    freeze_all_but(network, ALL, ())
    everything = trained(network)
    freeze_all_but(network, LAST_BLOCK, describe_backbone(name).last_block)
    last = trained(network)
    assert {"head.turn.weight"} < last < everything
    assert any(part.startswith("backbone.project") for part in last)
    norms = [
        n for n, m in network.named_modules() if isinstance(m, nn.BatchNorm1d | nn.BatchNorm2d)
    ]
    assert not any(part.rpartition(".")[0] in norms for part in everything)
    assert not any(module.training for module in network.modules())


@pytest.mark.parametrize(
    ("trainable", "backbone", "sentence"),
    [
        ("neck", None, "it takes linear_head, mlp_head, last_block, all"),
        (LAST_BLOCK, None, "does not fit"),
        (LINEAR_HEAD, nn.Linear(2, 2), "does not fit"),
        (MLP_HEAD, nn.Linear(2, 2), "does not fit"),
    ],
)
def test_what_cannot_be_trained_is_refused(trainable, backbone, sentence):
    with pytest.raises(ValueError, match=sentence):
        freeze_all_but(AdaptedNetwork(LinearHead(torch.zeros(2)), backbone), trainable, ())


def test_a_stored_network_embeds_as_the_trained_one(pretrained):
    name, _, backbone = pretrained
    torch.manual_seed(0)
    head = LinearHead(torch.randn(128) / 20)
    network = AdaptedNetwork(head, backbone)
    with torch.no_grad():
        head.turn.weight += 0.05 * torch.randn(128, 128)
        backbone.project.weight *= 1.3
    crops = np.random.default_rng(0).integers(0, 256, (3, 112, 112, 3), dtype=np.uint8)
    with torch.no_grad():
        pixels = to_pixels(torch.from_numpy(crops), describe_backbone(name).size_px)
        wanted = network(pixels).numpy()
    head_state, backbone_state = split_state(network.state_dict())
    embedder = load_embedder(name, backbone_state, torch.device("cpu"))
    assert apply_head(load_head(head_state), embedder.embed(crops)) == pytest.approx(
        wanted, abs=1e-4
    )


def test_faces_that_passed_the_trunk_alone_embed_as_by_the_whole_network(pretrained, tmp_path):
    name, _, backbone = pretrained
    faces = np.random.default_rng(0).integers(0, 256, (5, 112, 112, 3), dtype=np.uint8)
    with zipfile.ZipFile(tmp_path / "faces.zip", "w") as archive:
        for number, face in enumerate(faces):
            add_crop(archive, number, face)
    pixels = CropRows([tmp_path / "faces.zip"], [5], describe_backbone(name).size_px)
    rows = TrunkRows(pixels, fused(copy.deepcopy(backbone)).trunk)
    head = LinearHead(torch.zeros(128))
    with torch.no_grad():
        wanted = AdaptedNetwork(head, backbone)(pixels(np.arange(5)))
        found = AdaptedNetwork(head, backbone, above_trunk=True)(rows(np.arange(5)))
    assert found.numpy() == pytest.approx(wanted.numpy(), abs=2e-6)
