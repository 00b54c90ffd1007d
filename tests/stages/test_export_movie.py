"""The stage export_movie: the cast map as people and other tools read it."""

import csv
import json
import re
import zipfile

import cv2
import numpy as np
import pandas as pd
import pytest
import webvtt

import export_movie
from castmap.exports.files import exported_files
from castmap.files.results import read_csv, read_table, write_table
from castmap.files.whole import write_json
from castmap.formats.face_archive import add_crop
from castmap.formats.tables import (
    CAST_MAP,
    CHARACTERS,
    DETECTIONS,
    EXAMINED,
    FRAMES,
    SHOTS,
    TRACKS,
)
from tests.library import exports_example

HEADER = "character,name,named_by,start_s,end_s,shot,track,confidence\n"
ROWS = [
    (0, 0, 0.0, 2.0, "C02", 0.5),
    (1, 0, 1 / 3, 10 / 3, "C01", 2 / 3),
    (2, 1, 10 / 3, 4.56789, "C02", 1.0),
    (3, 0, 0.0, 0.0417, "C01", 0.0),
]


def write_film(folder, rows=exports_example.APPEARANCES, names=None):
    """The small film of the library's tests, with these appearances in it."""
    folder.mkdir(exist_ok=True)
    write_json(folder / "movie.json", exports_example.INFO)
    write_table(folder / "frames.parquet", FRAMES, exports_example.frames_table(), {})
    write_table(folder / "examined.parquet", EXAMINED, exports_example.examined_table(), {})
    for name in ("shots", "corrected_shots"):  # nobody has cut any
        write_table(folder / f"{name}.parquet", SHOTS, exports_example.shots_table(), {})
    detections = exports_example.detections_table()
    write_table(folder / "detections.parquet", DETECTIONS, detections, {})
    for name in ("tracks", "corrected_tracks"):
        write_table(folder / f"{name}.parquet", TRACKS, exports_example.tracks_table(), {})
    characters = exports_example.characters_table(names, rows) if rows else CHARACTERS.empty()
    write_table(folder / "characters.parquet", CHARACTERS, characters, {})
    with zipfile.ZipFile(folder / "faces.zip", "w") as archive:
        for detection in detections["detection"]:
            add_crop(archive, detection, np.full((112, 112, 3), 40 * detection, np.uint8))


def write_rejected_film(folder):
    folder.mkdir(exist_ok=True)
    write_json(folder / "movie.json", exports_example.REJECTED)
    for schema in (FRAMES, EXAMINED, SHOTS, DETECTIONS, TRACKS, CHARACTERS):
        write_table(folder / f"{schema.name}.parquet", schema, schema.empty(), {})
    zipfile.ZipFile(folder / "faces.zip", "w").close()


def export(folder):
    tables = ("frames", "examined", "shots", "detections", "tracks", "characters")
    export_movie.main(
        [
            f"--film={folder}/films/tiny.mp4",
            f"--movie={folder}/movie.json",
            f"--faces={folder}/faces.zip",
            *[f"--{name}={folder}/{name}.parquet" for name in tables],
            "--show-faces=shown",
            "--out-exports",
            *[f"{folder}/exports/{name}" for name in exported_files()],
        ]
    )
    return folder / "exports"


def run(folder, rows=exports_example.APPEARANCES, names=None):
    write_film(folder, rows, names)
    return export(folder)


def csv_of(folder, rows, names=None):
    return (run(folder, rows, names) / "cast_map.csv").read_text()


def test_what_is_no_character_is_not_in_the_cast_map(tmp_path):
    nobody = [(4, 0, 0.0, 9.0, "background", 0.0), (5, 0, 0.0, 9.0, "not_a_face", 0.0)]
    assert csv_of(tmp_path / "a", [*ROWS, *nobody]) == csv_of(tmp_path, ROWS)


def test_appearances_stand_in_order_of_time_then_character_with_milliseconds(tmp_path):
    assert csv_of(tmp_path, ROWS, {"C02": "Ben"}) == HEADER + (
        "C01,,,0.0,0.042,0,3,0.0\n"
        "C02,Ben,given,0.0,2.0,0,0,0.5\n"
        "C01,,,0.333,3.333,0,1,0.667\n"
        "C02,Ben,given,3.333,4.568,1,2,1.0\n"
    )


def test_one_character_found_twice_at_once_stands_in_order_of_tracks(tmp_path):
    rows = [(track, 0, 1.0, 2.0, "C01", 0.5) for track in (5, 2, 9)]
    assert read_csv(run(tmp_path, rows) / "cast_map.csv", CAST_MAP)["track"].tolist() == [2, 5, 9]


def test_every_track_is_exported_once(tmp_path):
    cast = read_csv(run(tmp_path, ROWS) / "cast_map.csv", CAST_MAP)
    assert sorted(cast["track"]) == [0, 1, 2, 3]
    people = {row[0]: row[4] for row in ROWS}
    assert cast["character"].tolist() == [people[track] for track in cast["track"]]


def test_long_films_do_not_lose_milliseconds(tmp_path):
    rows = [(0, 0, 35_999.9584, 36_000.0004, "C01", 0.25)]
    assert csv_of(tmp_path, rows) == HEADER + "C01,,,35999.958,36000.0,0,0,0.25\n"


def test_the_table_keeps_names_and_times_as_they_are_and_says_what_made_it(tmp_path):
    path = run(tmp_path, ROWS, {"C01": " Ann\r\n"}) / "cast_map.parquet"
    cast = read_table(path, CAST_MAP).set_index("track")
    assert cast.at[1, "name"] == " Ann\r\n"
    assert pd.isna(cast.at[0, "name"])
    assert cast.at[1, "start_s"] == 1 / 3


