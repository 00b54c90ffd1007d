"""Composed films: their truth is what was composed, and no film is the same as another."""

import json
import zipfile

import numpy as np
import pandas as pd
import pytest
import yaml

from benchmarks.compose import WIDE_SHOT_FACE_PX, Layout, cast_layout, compose_film
from benchmarks.composition import false_alarms
from benchmarks.composition_check import track_scores
from castmap.evaluation.matching import people_of_tracks
from castmap.files.results import read_csv, read_table
from castmap.formats.face_archive import read_crop
from castmap.formats.tables import DETECTIONS, EXAMINED, SHOTS, TRACKS, TRUE_FACES, TRUE_SHOTS
from castmap.tracks.cooccurrence import find_cannot_links

N_TRACKS, N_FRAMES = 6, 39


@pytest.fixture
def layout():
    """Three roles, two tracks of each, in two shots; two pairs of tracks are seen together."""
    starts = np.array([0, 0, 50, 100, 110, 150])
    frames = np.concatenate([np.arange(start, start + N_FRAMES) for start in starts])
    tracks = pd.DataFrame({"track": np.repeat(np.arange(N_TRACKS), N_FRAMES), "frame": frames})
    tracks["x1"] = 100.0 + 200 * (tracks["track"] % 2)
    tracks = tracks.assign(y1=50.0, x2=tracks["x1"] + 80, y2=140.0, interpolated=False)
    tracks["shot"] = (tracks["frame"] >= 100).astype(int)
    names = pd.Series(["ross", "joey", "ross", "monica", "joey", "monica"], name="name")
    ends = pd.DataFrame({"shot": [0, 1], "start_frame": [0, 100], "end_frame": [100, 200]})
    ends = ends.assign(start_s=ends["start_frame"] / 25, end_s=ends["end_frame"] / 25)
    ends = ends.assign(boundary=["film_start", "cut"], score=1.0)
    ends["transition_start_frame"] = ends["transition_end_frame"] = ends["start_frame"]
    return Layout(tracks, names, ends)


@pytest.fixture
def people():
    """Three people, each of one colour, three crops of each."""
    grey = np.random.default_rng(0).integers(90, 120, (3, 112, 112, 1), dtype=np.uint8)
    colours = {"ann": (1.6, 0.4, 0.4), "ben": (0.4, 1.6, 0.4), "cleo": (0.4, 0.4, 1.6)}
    return {
        name: list((grey * np.array(colour)).clip(0, 255).astype(np.uint8))
        for name, colour in colours.items()
    }


def compose(folder, layout, people, seed=3):
    labels = folder / "labels"
    compose_film(
        folder / "film", labels, layout, people, median_face_px=40.0, max_tracks=N_TRACKS, seed=seed
    )
    return folder / "film", labels


def test_the_files_are_those_of_tracking_and_their_truth_is_who_was_laid_on(
    layout, people, tmp_path
):
    film, labels = compose(tmp_path, layout, people)
    tracks = read_table(film / "tracks.parquet", TRACKS)
    detections = read_table(film / "detections.parquet", DETECTIONS)
    read_table(film / "shots.parquet", SHOTS)
    examined = read_table(film / "examined.parquet", EXAMINED)["frame"]
    assert set(tracks["frame"]) <= set(examined) and (examined % 3 == 0).all()
    read_csv(labels / "shots.csv", TRUE_SHOTS)
    assert json.loads((film / "movie.json").read_text())["status"] == "ok"
    assert len(tracks) == len(detections) == N_TRACKS * N_FRAMES / 3  # every third frame
    assert find_cannot_links(tracks).tolist() == [[0, 1], [3, 4]]
    found = people_of_tracks(tracks, read_csv(labels / "faces.csv", TRUE_FACES))
    _, actors = cast_layout(
        layout, list(people), N_TRACKS, WIDE_SHOT_FACE_PX, np.random.default_rng(3)
    )
    assert found["person"].tolist() == actors.tolist()
    assert found["person"][0] == found["person"][2] != found["person"][1]


def test_the_crops_of_a_track_show_its_person(layout, people, tmp_path):
    film, labels = compose(tmp_path, layout, people)
    tracks = read_table(film / "tracks.parquet", TRACKS)
    actors = people_of_tracks(tracks, read_csv(labels / "faces.csv", TRUE_FACES))["person"]
    strongest = {"ann": 0, "ben": 1, "cleo": 2}
    with zipfile.ZipFile(film / "faces.zip") as archive:
        for track, faces in tracks.groupby("track"):
            crop = read_crop(archive, int(faces["detection"].iloc[0]))
            assert crop.mean(axis=(0, 1)).argmax() == strongest[actors[track]]


def test_the_seed_decides_every_byte(layout, people, tmp_path):
    crops = [
        (compose(tmp_path / name, layout, people, seed)[0] / "faces.zip").read_bytes()
        for name, seed in (("a", 3), ("b", 3), ("c", 4))
    ]
    assert crops[0] == crops[1] != crops[2]


def test_false_alarms_score_less_than_faces_and_no_track_less_than_tracking_keeps(
    layout, people, tmp_path, monkeypatch, root
):
    monkeypatch.setattr(false_alarms, "_SHARE", 2.0)
    film, labels = compose(tmp_path, layout, people)
    found = track_scores(film, labels / "faces.csv")
    assert found["named"].sum() == N_TRACKS and len(found) > N_TRACKS + 3
    means = found.groupby("named")["score"].mean()
    assert means[False] < 0.65 < means[True]
    tracks = read_table(film / "tracks.parquet", TRACKS)
    scores = read_table(film / "detections.parquet", DETECTIONS)["score"]
    best = scores.groupby(tracks["track"].to_numpy()).max()
    limit = yaml.safe_load((root / "config.yaml").read_text())["tracks"]["min_best_score"]
    assert best.min() >= limit - 1e-9
