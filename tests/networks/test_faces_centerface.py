"""CenterFace, by each engine, against its published file, run and read independently."""

import functools
import itertools

import cv2
import numpy as np
import onnx
import onnxruntime
import pytest
import torch
from mmengine.config import Config
from safetensors.torch import load_file

from castmap.faces import centerface_config
from castmap.faces.centerface_graph import build_graph
from castmap.faces.centerface_onnx import OnnxCenterFace
from castmap.faces.detection import FaceLimits
from castmap.faces.mmdet_detector import MmdetDetector
from castmap.video.decoding import decode_frames, open_film

CPU = torch.device("cpu")
FILMS = {"demo_debate": 20, "demo_visitors": 15, "demo_evening": 15}


@pytest.fixture(scope="module")
def frames(root):
    """Fifty frames of the demo films, 640 x 360, so that neither side resizes them."""
    taken = []
    for name, count in FILMS.items():
        with open_film(root / f"resources/demo/films/{name}.mp4") as film:
            stream = film.streams.video[0].index
            decoded = decode_frames(film, stream, every_nth=45, size=(640, 360))
            taken += [frame for _, frame in itertools.islice(decoded, count)]
    return taken


@pytest.fixture(scope="module")
def state(weights):
    return load_file(weights("centerface.safetensors"))


def by_mmdet(state, min_score=0.3, min_size_px=0.0):
    config = Config.fromfile(centerface_config.__file__)
    return MmdetDetector(config, state, CPU, FaceLimits(640, min_score, min_size_px))


def by_onnxruntime(state, min_score=0.3, min_size_px=0.0):
    return OnnxCenterFace(state, FaceLimits(640, min_score, min_size_px))


@pytest.fixture(scope="module", params=[by_mmdet, by_onnxruntime])
def build(request, state):
    """Each engine."""
    return functools.partial(request.param, state)


@pytest.fixture(scope="module")
def published(weights):
    """The published file in onnxruntime; a function from a frame to boxes, scores, landmarks."""
    model = onnx.load(weights("original/centerface.onnx"))
    for value in (*model.graph.input, *model.graph.output):
        for axis, dimension in enumerate(value.type.tensor_type.shape.dim):
            dimension.dim_param = f"{value.name}_{axis}"  # exported for one size, fit for any
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    session = onnxruntime.InferenceSession(
        model.SerializeToString(), options, ["CPUExecutionProvider"]
    )
    name = session.get_inputs()[0].name

    def detect(frame, min_score=0.3):
        padded = np.pad(frame, [(0, -frame.shape[0] % 32), (0, -frame.shape[1] % 32), (0, 0)])
        pixels = padded.transpose(2, 0, 1)[None].astype(np.float32)
        return decode(*session.run(None, {name: pixels}), frame.shape[:2], min_score)

    return detect


def decode(heat, size, offset, landmarks, shape, min_score):
    """The paper's reading of the four maps, one point at a time, then greedy suppression."""
    found = []
    for row, column in np.argwhere(heat[0, 0] > min_score):
        height, width = np.exp(size[0, :, row, column]) * 4
        top = (row + offset[0, 0, row, column] + 0.5) * 4 - height / 2
        left = (column + offset[0, 1, row, column] + 0.5) * 4 - width / 2
        box = np.array([left, top, left + width, top + height]).clip(0, [*shape[::-1]] * 2)
        points = [
            (landmarks[0, 2 * k + 1, row, column] * width + left,
             landmarks[0, 2 * k, row, column] * height + top)
            for k in range(5)
        ]  # fmt: skip
        found.append((heat[0, 0, row, column], box, points))
    kept = []
    for score, box, points in sorted(found, key=lambda face: -face[0]):
        if all(overlap(box, other) <= 0.3 for _, other, _ in kept):
            kept.append((score, box, points))
    return [np.array(part) for part in zip(*kept, strict=True)] if kept else [[], [], []]


def overlap(a, b):
    sides = np.minimum(a[2:], b[2:]) - np.maximum(a[:2], b[:2])
    shared = np.prod(np.clip(sides, 0, None))
    return shared / (np.prod(a[2:] - a[:2]) + np.prod(b[2:] - b[:2]) - shared)


def test_fifty_frames_give_the_published_boxes_scores_and_landmarks(frames, build, published):
    assert len(frames) == 50
    detector, n_faces = build(), 0
    for frame in frames:
        ours = detector.detect([frame])[0]
        scores, boxes, landmarks = published(frame)
        assert len(ours.scores) == len(scores)
        n_faces += len(scores)
        if len(scores):
            assert np.abs(ours.scores - scores).max() < 1e-3
            assert np.abs(ours.boxes - boxes).max() < 1e-3
            assert np.abs(ours.landmarks - landmarks).max() < 1e-3
    assert n_faces >= 50


