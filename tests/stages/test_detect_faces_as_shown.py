"""detect_faces on films that a player turns, stretches or scales while it shows them."""

import itertools
import zipfile
from fractions import Fraction

import cv2
import numpy as np
import pytest
import torch
from safetensors.torch import load_file

import detect_faces
from castmap.embedding.networks import load_embedder
from castmap.files.results import read_table, write_table
from castmap.files.whole import write_json
from castmap.formats.face_archive import read_crop
from castmap.formats.tables import BOX_COLUMNS, DETECTIONS, FRAMES, SHOTS
from castmap.tracks.boxes import paired_iou, pairwise_iou
from castmap.video.decoding import decode_frames, decode_raw, open_film
from castmap.video.probing import choose_stream, probe
from tests.encoded_films import encode, encode_parts
from tests.found_faces import one_shot

WIDTH, HEIGHT = 640, 360
SHARP = {"options": {"crf": "12", "bf": "0"}}


@pytest.fixture(scope="module")
def pictures(root):
    """Four frames of three people."""
    with open_film(root / "resources/demo/footage/example_multispeaker.mp4") as film:
        decoded = decode_frames(film, film.streams.video[0].index, size=(WIDTH, HEIGHT))
        return [picture for _, picture in itertools.islice(decoded, 4)]


@pytest.fixture(scope="module")
def embed(weights):
    state = load_file(weights("sface.safetensors"))
    return load_embedder("sface", state, torch.device("cpu")).embed


def scaled(pictures, width, height):
    return [cv2.resize(p, (width, height), interpolation=cv2.INTER_AREA) for p in pictures]


@pytest.fixture(scope="module")
def detect(weights):
    """A function from a film to its faces and their crops; every frame is examined."""

    def run(path):
        with open_film(path) as film:
            stream = choose_stream(film)
            facts, frames = probe(film, stream, decode_raw(film, stream.index))
        movie, table = path.with_suffix(".json"), path.with_suffix(".frames.parquet")
        write_json(movie, {"movie": path.stem, **facts})
        write_table(table, FRAMES, frames, {})
        write_table(path.with_suffix(".shots.parquet"), SHOTS, one_shot(frames), {})
        found, faces = path.with_suffix(".parquet"), path.with_suffix(".zip")
        detect_faces.main(
            [
                *("--film", str(path), "--movie", str(movie), "--frames", str(table)),
                *("--shots", str(path.with_suffix(".shots.parquet"))),
                *("--model", "centerface", "--weights", str(weights("centerface.safetensors"))),
                *("--every-nth-frame", "1", "--long-side-px", "640", "--min-score", "0.5"),
                *("--min-size-px", "16", "--device", "cpu"),
                *("--threads", "1", "--seed", "0"),
                *("--out-examined", str(path.with_suffix(".examined.parquet"))),
                *("--out-detections", str(found), "--out-faces", str(faces)),
            ]
        )
        table = read_table(found, DETECTIONS)
        with zipfile.ZipFile(faces) as archive:
            crops = [read_crop(archive, detection) for detection in table["detection"]]
        return table.sort_values(["frame", "x1"]), np.array(crops), facts

    return run


@pytest.fixture(scope="module")
def square(pictures, detect, tmp_path_factory):
    """The faces of the pictures as they are, from left to right in each frame."""
    path = tmp_path_factory.mktemp("square") / "film.ts"
    found, _, _ = detect(encode_parts(path, (pictures, SHARP)))
    assert len(found) == 3 * len(pictures)
    return found


def overlap(found, wanted):
    boxes = list(BOX_COLUMNS)
    return paired_iou(found[boxes].to_numpy(float), wanted[boxes].to_numpy(float))


