"""Cast maps of faces of one's own: who is who is known."""

import subprocess
import sys

import numpy as np
import pandas as pd
import pytest

import castmap
from castmap.faces.alignment import landmarks_in_boxes
from castmap.formats.tables import CAST_MAP, LANDMARK_COLUMNS, TableError
from castmap.planning.code import stage_code
from castmap.settings.settings import SettingsError

TIMES = np.arange(100) / 25


def scene(noise=0.3):
    """Two people side by side for 2 s, and again after a cut; they have changed places."""
    rng = np.random.default_rng(0)
    people = rng.normal(size=(2, 64))
    rows, embeddings = [], []
    for frame in range(100):
        for person, x in enumerate((100, 400)):
            who = person if frame < 50 else 1 - person
            rows.append({"frame": frame, "x1": x, "y1": 50, "x2": x + 80, "y2": 130, "score": 0.9})
            embeddings.append(7 * (people[who] + noise * rng.normal(size=64)))
    return pd.DataFrame(rows), np.array(embeddings)


def find(faces, embeddings, **options):
    return castmap.find_cast_map_of_faces(faces, embeddings, TIMES, **options)


def seen(found):
    """When each character is seen, and on which side it begins."""
    left = found.tracks[~found.tracks["interpolated"]].groupby("track")["x1"].first() < 300
    shown = found.appearances.assign(left=found.appearances["track"].map(left))
    return [
        sorted((row.start_s, row.end_s, row.left) for row in own.itertuples())
        for _, own in shown.groupby("character")
    ]


def test_two_people_who_change_places_are_two_characters():
    found = find(*scene(), cuts=[50])
    assert sorted(seen(found)) == [
        [(0.0, 2.0, False), (2.0, 4.0, True)],
        [(0.0, 2.0, True), (2.0, 4.0, False)],
    ]
    assert list(found.appearances) == CAST_MAP.columns
    assert np.linalg.norm(found.embeddings, axis=1) == pytest.approx(1)
    assert found.shots["start_frame"].tolist() == [0, 50]


def test_columns_that_are_given_are_taken_and_those_that_are_not_are_neutral():
    faces, embeddings = scene()
    boxes = faces[["x1", "y1", "x2", "y2"]].to_numpy(float)
    given = faces.assign(
        **dict(zip(LANDMARK_COLUMNS, landmarks_in_boxes(boxes).reshape(-1, 10).T, strict=True)),
        blur=100.0,
    )
    plain, full = (find(table, embeddings, cuts=[50]) for table in (faces, given))
    pd.testing.assert_frame_equal(plain.clusters, full.clusters)
    blurred = find(given.assign(blur=0.0), embeddings, cuts=[50])
    assert set(blurred.clusters["character"]) == {"uncertain"}


def test_faces_of_some_frames_are_followed_if_these_were_examined():
    faces, embeddings = scene()
    kept = (faces["frame"] % 5 == 0).to_numpy()
    found = find(faces[kept], embeddings[kept], cuts=[50], examined=range(0, 100, 5))
    assert len(found.clusters) == 4
    assert seen(found) == seen(find(faces, embeddings, cuts=[50]))


def test_no_face_is_nobody():
    faces, embeddings = scene()
    found = find(faces[:0], embeddings[:0])
    assert len(found.appearances) == len(found.clusters) == 0


@pytest.mark.parametrize(
    ("change", "error", "said"),
    [
        (lambda f, e: (f, e[1:]), ValueError, r"embeddings are \(199, 64\); of 200 faces"),
        (lambda f, e: (f, e * 0), ValueError, "the embedding of row 0 is zero or not finite"),
        (lambda f, e: (f, e * np.nan), ValueError, "the embedding of row 0 is zero or not finite"),
        (lambda f, e: (f.drop(columns="score"), e), TableError, "missing columns score"),
        (lambda f, e: (f.assign(frame=100), e), ValueError, "not one of the 100 of times_s"),
    ],
)
def test_what_does_not_fit_is_refused(change, error, said):
    with pytest.raises(error, match=said):
        find(*change(*scene()))
    with pytest.raises(ValueError, match="times_s must ascend"):
        castmap.find_cast_map_of_faces(*scene(), TIMES[::-1])


def test_settings_are_those_of_config_yaml_with_changes_wherever_one_is(
    root, tmp_path, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    defaults = castmap.read_settings()
    changed = castmap.read_settings({"tracks": {"min_faces": 40}})
    assert changed == defaults | {"tracks": defaults["tracks"] | {"min_faces": 40}}
    faces, embeddings = scene()
    few = {"tracks": {"min_faces": 60}}  # each track has 50
    assert find(faces, embeddings, cuts=[50], settings=few).tracks.empty
    with pytest.raises(SettingsError, match=r"unknown key tracks\.min_face; did you mean"):
        castmap.read_settings({"tracks": {"min_face": 3}})
    with pytest.raises(SettingsError, match=r"faces\.min_score is 2"):
        castmap.read_settings({"faces": {"min_score": 2}})


def test_importing_castmap_is_light_and_no_stage_depends_on_all_of_it(root):
    command = "import castmap, sys; print('torch' in sys.modules, 'find_cast_map' in dir(castmap))"
    run = subprocess.run(
        [sys.executable, "-c", command], capture_output=True, text=True, check=True
    )
    assert run.stdout.split() == ["False", "True"]
    names = {path.as_posix() for path in stage_code(root / "workflow_scripts/track_faces.py")}
    assert "castmap/__init__.py" in names
    assert "castmap/cast_maps.py" not in names
    with pytest.raises(AttributeError, match="no attribute find_cast_maps"):
        _ = castmap.find_cast_maps