@pytest.mark.parametrize(
    ("name", "cell"),
    [
        ("=HYPERLINK(0)", "'=HYPERLINK(0)"),
        ("'=1", "''=1"),
        ("\t@SUM(A1)", "'@SUM(A1)"),
        ('Ann, "the\nKnife"', 'Ann, "the Knife"'),
        ("Ann\rBen", "Ann Ben"),
        ("\x1b[31mAnn", "[31mAnn"),
        ("   ", None),
        ("007", "007"),
        ("NA", "NA"),
    ],
)
def test_cells_of_the_csv_are_one_line_and_run_nothing(tmp_path, name, cell):
    path = run(tmp_path, ROWS[:1], {"C02": name}) / "cast_map.csv"
    assert next(csv.DictReader(path.open()))["name"] == (cell or "")
    assert len(path.read_text().splitlines()) == 2
    (read,) = read_csv(path, CAST_MAP)["name"]
    assert read in name.replace("\n", " ").replace("\r", " ") if cell else pd.isna(read)


def test_every_file_has_the_same_appearances(tmp_path):
    folder = run(tmp_path, names={"C01": "Ann"})
    content = json.loads((folder / "cast_map.json").read_text())
    seen = {(row["track"], row["start_s"], row["end_s"]) for row in content["appearances"]}
    assert seen == {(0, 0.0, 0.5), (1, 0.0, 0.25), (2, 0.5, 1.2)}
    cues = [json.loads(cue.raw_text) for cue in webvtt.read(folder / "cast_map.vtt").captions]
    assert [(cue["track"], cue["label"]) for cue in cues] == [(0, "Ann"), (1, "C02"), (2, "Ann")]
    faces = json.loads((folder / "faces.coco.json").read_text())
    assert [image["id"] for image in faces["images"]] == [0, 2, 4, 6, 8]
    assert len(faces["annotations"]) == len((folder / "tracks.mot.txt").read_text().splitlines())


def test_exports_name_the_film_relative_to_themselves(tmp_path):
    folder = run(tmp_path)
    for name in ("cast_map.eaf", "cast_map.otio"):
        text = (folder / name).read_text()
        assert "../films/tiny.mp4" in text
        assert str(tmp_path) not in text


def test_each_thumbnail_shows_the_best_face_of_its_appearance(tmp_path):
    folder = run(tmp_path)
    picture = cv2.imread(str(folder / "thumbnails.jpg"))
    shown = {}
    for cue in webvtt.read(folder / "thumbnails.vtt").captions:
        x, y, width, height = map(int, re.search(r"#xywh=(.*)", cue.text)[1].split(","))
        shown[cue.identifier] = round(picture[y : y + height, x : x + width].mean() / 40)
    # Crops are as bright as their number says; all are equally good but for the detector's score.
    assert shown == {"track 0": 0, "track 1": 2, "track 2": 3}


@pytest.mark.parametrize("write", [write_rejected_film, lambda folder: write_film(folder, [])])
def test_a_film_without_faces_has_all_files_and_nobody_in_them(tmp_path, write):
    full = {path.name for path in run(tmp_path / "full").iterdir()}
    write(tmp_path / "empty")
    folder = export(tmp_path / "empty")
    assert {path.name for path in folder.iterdir()} == full
    assert (folder / "cast_map.csv").read_text() == HEADER
    assert read_csv(folder / "cast_map.csv", CAST_MAP).empty
    assert read_table(folder / "cast_map.parquet", CAST_MAP).empty
    assert (folder / "thumbnails.vtt").read_text() == "WEBVTT\n"
    assert cv2.imread(str(folder / "thumbnails.jpg")) is not None


def test_the_same_characters_give_the_same_bytes(tmp_path, monkeypatch):
    # Rows are sorted by time, character and track, so neither does their order matter.
    first = run(tmp_path / "one", names={"C01": "Ann"})
    monkeypatch.setenv("TZ", "Asia/Kathmandu")
    rows = exports_example.APPEARANCES[::-1]
    second = run(tmp_path / "two", rows, names={"C01": "Ann"})
    for path in first.iterdir():
        assert (second / path.name).read_bytes() == path.read_bytes(), path.name
        if path.suffix not in (".jpg", ".parquet", ".zip"):
            assert b"\r" not in path.read_bytes()


def test_a_file_without_a_needed_column_is_named_and_nothing_is_written(tmp_path, capsys):
    write_film(tmp_path)
    table = pd.DataFrame({"track": [0], "character": ["C01"]})
    table.to_parquet(tmp_path / "characters.parquet")
    with pytest.raises(SystemExit) as stopped:
        export(tmp_path)
    assert stopped.value.code == 1
    assert "characters.parquet: characters: missing columns" in capsys.readouterr().err
    assert not (tmp_path / "exports").exists()


def test_only_what_is_made_for_browsers_counts_by_the_clock_of_the_film(tmp_path):
    before = run(tmp_path / "zero")
    write_film(tmp_path / "late")
    write_json(tmp_path / "late/movie.json", exports_example.INFO | {"clock_start_s": 10.0})
    after = export(tmp_path / "late")
    changed = {path.name for path in before.iterdir()} - {
        path.name
        for path in before.iterdir()
        if path.read_bytes() == (after / path.name).read_bytes()
    }
    played = {"cast_map.vtt", "chapters.vtt", "thumbnails.vtt", "annotations.jsonld"}
    assert changed == {*played, "cast_map.via.json"}
    first = webvtt.read(after / "thumbnails.vtt").captions[0]
    assert first.start == "00:00:10.000"
