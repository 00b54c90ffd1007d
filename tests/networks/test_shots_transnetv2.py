"""TransNetV2 against the published network, and on a film whose transitions are known."""

import numpy as np
import pytest
import torch
from torch.nn import functional

from castmap.shots import transnetv2


@pytest.fixture(scope="module")
def original(weights):
    return weights("original/transnetv2.pth").read_bytes()


@pytest.fixture(scope="module")
def network(original):
    torch.set_num_threads(1)
    return transnetv2.load_network(transnetv2.import_weights(original), torch.device("cpu"))


@pytest.fixture(scope="module")
def published(weights):
    path = weights("original/transnetv2.pth")
    return torch.load(path, map_location="cpu", weights_only=True)


def published_logits(state, frames):
    """The paper's network, layer by layer, with 3-D convolutions and batch normalisation."""
    x = frames.permute(3, 0, 1, 2)[None].float() / 255
    means = []
    for stage in range(3):
        for cell in range(2):
            name = f"SDDCNN.{stage}.DDCNN.{cell}"
            parts = []
            for d in (1, 2, 4, 8):
                layers = f"{name}.Conv3D_{d}.layers"
                y = functional.conv3d(x, state[f"{layers}.0.weight"], padding=(0, 1, 1))
                kernel = state[f"{layers}.1.weight"]
                parts.append(functional.conv3d(y, kernel, padding=(d, 0, 0), dilation=(d, 1, 1)))
            norm = [state[f"{name}.bn.{k}"] for k in ("running_mean", "running_var")]
            norm += [state[f"{name}.bn.{k}"] for k in ("weight", "bias")]
            x = functional.relu(functional.batch_norm(torch.cat(parts, 1), *norm, eps=1e-3))
            if cell == 0:
                shortcut = x
        x = functional.avg_pool3d(x + shortcut, (1, 2, 2))
        means.append(x.mean((3, 4))[0].T)

    def layer(name, inputs):
        return inputs @ state[f"{name}.weight"].T + state[f"{name}.bias"]

    def lookup(name, vectors):
        near = np.zeros((len(vectors), 101), np.float32)
        for t, vector in enumerate(vectors):
            for other in range(max(t - 50, 0), min(t + 51, len(vectors))):
                near[t, other - t + 50] = vector @ vectors[other]
        return functional.relu(layer(name, torch.from_numpy(near)))

    described = functional.normalize(layer("frame_sim_layer.projection", torch.cat(means, 1)))
    counts = [
        np.histogramdd(frame.reshape(-1, 3).numpy(), bins=8, range=[(0, 256)] * 3)[0].ravel()
        for frame in frames
    ]
    colours = np.array([count / np.linalg.norm(count) for count in counts], np.float32)
    features = [
        lookup("color_hist_layer.fc", colours),
        lookup("frame_sim_layer.fc", described.numpy()),
        x[0].permute(1, 2, 3, 0).flatten(1),
    ]
    hidden = functional.relu(layer("fc1", torch.cat(features, 1)))
    return torch.cat([layer("cls_layer1", hidden), layer("cls_layer2", hidden)], 1)


def picture(rng):
    """A smooth, colourful picture, larger than a frame."""
    coarse = torch.from_numpy(rng.uniform(0, 255, (1, 3, 5, 9)))
    fine = torch.from_numpy(rng.normal(0, 25, (1, 3, 20, 36)))
    parts = [functional.interpolate(x, (54, 96), mode="bicubic") for x in (coarse, fine)]
    return sum(parts)[0].permute(1, 2, 0).clamp(0, 255).numpy()


def shot(rng, length):
    """A slow pan over a picture."""
    scene, (x, y) = picture(rng), rng.uniform(0, 20, 2)
    steps = (int(x + 0.2 * i) for i in range(length))
    return np.stack([scene[int(y) : int(y) + 27, step : step + 48] for step in steps])


def film(rng, lengths, dissolves):
    """Join shots; ``dissolves[i]`` frames of shot i+1 lie over the end of shot i (0: a cut)."""
    joined, transitions = shot(rng, lengths[0]), []
    for length, mixed in zip(lengths[1:], dissolves, strict=True):
        following = shot(rng, length)
        begin = len(joined) - mixed
        weight = (np.arange(1, mixed + 1) / (mixed + 1))[:, None, None, None]
        both = joined[begin:] * (1 - weight) + following[:mixed] * weight
        joined = np.concatenate([joined[:begin], both, following[mixed:]])
        transitions.append((begin, begin + mixed))
    return joined.round().astype(np.uint8), transitions


