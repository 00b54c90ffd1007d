"""Exports for editors, read back by their peers: frames, time codes, names, and films without any.

Every reader gives (label, start, end) in frames, or in seconds where the format holds seconds.
"""

import re
import zipfile
from fractions import Fraction
from urllib.parse import unquote
from xml.etree import ElementTree

import numpy as np
import opentimelineio
import pandas as pd
import pytest
import webvtt
from opentimelineio.schema import Clip, Gap

from castmap.exports.edl import name_of_list
from castmap.files.results import read_csv
from castmap.formats.tables import SHOT_LIST
from tests.library.exports_example import END, TIMES, film_of, write_export

FILM_RATE, PAL, NTSC = Fraction(24000, 1001), Fraction(25), Fraction(30000, 1001)
SECONDS = 130  # 29.97 frames/s leaves out time codes after a minute, and after two
NAMES = {"C01": "Ann", "C02": "Ben | Cid"}
# The shot changes at 65 s. Two characters appear with one frame.
FRAMES = [(0, 0, 5, 40, "C02"), (1, 0, 5, 1500, "C01"), (2, 0, 1501, 1502, "C02")]
LATER = [(3, 1, 1950, 2001, "C01"), (4, 1, 2200, 3000, "C02"), (5, 1, 2999, 3001, "C01")]
SENTENCE = "Nothing is listed here: this format counts frames at 23.976, 24, 25,"
FORMATS = ["otio", "fcp7", "fcpxml", "edl", "markers"]


def constant(folder, rate, names=NAMES, tick=None, start_s=0.0, **info):
    n = int(SECONDS * rate)
    times = start_s + np.arange(n + 1) / float(rate)
    if tick:
        times = np.round(times * tick) / tick
    rows = [(*row, 0.5) for row in FRAMES + LATER]
    return film_of(folder, times[:-1], float(times[-1]), rows, names, **info)


def variable(folder, names=NAMES):
    rows = [(0, 0, 0, 3, "C01", 0.5), (1, 0, 2, 5, "C02", 0.5), (2, 1, 6, 10, "C01", 0.5)]
    return film_of(folder, TIMES, END, rows, names)


def seen_in(film):
    """What the tables say, in seconds: label, start, end."""
    return sorted(
        (film.labels[row.character], row.start_s, row.end_s) for row in film.cast.itertuples()
    )


def read_timeline(text, adapter, **options):
    return opentimelineio.adapters.read_from_string(text, adapter, **options)


def clips_of(track):
    """Each clip's name and frames; it lies in the timeline where it is in the film."""
    for item in track:
        if isinstance(item, Clip):
            start = item.source_range.start_time
            yield item.name, round(start.value), round(item.source_range.end_time_exclusive().value)
    lengths = [item.duration() for item in track]
    for index, item in enumerate(track):
        assert isinstance(item, Clip | Gap)
        if isinstance(item, Clip):
            reached = sum(round(length.value) for length in lengths[:index])
            assert reached == round(item.source_range.start_time.value)


def read_otio(film, folder):
    (path,) = write_export(film, "otio", folder)
    timeline = opentimelineio.adapters.read_from_file(str(path))
    for clip in timeline.find_clips():
        assert unquote(clip.media_reference.target_url) == film.file
        rates = {clip.source_range.start_time.rate, clip.source_range.duration.rate}
        assert rates == {float(film.rate.rate) if film.rate else 1000}
    return [found for track in timeline.tracks for found in clips_of(track)]


def read_fcp7(film, folder):
    (path,) = write_export(film, "fcp7", folder)
    timeline = read_timeline(path.read_text(), "fcp_xml")
    assert timeline.name == film.title
    for clip in timeline.find_clips():
        assert unquote(clip.media_reference.target_url) == film.file
        assert clip.media_reference.name == "tiny film.mp4"
        assert round(clip.media_reference.available_range.duration.value) == len(film.frames)
    shots, *cast = timeline.tracks
    assert list(clips_of(shots)) == shots_of(film)
    assert [track.metadata["fcp_xml"]["@MZ.TrackName"] for track in cast] == [*film.labels.values()]
    return [found for track in cast for found in clips_of(track)]


