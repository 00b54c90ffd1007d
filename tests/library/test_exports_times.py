"""Exports of who appears when, read by the tools' own libraries: the time base of each."""

import io
import json

import opentimelineio
import pytest
import webvtt
from pyannote.core import Segment
from pyannote.database.util import load_rttm
from pympi.Elan import Eaf

from castmap.clustering.screen_time import screen_times
from castmap.exports.cast import find_spells, on_browser_clock
from castmap.exports.chapters import build_chapters
from castmap.exports.document import build_document
from castmap.exports.elan import CHARACTER_TYPE, SHOT_TYPE, build_elan
from castmap.exports.frame_rate import MILLISECONDS
from castmap.exports.rttm import build_rttm
from castmap.exports.srt import build_srt
from castmap.exports.thumbnails import build_thumbnails
from castmap.exports.timeline import build_timeline, parts_of_cast
from castmap.exports.via import build_via
from castmap.exports.webvtt import build_metadata
from castmap.formats.tables import SHOTS
from tests.library.exports_example import (
    INFO,
    REJECTED,
    characters_table,
    example,
    nobody,
    shots_table,
)

FILM = "../../../films/tiny film.mp4"
NAMES = {"C01": "Ann"}
DUPLICATE = [(0, 0, 0.0, 2.0, "C01", 1.0), (1, 0, 1.0, 3.0, "C01", 1.0)]


def spells(join_touching, **options):
    labels, appearances, _ = example(**options)
    return list(labels.values()), find_spells(appearances, join_touching)


def read_elan(tmp_path, text):
    path = tmp_path / "cast_map.eaf"
    path.write_text(text, encoding="utf-8")
    return Eaf(path)


def read_cues(text):
    return [
        (cue.start, cue.end, cue.raw_text) for cue in webvtt.from_string(text, strict=True).captions
    ]


def elan(labels, found, shots=None):
    return build_elan(labels, found, shots_table() if shots is None else shots, FILM)


def test_elan_has_a_tier_per_character_in_milliseconds(tmp_path):
    document = read_elan(tmp_path, elan(*spells(False, names=NAMES)))
    assert list(document.get_tier_ids_for_linguistic_type(CHARACTER_TYPE)) == ["Ann", "C02"]
    assert document.get_annotation_data_for_tier("Ann") == [(0, 500, "Ann"), (500, 1200, "Ann")]
    assert document.get_annotation_data_for_tier("C02") == [(0, 250, "C02")]
    (media,) = document.get_linked_files()
    assert media["RELATIVE_MEDIA_URL"] == f"./{FILM}"
    assert media["MIME_TYPE"] == "video/mp4"


def test_elan_lets_annotators_choose_a_character_from_a_list(tmp_path):
    document = read_elan(tmp_path, elan(*spells(False, names=NAMES)))
    kind = document.linguistic_types[CHARACTER_TYPE]
    entries = document.get_cv_entries(kind["CONTROLLED_VOCABULARY_REF"])
    assert [value for values, _ in entries.values() for value, *_ in values] == ["Ann", "C02"]


@pytest.mark.parametrize("name", ["Ann", "castmap: shots", "shot"])
def test_elan_has_a_tier_of_shots_whatever_a_character_is_called(tmp_path, name):
    document = read_elan(tmp_path, elan(*spells(False, names={"C01": name})))
    (tier,) = document.get_tier_ids_for_linguistic_type(SHOT_TYPE)
    assert tier not in document.get_tier_ids_for_linguistic_type(CHARACTER_TYPE)
    assert document.get_annotation_data_for_tier(tier) == [
        (0, 500, "shot 0"),
        (500, 1200, "shot 1"),
    ]
    assert len(document.get_annotation_data_for_tier(name)) == 2


def test_elan_time_slots_stand_in_order_and_belong_to_one_annotation(tmp_path):
    document = read_elan(tmp_path, elan(*spells(False)))
    slots = list(document.timeslots.values())
    assert slots == sorted([0, 0, 250, 500, 500, 1200, 0, 500, 500, 1200])
    used = [
        slot for tier in document.tiers.values() for made in tier[0].values() for slot in made[:2]
    ]
    assert sorted(used) == sorted(document.timeslots)


def test_nothing_overlaps_on_a_tier_or_track(tmp_path):
    labels, found = spells(False, rows=DUPLICATE, boxes=[])
    document = read_elan(tmp_path, elan(labels, found))
    assert document.get_annotation_data_for_tier("C01") == [(0, 3000, "C01")]
    (track,) = read_otio(otio(found, 3.0)).tracks
    assert [item.duration().value for item in track] == [3000]


