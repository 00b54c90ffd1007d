"""Names are whatever somebody typed: no export breaks on one, and every reader gets it back."""

import html
import json
import re
import zipfile
from urllib.parse import unquote
from xml.etree import ElementTree

import numpy as np
import opentimelineio
import pytest
import webvtt
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pyannote.database.util import load_rttm
from pycocotools.coco import COCO
from pympi.Elan import Eaf

from castmap.clustering.screen_time import screen_times
from castmap.exports.cast import find_spells
from castmap.exports.chapters import build_chapters
from castmap.exports.coco import build_coco
from castmap.exports.cvat import build_cvat
from castmap.exports.document import build_document
from castmap.exports.elan import build_elan
from castmap.exports.mot import build_mot
from castmap.exports.rttm import build_rttm, escape_field
from castmap.exports.via import build_via
from castmap.exports.webvtt import build_metadata
from castmap.formats.label_importers import read_cvat
from castmap.formats.label_names import tidy_name
from castmap.formats.names import one_line
from tests.library.exports_example import (
    HOSTILE,
    INFO,
    characters_table,
    example,
    film_of,
    frames_table,
    shots_table,
    write_export,
)


def read_all(name, folder):
    """The label of C01 in each format, by the format's reader; C02 has no name."""
    labels, appearances, faces = example({"C01": name})
    apart, joined = (find_spells(appearances, touching) for touching in (False, True))
    files = {
        "eaf": build_elan(list(labels.values()), apart, shots_table(), "film.mp4"),
        "rttm": build_rttm("tiny", joined),
        "coco": json.dumps(build_coco(INFO, labels, frames_table(), faces)),
    }
    for ending, text in files.items():
        (folder / f"cast.{ending}").write_text(text, encoding="utf-8", newline="\n")
    elan = Eaf(folder / "cast.eaf")
    metadata = webvtt.from_string(build_metadata(appearances), strict=True).captions
    chapters = webvtt.from_string(build_chapters(joined), strict=True).captions
    cvat = build_cvat(INFO, labels.values(), faces)
    turns = load_rttm(folder / "cast.rttm")["tiny"]
    segments = build_via(INFO, appearances, "film.mp4")["metadata"].values()
    times = screen_times(characters_table())
    content = json.loads(json.dumps(build_document(INFO, shots_table(), appearances, times)))
    assert [len(metadata), len(chapters), len(turns)] == [3, 2, 2]
    assert len(build_mot(faces).splitlines()) == 6
    return {
        "ELAN's tiers": next(iter(elan.get_tier_names())),
        "ELAN's annotations": elan.get_annotation_data_at_time(next(iter(elan.tiers)), 700)[0][2],
        "ELAN's list": next(iter(elan.get_cv_entries("characters").values()))[0][0][0],
        "WebVTT metadata": json.loads(metadata[0].raw_text)["label"],
        "WebVTT chapters": html.unescape(chapters[1].raw_text),
        "RTTM": unquote(next(label for _, _, label in turns.itertracks(True) if label != "C02")),
        "COCO": COCO(folder / "cast.coco").cats[1]["name"],
        "CVAT's labels": ElementTree.fromstring(cvat).findtext("meta/task/labels/label/name"),
        "CVAT's tracks": read_cvat(cvat).faces.set_index("start_frame").at[8, "person"],
        "VIA": next(iter(segments))["av"]["1"],
        "JSON": content["characters"][0]["label"],
        "given": content["characters"][0]["name"],
    }


def read_editing(name, folder):
    """The label of C01 in each format for editors and archives, by the format's reader."""
    rows = [(0, 0, 0, 5, "C01", 0.5), (1, 0, 5, 9, "C02", 0.5)]
    film = film_of(folder, np.arange(10) / 25, 0.4, rows, {"C01": name})
    paths = {
        form: write_export(film, form, folder)
        for form in ("otio", "fcp7", "fcpxml", "edl", "markers", "srt", "annotations")
    }
    timeline, sequence = (
        opentimelineio.adapters.read_from_file(str(paths[form][0]), adapter)
        for form, adapter in (("otio", "otio_json"), ("fcp7", "fcp_xml"))
    )
    with zipfile.ZipFile(paths["edl"][1]) as archive:
        first, second = archive.namelist()
        text = archive.read(first).decode()
    edl = opentimelineio.adapters.read_from_string(text, "cmx_3600")
    assert re.fullmatch(r"C01(_[^/\\:\s]+)?\.edl", first)
    assert second == "C02.edl"
    fcpxml = ElementTree.parse(paths["fcpxml"][0])
    (markers,) = paths["markers"]
    lines = [line for line in markers.read_text().splitlines() if " |C:" in line]
    subtitles = webvtt.from_srt(paths["srt"][0]).captions
    assert [len(lines), len(subtitles)] == [2, 2]
    collections = json.loads(paths["annotations"][0].read_text())["@graph"]
    (comment,) = edl.find_clips()[0].metadata["cmx_3600"]["comments"]
    return {
        "OpenTimelineIO": timeline.tracks[0].name,
        "FCP 7": sequence.tracks[1][0].name,
        "EDL's title": text.splitlines()[0].removeprefix(f"TITLE: {film.title}: "),
        "EDL's events": comment.removeprefix("COMMENT: "),
        "Web Annotations' collections": collections[0]["label"],
        "Web Annotations": collections[0]["first"]["items"][0]["body"]["value"],
        "FCP X": fcpxml.find(".//keyword").get("value"),
        "Resolve's markers": re.search(r"\|M:([^|]*) \|D:5$", lines[0])[1],
        "SRT": subtitles[0].raw_text,
    }


def assert_editing(name, label, folder):
    """Three formats give signs of their own a meaning, and have no escape."""
    read = read_editing(name, folder)
    assert read.pop("FCP X") == label.replace(",", ";")
    assert read.pop("Resolve's markers") == label.replace("|", "/")
    shown = label.translate(str.maketrans("<>{}", "\u2039\u203a()"))
    assert read.pop("SRT") == shown
    assert set(read.values()) == {label}, read


@pytest.mark.parametrize("name", HOSTILE, ids=ascii)
def test_a_hostile_name_is_read_back_from_every_format(name, tmp_path, capsys):
    read = read_all(name, tmp_path)
    assert read.pop("given") == name
    line = one_line(name) or "C01"
    line = "C02 (C01)" if line == "C02" else line
    assert read.pop("CVAT's tracks") == tidy_name(line)
    assert set(read.values()) == {line}, read
    assert_editing(name, line, tmp_path)


@given(name=st.text(min_size=1))
@settings(
    max_examples=30,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
def test_any_name_is_read_back_from_every_format(name, tmp_path, capsys):
    read = read_all(name, tmp_path)
    assert read.pop("given") == name
    line = one_line(name) or "C01"
    assert line == "C02" or read.pop("CVAT's tracks") == tidy_name(line)
    assert line == "C02" or set(read.values()) == {line}
    assert_editing(name, "C02 (C01)" if line == "C02" else line, tmp_path)


@given(st.text())
def test_a_field_of_rttm_has_no_spaces_and_is_its_text_again(text):
    field = escape_field(text)
    assert field.split() == [field] * bool(text)
    assert unquote(field) == text
