"""Tracks of synthetic faces whose people are known."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from castmap.formats.tables import DETECTIONS, TRACKS
from castmap.tracks.examined import every_nth
from castmap.tracks.tracking import (
    TrackLimits,
    build_tracks,
    drop_duplicates,
    faces_needed,
    split_impure,
)

FPS = 24
LIMITS = TrackLimits(min_faces=3, min_best_score=0.7, max_gap_s=0.5, min_similarity=0.3)
ANN, BEN, EVE = np.eye(3, 16)


def film(faces, shots=((0, 240),), transition=None, times=None, step=1, limits=LIMITS):
    """Tracks of ``faces``: frame, x of the left edge, person's vector, and maybe a score."""
    faces = sorted(faces, key=lambda face: face[0])
    table = pd.DataFrame(0.0, index=range(len(faces)), columns=DETECTIONS.columns)
    table["detection"] = np.arange(len(faces))
    table["frame"] = np.array([face[0] for face in faces], int)
    table["x1"] = [face[1] for face in faces]
    table["x2"] = table["x1"] + 40
    table["y2"] = 50.0
    table["score"] = [face[3] if len(face) > 3 else 0.9 for face in faces]
    n_frames = shots[-1][1]
    times = np.arange(n_frames) / FPS if times is None else times
    shot_table = pd.DataFrame(shots, columns=["start_frame", "end_frame"])
    shot_table["shot"] = range(len(shots))
    shot_table["transition_start_frame"] = shot_table["start_frame"]
    shot_table["transition_end_frame"] = shot_table["start_frame"]
    if transition:
        bounds = ["transition_start_frame", "transition_end_frame"]
        shot_table.loc[1, bounds] = transition
    frames = pd.DataFrame({"frame": range(n_frames), "time_s": times, "duration_s": 1 / FPS})
    embeddings = np.array([face[2] for face in faces]).reshape(-1, 16)
    examined = every_nth(step, n_frames)
    return build_tracks(table, embeddings, shot_table, frames, examined, limits)


def spans(tracks):
    """First and last frame of each track."""
    return [(t["frame"].min(), t["frame"].max()) for _, t in tracks.groupby("track")]


def test_two_people_side_by_side_are_two_tracks():
    faces = [(f, 10 + f, ANN) for f in range(20)] + [(f, 300 - f, BEN) for f in range(20)]
    tracks = film(faces)
    assert spans(tracks) == [(0, 19), (0, 19)]
    assert tracks.groupby("track")["x1"].first().tolist() == [10, 300]
    assert not tracks["interpolated"].any()


def test_the_first_face_of_a_track_is_kept():
    assert spans(film([(f, 10, ANN) for f in range(5, 9)])) == [(5, 8)]


def test_a_face_that_moves_by_its_width_is_followed():
    assert spans(film([(f, 10 + 40 * f, ANN) for f in range(6)])) == [(0, 5)]
    # By more than its width and the margins, somebody else is as likely.
    assert film([(f, 10 + 70 * f, ANN) for f in range(6)]).empty


def test_faces_of_low_scores_belong_to_the_track_of_a_better_one():
    faces = [(f, 10, ANN, 0.8 if f == 4 else 0.3) for f in range(3, 9)]
    assert spans(film(faces)) == [(3, 8)]


def test_a_short_gap_is_filled_on_a_straight_line_in_time():
    times = np.cumsum(np.linspace(0.02, 0.08, 30))
    seen = [f for f in range(20) if f not in (8, 9, 10)]
    tracks = film([(f, 100 * times[f], ANN) for f in seen], ((0, 30),), times=times)
    assert spans(tracks) == [(0, 19)]
    filled = tracks[tracks["interpolated"]]
    assert filled["frame"].tolist() == [8, 9, 10]
    assert (filled["detection"] == -1).all()
    assert np.allclose(filled["x1"], 100 * times[[8, 9, 10]])
    assert np.allclose(filled["time_s"], times[[8, 9, 10]])


