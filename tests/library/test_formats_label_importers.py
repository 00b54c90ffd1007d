"""Labels of other tools, read as they document them."""

import json

import pandas as pd
import pytest

from workflow_scripts.formats.label_importers import (
    faces_of_tracks,
    read_cvat,
    read_mot,
    read_via,
)
from workflow_scripts.formats.tables import TRUE_FACES


def rows(table):
    TRUE_FACES.to_arrow(table)
    columns = ["person", "start_frame", "end_frame", "x1", "y1", "x2", "y2"]
    return table[columns].to_numpy().tolist()


def test_mot_frames_count_from_one_and_sizes_become_edges():
    text = "1,7,10,20,30,40,1,1,1.0\n3,7,11,20,30,40,1,1,0.5\n2,3,5.5,6,7,8,0,1,1\n\n2,12,1,2,3,4\n"
    assert rows(read_mot(text)) == [
        ["12", 1, 2, 1, 2, 4, 6],
        ["7", 0, 1, 10, 20, 40, 60],
        ["7", 2, 3, 11, 20, 41, 60],
    ]


def test_a_line_that_is_no_mot_is_named():
    with pytest.raises(ValueError, match="line 2: 'frame,id'"):
        read_mot("1,7,10,20,30,40\nframe,id\n")


CVAT = """<?xml version="1.0" encoding="utf-8"?>
<annotations><version>1.1</version>
<track id="0" label="face">
<box frame="4" outside="0" occluded="0" keyframe="1" xtl="1.5" ytl="2" xbr="9" ybr="12">
<attribute name="name">Zoë, &lt;b&gt;</attribute></box>
<box frame="5" outside="1" occluded="0" keyframe="1" xtl="1" ytl="2" xbr="9" ybr="12"/>
</track>
<track id="1" label="Ben"><box frame="4" outside="0" xtl="0" ytl="0" xbr="5" ybr="5"/></track>
</annotations>"""


def test_cvat_boxes_outside_are_not_seen_and_names_are_kept_as_written():
    assert rows(read_cvat(CVAT)) == [
        ["Ben", 4, 5, 0, 0, 5, 5],
        ["Zoë, <b>", 4, 5, 1.5, 2, 9, 12],
    ]


@pytest.mark.parametrize(("text", "reason"), [("<a", "not XML"), ("<html/>", "'html'")])
def test_what_is_not_cvat_is_said(text, reason):
    with pytest.raises(ValueError, match=reason):
        read_cvat(text)


def via(filename="film_000012.jpg", **attributes):
    rectangle = {"name": "rect", "x": 3, "y": 4, "width": 10, "height": 20}
    region = {"shape_attributes": rectangle, "region_attributes": attributes}
    return {f"{filename}-1": {"filename": filename, "size": -1, "regions": [region]}}


@pytest.mark.parametrize("wrap", [False, True])
def test_via_projects_and_annotations_give_the_frame_by_the_picture(wrap):
    pictures = via(name="Ann")
    text = json.dumps({"_via_img_metadata": pictures} if wrap else pictures)
    assert rows(read_via(text)) == [["Ann", 12, 13, 3, 4, 13, 24]]


def test_via_regions_without_a_name_are_left_out():
    assert rows(read_via(json.dumps(via(kind="face")))) == []


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("{", "not JSON"),
        ("[]", "no pictures"),
        (json.dumps(via("still.jpg", name="Ann")), "still.jpg: no frame number"),
    ],
)
def test_what_is_not_via_is_said(text, reason):
    with pytest.raises(ValueError, match=reason):
        read_via(text)


def test_named_tracks_become_labels_and_a_person_is_in_a_frame_once():
    tracks = pd.DataFrame({"track": [0, 0, 1, 2], "frame": [5, 6, 5, 5]})
    tracks = tracks.assign(x1=1.0, y1=2.0, x2=3.0, y2=4.0)
    people = pd.Series(["ann", None, "ann"])
    assert rows(faces_of_tracks(tracks, people)) == [
        ["ann", 5, 6, 1, 2, 3, 4],
        ["ann", 6, 7, 1, 2, 3, 4],
    ]
