"""`castmap import-labels`: other tools' labels, as a film's folder of labels."""

import json
import os
import re

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from castmap.command import import_labels
from castmap.console import InputError
from castmap.exports.cvat import build_cvat
from castmap.exports.mot import build_mot
from castmap.files.results import read_csv, write_csv
from castmap.formats.tables import JUDGED_FRAMES, TRUE_FACES
from castmap.stages.labels import read_labels
from tests.conftest import call
from tests.library.exports_example import ANAMORPHIC, BOXES, INFO, example

MOT = "1,7,11,21,30,40,1\n2,7,11,21,30,40,1\n"
CVAT = (
    "<annotations><meta><task><size>{n}</size><original_size><width>640</width>"
    "<height>360</height></original_size></task></meta>{body}</annotations>"
)
BOX = (
    '<box frame="{}" outside="0" keyframe="1" xtl="10" ytl="20" xbr="40" ybr="60">'
    '<attribute name="Name">{}</attribute></box>'
)


def run(folder, form, text, *options):
    path = folder / "theirs.txt"
    if isinstance(text, bytes):
        path.write_bytes(text)
    else:
        path.write_text(text, encoding="utf-8", newline="")
    out = folder / "labels"
    places = [f"--faces={path}", f"--out-labels={out}"]
    assert call(import_labels, f"--format={form}", *places, *options) == 0
    return out


def refused(capsys, folder, *arguments):
    """What is said, in one line, of labels that cannot be imported."""
    with pytest.raises(InputError) as fault:
        run(folder, *arguments)
    assert len(capsys.readouterr().err.splitlines()) <= 2
    assert not (folder / "labels").exists()
    said = str(fault.value)
    assert "\n" not in said
    return said


def images(frames, labelled):
    return "".join(
        f'<image id="{f}" name="frame_{f:06}" width="640" height="360">'
        + ('<box label="Ann" xtl="10" ytl="20" xbr="40" ybr="60"/>' if f in labelled else "")
        + "</image>"
        for f in frames
    )


def test_labels_are_written_as_a_film_takes_them(tmp_path):
    out = run(tmp_path, "mot", MOT)
    table = read_csv(out / "faces.csv", TRUE_FACES)
    assert table["person"].tolist() == ["7", "7"]
    assert table["start_frame"].tolist() == [0, 1]
    assert table["x1"].tolist() == [10, 10]
    assert sorted(path.name for path in out.iterdir()) == ["faces.csv"]


def test_people_may_be_called_like_numbers_and_missing_values(tmp_path):
    table = pd.DataFrame({"person": ["007", "NA", "None"], "start_frame": 0, "end_frame": 1})
    table = table.assign(x1=0.0, y1=0.0, x2=1.0, y2=1.0)
    write_csv(tmp_path / "faces.csv", TRUE_FACES, table)
    assert read_csv(tmp_path / "faces.csv", TRUE_FACES)["person"].tolist() == ["007", "NA", "None"]


@pytest.mark.parametrize(
    "encoded",
    [
        MOT.encode("utf-8-sig"),
        MOT.replace("\n", "\r\n").encode(),
        MOT.replace("\n", "\r").encode(),
        MOT.encode("utf-16"),
    ],
)
def test_text_may_be_written_in_any_unicode_and_with_any_newline(tmp_path, encoded):
    assert len(read_csv(run(tmp_path, "mot", encoded) / "faces.csv", TRUE_FACES)) == 2


def test_xml_is_decoded_as_it_declares(tmp_path):
    text = '<?xml version="1.0" encoding="iso-8859-1"?><annotations><track label="José">'
    text += BOX.format(0, "") + "</track></annotations>"
    out = run(tmp_path, "cvat", text.encode("latin-1"))
    assert read_csv(out / "faces.csv", TRUE_FACES)["person"].tolist() == ["José"]


@pytest.mark.parametrize(
    ("form", "text", "reason"),
    [
        ("mot", "a,b", "not mot labels: line 1: 'a,b'"),
        ("cvat", "<annotations>", "not cvat labels: not XML"),
        ("via", "{}", "not via labels: no pictures"),
        ("kit", "x" * 1000, "not kit labels"),
        ("kit", b"", "not kit labels"),
        ("mot", b"\x89PNG\r\n\x1a\n", "not mot labels: no text: byte 1 is not utf-8"),
        ("mot", b"1\0\0\0", "no text: it holds zero bytes"),
        ("cvat", b"PK\x03\x04abc", "a ZIP archive; unpack it"),
        ("cvat", b'<?xml version="1.0" encoding="nope"?><a/>', "the encoding 'nope' is unknown"),
        ("mot", "", "no box of anybody in these mot labels; nothing is drawn in the file"),
        ("mot", "1,-1,1,1,9,9,.9\n", "left out: 1 without an identity (the id is negative)"),
        ("via", '{"f1.jpg": {"filename": "f1.jpg", "regions": []}}', "nothing is drawn"),
    ],
)
def test_what_cannot_be_read_is_one_sentence_and_nothing_is_written(
    tmp_path, form, text, reason, capsys
):
    assert reason in refused(capsys, tmp_path, form, text)