def test_metadata_cues_hold_one_appearance_each():
    _, appearances, _ = example(NAMES)
    cues = read_cues(build_metadata(appearances))
    assert [cue[:2] for cue in cues] == [
        ("00:00:00.000", "00:00:00.500"),
        ("00:00:00.000", "00:00:00.250"),
        ("00:00:00.500", "00:00:01.200"),
    ]
    assert json.loads(cues[2][2]) == {
        "character": "C01",
        "label": "Ann",
        "shot": 1,
        "track": 2,
        "confidence": 0.625,
    }


def test_chapters_change_when_somebody_comes_or_goes_and_do_not_overlap():
    _, found = spells(True, names=NAMES)
    assert read_cues(build_chapters(found)) == [
        ("00:00:00.000", "00:00:00.250", "Ann, C02"),
        ("00:00:00.250", "00:00:01.200", "Ann"),
    ]


def test_where_nobody_is_seen_there_is_no_chapter():
    rows = [(0, 0, 1.0, 2.0, "C01", 1.0), (1, 0, 3601.5, 3602.0, "C02", 1.0)]
    _, found = spells(True, rows=rows, boxes=[])
    assert read_cues(build_chapters(found)) == [
        ("00:00:01.000", "00:00:02.000", "C01"),
        ("01:00:01.500", "01:00:02.000", "C02"),
    ]


def test_thumbnails_name_a_part_of_the_picture_and_tracks_without_a_face_have_none():
    _, appearances, _ = example()
    cues = read_cues(
        build_thumbnails(appearances, "t.jpg", {0: (0, 0, 96, 96), 2: (96, 0, 96, 96)})
    )
    assert cues == [
        ("00:00:00.000", "00:00:00.500", "t.jpg#xywh=0,0,96,96"),
        ("00:00:00.500", "00:00:01.200", "t.jpg#xywh=96,0,96,96"),
    ]


def test_rttm_has_seconds_from_start_for_how_long_and_no_breaks_at_cuts(tmp_path):
    _, found = spells(True, names=NAMES)
    path = tmp_path / "cast_map.rttm"
    path.write_text(build_rttm("tiny", found), encoding="utf-8")
    assert path.read_text() == (
        "SPEAKER tiny 1 0.000 1.200 <NA> <NA> Ann <NA> <NA>\n"
        "SPEAKER tiny 1 0.000 0.250 <NA> <NA> C02 <NA> <NA>\n"
    )
    turns = list(load_rttm(path)["tiny"].itertracks(yield_label=True))
    assert [(segment, label) for segment, _, label in turns] == [
        (Segment(0, 0.25), "C02"),
        (Segment(0, 1.2), "Ann"),
    ]


def read_otio(text):
    return opentimelineio.adapters.read_from_string(text, "otio_json")


def otio(found, duration_s):
    tracks = parts_of_cast(found, MILLISECONDS).items()
    length = MILLISECONDS.frame(duration_s)
    return build_timeline("Tiny", tracks, length, FILM, MILLISECONDS).to_json_string()


def test_otio_counts_milliseconds_in_the_film_and_fills_with_gaps():
    rows = [(0, 0, 0.25, 0.5, "C01", 1.0), (1, 1, 1.0335, 1.2, "C01", 1.0)]
    _, found = spells(False, names=NAMES, rows=rows, boxes=[])
    timeline = read_otio(otio(found, 1.2))
    (track,) = timeline.tracks
    assert (timeline.name, track.name) == ("Tiny", "Ann")
    assert [type(item).__name__ for item in track] == ["Gap", "Clip", "Gap", "Clip"]
    last = track[-1]
    assert last.source_range.start_time.to_seconds() == pytest.approx(1.034)
    assert track.range_of_child(last).start_time.to_seconds() == pytest.approx(1.034)
    assert track.range_of_child(last).end_time_exclusive().to_seconds() == pytest.approx(1.2)
    assert last.media_reference.target_url == "../../../films/tiny%20film.mp4"
    assert last.media_reference.available_range.duration.to_seconds() == pytest.approx(1.2)


def test_subtitles_say_who_is_on_screen_now():
    rows = [(0, 0, 1.0, 2.0, "C01", 1.0), (1, 0, 1.5, 3601.5, "C02", 1.0)]
    _, found = spells(True, names={"C01": "<b>{Ann}"}, rows=rows, boxes=[])
    text = build_srt(found)
    assert text.splitlines()[:3] == ["1", "00:00:01,000 --> 00:00:01,500", "\u2039b\u203a(Ann)"]
    cues = webvtt.from_buffer(io.StringIO(text), format="srt").captions
    assert [(cue.start, cue.end, cue.raw_text) for cue in cues] == [
        ("00:00:01.000", "00:00:01.500", "\u2039b\u203a(Ann)"),
        ("00:00:01.500", "00:00:02.000", "\u2039b\u203a(Ann), C02"),
        ("00:00:02.000", "01:00:01.500", "C02"),
    ]


