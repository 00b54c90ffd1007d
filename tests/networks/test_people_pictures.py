"""The face in a picture of somebody, by the detector that is shipped."""

import itertools
import json

import cv2
import numpy as np
import pytest
import torch

import enrol_people
from castmap.faces.detection import FaceLimits
from castmap.faces.loading import load_detector
from castmap.files.results import read_table
from castmap.formats.tables import KNOWN_FACES
from castmap.people.pictures import PictureError, decode_picture, find_one_face
from castmap.video.decoding import decode_frames, open_film

LIMITS = FaceLimits(640, 0.3, 16)


@pytest.fixture(scope="module")
def detector(weights):
    file = weights("centerface.safetensors")
    return load_detector("centerface", file, torch.device("cpu"), LIMITS)


@pytest.fixture(scope="module")
def portrait(root, detector):
    """A square around one face of a demo film, three times as large as the face."""
    with open_film(root / "resources/demo/films/demo_debate.mp4") as film:
        frames = decode_frames(film, film.streams.video[0].index, every_nth=20)
        for _, frame in itertools.islice(frames, 60):
            found = detector.detect([frame])[0]
            if len(found.boxes) == 0 or found.scores[0] < 0.7:
                continue
            x1, y1, x2, y2 = found.boxes[0]
            side, x, y = 1.5 * (y2 - y1), (x1 + x2) / 2, (y1 + y2) / 2
            left, top, right, bottom = (int(v) for v in (x - side, y - side, x + side, y + side))
            others = [box for box in found.boxes[1:] if box[2] > left and box[0] < right]
            if min(left, top) >= 0 and right <= frame.shape[1] and not others:
                return frame[top:bottom, left:right]
    raise AssertionError("no frame shows one face with room around it")


def test_the_face_of_a_portrait_is_found(portrait, detector):
    face = find_one_face(portrait, detector)
    middle = (face.row["x1"] + face.row["x2"]) / 2
    assert middle == pytest.approx(portrait.shape[1] / 2, abs=0.1 * portrait.shape[1])
    assert face.crop.shape == (112, 112, 3)


def test_a_picture_that_is_cut_to_the_face_is_one_too(portrait, detector):
    face = find_one_face(portrait, detector)
    x1, y1, x2, y2 = (int(face.row[edge]) for edge in ("x1", "y1", "x2", "y2"))
    again = find_one_face(portrait[y1:y2, x1:x2], detector)
    assert again.row["size_px"] == pytest.approx(face.row["size_px"], rel=0.2)


def test_two_people_are_refused_and_a_small_face_behind_one_is_none(portrait, detector):
    with pytest.raises(PictureError, match="shows 2 faces; cut it to the one that is meant"):
        find_one_face(np.concatenate([portrait, portrait], axis=1), detector)
    small = cv2.resize(portrait, None, fx=0.4, fy=0.4)
    behind = np.zeros((portrait.shape[0], small.shape[1], 3), np.uint8)
    behind[: small.shape[0]] = small
    both = np.concatenate([portrait, behind], axis=1)
    assert len(detector.detect([both])[0].boxes) == 2
    assert find_one_face(both, detector).row["x2"] < portrait.shape[1]


@pytest.mark.parametrize("shape", [(1, 1), (1, 4000), (4000, 1), (300, 400)])
def test_where_there_is_no_face_that_is_said(detector, shape):
    with pytest.raises(PictureError, match="shows no face that can be found"):
        find_one_face(np.full((*shape, 3), 128, np.uint8), detector)


def test_the_pictures_of_a_gallery_become_known_faces_and_others_have_a_reason(
    tmp_path, portrait, weights
):
    gallery = tmp_path / "people"
    for path in ("Ann/1.png", "Ben/twice.png", "Ben/cut.png"):
        (gallery / path).parent.mkdir(parents=True, exist_ok=True)
        picture = np.concatenate([portrait] * 2, axis=1) if "twice" in path else portrait
        cv2.imwrite(str(gallery / path), picture[:, :, ::-1])
    (gallery / "Ben/broken.jpg").write_bytes(b"no picture")
    made = []
    for name in ("one", "two"):
        enrol_people.main(
            [
                f"--detector-weights={weights('centerface.safetensors')}",
                f"--weights={weights('sface.safetensors')}",
                *(f"--gallery={gallery}", "--detector=centerface", "--long-side-px=640"),
                *("--min-score=0.3", "--min-size-px=16", "--model=sface", "--parameters={}"),
                *("--device=cpu", "--seed=1", f"--out-known-faces={tmp_path / name}.parquet"),
                f"--out-pictures={tmp_path / name}.json",
            ]
        )
        made.append((tmp_path / f"{name}.parquet").read_bytes())
    known = read_table(tmp_path / "one.parquet", KNOWN_FACES)
    assert known[["name", "origin"]].to_numpy().tolist() == [
        ["Ann", "Ann/1.png"],
        ["Ben", "Ben/cut.png"],
    ]
    assert np.linalg.norm(known["embedding"][0]) == pytest.approx(1, abs=1e-3)
    assert np.array_equal(known["embedding"][0], known["embedding"][1])
    said = json.loads((tmp_path / "one.json").read_text())
    assert (said["people"], said["pictures"]) == (2, 4)
    refused = {row["picture"]: row["reason"] for row in said["refused"]}
    assert refused["Ben/twice.png"].startswith("shows 2 faces")
    assert refused["Ben/broken.jpg"].startswith("is no picture that can be read")
    assert made[0] == made[1]


@pytest.mark.parametrize("content", [b"", b"no picture", b"\xff\xd8\xff\xe0" + bytes(99)])
def test_what_is_no_picture_is_said(content):
    with pytest.raises(PictureError, match="is no picture that can be read"):
        decode_picture(content)


def test_a_picture_stands_upright_as_its_camera_says():
    pixels = np.zeros((8, 4, 3), np.uint8)
    pixels[:2, :, 2] = 255  # red at the top
    _, jpeg = cv2.imencode(".jpg", pixels)
    turned = (
        b"\xff\xe1\x00\x22Exif\0\0MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x06\0\0\0\0\0\0"
    )
    content = jpeg.tobytes()[:2] + turned + jpeg.tobytes()[2:]
    assert decode_picture(content).shape == (4, 8, 3)
    assert decode_picture(content)[0, -1, 0] > 100 > decode_picture(content)[0, 0, 0]