def test_the_outputs_equal_the_published_networks(network, published):
    frames, _ = film(np.random.default_rng(3), [30, 40, 50], [0, 20])
    frames = torch.from_numpy(frames)
    with torch.inference_mode():
        expected = published_logits(published, frames)
        found = network(frames)
    assert expected.abs().max() > 2
    torch.testing.assert_close(found, expected, atol=1e-4, rtol=0)


@pytest.mark.parametrize("length", [1, 79, 230])
def test_a_streamed_film_equals_one_window(network, length):
    frames = film(np.random.default_rng(5), [60, 70, 60, 60], [0, 8, 0])[0][:length]
    padded = np.concatenate([frames[:1]] * 25 + [frames] + [frames[-1:]] * 25)
    with torch.inference_mode():
        window = torch.sigmoid(network(torch.from_numpy(padded))).numpy()[25:-25]
    streamed = transnetv2.transition_probabilities(network, iter(frames))
    assert streamed.shape == (length, 2)
    assert (streamed.max() > 0.5) == (length > 60)
    np.testing.assert_allclose(streamed, window, atol=1e-5)


class Kept:
    """Keeps how far a film was computed, every time, and gives back what it was made with."""

    def __init__(self, state=None):
        self.given, self.saved = state or {}, []

    def load(self):
        return dict(self.given)

    def is_due(self):
        return True

    def save(self, state):
        self.saved.append(state)


def test_a_film_that_is_taken_up_gives_the_same_bits(network):
    frames = film(np.random.default_rng(6), [60, 70, 60, 60, 60], [0, 8, 0, 0])[0]
    kept = Kept()
    whole = transnetv2.transition_probabilities(network, iter(frames), kept)
    assert len(kept.saved) == 3
    for n_chunks, state in enumerate(kept.saved[:-1], 1):
        again = Kept(state)
        found = transnetv2.transition_probabilities(network, iter(frames), again)
        assert len(again.saved) == len(kept.saved) - n_chunks
        np.testing.assert_array_equal(found, whole)


def test_cuts_and_dissolves_are_found_to_the_frame(network):
    dissolves = [0, 0, 12, 0, 24, 0, 8, 16, 0, 0]
    lengths = [60, 30, 70, 60, 80, 70, 60, 70, 60, 45, 50]
    frames, transitions = film(np.random.default_rng(7), lengths, dissolves)
    found = transnetv2.find_transnetv2_boundaries(network, iter(frames), 0.5)
    assert list(found["kind"]) == ["gradual" if mixed else "cut" for mixed in dissolves]
    for boundary, (start, end) in zip(found.itertuples(), transitions, strict=True):
        if boundary.kind == "cut":
            assert boundary.frame == boundary.transition_start == boundary.transition_end == start
        else:
            assert abs(boundary.transition_start - start) <= 2
            assert abs(boundary.transition_end - end) <= 2
            assert abs(boundary.frame - (start + end) / 2) <= 2
    assert found["score"].between(0.5, 1).all()


def test_a_still_film_has_no_boundary(network):
    frames, _ = film(np.random.default_rng(1), [150], [])
    assert transnetv2.find_transnetv2_boundaries(network, iter(frames), 0.5).empty


def test_a_film_without_frames_has_no_boundary(network):
    assert transnetv2.find_transnetv2_boundaries(network, iter([]), 0.5).empty


def test_runs_of_probability_become_boundaries():
    probabilities = np.zeros((40, 2), np.float32)
    probabilities[4] = (0.9, 0.6)  # a cut between 4 and 5
    probabilities[10:12, 0] = (0.6, 0.8)  # a cut with a mixed frame: after the likelier one
    probabilities[20:27, 1] = 0.7  # a dissolve that only the all-frames head sees
    probabilities[33:35, 1] = 0.6  # two frames that only the all-frames head sees: a flicker
    probabilities[39, 0] = 0.9  # nothing follows the last frame
    found = transnetv2.boundaries_from(probabilities, 0.5)
    assert found.drop(columns="score").to_numpy().tolist() == [
        [5, "cut", 5, 5],
        [12, "cut", 12, 12],
        [23, "gradual", 20, 27],
    ]
    np.testing.assert_allclose(found["score"], [0.9, 0.8, 0.7])


def test_weights_hold_what_inference_needs_and_nothing_else(original):
    state = transnetv2.import_weights(original)
    assert set(state) == set(transnetv2.TransNetV2().state_dict())
    assert not any("bn" in name for name in state)
    assert all(tensor.dtype == torch.float32 for tensor in state.values())
