"""Labels of other tools, read as they document them and as people write them."""

import json
import math

import cv2
import motmetrics
import numpy as np
import pandas as pd
import pytest

from castmap.formats.label_importers import (
    faces_of_tracks,
    read_cvat,
    read_mot,
    read_via,
)
from castmap.formats.picture_names import frames_of_pictures
from castmap.formats.tables import TRUE_FACES


def rows(labels):
    """(person, frame, box) of each label."""
    TRUE_FACES.to_arrow(labels.faces)
    table = labels.faces[["person", "start_frame", "x1", "y1", "x2", "y2"]]
    assert (labels.faces["end_frame"] == labels.faces["start_frame"] + 1).all()
    return [tuple(row) for row in table.itertuples(index=False)]


def test_mot_frames_and_pixels_count_from_one_and_sizes_become_edges(tmp_path):
    text = "1,7,11,21,30,40,1,1,1.0\n3,7,12,21,30,40,1,1,0.5\n2,3,5.5,6,7,8,0,1,1\n\n2,12,1,2,3,4\n"
    labels = read_mot(text)
    assert rows(labels) == [
        ("12", 1, 0, 1, 3, 5),
        ("7", 0, 10, 20, 40, 60),
        ("7", 2, 11, 20, 41, 60),
    ]
    assert labels.left_out == {"that are no labels (the seventh number is 0)": 1}
    # py-motmetrics, too, takes 1 from left and top.
    path = tmp_path / "gt.txt"
    path.write_text("1,7,11,21,30,40,1,1,1.0\n3,7,12,21,30,40,1,1,0.5\n")
    theirs = motmetrics.io.loadtxt(path, fmt="mot16")[["X", "Y"]].to_numpy().tolist()
    assert theirs == [[x1, y1] for _, _, x1, y1, _, _ in rows(labels)[1:]]


@pytest.mark.parametrize(
    "text",
    [
        "1;7;11,5;21;30;40;1\r\n",
        "1 7 11.5 21 30 40 1\n",
        "1, 7, 11.5, 21, 30, 40, 1,\n",
        "1\t7\t11.5\t21\t30\t40\t1\n",
    ],
)
def test_mot_may_be_written_with_other_separators(text):
    assert rows(read_mot(text)) == [("7", 0, 10.5, 20, 40.5, 60)]


def test_large_ids_of_mot_stay_apart():
    text = "".join(f"1,{number},{x},1,9,9,1\n" for x, number in ((1, 12345678), (50, 12345679)))
    assert [row[0] for row in rows(read_mot(text))] == ["12345678", "12345679"]


def test_detections_of_mot_are_nobody():
    labels = read_mot("".join(f"{f},-1,{x},1,9,9,.9,-1,-1,-1\n" for f in (1, 2) for x in (1, 50)))
    assert rows(labels) == []
    assert labels.left_out == {"without an identity (the id is negative)": 4}
    one_id = read_mot("".join(f"{f},0,{x},1,9,9,.9\n" for f in (1, 2) for x in (1, 50)))
    assert one_id.left_out == {"labelled '0', which is in most of its frames more than once": 4}


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("1,7,10,20,30,40\nframe,id\n", "line 2: 'frame,id'"),
        ("0 2 Car 0 0 -1.5 10 20 30 40 1 1 1 1 1 1 1\n", "line 1: '0 2 Car"),
        ("0,7,10,20,30,40\n", "line 1: frame 0; MOTChallenge counts from 1"),
        ("1.5,7,10,20,30,40\n", "line 1: frame 1.5"),
        ("1,7,nan,20,30,40\n", "line 1: '1,7,nan"),
        ("1,7,1e30,20,30,40\n", "which no picture has"),
        ("1e300,7,1,20,30,40\n", "no film is longer"),
    ],
)
def test_a_line_that_is_no_mot_is_named(text, reason):
    with pytest.raises(ValueError, match=reason):
        read_mot(text)


def cvat(body, meta=""):
    return (
        '<?xml version="1.0" encoding="utf-8"?>\n<annotations><version>1.1</version>'
        f"<meta>{meta}</meta>{body}</annotations>"
    )


def box(frame, person=None, attribute="name", extra="", place=0):
    named = f'<attribute name="{attribute}">{person}</attribute>' if person is not None else ""
    return (
        f'<box frame="{frame}" outside="0" occluded="0" keyframe="1" xtl="{place + 1.5}" ytl="2" '
        f'xbr="{place + 9}" ybr="12" z_order="0" {extra}>{named}</box>'
    )


