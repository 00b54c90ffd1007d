"""The stage track_faces on its own; the whole way to the cast map: test_tracks_to_cast_map."""

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest

import track_faces
from castmap.files.results import read_record, read_table, write_table
from castmap.formats.embeddings import write_embeddings
from castmap.formats.tables import DETECTIONS, EXAMINED, FRAMES, SHOTS, TRACKS
from castmap.stages.provenance import provenance
from castmap.tracks.examined import every_nth

ANN, BEN = np.eye(2, 128)
SETTINGS = {
    "min_faces": 3,
    "min_best_score": 0.7,
    "max_gap_s": 0.5,
    "min_similarity": 0.3,
}


def write_film(folder, faces, times=None, cut=None, step=1):
    """``faces``: frame, x and y of the left upper corner, and the person's vector."""
    folder.mkdir(exist_ok=True)
    times = np.arange(60) / 30 if times is None else times
    n_frames = len(times)
    durations = np.append(np.diff(times), 1 / 30)[:n_frames]
    frames = pd.DataFrame({"frame": range(n_frames), "time_s": times, "duration_s": durations})
    write_table(folder / "frames.parquet", FRAMES, frames.assign(time_source="pts"), {})
    write_table(folder / "examined.parquet", EXAMINED, every_nth(step, n_frames), {})
    starts = [0] if cut is None else [0, cut]
    ends = [*starts[1:], n_frames]
    shots = pd.DataFrame({"shot": range(len(starts)), "start_frame": starts, "end_frame": ends})
    shots = shots.assign(start_s=0.0, end_s=1.0, boundary="cut", score=1.0)
    shots["transition_start_frame"] = shots["transition_end_frame"] = shots["start_frame"]
    write_table(folder / "shots.parquet", SHOTS, shots if n_frames else SHOTS.empty(), {})
    table = pd.DataFrame(0.0, index=range(len(faces)), columns=DETECTIONS.columns)
    table["detection"] = range(len(faces))
    table["frame"] = np.array([face[0] for face in faces], int)
    table["x1"], table["y1"] = ([float(face[i]) for face in faces] for i in (1, 2))
    table["x2"], table["y2"], table["score"] = table["x1"] + 40, table["y1"] + 50, 0.9
    write_table(folder / "detections.parquet", DETECTIONS, table, {})
    vectors = np.array([face[3] for face in faces]).reshape(-1, 128)
    write_embeddings(folder / "embeddings.safetensors", vectors, {})


def run(folder, **changed):
    arguments = []
    for name in ("frames", "shots", "examined", "detections", "embeddings"):
        arguments += [f"--{name}", str(next(folder.glob(f"{name}.*")))]
    for name, value in (SETTINGS | changed).items():
        arguments += [f"--{name.replace('_', '-')}", str(value)]
    out = folder / "out" / "tracks.parquet"
    track_faces.main([*arguments, "--out-tracks", str(out), "--log", str(folder / "log.txt")])
    return out


def passers_by(n_frames=50):
    """Ann walks right, Ben left; he is a little lower in the picture, so they overlap as they pass.

    In a frame, the one farther left was detected first, so detections change places.
    """
    faces = [(f, 10 + 6 * f, 100, ANN) for f in range(n_frames)]
    faces += [(f, 310 - 6 * f, 130, BEN) for f in range(n_frames)]
    return sorted(faces, key=lambda face: face[:2])


def test_two_people_who_walk_past_each_other_are_two_tracks_of_one_person_each(tmp_path):
    faces = passers_by()
    write_film(tmp_path, faces)
    tracks = read_table(run(tmp_path), TRACKS)
    assert tracks["track"].value_counts().to_dict() == {0: 50, 1: 50}
    people = [0 if faces[detection][3] is ANN else 1 for detection in tracks["detection"]]
    assert people == tracks["track"].tolist()
    # Tracks of the same first frame are numbered from left to right.
    assert tracks.groupby("track")["x1"].first().tolist() == [10, 310]
    assert "2 tracks of 100 of 100 faces" in (tmp_path / "log.txt").read_text()


def test_rows_repeat_the_detection_they_name(tmp_path):
    write_film(tmp_path, [face for face in passers_by() if face[0] not in (5, 6)])
    tracks = read_table(run(tmp_path), TRACKS)
    detections = read_table(tmp_path / "detections.parquet", DETECTIONS)
    found = tracks[~tracks["interpolated"]]
    columns = ["frame", "x1", "y1", "x2", "y2"]
    assert np.array_equal(detections.loc[found["detection"], columns], found[columns])
    filled = tracks[tracks["interpolated"]]
    assert sorted(filled["frame"]) == [5, 5, 6, 6]
    assert (filled["detection"] == -1).all()


