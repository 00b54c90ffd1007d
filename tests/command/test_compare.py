"""`castmap compare`, on two small folders of results."""

import json
import shutil
import zipfile

import numpy as np
import pandas as pd
import pytest

from castmap.command.__main__ import load, main
from castmap.files.results import read_table, write_table
from castmap.formats.face_archive import add_jpeg, encode_crop
from castmap.formats.tables import (
    CHARACTERS,
    CLUSTERS,
    DETECTIONS,
    EXAMINED,
    FRAMES,
    LANDMARK_COLUMNS,
    SHOTS,
    TRACKS,
)

N_FRAMES = 20
LEFT = {0: 100.0, 1: 300.0}  # edge of the face of each track


def write_film(results, movie, characters, sha256="0" * 64, names=(None, None)):
    """A film of two tracks, which last for all of it; what castmap found is C01 and C02."""
    folder = results / movie
    folder.mkdir(parents=True)
    info = {"movie": movie, "title": "Two <b>people</b>", "sha256": sha256, "status": "ok"}
    (folder / "movie.json").write_text(json.dumps(info | {"width": 640, "height": 360}))
    time_s = np.arange(N_FRAMES) / 10
    frames = pd.DataFrame({"frame": range(N_FRAMES), "time_s": time_s, "duration_s": 0.1})
    shot = {"shot": 0, "start_frame": 0, "end_frame": N_FRAMES, "start_s": 0.0, "end_s": 2.0}
    transition = {"transition_start_frame": 0, "transition_end_frame": 0, "score": 1.0}
    shots = pd.DataFrame([shot | transition | {"boundary": "film_start"}])
    faces = pd.DataFrame(
        [
            {"track": track, "frame": frame, "x1": left, "x2": left + 50, "y1": 10.0, "y2": 70.0}
            for track, left in LEFT.items()
            for frame in range(N_FRAMES)
        ]
    ).assign(shot=0, interpolated=False)
    faces["time_s"], faces["detection"] = faces["frame"] / 10, range(len(faces))
    landmarks = dict.fromkeys(LANDMARK_COLUMNS, 30.0)
    measured = {"score": 0.9, "size_px": 54.0, "blur": 100.0, "yaw": 0.0}
    detections = faces.drop(columns=["track", "shot", "interpolated"]).assign(
        **landmarks, **measured
    )
    found = pd.DataFrame({"track": [0, 1], "shot": 0, "start_s": 0.0, "end_s": 2.0})
    found = found.assign(n_faces=N_FRAMES, confidence=0.5, second_character=None, joined=False)
    corrected = found.assign(character=characters, name=names, named_by=None, corrected=False)
    for name, schema, table in (
        ("frames", FRAMES, frames.assign(time_source="pts")),
        ("shots", SHOTS, shots),
        ("examined", EXAMINED, frames[["frame"]]),
        ("detections", DETECTIONS, detections),
        ("tracks", TRACKS, faces),
        ("clusters.chosen", CLUSTERS, found.assign(character=["C01", "C02"])),
        ("characters", CHARACTERS, corrected),
    ):
        write_table(folder / f"{name}.parquet", schema, table, {})
    with zipfile.ZipFile(folder / "faces.zip", "w") as archive:
        for detection in faces["detection"]:
            crop = np.full((112, 112, 3), detection * 5, np.uint8)
            add_jpeg(archive, detection, encode_crop(crop))


@pytest.fixture
def compare(tmp_path, monkeypatch):
    """Call the command in a folder that looks like a repository."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "Snakefile").touch()
    (tmp_path / "workflow_scripts").mkdir()
    return lambda *arguments: main(["compare", *arguments])


def test_two_folders_give_a_page_and_a_table(compare, tmp_path, capsys):
    write_film(tmp_path / "before", "film", ["C01", "C02"])
    write_film(tmp_path / "results", "film", ["C01", "C01"], names=("Ann", "Ann"))
    write_film(tmp_path / "results", "another", ["C01", "C02"])
    assert compare("before", "results") == 0
    table = pd.read_csv(tmp_path / "comparison" / "comparison.csv")
    rows = table[["movie", "change", "before", "after", "before_s", "after_s"]]
    assert rows.values.tolist() == [
        ["film", "same", "C01", "C01", pytest.approx(2.0), pytest.approx(4.0)],
        ["film", "merged", "C02", "C01", pytest.approx(2.0), pytest.approx(4.0)],
    ]
    page = (tmp_path / "comparison" / "index.html").read_text()
    assert "Two &lt;b&gt;people" in page and "Ann" in page and "<b>1</b><span>merged" in page
    said = capsys.readouterr()
    assert "another has no cast map in before" in said.err
    assert "Open comparison/index.html" in said.out


def test_one_folder_is_compared_before_and_after_corrections(compare, tmp_path):
    write_film(tmp_path / "results", "film", ["C01", "not_a_face"])
    assert compare("results", "--out", "told") == 0
    table = pd.read_csv(tmp_path / "told" / "comparison.csv")
    assert set(zip(table["change"], table["before"], strict=True)) == {
        ("same", "C01"),
        ("lost", "C02"),
    }


def cut_in_the_middle(folder):
    """The second half of the first track is the other character's, under corrections."""
    tracks = read_table(folder / "tracks.parquet", TRACKS)
    later = (tracks["track"] == 0) & (tracks["frame"] >= N_FRAMES // 2)
    tracks.loc[later, "track"] = 2
    write_table(folder / "corrected_tracks.parquet", TRACKS, tracks, {})
    shutil.copy(folder / "shots.parquet", folder / "corrected_shots.parquet")
    characters = read_table(folder / "characters.parquet", CHARACTERS)
    part = characters[:1].assign(track=2, start_s=1.0, character="C02", corrected=True)
    characters.loc[0, "end_s"] = 1.0
    write_table(folder / "characters.parquet", CHARACTERS, pd.concat([characters, part]), {})


def test_a_track_that_was_cut_is_two_under_corrections_only(compare, tmp_path):
    write_film(tmp_path / "results", "film", ["C01", "C02"])
    cut_in_the_middle(tmp_path / "results" / "film")
    assert compare("results", "--out", "told") == 0
    table = pd.read_csv(tmp_path / "told" / "comparison.csv")
    seconds = ["before_s", "after_s", "shared_s"]
    told = table.set_index(["change", "before", "after"])[seconds].round(6)
    assert told.loc[("same", "C01", "C01")].tolist() == [2.0, 1.0, 1.0]
    assert told.loc[("same", "C02", "C02")].tolist() == [2.0, 3.0, 2.0]


def test_what_cannot_be_compared_is_said(compare, tmp_path, capsys):
    write_film(tmp_path / "before", "film", ["C01", "C02"])
    write_film(tmp_path / "results", "film", ["C01", "C02"], sha256="1" * 64)
    assert compare("before", "results") == 1
    said = capsys.readouterr().err
    assert "film was made from two different films" in said and "no film in common" in said
    assert compare("nowhere", "results") == 1
    assert "nowhere is no folder" in capsys.readouterr().err


def test_faces_may_be_left_out(compare, tmp_path):
    write_film(tmp_path / "results", "film", ["C01", "C02"])
    assert compare("results", "--faces", "left_out") == 0
    left_out = (tmp_path / "comparison" / "index.html").read_text()
    assert compare("results") == 0
    assert (tmp_path / "comparison" / "index.html").read_text() != left_out
    assert load("compare").WAYS == ("shown", "blurred", "left_out")