def track(label, *boxes, task=None):
    of_task = f' task_id="{task}" subset="train"' if task else ""
    return f'<track id="0" label="{label}" source="manual"{of_task}>{"".join(boxes)}</track>'


def test_cvat_boxes_outside_are_not_seen_and_names_are_kept_as_written():
    gone = '<box frame="5" outside="1" occluded="0" keyframe="1" xtl="1" ytl="2" xbr="9" ybr="9"/>'
    text = cvat(track("face", box(4, "Zoë, &lt;b&gt;"), gone) + track("Ben", box(4)))
    assert rows(read_cvat(text)) == [
        ("Ben", 4, 1.5, 2, 9, 12),
        ("Zoë, <b>", 4, 1.5, 2, 9, 12),
    ]


@pytest.mark.parametrize(
    "attribute",
    ["name", "Name", "identity", "Identity", "PERSON", "person_name", "character", "ID"],
)
def test_cvat_names_stand_in_an_attribute_however_it_is_written(attribute):
    tracks = "".join(
        track("face", *(box(f, who, attribute, place=x) for f in (0, 1)))
        for who, x in (("Ann", 0), ("Ben", 50), ("Cid", 100))
    )
    labels = read_cvat(cvat(tracks))
    assert sorted((row[0], row[1]) for row in rows(labels)) == [
        (who, frame) for who in ("Ann", "Ben", "Cid") for frame in (0, 1)
    ]
    assert not labels.left_out


def test_a_label_that_is_a_kind_of_thing_is_nobody():
    of_face = read_cvat(cvat(track("Face", box(0)) + track("Face", box(0, place=50))))
    assert of_face.left_out == {"without a name (labelled 'Face')": 2}
    # Somebody filed under it has a name of his own, so it is none.
    text = cvat(track("Gesicht", box(0, "Ann")) + track("Gesicht", box(0, "", place=50)))
    assert [row[0] for row in rows(read_cvat(text))] == ["Ann"]
    assert read_cvat(text).left_out == {"without a name (labelled 'Gesicht')": 1}
    # It is in several places at once.
    crowd = read_cvat(cvat("".join(track("Statist", box(0, place=x)) for x in (0, 50))))
    assert crowd.left_out == {
        "labelled 'Statist', which is in most of its frames more than once": 2
    }


def test_who_is_said_to_be_unknown_is_somebody_and_what_is_to_be_ignored_is_kept():
    text = cvat(
        track("face", box(0, "Unknown"), box(1, "?"))
        + track("unknown", box(0, place=50), box(0, place=100))
        + track("Ignore", box(0, place=150), box(0, place=200))
        + track("Ann", box(0, "unknown", "actor", place=250))  # her label says who she is
        + track("face", box(0, place=300))
    )
    labels = read_cvat(text)
    assert sorted((name, x1) for name, _, x1, *_ in rows(labels)) == [
        ("Ann", 251.5),
        *(("ignore", x + 1.5) for x in (150, 200)),
        *(("unknown", x + 1.5) for x in (0, 0, 50, 100)),
    ]
    assert labels.left_out == {"without a name (labelled 'face')": 1}


def test_a_named_person_may_be_seen_twice_at_once():
    mirror = cvat("".join(track("face", box(0, "Ann", place=x)) for x in (0, 50)))
    assert [row[0] for row in rows(read_cvat(mirror))] == ["Ann", "Ann"]


def test_cvat_shapes_become_the_boxes_around_them():
    """OpenCV knows the corners of a turned rectangle; an ellipse is followed point by point."""
    attributes = 'frame="3" outside="0" occluded="0" keyframe="1"'
    t = np.linspace(0, 2 * math.pi, 100_001)
    turn = math.radians(30)
    x = 30 + 20 * np.cos(t) * math.cos(turn) - 8 * np.sin(t) * math.sin(turn)
    y = 35 + 20 * np.cos(t) * math.sin(turn) + 8 * np.sin(t) * math.cos(turn)
    corners = cv2.boxPoints(((30, 35), (40, 16), 30))
    turned = 'xtl="10" ytl="27" xbr="50" ybr="43" rotation="30"'
    shapes = {
        f'<ellipse {attributes} cx="30" cy="35" rx="20" ry="25"/>': (10, 10, 50, 60),
        f'<ellipse {attributes} cx="30" cy="35" rx="20" ry="8" rotation="30"/>': (
            *(x.min(), y.min(), x.max(), y.max()),
        ),
        f"<box {attributes} {turned}/>": (*corners.min(axis=0), *corners.max(axis=0)),
        f'<polygon {attributes} points="1.5,2.0;9.0,4.0;5.0,12.0"/>': (1.5, 2, 9, 12),
        f'<mask {attributes} rle="3, 5" left="4" top="6" width="10" height="20"/>': (4, 6, 14, 26),
    }
    for shape, expected in shapes.items():
        ((person, frame, *edges),) = rows(read_cvat(cvat(track("Ann", shape))))
        assert (person, frame) == ("Ann", 3)
        assert edges == pytest.approx(expected, abs=1e-3)


