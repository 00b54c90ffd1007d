"""Exports of where the faces are, read by the tools' own libraries: the frame base of each."""

import contextlib
import io
import json
from xml.etree import ElementTree

import motmetrics
import pytest
import trackeval
from pycocotools.coco import COCO

from castmap.exports.coco import build_coco
from castmap.exports.cvat import build_cvat
from castmap.exports.mot import build_mot
from castmap.formats.label_importers import read_cvat
from castmap.formats.tables import FRAMES
from tests.library.exports_example import (
    ANAMORPHIC,
    BOXES,
    INFO,
    REJECTED,
    example,
    frames_table,
    nobody,
)

NAMES = {"C01": "Ann"}


def test_mot_counts_frames_and_pixels_from_one():
    assert build_mot(example()[2]) == (
        "1,1,11.00,21.00,30.00,40.00,0.9000,-1,-1,-1\n"
        "1,2,1.00,1.00,8.50,9.25,0.7000,-1,-1,-1\n"
        "3,1,13.00,21.00,30.00,40.00,0.8000,-1,-1,-1\n"
        "5,1,2.00,3.00,2.00,3.00,0.9500,-1,-1,-1\n"
        "7,1,3.00,4.00,2.00,3.00,0.8500,-1,-1,-1\n"
        "9,1,4.00,5.00,2.00,3.00,0.8500,-1,-1,-1\n"
    )


def test_peers_read_mot_as_it_was_meant(tmp_path):
    path = tmp_path / "tracks.mot.txt"
    path.write_text(build_mot(example()[2]))
    table = motmetrics.io.loadtxt(path, fmt="mot15-2D")  # takes 1 off left and top by itself
    box = table.loc[(9, 1), ["X", "Y", "Width", "Height", "Confidence"]]
    assert box.tolist() == [3, 4, 2, 3, 0.85]
    data, _ = trackeval.datasets.MotChallenge2DBox._load_simple_text_file(str(path))
    assert {frame: len(rows) for frame, rows in data.items()} == {
        "1": 2,
        "3": 1,
        "5": 1,
        "7": 1,
        "9": 1,
    }


def test_no_id_stands_twice_in_a_frame_of_mot():
    boxes = [(0, 0, 0, 0, 8, 8, 0.6), (1, 0, 20, 0, 28, 8, 0.9)]
    rows = [(0, 0, 0.0, 0.1, "C01", 0.5), (1, 0, 0.0, 0.1, "C01", 0.5)]
    text = build_mot(example(rows=rows, boxes=boxes)[2])
    assert text == "1,1,21.00,1.00,8.00,8.00,0.9000,-1,-1,-1\n"


def cvat(names=None, info=INFO):
    labels, _, faces = example(names)
    return build_cvat(info, labels.values(), faces)


def flags(track):
    return [
        tuple(int(box.get(name)) for name in ("frame", "keyframe", "outside"))
        for box in track.iter("box")
    ]


def test_cvat_has_a_track_per_face_track_labelled_with_its_character():
    root = ElementTree.fromstring(cvat(NAMES))
    tracks = root.findall("track")
    assert [(track.get("id"), track.get("label")) for track in tracks] == [
        ("0", "Ann"),
        ("1", "C02"),
        ("2", "Ann"),
    ]
    assert [name.text for name in root.findall("meta/task/labels/label/name")] == ["Ann", "C02"]
    attributes = {a.get("name"): a.text for a in tracks[2].find("box").iter("attribute")}
    assert attributes == {"number": "C01", "track": "2", "confidence": "0.625"}


def test_cvat_counts_frames_from_zero_and_tracks_end_outside():
    tracks = ElementTree.fromstring(cvat()).findall("track")
    assert flags(tracks[0]) == [(0, 1, 0), (2, 1, 0), (3, 1, 1)]
    # The box at frame 6 was filled in.
    assert flags(tracks[2]) == [(4, 1, 0), (6, 0, 0), (8, 1, 0), (9, 1, 1)]


