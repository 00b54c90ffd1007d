"""Labels of some frames judge these frames and no others."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from castmap.evaluation.end_to_end import end_to_end
from castmap.evaluation.judged import (
    align_single_frames,
    are_of_single_frames,
    boxes_between,
    judged_clock,
    labelled_frames,
    places_of,
    scored_frames,
)
from castmap.evaluation.matching import people_of_tracks
from castmap.evaluation.mot import tracking_scores
from castmap.evaluation.tracks import cover_intervals, true_intervals
from castmap.formats.tables import TRUE_FACES
from castmap.tracks.examined import every_nth

PLACES = {"ann": 0, "ben": 100, "cyd": 200}
N = 60


def shots_of(*ends):
    starts = [0, *ends[:-1]]
    table = pd.DataFrame({"shot": range(len(ends)), "start_frame": starts, "end_frame": ends})
    return table.assign(transition_start_frame=starts, transition_end_frame=starts)


def labels_at(frames, *spans):
    """A label of each of ``frames`` in which a person of (name, start, end) is seen."""
    rows = [(who, f, f + 1) for who, start, end in spans for f in frames if start <= f < end]
    table = pd.DataFrame(rows, columns=["person", "start_frame", "end_frame"])
    left = table["person"].map(PLACES).astype(float)
    return table.assign(x1=left, y1=0.0, x2=left + 50, y2=50.0)


def tracks_of(*tracks):
    """(shot, frames, place) of each track, as boxes of 10 px."""
    rows = [
        (track, shot, frame, -1, x, 0.0, x + 10.0, 10.0, False)
        for track, (shot, frames, x) in enumerate(tracks)
        for frame in frames
    ]
    names = ["track", "shot", "frame", "detection", "x1", "y1", "x2", "y2", "interpolated"]
    return pd.DataFrame(rows, columns=names).astype({"x1": float, "x2": float})


SPANS = (("ann", 0, N), ("ben", 0, 30))
PERFECT = tracks_of((0, range(0, 30, 3), 0), (1, range(30, N, 3), 0), (0, range(0, 30, 3), 100))
SHOTS, EXAMINED = shots_of(30, N), every_nth(3, N)


@pytest.mark.parametrize("step", [2, 3, 5, 7, 13, 25])
@pytest.mark.parametrize("first", [0, 1, 2])
def test_labels_of_single_frames_judge_these_and_a_perfect_tracker_stays_perfect(step, first):
    true = labels_at(range(first, N, step), *SPANS)
    assert are_of_single_frames(true)
    judged = labelled_frames(true)
    assert judged.tolist() == list(range(first, N, step))
    scores = tracking_scores(PERFECT, true, SHOTS, EXAMINED, judged)
    assert scores["labelled_faces"] == len(true)
    assert (scores["hota"], scores["idf1"], scores["mota"]) == (1, 1, 1)
    people = people_of_tracks(PERFECT, true, judged)
    assert (people["person"][people["judged"]].notna()).all()
    frames = frames_table(N)
    intervals = true_intervals(true, frames, judged)
    assert intervals["person"].tolist() == ["ann", "ben"]
    seen = pd.DataFrame({"track": [0, 1, 2], "shot": [0, 1, 0], "start_s": [0, 3, 0]})
    seen = seen.assign(end_s=[3, 6, 3])
    people = people.assign(person=["ann", "ann", "ben"])
    covered = cover_intervals(intervals, seen, people, judged_clock(frames, judged))
    assert covered["coverage"].tolist() == pytest.approx([1, 1])


def frames_table(n):
    times = np.arange(n) * 0.1
    return pd.DataFrame({"frame": range(n), "time_s": times, "duration_s": 0.1})


def test_labels_that_go_on_judge_the_whole_film():
    assert not are_of_single_frames(labels_at(range(N), *SPANS))
    ranges = pd.DataFrame({"person": "ann", "start_frame": [0, 12], "end_frame": [12, 24]})
    assert not are_of_single_frames(ranges)
    # Two neighbours among labels of every tenth frame make none that go on.
    assert are_of_single_frames(labels_at([0, 10, 20, 21, 30, 40], ("ann", 0, N)))
    # Of pictures of every tenth frame, all labelled, each follows the one before.
    sampled = labels_at(range(0, N, 10), ("ann", 0, N))
    assert not are_of_single_frames(sampled, np.arange(0, N, 10))
    assert not are_of_single_frames(TRUE_FACES.empty())


def shifted(*phases):
    """Labels of every fifth frame, of each person from another one on."""
    parts = [labels_at(range(phase, N, 5), (who, 0, N)) for who, phase in phases]
    return pd.concat(parts, ignore_index=True)


@pytest.mark.parametrize("phases", [(0, 2), (0, 1), (3, 1)])
def test_people_labelled_at_frames_of_their_own_are_judged_in_those_of_the_others(phases):
    true = shifted(("ann", phases[0]), ("ben", phases[1]))
    faces, judged = align_single_frames(true, labelled_frames(true))
    shots = shots_of(N)
    tracks = tracks_of((0, range(0, N, 3), 0), (0, range(0, N, 3), 100))
    people = people_of_tracks(tracks, faces, judged)
    assert people["person"].tolist() == ["ann", "ben"]
    assert (people["n_person_faces"] == people["n_judged_faces"]).all()
    # Before the first and after the last label of one, only the other is known to be there.
    assert len(judged) == len(true) - 2
    assert (
        tracking_scores(tracks, faces, shots, every_nth(3, shots["end_frame"].iloc[-1]), judged)[
            "hota"
        ]
        == 1
    )


def test_a_jump_between_labels_of_ones_own_makes_the_frames_between_uncertain():
    true = shifted(("ann", 0), ("ben", 2))
    moved = (true["person"] == "ann") & (true["start_frame"] >= 30)
    true.loc[moved, ["x1", "x2"]] += 200
    faces, judged = align_single_frames(true, labelled_frames(true))
    # Ann jumps between 25 and 30, where Ben is labelled at 27.
    assert 27 not in judged and 27 not in faces["start_frame"].tolist()
    assert {22, 32} <= set(judged)
    assert sorted(faces.loc[faces["start_frame"] == 22, "person"]) == ["ann", "ben"]


def test_a_label_of_each_of_some_shots_says_nothing_of_the_shots_between():
    rows = [("ann", f) for f in (0, 9, 21, 50)] + [("ben", f) for f in (15, 33, 50)]
    true = pd.concat([labels_at([f], (who, 0, N)) for who, f in rows], ignore_index=True)
    faces, judged = align_single_frames(true, labelled_frames(true))
    pd.testing.assert_frame_equal(faces, true)
    assert judged.tolist() == [0, 9, 15, 21, 33, 50]


@pytest.mark.parametrize("step", [2, 5, 25])
def test_labels_that_share_their_frames_stay_as_they_are(step):
    true = labels_at(range(0, N, step), ("ann", 0, N), ("ben", 10, 40), ("cyd", 20, 21))
    # Ben turns away for one of them.
    true = true[~((true["person"] == "ben") & (true["start_frame"] == 20))].reset_index(drop=True)
    faces, judged = align_single_frames(true, labelled_frames(true))
    pd.testing.assert_frame_equal(faces, true)
    assert judged.tolist() == list(range(0, N, step))


@settings(max_examples=30)
@given(st.lists(st.sampled_from([0.0, 100.0, 200.0, 900.0]), min_size=1, max_size=4))
def test_labels_of_examined_frames_score_as_a_film_of_these_frames(places):
    """The scores of dense labels, of tracks that were examined at every 15th frame alone."""
    tracks = tracks_of(*((0, range(0, N, 3), place) for place in places))
    spans = (("ann", 0, N), ("ben", 0, N), ("cyd", 0, N))
    sparse = labels_at(range(0, N, 15), *spans)
    shots = shots_of(N)
    found = tracking_scores(tracks, sparse, shots, EXAMINED, labelled_frames(sparse))
    thinned = tracks[tracks["frame"] % 15 == 0]
    assert found == tracking_scores(thinned, labels_at(range(N), *spans), shots, every_nth(15, N))


def test_a_track_between_judged_frames_is_neither_right_nor_false():
    true = labels_at([0, 50], ("ann", 0, N))
    tracks = tracks_of((0, range(0, 9, 3), 0), (1, range(33, 45, 3), 900), (1, [48, 51], 900))
    judged = labelled_frames(true)
    people = people_of_tracks(tracks, true, judged)
    assert people["judged"].tolist() == [True, False, True]
    assert people["person"].tolist()[0] == "ann"
    assert people["person"].isna().tolist() == [False, True, True]
    assert people["n_faces"].tolist() == [3, 4, 2]
    assert people["n_judged_faces"].tolist() == [1, 0, 1]
    clusters = pd.DataFrame({"track": range(3), "character": ["C01", "C02", "C03"]})
    detections = tracks.iloc[:0]
    scores = end_to_end(detections, tracks, clusters, true, SHOTS, EXAMINED, judged)
    # Of the two faces of ann one is found; of those found another is nobody's.
    assert (scores["labelled_faces"], scores["found_faces"]) == (2, 2)
    assert (scores["right_faces"], scores["precision"], scores["recall"]) == (1, 0.5, 0.5)


def test_judged_frames_without_labels_show_what_is_false():
    true = labels_at([0, 5, 10], ("ann", 0, N))
    judged = np.arange(0, N, 5)
    tracks = tracks_of((0, range(0, 30, 3), 0), (1, range(30, N, 3), 900))
    scores = tracking_scores(tracks, true, SHOTS, EXAMINED, judged)
    # Ann's track goes on for three judged frames, and another is of nobody for six.
    assert scores["deta"] == pytest.approx(3 / (3 + 3 + 6))
    people = people_of_tracks(tracks, true, judged)
    assert people["judged"].tolist() == [True, True]
    assert people["person"].isna().tolist() == [False, True]


def test_examined_frames_are_compared_and_others_only_where_none_was_examined():
    shots = shots_of(20, 40)
    shots.loc[1, ["transition_start_frame", "transition_end_frame"]] = [18, 22]
    judged = np.array([1, 2, 3, 4, 10, 19, 20, 25, 30, 31])
    examined = every_nth(3, 40)
    found = scored_frames(shots, examined, judged)
    # 1 to 4 hold an examined frame, 3; 19 and 20 lie in the transition.
    assert found["frame"].tolist() == [3, 10, 25, 30]
    assert found["shot"].tolist() == [0, 0, 1, 1]
    everything = scored_frames(shots, examined, None)["frame"].tolist()
    assert scored_frames(shots, examined, np.arange(40))["frame"].tolist() == everything


def test_between_its_faces_a_track_moves_straight_and_before_and_after_it_stays():
    tracks = tracks_of((0, [3, 6, 12], 0))
    tracks["x1"] = [0.0, 30.0, 60.0]
    tracks["interpolated"] = [False, True, False]
    seen = pd.DataFrame({"start_frame": [2], "end_frame": [14]})
    found = boxes_between(tracks, np.array([0, 2, 3, 4, 5, 9, 10, 13, 14]), seen)
    assert found["frame"].tolist() == [2, 3, 4, 5, 9, 10, 13]
    expected = np.interp(found["frame"], [3, 6, 12], [0, 30, 60])
    assert found["x1"].tolist() == pytest.approx(expected.tolist())
    assert found["interpolated"].tolist() == [False, False, False, True, True, False, False]
    assert (found.dtypes == tracks.dtypes).all()


def test_intervals_of_judged_frames_end_where_the_next_is_far():
    judged = np.array([0, 5, 10, 15, 100, 105])
    assert places_of(judged).tolist() == [0, 1, 2, 3, 5, 6]
    true = labels_at([0, 5, 15, 100, 105], ("ann", 0, 200))
    found = true_intervals(true, frames_table(200), judged)
    assert found[["start_frame", "end_frame"]].to_numpy().tolist() == [[0, 6], [15, 16], [100, 106]]
    assert places_of(np.array([], int)).tolist() == []
    assert places_of(np.array([7])).tolist() == [0]


def test_coverage_counts_the_time_of_judged_frames():
    frames = frames_table(20)
    judged = np.array([0, 5, 10, 15])
    intervals = true_intervals(labels_at(judged, ("ann", 0, 20)), frames, judged)
    seen = pd.DataFrame({"track": [0], "shot": [0], "start_s": [0.0], "end_s": [1.4]})
    people = pd.DataFrame({"track": [0], "person": ["ann"]})
    clock = judged_clock(frames, judged)
    # Seen at 0, 5 and 10 of these four.
    covered = cover_intervals(intervals, seen, people, clock)
    assert covered["coverage"].tolist() == pytest.approx([0.75])


def test_regions_of_nobody_named_do_not_say_which_frames_are_judged():
    fifth = labels_at(range(0, N, 5), ("ann", 0, N))
    whole, poster = fifth.assign(end_frame=N), fifth.assign(person="ignore", end_frame=N)
    extras = labels_at(range(1, N, 3), ("ann", 0, N)).assign(person="unknown")
    assert not are_of_single_frames(pd.concat([whole, *[extras] * 9]))
    true = pd.concat([fifth, poster, extras], ignore_index=True)
    assert are_of_single_frames(true)
    assert labelled_frames(true).tolist() == list(range(0, N, 5))
    assert align_single_frames(true, labelled_frames(true))[0].equals(true)