@pytest.mark.parametrize("kind", ["polyline", "points", "cuboid", "skeleton"])
def test_cvat_shapes_that_are_no_regions_are_counted(kind):
    shape = f'<{kind} frame="0" outside="0" points="1,2;3,4"><points label="1"/></{kind}>'
    labels = read_cvat(cvat(track("Ann", shape, box(1))))
    assert len(rows(labels)) == 1
    assert labels.left_out == {f"that are no regions ({kind})": 1}


TASKS = (
    "<project><id>7</id><name>p</name><tasks>"
    "<task><id>1</id><name>film1.mp4</name><size>10</size></task>"
    "<task><id>2</id><name>film2.mp4</name><size>30</size></task></tasks></project>"
)


def test_a_cvat_project_of_two_films_asks_for_one():
    text = cvat(track("Ann", box(0), task=1) + track("Bob", box(0), task=2), TASKS)
    with pytest.raises(ValueError, match=r"tasks of 2 films: film1.mp4 \(1\), film2.mp4 \(2\)"):
        read_cvat(text)
    for film in ("film2.mp4", "2", "FILM2"):
        labels = read_cvat(text, film)
        assert [row[0] for row in rows(labels)] == ["Bob"]
        assert len(labels.judged) == 30
    with pytest.raises(ValueError, match="--film film is more than one"):
        read_cvat(text, "film")
    with pytest.raises(ValueError, match="--film heat is none"):
        read_cvat(text, "heat")
    unsaid = cvat(track("Ann", box(0)) + track("Bob", box(0), task=2), TASKS)
    with pytest.raises(ValueError, match="export them one by one"):
        read_cvat(unsaid, "film2.mp4")


def test_a_cvat_task_says_which_frames_it_shows_and_how_large_they_are():
    meta = (
        "<task><id>1</id><name>a</name><size>5</size><start_frame>100</start_frame>"
        "<stop_frame>120</stop_frame><frame_filter>step=5</frame_filter>"
        "<original_size><width>640</width><height>360</height></original_size></task>"
    )
    labels = read_cvat(cvat(track("Ann", box(100)), meta))
    assert labels.judged.tolist() == [100, 105, 110, 115, 120]
    assert labels.size == (640, 360)
    assert read_cvat(cvat(track("Ann", box(100)))).judged is None


def image(name, *boxes, task=None):
    of_task = f' task_id="{task}"' if task else ""
    drawn = "".join(boxes)
    return f'<image id="0" name="{name}" width="640" height="360"{of_task}>{drawn}</image>'


def test_cvat_for_images_is_read_by_the_pictures_names():
    drawn = '<box label="face" xtl="1" ytl="2" xbr="9" ybr="12"><attribute name="name">Ann'
    drawn += "</attribute></box>"
    text = cvat(
        image("heat/frame_000010.PNG", drawn)
        + image("heat/frame_000015.PNG")
        + image("heat/frame_000020.PNG", '<tag label="night"/>', drawn)
    )
    labels = read_cvat(text)
    assert rows(labels) == [("Ann", 10, 1, 2, 9, 12), ("Ann", 20, 1, 2, 9, 12)]
    assert labels.judged.tolist() == [10, 15, 20]
    assert labels.size == (640, 360)
    assert labels.left_out == {"that are no regions (tag)": 1}


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("<a", "not XML"),
        ("<html/>", "'html'"),
        (cvat('<track id="0" label="Ann"><box frame="0" xtl="a"/></track>'), "xtl 'a'"),
        (cvat(track("Ann", box("1e999"))), "frame '1e999', which is no whole number"),
        (cvat(track("Ann", box(0)), "<task><size>1e9</size></task>"), "<size> with '1e9'"),
        (cvat(track("Ann", box(0)), "<task><size>999999999</size></task>"), "which no film has"),
        (cvat('<track id="0" label="Ann"><polygon frame="0" points="1,2;"/></track>'), "polygon"),
        ('<!DOCTYPE a [<!ENTITY x "&x;">]><annotations>&x;</annotations>', "not XML"),
    ],
)
def test_what_is_not_cvat_is_said(text, reason):
    with pytest.raises(ValueError, match=reason):
        read_cvat(text)