def test_no_track_of_cvat_ends_after_the_film():
    tracks = ElementTree.fromstring(cvat(info={**INFO, "n_frames": 9})).findall("track")
    assert flags(tracks[2])[-1] == (8, 1, 0)


def test_cvat_boxes_are_read_back_as_they_were():
    read = read_cvat(cvat(NAMES)).faces
    names = {0: "Ann", 1: "C02", 2: "Ann"}
    assert sorted(
        read[["person", "start_frame", "x1", "y1", "x2", "y2"]].itertuples(index=False, name=None)
    ) == sorted((names[box[0]], *box[1:6]) for box in BOXES if box[0] in names)


def test_boxes_are_exported_in_stored_pixels():
    labels, _, faces = example(info=ANAMORPHIC)
    assert build_mot(faces).startswith("1,1,10.38,21.00,28.12,40.00,")
    content = build_coco(ANAMORPHIC, labels, frames_table(), faces)
    assert {(image["width"], image["height"]) for image in content["images"]} == {(60, 48)}
    assert content["annotations"][0]["bbox"] == [9.38, 20, 28.12, 40]
    document = build_cvat(ANAMORPHIC, labels.values(), faces)
    size = ElementTree.fromstring(document).find("meta/task/original_size")
    assert (size.findtext("width"), size.findtext("height")) == ("60", "48")


def read_coco(tmp_path, content):
    path = tmp_path / "faces.coco.json"
    path.write_text(json.dumps(content, allow_nan=False))
    with contextlib.redirect_stdout(io.StringIO()):
        return COCO(path)


def test_coco_has_examined_frames_as_images_and_characters_as_categories(tmp_path):
    labels, _, faces = example(NAMES)
    frames = frames_table()
    content = build_coco(INFO, labels, frames[frames["frame"] % 2 == 0], faces)
    read = read_coco(tmp_path, content)
    assert read.getImgIds() == [0, 2, 4, 6, 8]
    assert [(image["width"], image["height"]) for image in read.loadImgs([8])] == [(64, 48)]
    assert read.imgs[6]["time_s"] == 1.0335
    assert {c["id"]: c["name"] for c in read.loadCats(read.getCatIds())} == {1: "Ann", 2: "C02"}
    (ben,) = read.loadAnns(read.getAnnIds(catIds=[2]))
    assert ben["image_id"] == 0
    assert ben["bbox"] == [0, 0, 8.5, 9.25]
    assert ben["area"] == pytest.approx(8.5 * 9.25, abs=0.01)
    (filled,) = read.loadAnns(read.getAnnIds(imgIds=[6]))
    assert filled["attributes"] == {"track": 2, "time_s": 1.0335, "interpolated": True}
    assert 0 not in read.getAnnIds()


def test_coco_is_scored_as_perfect_against_itself(tmp_path):
    from pycocotools.cocoeval import COCOeval

    labels, _, faces = example()
    frames = frames_table()
    truth = read_coco(tmp_path, build_coco(INFO, labels, frames, faces))
    with contextlib.redirect_stdout(io.StringIO()):
        found = truth.loadRes(truth.dataset["annotations"])
        scores = COCOeval(truth, found, "bbox")
        scores.evaluate()
        scores.accumulate()
        scores.summarize()
    assert scores.stats[0] == pytest.approx(1)


def test_a_film_without_faces_gives_empty_files_that_tools_read(tmp_path):
    labels, _, faces = nobody()
    assert build_mot(faces) == ""
    root = ElementTree.fromstring(build_cvat(REJECTED, labels.values(), faces))
    assert root.findall("track") == []
    assert root.findtext("meta/task/name") == "notes"
    assert root.findtext("meta/task/size") == "0"
    read = read_coco(tmp_path, build_coco(REJECTED, labels, FRAMES.empty(), faces))
    assert read.getImgIds() == read.getAnnIds() == read.getCatIds() == []
