"""The parts of composed films: scenes, looks, turned heads, false alarms, folds and the check."""

import cv2
import numpy as np
import pandas as pd
import pytest

from benchmarks.composed_films import casts
from benchmarks.composition.faces import CROP_OF_BOX, in_film, wander
from benchmarks.composition.false_alarms import add_false_alarms
from benchmarks.composition.folds import FOLDS, REPORT, layouts_of_fold, people_of_fold
from benchmarks.composition.heads import MARGIN, Pose, landmarks_of, turn_head
from benchmarks.composition.looks import draw_looks
from benchmarks.composition.scenes import scenes_of
from benchmarks.composition_check import describe, describe_scores
from castmap.faces.alignment import CROP_PX, TEMPLATE, similarity_to_template
from castmap.formats.tables import BOX_COLUMNS
from castmap.tracks.boxes import pairwise_iou

FRONTAL = Pose(yaw=0, pitch=0, roll=0, scale=1, mouth=0)


def shots_of(*people):
    """One track per person and shot; the shots are numbered as they come."""
    rows = [(shot, name) for shot, names in enumerate(people) for name in names]
    tracks = pd.DataFrame({"track": range(len(rows)), "shot": [shot for shot, _ in rows]})
    return tracks, pd.Series([name for _, name in rows])


def test_a_dialogue_is_one_scene_and_other_people_are_another():
    scenes = scenes_of(*shots_of("a", "b", "a", "b", "ab", "c", "d", "c"))
    assert scenes.tolist() == [0, 0, 0, 0, 0, 1, 1, 1]


def test_no_scene_lasts_for_ever():
    assert scenes_of(*shots_of(*["a"] * 50)).value_counts().max() == 20


def test_a_person_has_one_look_in_a_scene_and_another_in_the_next():
    tracks, person = shots_of("a", "b", "a", "c", "c", "b", "a")
    people = {name: [np.full((2, 2, 3), i, np.uint8) for i in range(2)] for name in "abc"}
    looks = draw_looks(tracks, person, people, np.random.default_rng(0))
    assert looks[0, "a"] is looks[2, "a"]
    assert looks[0, "a"].photograph is not looks[6, "a"].photograph
    assert looks[0, "a"].light.gamma == looks[1, "b"].light.gamma != looks[6, "a"].light.gamma


def test_a_head_that_looks_ahead_is_the_photograph():
    photograph = np.random.default_rng(0).integers(0, 255, (CROP_PX, CROP_PX, 3), dtype=np.uint8)
    middle = np.s_[MARGIN : MARGIN + CROP_PX]
    assert (turn_head(photograph, FRONTAL)[middle, middle] == photograph).all()
    np.testing.assert_allclose(landmarks_of(FRONTAL), TEMPLATE)


@pytest.mark.parametrize(
    "pose",
    [
        Pose(yaw=20, pitch=0, roll=0, scale=1, mouth=0),
        Pose(yaw=-15, pitch=0, roll=12, scale=1.1, mouth=0),
        Pose(yaw=0, pitch=8, roll=-20, scale=0.9, mouth=0),
    ],
)
@pytest.mark.parametrize("eye", [0, 1])
def test_landmarks_lie_where_the_turned_picture_shows_them(pose, eye):
    photograph = np.zeros((CROP_PX, CROP_PX, 3), np.uint8)
    cv2.circle(photograph, tuple(np.round(TEMPLATE[eye]).astype(int).tolist()), 3, (255,) * 3, -1)
    bright = np.argwhere(turn_head(photograph, pose)[..., 0] > 128)
    seen = bright.mean(axis=0)[::-1] - MARGIN
    assert np.abs(seen - landmarks_of(pose)[eye]).max() < 2.5


def test_a_head_turned_right_shows_its_nose_to_the_right():
    nose, eyes = landmarks_of(Pose(20, 0, 0, 1, 0))[2], landmarks_of(Pose(20, 0, 0, 1, 0))[:2]
    assert nose[0] > eyes.mean(axis=0)[0] + 3


def test_landmarks_in_the_film_are_aligned_by_the_size_of_their_box():
    boxes = np.array([[100.0, 50, 140, 90], [0, 0, 80, 80]])
    found = in_film(np.stack([TEMPLATE, TEMPLATE]), boxes)
    scales = [similarity_to_template(points)[0, 0] for points in found]
    np.testing.assert_allclose(scales, CROP_PX / (CROP_OF_BOX * np.array([40, 80])))