def test_via_has_a_segment_of_seconds_for_each_appearance():
    _, appearances, _ = example(NAMES)
    project = build_via(INFO, appearances, FILM)
    assert project["file"]["1"]["fname"] == "tiny film.mp4"
    assert project["attribute"]["1"]["anchor_id"] == "FILE1_Z2_XY0"
    segments = [(entry["z"], entry["av"]["1"]) for entry in project["metadata"].values()]
    assert segments == [([0.0, 0.5], "Ann"), ([0.0, 0.25], "C02"), ([0.5, 1.2], "Ann")]


def test_the_document_says_what_the_film_is_who_is_in_it_and_when():
    _, appearances, _ = example({"C01": "Ann\n"})
    times = screen_times(characters_table())
    content = json.loads(json.dumps(build_document(INFO, shots_table(), appearances, times)))
    assert content["film"]["sha256"] == INFO["sha256"]
    assert content["film"]["year"] == 1999
    assert content["shots"][1] == {"shot": 1, "start_s": 0.5, "end_s": 1.2}
    assert content["characters"] == [
        {
            "id": 1,
            "character": "C01",
            "name": "Ann\n",
            "named_by": "given",
            "label": "Ann",
            "appearances": 2,
            "screen_time_s": 1.2,
            "screen_time_low_s": 0.0,  # both tracks are doubtful
            # 0.8579 + 1.645 * 0.4267, by the chances and lengths of all, and 0.198 * 1.2 beyond
            "screen_time_high_s": pytest.approx(1.7974, abs=1e-4),
        },
        {
            "id": 2,
            "character": "C02",
            "name": None,
            "named_by": None,
            "label": "C02",
            "appearances": 1,
            "screen_time_s": 0.25,
            "screen_time_low_s": 0.0,
            # 0.1885 + 1.645 * 0.2247 and 0.198 * 0.25; it may be who is in the background
            "screen_time_high_s": pytest.approx(0.6077, abs=1e-4),
        },
    ]
    assert content["appearances"][1] == {
        "character": "C02",
        "start_s": 0.0,
        "end_s": 0.25,
        "shot": 0,
        "track": 1,
        "confidence": 0.5,
    }


def test_a_film_without_faces_gives_empty_files_that_tools_read(tmp_path):
    _, appearances, _ = nobody()
    document = read_elan(tmp_path, elan([], [], SHOTS.empty()))
    assert list(document.get_tier_ids_for_linguistic_type(CHARACTER_TYPE)) == []
    for text in (
        build_metadata(appearances),
        build_chapters([]),
        build_thumbnails(appearances, "t.jpg", {}),
    ):
        assert read_cues(text) == []
    path = tmp_path / "cast_map.rttm"
    path.write_text(build_rttm("notes", []))
    assert len(load_rttm(path)["notes"]) == 0
    assert len(read_otio(otio([], 0.0)).tracks) == 0
    assert build_via(REJECTED, appearances, FILM)["metadata"] == {}
    assert build_srt([]) == ""
    content = build_document(
        *(REJECTED, SHOTS.empty(), appearances, screen_times(characters_table(rows=[])))
    )
    assert content["film"]["reason"] == "it is no film"
    assert content["characters"] == content["appearances"] == content["shots"] == []


def test_what_browsers_play_counts_by_the_clock_of_the_film():
    """Of a film that starts at 10 s of its clock: WebVTT, chapters, thumbnails and VIA."""
    _, appearances, _ = example(NAMES)
    played = on_browser_clock(appearances, 10.0)
    starts = ["00:00:10.000", "00:00:10.000", "00:00:10.500"]
    assert [cue[0] for cue in read_cues(build_metadata(played))] == starts
    chapters = read_cues(build_chapters(find_spells(played, join_touching=True)))
    assert [cue[:2] for cue in chapters] == [
        ("00:00:10.000", "00:00:10.250"),
        ("00:00:10.250", "00:00:11.200"),
    ]
    (cue,) = read_cues(build_thumbnails(played, "t.jpg", {2: (0, 0, 96, 96)}))
    assert cue[:2] == ("00:00:10.500", "00:00:11.200")
    segments = [entry["z"] for entry in build_via(INFO, played, FILM)["metadata"].values()]
    assert segments == [[10.0, 10.5], [10.0, 10.25], [10.5, 11.2]]
    assert on_browser_clock(appearances, None).equals(appearances)