def test_boxes_in_a_gap_lie_on_a_line_in_time_not_in_frame_numbers(tmp_path):
    # Frames 9 to 12 are missed; frame 10 is shown long, the others briefly.
    times = np.arange(30) / 30
    times[11:] += 0.1
    missed = (9, 10, 11, 12)
    write_film(tmp_path, [(f, 60 * times[f], 9, ANN) for f in range(30) if f not in missed], times)
    tracks = read_table(run(tmp_path), TRACKS).set_index("frame")
    assert tracks["track"].unique().tolist() == [0]
    assert np.allclose(tracks["time_s"], times)
    gap = tracks.loc[list(missed)]
    assert gap["interpolated"].all()
    assert np.allclose(gap["x1"], 60 * times[list(missed)], atol=1e-4)
    in_frame_numbers = np.interp(missed, (8, 13), 60 * times[[8, 13]])
    assert np.abs(gap["x1"] - in_frame_numbers).max() > 1


@pytest.mark.parametrize(("max_gap_s", "tracks"), [(0.5, 1), (0.2, 2)])
def test_the_longest_gap_is_a_setting(tmp_path, max_gap_s, tracks):
    write_film(tmp_path, [(f, 10, 10, ANN) for f in (*range(10), *range(20, 30))])
    found = read_table(run(tmp_path, max_gap_s=max_gap_s), TRACKS)
    assert found["track"].nunique() == tracks
    assert found["interpolated"].sum() == (10 if tracks == 1 else 0)


@pytest.mark.parametrize("fps", [12, 24, 60])
def test_a_gap_is_measured_in_seconds_at_every_frame_rate(tmp_path, fps):
    for seconds, tracks in ((0.25, 1), (1.0, 2)):
        first, gap = fps, round(seconds * fps)
        faces = [(f, 10, 10, ANN) for f in (*range(first), *range(first + gap, 2 * first + gap))]
        write_film(tmp_path, faces, np.arange(4 * fps) / fps)
        assert read_table(run(tmp_path), TRACKS)["track"].nunique() == tracks


def test_the_purity_guard_is_a_setting(tmp_path):
    write_film(tmp_path, [(f, 10, 10, ANN if f < 15 else BEN) for f in range(30)])
    for similarity, tracks in ((0.3, 2), (-1.0, 1)):
        found = read_table(run(tmp_path, min_similarity=similarity), TRACKS)
        assert found["track"].nunique() == tracks


def test_only_examined_frames_inside_the_shot_have_rows(tmp_path):
    write_film(tmp_path, [(f, 10, 10, ANN) for f in range(0, 60, 3)], cut=31, step=3)
    tracks = read_table(run(tmp_path), TRACKS)
    assert tracks["frame"].tolist() == list(range(0, 60, 3))
    assert tracks["shot"].tolist() == [0] * 11 + [1] * 9
    assert tracks["track"].tolist() == tracks["shot"].tolist()


def test_the_file_holds_the_documented_columns_and_how_it_was_made(tmp_path):
    write_film(tmp_path, passers_by())
    out = run(tmp_path, max_gap_s=0.25)
    assert pq.read_schema(out).remove_metadata().equals(TRACKS.arrow.remove_metadata())
    assert read_record(out) == provenance("track_faces", **SETTINGS | {"max_gap_s": 0.25})


def test_the_same_faces_give_the_same_bytes(tmp_path):
    contents = set()
    for name in ("one", "two"):
        write_film(tmp_path / name, passers_by())
        contents.add(run(tmp_path / name).read_bytes())
    assert len(contents) == 1


@pytest.mark.parametrize("n_frames", [0, 30])
def test_a_film_without_faces_has_an_empty_table(tmp_path, n_frames):
    write_film(tmp_path, [], np.arange(n_frames) / 30)
    out = run(tmp_path)
    assert read_table(out, TRACKS).empty
    assert read_record(out)["stage"] == "track_faces"
    assert "0 tracks of 0 of 0 faces" in (tmp_path / "log.txt").read_text()


def test_a_table_of_another_kind_is_named_and_nothing_is_written(tmp_path):
    write_film(tmp_path, passers_by())
    (tmp_path / "shots.parquet").write_bytes((tmp_path / "frames.parquet").read_bytes())
    with pytest.raises(SystemExit) as stopped:
        run(tmp_path)
    assert stopped.value.code == 1
    assert "shots.parquet: shots: missing columns" in (tmp_path / "log.txt").read_text()
    assert not (tmp_path / "out").exists()