@pytest.mark.parametrize("stored", [(WIDTH // 2, HEIGHT), (WIDTH, HEIGHT // 2)])
def test_faces_on_pixels_that_are_not_square_are_as_on_square_ones(
    pictures, detect, embed, tmp_path, stored
):
    """As after OpenCV has made the pixels square; squashed by two, cosines are 0.56 to 0.90."""
    squashed = scaled(pictures, *stored)
    aspect = Fraction(WIDTH * stored[1], HEIGHT * stored[0])
    path = encode(tmp_path / "film.mp4", squashed, pixel_aspect=aspect, **SHARP)
    found, crops, facts = detect(path)
    assert (facts["width"], facts["height"]) == (WIDTH, HEIGHT)
    stretched = [cv2.resize(picture, (WIDTH, HEIGHT)) for picture in squashed]
    wanted, wanted_crops, _ = detect(encode(tmp_path / "square.mp4", stretched, **SHARP))
    assert len(found) == len(wanted) == 3 * len(pictures)
    assert overlap(found, wanted).min() > 0.85
    vectors = embed(crops)[found["detection"]], embed(wanted_crops)[wanted["detection"]]
    assert (vectors[0] * vectors[1]).sum(axis=1).min() > 0.85


def test_a_film_that_grows_has_the_faces_of_its_large_part(pictures, detect, square, tmp_path):
    small = scaled(pictures[:2], 80, 44)
    parts = ((small, SHARP), (pictures, SHARP))
    found, _, _ = detect(encode_parts(tmp_path / "film.ts", *parts))
    late = found[found["frame"] >= 2]
    assert len(late) == len(square)
    assert np.array_equal(late[list(BOX_COLUMNS)], square[list(BOX_COLUMNS)])


def test_a_film_that_shrinks_has_boxes_in_one_display(pictures, detect, square, tmp_path):
    parts = ((pictures, SHARP), (scaled(pictures[:2], WIDTH // 2, HEIGHT // 2), SHARP))
    found, _, facts = detect(encode_parts(tmp_path / "film.ts", *parts))
    assert (facts["width"], facts["height"]) == (WIDTH, HEIGHT)
    late = found[found["frame"] >= 4]
    boxes = list(BOX_COLUMNS)
    every = pairwise_iou(late[boxes].to_numpy(), square[boxes].to_numpy())
    assert len(late) >= 4 and every.max(axis=1).min() > 0.75
    halved = square["size_px"].iloc[every.argmax(axis=1)] / 2
    np.testing.assert_allclose(late["size_px"], halved, rtol=0.1)


def test_faces_of_a_turned_phone_lie_where_a_player_shows_them(pictures, detect, square, tmp_path):
    """An upright strip around the face in the middle; in the display it has black sides."""
    middle = square.iloc[1]
    left = int((middle["x1"] + middle["x2"]) / 2) - 101
    strip = [np.ascontiguousarray(picture[:, left : left + 202]) for picture in pictures[:2]]
    parts = ((pictures, SHARP), (strip, SHARP))
    found, _, _ = detect(encode_parts(tmp_path / "film.ts", *parts))
    turned = found[found["frame"] >= 4]
    middle = square.iloc[[1, 4]].copy()
    middle[["x1", "x2"]] += (WIDTH - 202) / 2 - left
    assert overlap(turned, middle).min() > 0.75


def test_a_mirrored_film_has_mirrored_faces(pictures, detect, square, tmp_path):
    path = encode(tmp_path / "film.mp4", pictures, matrix=(-1, 0, 0, 1), **SHARP)
    found, _, _ = detect(path)
    expected = square.assign(x1=WIDTH - square["x2"], x2=WIDTH - square["x1"])
    assert overlap(found, expected.sort_values(["frame", "x1"])).min() > 0.75


@pytest.mark.parametrize("size", [(4000, 2), (2, 4000)])
def test_a_picture_in_which_no_face_fits_has_none(detect, tmp_path, size):
    strips = [np.full((size[1], size[0], 3), level, np.uint8) for level in (9, 200)]
    found, _, _ = detect(encode(tmp_path / "film.mp4", strips))
    assert found.empty