RECT = {"name": "rect", "x": 3, "y": 4, "width": 10, "height": 20}


def via(*pictures, attributes=None, shape=RECT, as_object=False):
    """A file of VIA: (picture's name, attributes of its regions) each."""
    content = {}
    for filename, *named in pictures or [("film_000012.jpg", attributes)]:
        regions = [{"shape_attributes": shape, "region_attributes": who} for who in named]
        regions = {str(n): r for n, r in enumerate(regions)} if as_object else regions
        content[f"{filename}-1"] = {"filename": filename, "size": -1, "regions": regions}
    return content


@pytest.mark.parametrize("wrap", [False, True])
@pytest.mark.parametrize("as_object", [False, True])
def test_via_projects_and_annotations_give_the_frame_by_the_picture(wrap, as_object):
    pictures = via(attributes={"Name": "Ann"}, as_object=as_object)
    text = json.dumps({"_via_img_metadata": pictures} if wrap else pictures)
    assert rows(read_via(text)) == [("Ann", 12, 3, 4, 13, 24)]


def test_via_regions_without_a_name_are_counted():
    labels = read_via(json.dumps(via(attributes={"kind": "face"})))
    assert rows(labels) == []
    assert labels.left_out == {"without a name (attributes: kind)": 1}
    # What a region is filed under is a person, unless it is a kind of thing.
    for label, left_out in {"Ann": {}, "face": {"without a name (labelled 'face')": 1}}.items():
        labels = read_via(json.dumps(via(attributes={"Label": label})))
        assert (len(rows(labels)), labels.left_out) == (1 - len(left_out), left_out)


def test_via_attributes_may_be_typed_chosen_or_ticked():
    options = {"1": "Ann Lee", "2": "Ben", "cid": ""}
    values = ["1", {"2": True}, {"cid": True, "2": False}, {"1": True, "2": True}, {}, 7]
    pictures = via(*((f"f_{n:03}.png", {"person": value}) for n, value in enumerate(values)))
    text = json.dumps(
        {
            "_via_img_metadata": pictures,
            "_via_attributes": {"region": {"person": {"type": "checkbox", "options": options}}},
        }
    )
    labels = read_via(text)
    assert [(row[1], row[0]) for row in sorted(rows(labels), key=lambda row: row[1])] == [
        (0, "Ann Lee"),
        (1, "Ben"),
        (2, "cid"),
        (5, "7"),
    ]
    assert labels.left_out == {
        "with several names ticked": 1,
        "without a name (attributes: person)": 1,
    }
    assert labels.judged.tolist() == list(range(6))


@pytest.mark.parametrize(
    ("shape", "edges"),
    [
        ({"name": "circle", "cx": 30, "cy": 40, "r": 5}, (25, 35, 35, 45)),
        ({"name": "ellipse", "cx": 30, "cy": 40, "rx": 9, "ry": 4}, (21, 36, 39, 44)),
        (
            {"name": "ellipse", "cx": 30, "cy": 40, "rx": 9, "ry": 4, "theta": math.pi / 2},
            (26, 31, 34, 49),
        ),
        (
            {"name": "polygon", "all_points_x": [5, 9, 7], "all_points_y": [1, 8, 12]},
            (5, 1, 9, 12),
        ),
    ],
)
def test_via_shapes_become_the_boxes_around_them(shape, edges):
    ((_, _, *found),) = rows(read_via(json.dumps(via(attributes={"name": "Ann"}, shape=shape))))
    assert found == pytest.approx(edges)


@pytest.mark.parametrize("kind", ["point", "polyline"])
def test_via_shapes_that_are_no_regions_are_counted(kind):
    shape = {"name": kind, "cx": 1, "cy": 2, "all_points_x": [1, 2], "all_points_y": [1, 2]}
    labels = read_via(json.dumps(via(attributes={"name": "Ann"}, shape=shape)))
    assert labels.left_out == {f"that are no regions ({kind})": 1}


def via_3(z=(), kind=2):
    return {
        "project": {"pid": "x", "vid_list": ["1", "2"]},
        "attribute": {
            "1": {"aname": "Person", "type": 4, "options": {"0": "Ann", "1": "Ben"}},
        },
        "file": {
            "1": {"fid": "1", "fname": "frame_0030.jpg", "type": kind},
            "2": {"fid": "2", "fname": "frame_0060.jpg", "type": kind},
        },
        "view": {"1": {"fid_list": ["1"]}, "2": {"fid_list": [2]}},
        "metadata": {
            "1_a": {"vid": "1", "z": list(z), "xy": [2, 3, 4, 10, 20], "av": {"1": "0"}},
            "2_a": {"vid": "2", "z": list(z), "xy": [7, 5, 1, 9, 8, 7, 12], "av": {"1": "1"}},
            "2_b": {"vid": "2", "z": list(z), "xy": [1, 5, 1], "av": {"1": "1"}},
        },
    }


