"""The backbones against their published files, on faces of the demo films."""

import itertools

import numpy as np
import onnx
import onnxruntime
import pandas as pd
import pytest
import torch
from safetensors.torch import load_file
from sklearn.metrics import roc_auc_score

from castmap.catalogues import CatalogueError
from castmap.embedding.networks import describe_backbone, load_embedder, load_network
from castmap.faces.alignment import align_face
from castmap.faces.detection import FaceLimits
from castmap.faces.loading import load_detector
from castmap.video.decoding import decode_frames, open_film

CPU = torch.device("cpu")
NETWORKS = ("sface", "dlib_resnet")


@pytest.fixture(scope="module")
def detector(weights):
    limits = FaceLimits(long_side_px=640, min_score=0.6, min_size_px=40)
    return load_detector("centerface", weights("centerface.safetensors"), CPU, limits)


@pytest.fixture(scope="module")
def crops(root, detector):
    """Aligned faces of a film with several people, uint8 [n, 112, 112, 3]."""
    with open_film(root / "resources/demo/films/demo_visitors.mp4") as film:
        decoded = decode_frames(film, film.streams.video[0].index, every_nth=30)
        frames = [frame for _, frame in itertools.islice(decoded, 30)]
    found = [
        align_face(frame, landmarks)
        for frame in frames
        for landmarks in detector.detect([frame])[0].landmarks
    ]
    assert len(found) >= 30
    return np.stack(found)


@pytest.fixture(scope="module")
def state(weights):
    return lambda name: load_file(weights(f"{name}.safetensors"))


def test_sface_gives_the_published_embeddings(crops, state, weights):
    model = onnx.load(weights("original/sface.onnx"))
    # The file lists weights among its inputs, some that it stores and some that nothing uses.
    needed = {name for node in model.graph.node for name in node.input}
    needed -= {item.name for item in model.graph.initializer}
    inputs = [value for value in model.graph.input if value.name in needed]
    del model.graph.input[:]
    model.graph.input.extend(inputs)
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    session = onnxruntime.InferenceSession(
        model.SerializeToString(), options, ["CPUExecutionProvider"]
    )
    ours = load_embedder("sface", state("sface"), CPU).embed(crops)
    for crop, embedding in zip(crops, ours, strict=True):
        pixels = crop.transpose(2, 0, 1)[None].astype(np.float32)
        published = session.run(None, {inputs[0].name: pixels})[0][0]
        assert embedding @ published / np.linalg.norm(published) > 0.999


@pytest.mark.parametrize("name", NETWORKS)
def test_rows_are_of_unit_length_and_do_not_depend_on_the_batch(name, crops, state):
    embedder = load_embedder(name, state(name), CPU)
    together = embedder.embed(crops[:4])
    assert together.shape == (4, 128)
    assert together.dtype == np.float32
    assert np.allclose(np.linalg.norm(together, axis=1), 1, atol=1e-5)
    alone = np.concatenate([embedder.embed(crops[i : i + 1]) for i in range(4)])
    assert np.allclose(together, alone, atol=1e-4)


@pytest.mark.parametrize("name", NETWORKS)
def test_a_mirrored_face_is_nearer_than_most_others(name, crops, state):
    embedder = load_embedder(name, state(name), CPU)
    plain = embedder.embed(crops)
    mirrored = embedder.embed(np.ascontiguousarray(crops[:, :, ::-1]))
    similarity = plain @ mirrored.T
    own = np.diag(similarity)
    assert (own > np.median(similarity, axis=1)).mean() > 0.9


@pytest.mark.parametrize("name", NETWORKS)
def test_folding_normalisation_into_convolutions_changes_nothing(name, crops, state):
    """The embedder's network is folded; the trainable one is not."""
    size = describe_backbone(name).size_px
    pixels = torch.from_numpy(crops[:4]).permute(0, 3, 1, 2).float()
    pixels = torch.nn.functional.interpolate(pixels, (size, size), mode="bilinear")
    with torch.inference_mode():
        plain = torch.nn.functional.normalize(load_network(name, state(name))(pixels))
    assert np.allclose(load_embedder(name, state(name), CPU).embed(crops[:4]), plain, atol=1e-4)


@pytest.mark.parametrize("name", NETWORKS)
def test_a_loaded_network_can_be_trained(name, crops, state):
    network = load_network(name, state(name))
    size = describe_backbone(name).size_px
    network(torch.rand(2, 3, size, size) * 255).sum().backward()
    assert all(parameter.grad is not None for parameter in network.parameters())


def test_weights_of_another_backbone_are_refused(state):
    with pytest.raises(RuntimeError, match="SFace"):
        load_network("sface", state("dlib_resnet"))
    with pytest.raises(CatalogueError, match="use sface, dlib_resnet"):
        load_network("arcface", {})


@pytest.fixture(scope="module")
def known(root, detector):
    """Aligned faces of two films that share their people; the person and the film of each."""
    found, people, films = [], [], []
    for name in ("demo_debate", "demo_evening"):
        labels = pd.read_csv(root / f"resources/demo/labels/{name}/faces.csv")
        with open_film(root / f"resources/demo/films/{name}.mp4") as film:
            decoded = decode_frames(film, film.streams.video[0].index, every_nth=45)
            for index, frame in itertools.islice(decoded, 26):
                shown = labels[labels["start_frame"].le(index) & labels["end_frame"].gt(index)]
                faces = detector.detect([frame])[0]
                for box, landmarks in zip(faces.boxes, faces.landmarks, strict=True):
                    x, y = (box[:2] + box[2:]) / 2
                    inside = shown["x1"].le(x) & shown["x2"].gt(x)
                    inside &= shown["y1"].le(y) & shown["y2"].gt(y)
                    if inside.sum() == 1:
                        found.append(align_face(frame, landmarks))
                        people.append(shown.loc[inside, "person"].item())
                        films.append(name)
    assert len(found) >= 40
    return np.stack(found), np.array(people), np.array(films)


@pytest.mark.parametrize("name", NETWORKS)
def test_a_person_of_another_film_is_nearer_than_other_people(name, known, state):
    """Within one film light and camera alone tell people apart, even to random weights."""
    crops, people, films = known
    rows = load_embedder(name, state(name), CPU).embed(crops)
    first, second = np.triu_indices(len(rows), 1)
    across = films[first] != films[second]
    first, second = first[across], second[across]
    similarity = (rows[first] * rows[second]).sum(axis=1)
    same = people[first] == people[second]
    assert similarity[same].mean() > similarity[~same].mean()
    assert roc_auc_score(same, similarity) > 0.85


def test_dlibs_distances_are_of_the_size_it_was_trained_for(known, state):
    """Before normalisation one person's embeddings are less than 0.6 apart."""
    crops, people, _ = known
    size = describe_backbone("dlib_resnet").size_px
    pixels = torch.from_numpy(crops).permute(0, 3, 1, 2).float()
    pixels = torch.nn.functional.interpolate(pixels, (size, size), mode="bilinear")
    with torch.inference_mode():
        rows = load_network("dlib_resnet", state("dlib_resnet"))(pixels).numpy()
    first, second = np.triu_indices(len(rows), 1)
    distance = np.linalg.norm(rows[first] - rows[second], axis=1)
    same = people[first] == people[second]
    assert (distance[same] < 0.6).mean() > 0.95
    assert distance[~same].mean() > 0.5