def test_files_that_cannot_be_opened_are_one_sentence(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    with (tmp_path / "huge").open("wb") as file:
        file.truncate(3 * 2**30)
    (tmp_path / "folder").mkdir()
    for name, reason in {
        "gone": "cannot be read: No such file",
        "pipe": "not a file",
        "folder": "not a file",
        "huge": "3.0 GiB, of which castmap reads at most 1",
    }.items():
        arguments = [f"--faces={tmp_path / name}", f"--out-labels={tmp_path / 'out'}"]
        with pytest.raises(InputError, match=re.escape(f"{tmp_path / name}: {reason}")):
            call(import_labels, "--format=mot", *arguments)


def test_a_folder_that_cannot_be_written_is_one_sentence(tmp_path):
    (tmp_path / "labels").write_text("a file")
    with pytest.raises(InputError, match="labels: cannot be written"):
        run(tmp_path, "mot", MOT)


def test_what_is_left_out_is_counted_aloud(tmp_path, capsys):
    out = run(tmp_path, "mot", MOT + "2,8,11,21,30,40,0\n2,-1,1,1,9,9,.9\n")
    said = capsys.readouterr().err
    assert "warning" in said and "1 left out that are no labels" in said
    assert "1 left out without an identity" in said
    assert len(read_csv(out / "faces.csv", TRUE_FACES)) == 2


def test_one_of_several_films_is_chosen(tmp_path, capsys):
    tasks = "".join(
        f"<task><id>{n}</id><name>{name}</name></task>" for n, name in ((1, "a"), (2, "b"))
    )
    tracks = "".join(
        f'<track label="face" task_id="{n}">{BOX.format(0, who)}</track>'
        for n, who in ((1, "Ann"), (2, "Ben"))
    )
    text = f"<annotations><meta><project><tasks>{tasks}</tasks></project></meta>{tracks}"
    text += "</annotations>"
    assert "tasks of 2 films: a (1), b (2)" in refused(capsys, tmp_path, "cvat", text)
    out = run(tmp_path, "cvat", text, "--film=b")
    assert read_csv(out / "faces.csv", TRUE_FACES)["person"].tolist() == ["Ben"]


def test_pictures_are_the_frames_that_were_judged_also_those_without_a_box(tmp_path):
    text = CVAT.format(n=0, body=images(range(100, 200, 10), (100, 130)))
    labels = read_labels(run(tmp_path, "cvat", text) / "faces.csv")
    assert labels.judged.tolist() == list(range(100, 200, 10))
    assert labels.judged_by == "judged_frames.csv"


def test_a_whole_film_with_labels_of_single_frames_is_judged_there_only(tmp_path):
    text = CVAT.format(n=0, body=images(range(100), range(0, 100, 25)))
    labels = read_labels(run(tmp_path, "cvat", text) / "faces.csv")
    assert labels.judged.tolist() == [0, 25, 50, 75]
    assert labels.judged_by == "frames with labels"


def test_a_track_that_goes_on_judges_the_frames_of_its_task(tmp_path):
    track = "".join(BOX.format(f, "Ann") for f in range(5, 15))
    text = CVAT.format(n=40, body=f'<track label="face">{track}</track>')
    out = run(tmp_path, "cvat", text)
    table = read_csv(out / "judged_frames.csv", JUDGED_FRAMES)
    assert table.to_numpy().tolist() == [[0, 40]]
    # Labels that say nothing of it take the list of those before with them.
    run(tmp_path, "mot", MOT)
    assert not (out / "judged_frames.csv").exists()
    assert read_labels(out / "faces.csv").judged_by != "judged_frames.csv"


def movie_info(folder, width, height, stored=None):
    path = folder / "movie.json"
    sizes = zip(("stored_width", "stored_height"), stored or (width, height), strict=True)
    path.write_text(json.dumps({"width": width, "height": height, **dict(sizes)}))
    return f"--movie-info={path}"


def test_boxes_drawn_on_a_smaller_copy_are_scaled_to_the_film(tmp_path, capsys):
    text = CVAT.format(n=9, body=f'<track label="face">{BOX.format(0, "Ann")}</track>')
    for options, expected in {
        (): [10, 20, 40, 60],
        (movie_info(tmp_path, 1280, 720),): [20, 40, 80, 120],
        (movie_info(tmp_path, 1280, 720), "--drawn-on=320x180"): [40, 80, 160, 240],
    }.items():
        out = run(tmp_path, "cvat", text, *options)
        table = read_csv(out / "faces.csv", TRUE_FACES)
        assert table[["x1", "y1", "x2", "y2"]].to_numpy().tolist() == [expected]
    assert "warning" not in capsys.readouterr().err
    run(tmp_path, "cvat", text, movie_info(tmp_path, 1280, 960))
    assert "another shape" in capsys.readouterr().err


def test_boxes_drawn_on_pixels_that_are_not_square_are_brought_to_the_display(tmp_path, capsys):
    """Of 64 square pixels 60 are stored; CVAT and MOTChallenge see those."""
    labels, _, faces = example(info=ANAMORPHIC)
    info = movie_info(tmp_path, 64, 48, stored=(60, 48))
    for text, form, more in (
        (build_cvat(ANAMORPHIC, labels.values(), faces), "cvat", ()),
        (build_mot(faces), "mot", ("--drawn-on=60x48",)),
    ):
        out = run(tmp_path, form, text, info, *more)
        table = read_csv(out / "faces.csv", TRUE_FACES)
        first = table.loc[table["start_frame"] == 0, ["x1", "y1", "x2", "y2"]]
        np.testing.assert_allclose(first, [BOXES[0][2:6], BOXES[2][2:6]], atol=0.011)
    assert "warning" not in capsys.readouterr().err


def test_a_size_that_is_not_known_is_asked_for(tmp_path, capsys):
    info = movie_info(tmp_path, 1280, 720)
    assert "say it by --drawn-on" in refused(capsys, tmp_path, "mot", MOT, info)
    assert "--movie-info" in refused(capsys, tmp_path, "mot", MOT, "--drawn-on=640x360")
    none = f"--movie-info={tmp_path / 'none.json'}"
    said = refused(capsys, tmp_path, "mot", MOT, none, "--drawn-on=640x360")
    assert "none.json cannot be read" in said
    rejected = movie_info(tmp_path, None, None)
    said = refused(capsys, tmp_path, "mot", MOT, rejected, "--drawn-on=640x360")
    assert "movie.json: no movie.json of a film that was read" in said


def exported(faces, folder, capsys):
    """The faces as read back from the exports for MOTChallenge and CVAT."""
    folder.mkdir(exist_ok=True)
    labels = dict.fromkeys(faces["label"])
    for form, text in {"mot": build_mot(faces), "cvat": build_cvat(INFO, labels, faces)}.items():
        yield form, read_csv(run(folder, form, text) / "faces.csv", TRUE_FACES)
    assert "warning" not in capsys.readouterr().err


def expected(faces, name):
    """What labels hold of exported boxes: hundredths of a pixel, as single precision."""
    table = faces.assign(person=faces[name].astype(str), start_frame=faces["frame"])
    table = table.assign(end_frame=table["frame"] + 1)[TRUE_FACES.columns]
    return TRUE_FACES.validate(table.sort_values(list(TRUE_FACES.key), ignore_index=True))


def test_exports_of_the_example_are_read_back_as_they_were(tmp_path, capsys):
    faces = example({"C01": "Ann"})[2]
    for form, read in exported(faces, tmp_path, capsys):
        pd.testing.assert_frame_equal(read, expected(faces, {"mot": "id", "cvat": "label"}[form]))


boxes = st.lists(
    st.tuples(st.integers(0, 3999), st.integers(0, 3999), st.integers(1, 999), st.integers(1, 999)),
    min_size=12,
    max_size=12,
)


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(drawn=boxes, part=st.floats(0, 0.99))
def test_exports_of_any_cast_are_read_back_exactly(drawn, part, tmp_path, capsys):
    """Two characters of a film, boxes in hundredths of a pixel."""
    edges = np.array(drawn, float) + round(part, 2)
    rows = [
        (track, frame, x, y, x + width, y + height, 0.9)
        for (track, frame), (x, y, width, height) in zip(
            ((track, frame) for track in (0, 1) for frame in (0, 2)), edges, strict=False
        )
    ]
    appearances = [(0, 0, 0.0, 0.5, "C01", 0.75), (1, 0, 0.0, 0.5, "C02", 0.5)]
    faces = example(rows=appearances, boxes=rows)[2]
    for form, read in exported(faces, tmp_path / "any", capsys):
        pd.testing.assert_frame_equal(read, expected(faces, {"mot": "id", "cvat": "label"}[form]))