def test_a_long_gap_ends_a_track():
    seen = [*range(10), *range(40, 50)]
    assert spans(film([(f, 10, ANN) for f in seen])) == [(0, 9), (40, 49)]


def test_a_track_never_crosses_a_shot():
    tracks = film([(f, 10, ANN) for f in range(20)], ((0, 8), (8, 20)))
    assert spans(tracks) == [(0, 7), (8, 19)]
    assert tracks.groupby("track")["shot"].first().tolist() == [0, 1]


def test_frames_inside_a_transition_are_left_out():
    tracks = film([(f, 10, ANN) for f in range(30)], ((0, 15), (15, 30)), transition=(12, 18))
    assert spans(tracks) == [(0, 11), (18, 29)]


def test_only_examined_frames_have_rows():
    tracks = film([(f, 10, ANN) for f in range(0, 30, 3)], step=3)
    assert tracks["frame"].tolist() == list(range(0, 30, 3))


def test_short_and_doubtful_tracks_are_dropped():
    short = [(f, 10, ANN) for f in range(2)]
    doubtful = [(f, 300, BEN, 0.6) for f in range(10)]
    once_certain = [(f, 600, EVE, 0.8 if f == 4 else 0.6) for f in range(10)]
    assert film(short + doubtful + once_certain)["x1"].unique().tolist() == [600]
    anything = TrackLimits(1, 0.0, 0.5, 0.3)
    assert len(spans(film(short + doubtful + once_certain, limits=anything))) == 3


def test_a_track_is_split_where_the_person_changes():
    faces = [(f, 10, ANN if f < 9 else BEN) for f in range(20)]
    assert spans(film(faces)) == [(0, 8), (9, 19)]


def test_one_odd_face_does_not_split_a_track():
    faces = [(f, 10, BEN if f == 9 else ANN) for f in range(20)]
    assert spans(film(faces)) == [(0, 19)]


def test_a_track_of_three_people_is_split_twice():
    vectors = np.repeat([ANN, BEN, EVE], [6, 7, 8], axis=0)
    parts = split_impure(vectors, 0.3, 3)
    assert [part.tolist() for part in parts] == [
        list(range(6)),
        list(range(6, 13)),
        list(range(13, 21)),
    ]


@pytest.mark.parametrize("count", [0, 1, 5])
def test_a_track_too_short_for_two_is_not_split(count):
    vectors = np.array([ANN, BEN, ANN, BEN, ANN])[:count]
    assert [part.tolist() for part in split_impure(vectors, 0.3, 3)] == [list(range(count))]


def boxes_table(boxes, scores):
    table = pd.DataFrame(boxes, columns=["x1", "y1", "x2", "y2"])
    return table.assign(score=scores, frame=0, detection=range(len(boxes)))


def test_of_a_face_found_twice_the_more_certain_is_kept():
    boxes = [(0, 0, 40, 40), (4, 4, 44, 44), (10, 10, 25, 25), (60, 0, 90, 40)]
    kept = drop_duplicates(boxes_table(boxes, [0.8, 0.9, 0.95, 0.7]))
    # The small box lies inside both large ones and is the most certain.
    assert kept["detection"].tolist() == [2, 3]
    assert drop_duplicates(boxes_table(boxes[:2], [0.8, 0.9]))["detection"].tolist() == [1]


def test_faces_of_other_frames_are_no_duplicates():
    table = boxes_table([(0, 0, 40, 40)] * 2, [0.8, 0.9]).assign(frame=[0, 1])
    assert len(drop_duplicates(table)) == 2


def test_a_film_without_faces_has_no_tracks():
    empty = film([])
    assert empty.empty
    assert list(empty.columns) == list(TRACKS.columns)


def sitting(frames, x, person, restless=12):
    """Somebody who keeps the seat and leans to and fro, so far that speed would mislead."""
    return [(f, x + restless * (-1) ** f, person) for f in frames]


UNEVEN = np.cumsum(np.random.default_rng(5).choice([0.1, 0.2, 1.0, 3.0, 8.0], 60))