def shots_of(film):
    return [(f"shot {row.shot}", row.start_frame, row.end_frame) for row in film.shots.itertuples()]


def read_edl(film, folder):
    shots, characters = write_export(film, "edl", folder)
    assert [found[1:] for found in read_list(shots.read_text(), film)] == [
        found[1:] for found in shots_of(film)
    ]
    with zipfile.ZipFile(characters) as archive:
        assert archive.testzip() is None
        lists = {name: archive.read(name).decode() for name in archive.namelist()}
    assert list(lists) == [name_of_list(*item) for item in film.labels.items()]
    return [found for text in lists.values() for found in read_list(text, film)]


def read_list(text, film):
    """The events of a list, as parts called by their comments."""
    (line,) = re.findall("^FCM: (.*)$", text, re.MULTILINE)
    assert line == ("DROP FRAME" if ";" in text.replace(film.title, "") else "NON-DROP FRAME")
    (track,) = read_timeline(text, "cmx_3600", rate=float(film.rate.rate)).tracks
    first = next(item for item in track if isinstance(item, Clip))
    # The reader takes the first event for the start of its timeline.
    track.insert(0, Gap(duration=first.source_range.start_time))
    for clip in track.find_clips():
        assert clip.name == "tiny film.mp4"
        assert unquote(clip.media_reference.target_url) == film.file
        clip.name = clip.metadata["cmx_3600"]["comments"][0].removeprefix("COMMENT: ")
    return list(clips_of(track))


def read_fcpxml(film, folder):
    """Keywords of the film's clip; the format's times are fractions of a second."""
    (path,) = write_export(film, "fcpxml", folder)
    root = ElementTree.fromstring(path.read_text())
    assert Fraction(root.find("resources/format").get("frameDuration")[:-1]) == 1 / film.rate.rate
    assert unquote(root.find("resources/asset").get("src")) == film.file
    event = root.find("event")
    shots = [item_of(clip, film) for clip in event.iterfind("project/sequence/spine/asset-clip")]
    assert shots == shots_of(film)
    whole = event.find("asset-clip")
    assert item_of(whole, film) == (film.title, 0, len(film.frames))
    in_shots = [item_of(word, film) for word in event.iterfind("project//keyword")]
    keywords = [item_of(word, film) for word in whole.iterfind("keyword")]
    assert sorted(in_shots) == sorted(keywords)  # nobody is seen across the cut
    return keywords


def item_of(element, film):
    start, length = (
        Fraction(element.get(name)[:-1]) * film.rate.rate for name in ("start", "duration")
    )
    assert start.denominator == length.denominator == 1
    assert element.get("offset") in (None, element.get("start"))
    return element.get("name") or element.get("value"), int(start), int(start + length)


def read_markers(film, folder):
    """Events by OpenTimelineIO, which refuses Resolve's lines; these by the pattern they have."""
    (path,) = write_export(film, "markers", folder)
    text = path.read_text()
    pattern = r"^(.*) \|C:ResolveColor(\w+) \|M:([^|]*) \|D:(\d+)$"
    events = re.sub(pattern, "", text, flags=re.MULTILINE)
    (track,) = read_timeline(events, "cmx_3600", rate=float(film.rate.rate)).tracks
    hour = 3600 * film.rate.nominal - (108 * film.rate.drops_frames)
    starts = [round(clip.source_range.start_time.value) - hour for clip in track.find_clips()]
    assert len(set(starts)) == len(starts)
    assert starts == sorted(starts)
    found = []
    lines = re.findall(pattern, text, re.MULTILINE)
    for start, (note, _, name, length) in zip(starts, lines, strict=True):
        moved = re.search(r"; begins (\d+) frames? before$", note)
        found.append((name, start - int(moved[1] if moved else 0), start + int(length)))
    return found


READERS = {
    "otio": read_otio,
    "fcp7": read_fcp7,
    "fcpxml": read_fcpxml,
    "edl": read_edl,
    "markers": read_markers,
}


def at_rate(found, rate, start_s=0.0):
    return sorted(
        (label, start_s + a / float(rate), start_s + b / float(rate)) for label, a, b in found
    )