def test_pictures_of_via_3_are_read_and_a_video_has_no_frames():
    labels = read_via(json.dumps(via_3()))
    assert rows(labels) == [("Ann", 30, 3, 4, 13, 24), ("Ben", 60, 5, 1, 9, 12)]
    assert labels.left_out == {"that are no regions (point)": 1}
    with pytest.raises(ValueError, match="a video project of VIA 3, which has times and no frames"):
        read_via(json.dumps(via_3(z=[1.25], kind=4)))


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("{", "not JSON"),
        ("[" * 100_000, "not JSON"),
        ("[]", "no pictures"),
        (json.dumps(via(("still.jpg", {"name": "Ann"}))), "still.jpg: no frame number"),
        (json.dumps({"a": {"filename": "f1.jpg", "regions": [{}]}}), "not as VIA writes it"),
        (json.dumps({"a": 7}), "not as VIA writes it"),
        (
            json.dumps(via(("ali_01.jpg", {}), ("ali_02.jpg", {}), ("heat_1.jpg", {}))),
            r"pictures of 2 films: ali_\*, heat_\*; choose one with --film",
        ),
    ],
)
def test_what_is_not_via_is_said(text, reason):
    with pytest.raises(ValueError, match=reason):
        read_via(text)


def test_pictures_of_one_of_several_films_can_be_chosen():
    text = json.dumps(via(("ali_01.jpg", {"name": "Ann"}), ("heat_07.jpg", {"name": "Ben"})))
    assert [(row[0], row[1]) for row in rows(read_via(text, "heat"))] == [("Ben", 7)]


@pytest.mark.parametrize(
    ("names", "frames"),
    [
        (["clip_000123_720p.jpg"], [123]),
        (["clip_000123_720p.jpg", "clip_000148_720p.jpg"], [123, 148]),
        (["1080p_heat_5.png", "1080p_heat_10.png"], [5, 10]),
        (["heat_1920x1080_25fps_000123.png"], [123]),
        (["se7en_2_0001.jpg", "se7en_2_0002.jpg"], [1, 2]),
        (["frame_12_at_0.48.jpg", "frame_24_at_0.96.jpg"], [12, 24]),
        (["film.mp4_frame_7.png"], [7]),
        (["heat/0001", "heat/0002"], [1, 2]),
        (["00012.JPEG", "00013.jpg"], [12, 13]),
        (["blade_runner_2049_f00310.jpg"], [310]),
    ],
)
def test_the_frame_is_the_number_that_changes(names, frames):
    assert list(frames_of_pictures(names, None).values()) == frames


def test_a_picture_of_the_web_is_read_by_its_path_and_one_that_stands_twice_is_refused():
    name = "https://archive.example/heat/f_0012.jpg?width=640"
    assert frames_of_pictures([name], None) == {name: 12}
    with pytest.raises(ValueError, match=r"two pictures are called f_1.jpg"):
        frames_of_pictures(["f_1.jpg", "f_2.jpg", "f_1.jpg"], None)


def test_names_in_which_two_numbers_change_are_refused():
    with pytest.raises(ValueError, match="more than one number changes"):
        frames_of_pictures(["a_1_10.jpg", "a_2_20.jpg"], None)
    with pytest.raises(ValueError, match="pictures of 2 films"):
        frames_of_pictures(["s01e01_frame_1.jpg", "s01e02_frame_2.jpg"], None)
    with pytest.raises(ValueError, match="pictures of 2 films"):
        frames_of_pictures(["s01e01_1.jpg", "s01e01_2.jpg", "s01e01_3.jpg", "s01e02_1.jpg"], None)


def test_tracks_become_labels_and_a_region_of_a_person_counts_once():
    tracks = pd.DataFrame({"track": [0, 0, 1, 2], "frame": [5, 6, 5, 5]})
    tracks = tracks.assign(x1=1.0, y1=2.0, x2=3.0, y2=4.0)
    people = pd.Series(["ann", None, "Ann "])
    table = faces_of_tracks(tracks, people)
    assert table[["person", "start_frame"]].to_numpy().tolist() == [
        ["ann", 5],
        ["ann", 6],
        ["unknown", 5],
    ]