@pytest.mark.parametrize(
    ("times", "step"),
    [
        (np.arange(60) / 5, 3),
        (np.arange(60) / 2, 1),
        (np.arange(60) / 1, 1),
        (np.arange(60) / 0.2, 3),
        (np.arange(60) / 25, 15),
        (np.arange(60) / 25, 30),
        (UNEVEN, 1),
        (UNEVEN, 3),
    ],
)
def test_who_sits_still_is_one_track_however_far_apart_frames_are(times, step):
    examined = range(0, 60, step)
    faces = sitting(examined, 100, ANN) + sitting(examined, 400, BEN)
    tracks = film(faces, ((0, 60),), times=times, step=step)
    assert spans(tracks) == [(0, examined[-1])] * 2
    assert not tracks["interpolated"].any()


@pytest.mark.parametrize("fps", [0.2, 1, 5, 8])
def test_a_face_may_be_missed_on_one_examined_frame(fps):
    times = np.arange(60) / fps
    once = film(sitting(set(range(0, 60, 3)) - {30}, 100, ANN, 4), ((0, 60),), None, times, 3)
    assert spans(once) == [(0, 57)]
    assert once.loc[once["interpolated"], "frame"].tolist() == [30]
    twice = film(sitting(set(range(0, 60, 3)) - {30, 33}, 100, ANN, 4), ((0, 60),), None, times, 3)
    assert spans(twice) == [(0, 27), (36, 57)]


def test_who_takes_a_seat_between_far_frames_is_another_track():
    faces = [(f, 100, ANN if f < 4 else BEN) for f in range(8)]
    assert spans(film(faces, ((0, 8),), times=np.arange(8) * 5.0)) == [(0, 3), (4, 7)]
    alternating = [(f, 100, (ANN, BEN, EVE)[f % 3]) for f in range(6)]
    assert len(spans(film(alternating, ((0, 6),), times=np.arange(6) * 5.0))) == 6


def test_far_apart_fewer_faces_are_needed():
    assert [faces_needed(s, LIMITS) for s in (0.04, 0.125, 0.5, 0.6, 1.0, 1.5, 15.0)] == [
        *(3, 3, 3, 3, 2, 1, 1)
    ]
    strict = TrackLimits(min_faces=8, min_best_score=0.7, max_gap_s=0.0, min_similarity=0.3)
    assert [faces_needed(s, strict) for s in (0.1, 0.5, 1.0, 60.0)] == [8, 8, 4, 1]


def test_one_face_of_a_short_shot_is_enough_where_frames_are_far_apart():
    once = [(15, 10, ANN)]
    shots = ((0, 12), (12, 22), (22, 60))
    assert spans(film(once, shots, times=np.arange(60) / 25, step=15)) == [(15, 15)]
    # In the long shot two other examined frames do not show it; close together, nothing changes.
    assert film([(30, 10, ANN)], shots, times=np.arange(60) / 25, step=15).empty
    assert film(once, ((0, 15), (15, 16), (16, 60)), times=np.arange(60) / 25, step=3).empty


@settings(max_examples=30)
@given(
    st.lists(st.tuples(st.integers(0, 59), st.integers(0, 9), st.integers(0, 2)), max_size=80),
    st.sampled_from([1, 2, 3]),
)
def test_every_face_is_in_one_track_at_most_and_every_track_has_one_face_a_frame(drawn, step):
    faces = [(f // step * step, 50 * x, (ANN, BEN, EVE)[p]) for f, x, p in drawn]
    tracks = film(faces, ((0, 25), (25, 60)), step=step)
    used = tracks.loc[~tracks["interpolated"], "detection"]
    assert used.is_unique
    assert not tracks.duplicated(["track", "frame"]).any()
    assert (tracks["frame"] % step == 0).all()
    assert (tracks.groupby("track")["shot"].nunique() == 1).all()
    counts = tracks[~tracks["interpolated"]].groupby("track").size()
    assert (counts >= LIMITS.min_faces).all()
    assert sorted(tracks["track"].unique()) == list(range(tracks["track"].nunique()))