def assert_same(found, truth, within_s, labels=lambda label: label):
    assert [label for label, *_ in found] == sorted(labels(label) for label, *_ in truth)
    times = [times for _, *times in found]
    assert times == [pytest.approx(true, abs=within_s) for _, *true in truth]


@pytest.mark.parametrize("rate", [FILM_RATE, PAL, NTSC], ids=str)
@pytest.mark.parametrize("tick", [None, 1000])
@pytest.mark.parametrize("form", FORMATS)
def test_appearances_begin_and_end_with_the_frames_of_the_tables(tmp_path, form, rate, tick):
    film = constant(tmp_path, rate, tick=tick)
    assert film.rate.rate == rate
    found = at_rate(READERS[form](film, tmp_path), rate)
    barred = (lambda label: label.replace("|", "/")) if form == "markers" else str
    assert_same(found, seen_in(film), 0.5 / rate, barred)


@pytest.mark.parametrize("form", FORMATS)
def test_frame_0_is_the_first_frame_of_the_film_whenever_it_is_shown(tmp_path, form):
    late, early = constant(tmp_path, PAL, start_s=0.021), constant(tmp_path, PAL)
    frames = sorted(READERS[form](early, tmp_path))
    assert sorted(READERS[form](late, tmp_path / "late")) == frames


def test_a_variable_rate_is_counted_in_milliseconds_by_opentimelineio(tmp_path):
    film = variable(tmp_path)
    assert film.rate is None
    assert_same(at_rate(read_otio(film, tmp_path), 1000), seen_in(film), 0.0005 + 1e-9)


def test_a_variable_rate_is_refused_in_words_by_what_counts_frames(tmp_path):
    film = variable(tmp_path)
    said = f"{film.title}: {SENTENCE}"
    (fcp7,) = write_export(film, "fcp7", tmp_path)
    timeline = read_timeline(fcp7.read_text(), "fcp_xml")
    assert timeline.name.startswith(said)
    assert list(timeline.find_clips()) == []
    (fcpxml,) = write_export(film, "fcpxml", tmp_path)
    event = ElementTree.fromstring(fcpxml.read_text()).find("event")
    assert event.get("name").startswith(said)
    assert list(event) == []
    shots, characters = write_export(film, "edl", tmp_path)
    (markers,) = write_export(film, "markers", tmp_path)
    with zipfile.ZipFile(characters) as archive:
        (only,) = archive.namelist()
        texts = [archive.read(only).decode(), shots.read_text(), markers.read_text()]
    for text in texts:
        read = read_timeline(text, "cmx_3600")
        assert read.name.startswith(said)
        assert list(read.find_clips()) == []
    assert only == "nobody.edl"


def test_a_film_that_was_turned_away_says_so(tmp_path):
    film = film_of(tmp_path, [], 0.0, [], status="rejected", reason="it is\nno film.")
    for form in ("fcp7", "fcpxml", "edl", "markers"):
        text = write_export(film, form, tmp_path)[0].read_text()
        assert "Nothing is listed here: the film was turned away: it is no film." in text


@pytest.mark.parametrize("form", FORMATS)
def test_a_film_without_anybody_has_its_shots(tmp_path, form):
    film = film_of(tmp_path, np.arange(50) / 25, 2.0, [])
    if form == "markers":
        (path,) = write_export(film, form, tmp_path)
        assert read_timeline(path.read_text(), "cmx_3600").name == film.title
    else:
        assert READERS[form](film, tmp_path) == []


@pytest.mark.parametrize(("rate", "form"), [(FILM_RATE, "NDF"), (PAL, "NDF"), (NTSC, "DF")])
def test_sequences_say_how_their_time_codes_count(tmp_path, rate, form):
    film = constant(tmp_path, rate)
    (fcp7,) = write_export(film, "fcp7", tmp_path)
    sequence = ElementTree.fromstring(fcp7.read_text()).find(".//sequence")
    assert sequence.findtext("rate/timebase") == str(film.rate.nominal)
    assert sequence.findtext("rate/ntsc") == str(rate != PAL).upper()
    assert sequence.findtext("timecode/displayformat") == form
    (fcpxml,) = write_export(film, "fcpxml", tmp_path)
    assert ElementTree.fromstring(fcpxml.read_text()).find(".//sequence").get("tcFormat") == form