def test_a_frame_without_a_face_has_none(build):
    found = build(min_score=0.5).detect([np.zeros((360, 640, 3), np.uint8)])[0]
    assert found.boxes.shape == (0, 4)
    assert found.scores.shape == (0,)
    assert found.landmarks.shape == (0, 5, 2)


def test_no_frames_have_no_faces(build):
    assert build().detect([]) == []


def test_a_batch_gives_what_its_frames_give_alone(frames, build):
    detector = build()
    together = detector.detect(frames[:3])
    for frame, found in zip(frames[:3], together, strict=True):
        alone = detector.detect([frame])[0]
        assert np.allclose(alone.boxes, found.boxes, atol=1e-2)
        assert np.allclose(alone.scores, found.scores, atol=1e-4)


def test_faces_of_a_large_frame_are_in_its_own_pixels(frames, build):
    frame = np.kron(frames[1], np.ones((3, 3, 1), np.uint8))
    small, large = build().detect([frames[1]])[0], build().detect([frame])[0]
    assert len(small.scores) > 0
    assert np.allclose(large.boxes, 3 * small.boxes, atol=3)
    assert np.allclose(large.landmarks, 3 * small.landmarks, atol=3)


def test_uncertain_and_small_faces_are_dropped(frames, build):
    everything = [face for f in build(min_score=0.1).detect(frames[:8]) for face in f.scores]
    certain = [face for f in build(min_score=0.6).detect(frames[:8]) for face in f.scores]
    assert sorted(certain) == pytest.approx(sorted(s for s in everything if s >= 0.6))
    sides = [
        min(box[2] - box[0], box[3] - box[1])
        for f in build(min_size_px=60).detect(frames[:8])
        for box in f.boxes
    ]
    assert min(sides) >= 60
    assert len(sides) < len(everything)


def test_the_landmarks_of_a_batch_are_those_of_its_frames(frames, build):
    detector = build()
    together = detector.detect(frames[1:4])
    for frame, found in zip(frames[1:4], together, strict=True):
        alone = detector.detect([frame])[0]
        assert len(alone.scores) > 0
        assert np.allclose(alone.landmarks, found.landmarks, atol=1e-2)


@pytest.mark.parametrize("shape", [(720, 1280), (1281, 719), (301, 517), (63, 41), (5, 640)])
def test_both_engines_find_the_same_in_frames_of_any_size(frames, state, shape):
    images = [cv2.resize(frame, shape[::-1]) for frame in frames[:6]]
    ours, theirs = (build(state).detect(images) for build in (by_onnxruntime, by_mmdet))
    for own, reference in zip(ours, theirs, strict=True):
        assert len(own.scores) == len(reference.scores)
        assert np.allclose(own.scores, reference.scores, rtol=0, atol=1e-3)
        assert np.allclose(own.boxes, reference.boxes, rtol=0, atol=1e-3)
        assert np.allclose(own.landmarks, reference.landmarks, rtol=0, atol=1e-3)
    assert shape[0] < 100 or sum(len(own.scores) for own in ours) >= 3


def test_onnxruntime_gives_the_same_bytes_on_any_number_of_threads(frames, state):
    before, found = torch.get_num_threads(), []
    for threads in (1, 2, 3):
        torch.set_num_threads(threads)
        found.append(by_onnxruntime(state).detect(frames[:8]))
    torch.set_num_threads(before)
    assert sum(len(faces.boxes) for faces in found[0])
    for other in found[1:]:
        for one, faces in zip(found[0], other, strict=True):
            for name in ("boxes", "scores", "landmarks"):
                np.testing.assert_array_equal(getattr(faces, name), getattr(one, name))


def test_a_strip_that_shrinks_to_nothing_has_no_faces(build):
    found = build().detect([np.zeros((2, 4000, 3), np.uint8)])[0]
    assert found.boxes.shape == (0, 4)


def test_both_engines_compute_the_same_maps(state):
    network = by_mmdet(state)._model
    pixels = np.random.default_rng(0).uniform(0, 255, (2, 3, 96, 160)).astype(np.float32)
    with torch.inference_mode():
        theirs = network.bbox_head(network.neck(network.backbone(torch.from_numpy(pixels))))
    graph = build_graph({name: tensor.numpy() for name, tensor in state.items()})
    session = onnxruntime.InferenceSession(
        graph.SerializeToString(), None, ["CPUExecutionProvider"]
    )
    for own, reference in zip(session.run(None, {"pixels": pixels}), theirs, strict=True):
        assert np.abs(own - reference.numpy()).max() < 1e-3


def test_weights_of_another_network_are_refused(weights):
    with pytest.raises(RuntimeError, match="weights do not fit the detector"):
        by_mmdet(load_file(weights("sface.safetensors")))


def test_weights_of_another_shape_are_refused(state):
    cut = state["bbox_head.size.weight"][:1]
    with pytest.raises(RuntimeError, match=r"bbox_head\.size\.weight"):
        by_mmdet(state | {"bbox_head.size.weight": cut})