def test_what_wanders_has_unit_deviation_and_keeps_its_course():
    course = wander(20_000, 8.0, np.random.default_rng(0))
    assert abs(course.std() - 1) < 0.05
    assert abs(np.corrcoef(course[:-8], course[8:])[0, 1] - np.exp(-1)) < 0.06


@pytest.fixture
def faces():
    """Thirty tracks of ten faces, ten to a shot, all in the upper left corner."""
    rows = [
        {"track": track, "shot": track // 10, "frame": 90 * (track // 10) + 3 * face, "x1": 20.0}
        for track in range(30)
        for face in range(10)
    ]
    tracks = pd.DataFrame(rows).assign(y1=20.0, x2=220.0, y2=220.0, interpolated=False)
    shots = pd.DataFrame(
        {"shot": range(3), "start_frame": [0, 90, 180], "end_frame": [90, 180, 270]}
    )
    return tracks, pd.Series(["ann"] * 30), shots


def test_false_alarms_show_nobody_and_lie_on_no_face(faces):
    tracks, person = add_false_alarms(*faces, np.random.default_rng(1))
    alarms = tracks["track"].map(person).isna()
    assert 0 < person.isna().sum() <= 3 and (~alarms).sum() == len(faces[0])
    boxes = tracks[list(BOX_COLUMNS)].to_numpy()
    assert not pairwise_iou(boxes[alarms], boxes[~alarms]).any()
    assert tracks.groupby("track")["frame"].min().is_monotonic_increasing
    assert tracks.groupby("track")["shot"].nunique().eq(1).all()
    bounds = tracks["shot"].map(faces[2].set_index("shot")["end_frame"])
    assert (tracks["frame"] < bounds).all() and (tracks["frame"] % 3 == 0).all()


def test_nobody_and_no_episode_is_in_both_folds(tmp_path):
    names = [f"p{i}" for i in range(7)]
    for name in names:
        (tmp_path / f"{name}.facetracks.mat").touch()
    for found in (
        [people_of_fold(names, fold) for fold in FOLDS],
        [[path.name[:2] for path in layouts_of_fold(tmp_path, fold)] for fold in FOLDS],
    ):
        assert sorted(found[0] + found[1]) == names and not set(found[0]) & set(found[1])


@pytest.mark.parametrize("seed", range(3))
def test_nobody_who_reports_is_learned_from_and_nobody_measured_was(seed):
    names = [f"p{i:02}" for i in range(12)]
    report = set(people_of_fold(names, REPORT))
    for fold in FOLDS:
        learn, test = casts(names, fold, np.random.default_rng(seed))
        assert not set(learn) & set(test) and not set(learn) & report
        assert set(test) <= set(people_of_fold(names, fold))


def test_a_row_tells_how_far_the_tracklets_are_and_how_well_pairs_are_told_apart():
    found = describe(np.array([0.9, 0.8, 0.7]), np.array([0.1, 0.75]))
    assert found["50%"] == pytest.approx(0.2)
    assert found["AUC"] == pytest.approx(5 / 6)
    # Variances 1/150 and 0.105625 about the means 0.8 and 0.425.
    assert found["d'"] == pytest.approx(0.375 / np.sqrt((1 / 150 + 0.105625) / 2))
    assert (found["tracks"], found["cannot-links"]) == (3, 2)


def test_a_film_in_which_nobody_is_seen_together_still_has_a_row():
    found = describe(np.array([0.9, 0.8]), np.zeros(0))
    assert found["50%"] == pytest.approx(0.15)
    assert found["AUC"] is None and found["d'"] is None


def test_scores_are_told_of_tracks_with_names_and_of_nobodys():
    tracks = {"named": [True, False, True, True], "score": [0.8, 0.5, 0.9, 0.7]}
    tracks["usable"] = [True, False, True, False]
    nobody, named = describe_scores(pd.DataFrame(tracks)).to_dict("records")
    assert (nobody["tracks of"], nobody["tracks"], nobody["50%"]) == ("nobody", 1, 0.5)
    assert (named["tracks"], named["50%"], named["95%"]) == (3, 0.8, pytest.approx(0.89))
    assert (nobody["usable"], named["usable"]) == (0, pytest.approx(2 / 3))