def test_opentimelineios_reader_of_fcpxml_finds_the_shots(tmp_path):
    """At 25 frames/s only: it takes 23.976 for 23."""
    film = constant(tmp_path, PAL)
    (path,) = write_export(film, "fcpxml", tmp_path)
    (project,) = read_timeline(path.read_text(), "fcpx_xml")
    (track,) = project.tracks
    assert [(name, start, end) for name, start, end in clips_of(track)] == shots_of(film)
    assert {unquote(clip.media_reference.target_url) for clip in track} == {film.file}


def test_markers_have_a_colour_for_each_character_and_one_frame_each(tmp_path):
    rows = [(track, 0, 0, 40, f"C{track + 1:02d}", 0.5) for track in range(18)]
    film = film_of(tmp_path, np.arange(100) / 25, 4.0, rows)
    (path,) = write_export(film, "markers", tmp_path)
    lines = re.findall(r"^(.*) \|C:ResolveColor(\w+) \|M:C(\d+) \|D:(\d+)$", path.read_text(), re.M)
    colours = [colour for _, colour, *_ in lines]
    assert len(set(colours)) == 16
    assert colours[16:] == colours[:2] == ["Blue", "Red"]
    assert [int(length) for *_, length in lines] == [40 - n for n in range(18)]
    assert lines[0][0] == "track 0"
    assert lines[2][0] == "track 2; begins 2 frames before"
    assert "01:00:00:00 01:00:00:01" in path.read_text()


def test_shots_are_listed_with_frames_and_time_codes(tmp_path):
    film = constant(tmp_path, NTSC)
    (path,) = write_export(film, "shot_list", tmp_path)
    table = read_csv(path, SHOT_LIST)
    assert table["end_frame"].tolist() == [1948, 3896]
    assert table["start_timecode"].tolist() == ["00:00:00;00", "00:01:05;00"]
    assert table["end_timecode"].tolist() == ["00:01:05;00", "00:02:10;00"]
    assert table["boundary"].tolist() == ["film_start", "cut"]
    (path,) = write_export(variable(tmp_path), "shot_list", tmp_path)
    table = read_csv(path, SHOT_LIST)
    assert table["start_timecode"].isna().all() and table["end_timecode"].isna().all()
    assert table["start_frame"].tolist() == [0, 5]


@pytest.mark.parametrize("rate", [FILM_RATE, PAL, None], ids=str)
def test_subtitles_change_when_somebody_comes_or_goes(tmp_path, rate):
    film = constant(tmp_path, rate) if rate else variable(tmp_path)
    (path,) = write_export(film, "srt", tmp_path)
    found = {label: [] for label in film.labels.values()}
    for cue in webvtt.from_srt(path).captions:
        start, end = (pd.Timedelta(time).total_seconds() for time in (cue.start, cue.end))
        for label in cue.raw_text.split(", "):
            if found[label] and found[label][-1][1] == start:
                found[label][-1][1] = end
            else:
                found[label].append([start, end])
    spans = [(label, *span) for label, own in found.items() for span in own]
    assert_same(sorted(spans), seen_in(film), 0.0005 + 1e-9)


def test_lists_of_characters_have_names_that_disks_take():
    assert name_of_list("C01", "C01") == "C01.edl"
    assert name_of_list("C02", "Ann Lee (C02)") == "C02_Ann_Lee_C02.edl"
    assert name_of_list("C03", "../../etc/passwd") == "C03_etc_passwd.edl"
    assert len(name_of_list("C04", "A" * 5000)) < 255


@pytest.mark.parametrize("form", [*FORMATS, "shot_list", "srt", "annotations"])
def test_the_same_film_gives_the_same_bytes(tmp_path, form, monkeypatch):
    first = write_export(constant(tmp_path, NTSC), form, tmp_path / "one")
    monkeypatch.setenv("TZ", "Asia/Kathmandu")
    second = write_export(constant(tmp_path, NTSC), form, tmp_path / "two")
    for one, two in zip(first, second, strict=True):
        assert one.read_bytes() == two.read_bytes()
