import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from castmap.evaluation.mot import tracking_scores
from castmap.formats.tables import SHOTS, TRACKS, TRUE_FACES
from castmap.tracks.examined import every_nth

PLACES = {"ann": 0, "ben": 100, "cyd": 200}


def shots_of(*ends):
    starts = [0, *ends[:-1]]
    table = pd.DataFrame({"shot": range(len(ends)), "start_frame": starts, "end_frame": ends})
    return table.assign(transition_start_frame=starts, transition_end_frame=starts)


def labels(*rows):
    """(person, first frame, end): each person has a place of its own."""
    table = pd.DataFrame(rows, columns=["person", "start_frame", "end_frame"])
    left = table["person"].map(PLACES).astype(float)
    return table.assign(x1=left, y1=0.0, x2=left + 50, y2=50.0)


def tracks_of(*tracks):
    """(shot, {frame: place}) of each track, as boxes of 10 px."""
    rows = [
        (track, shot, frame, x, 0.0, x + 10, 10.0)
        for track, (shot, places) in enumerate(tracks)
        for frame, x in places.items()
    ]
    names = ["track", "shot", "frame", "x1", "y1", "x2", "y2"]
    return pd.DataFrame(rows, columns=names).astype({"x1": float, "x2": float})


def stay(person, first, end, step=1):
    return dict.fromkeys(range(first, end, step), PLACES.get(person, 900))


def scores(tracks, true, shots, step=1):
    examined = every_nth(step, shots["end_frame"].iloc[-1] if len(shots) else 0)
    return tracking_scores(tracks, true, shots, examined)


def test_tracks_without_a_fault_score_one():
    true = labels(("ann", 0, 20), ("ben", 0, 10))
    tracks = tracks_of((0, stay("ann", 0, 20)), (0, stay("ben", 0, 10)))
    assert scores(tracks, true, shots_of(20)) == {
        "appearances": 2,
        "labelled_faces": 30,
        **dict.fromkeys(("hota", "deta", "assa", "idf1", "mota"), 1.0),
        "id_switches": 0,
    }


def test_a_cut_is_no_fault_and_a_track_cut_within_a_shot_is():
    true = labels(("ann", 0, 20))
    halves = stay("ann", 0, 10), stay("ann", 10, 20)
    at_the_cut = scores(tracks_of((0, halves[0]), (1, halves[1])), true, shots_of(10, 20))
    assert (at_the_cut["appearances"], at_the_cut["hota"], at_the_cut["id_switches"]) == (2, 1, 0)
    split = scores(tracks_of((0, halves[0]), (0, halves[1])), true, shots_of(20))
    # Each half shares 10 of the 20 faces of the two: association 1/2; one half is the identity's.
    assert (split["deta"], split["assa"]) == (1, 0.5)
    assert split["hota"] == pytest.approx(0.5**0.5)
    assert split["idf1"] == 0.5
    assert (split["id_switches"], split["mota"]) == (1, 1 - 1 / 20)


def test_swapped_identities_cost_association_and_not_detection():
    true = labels(("ann", 0, 10), ("ben", 0, 10))
    first = stay("ann", 0, 6) | stay("ben", 6, 10)
    second = stay("ben", 0, 6) | stay("ann", 6, 10)
    found = scores(tracks_of((0, first), (0, second)), true, shots_of(10))
    # A face's association: 6 of 14 before the swap, 4 of 16 after it.
    assert found["deta"] == 1
    assert found["assa"] == pytest.approx(0.6 * 6 / 14 + 0.4 * 4 / 16)
    assert found["idf1"] == pytest.approx(0.6)
    assert found["id_switches"] == 2


def test_missed_and_false_faces_cost_detection_wherever_in_its_region_a_face_lies():
    true = labels(("ann", 0, 10))
    found = tracks_of((0, {frame: 3 * frame for frame in range(8)}), (0, stay("nobody", 0, 4)))
    result = scores(found, true, shots_of(10))
    assert result["deta"] == 8 / (8 + 2 + 4)
    assert result["assa"] == 8 / 10
    assert result["idf1"] == pytest.approx(2 * 8 / (10 + 12))
    assert result["mota"] == pytest.approx((8 - 4) / 10)


def test_faces_of_somebody_unnamed_are_neither_missed_nor_false():
    found = tracks_of((0, stay("ann", 0, 10)), (0, stay("nobody", 0, 4)))
    ann = labels(("ann", 0, 10))
    crowd = ann.assign(person="unknown", x1=800.0, x2=1000.0)
    judged = scores(found, pd.concat([ann, crowd]), shots_of(10))
    assert judged == scores(found[:10], ann, shots_of(10))
    assert judged["mota"] == 1


def test_only_examined_frames_outside_transitions_count():
    shots = shots_of(30, 60)
    shots.loc[1, ["transition_start_frame", "transition_end_frame"]] = [24, 36]
    true = labels(("ann", 0, 60))
    found = tracks_of((0, stay("ann", 0, 24, 3)), (1, stay("ann", 36, 60, 3)))
    result = scores(found, true, shots, step=3)
    assert (result["labelled_faces"], result["hota"], result["mota"]) == (16, 1, 1)


def test_two_tracks_of_one_face_are_one_face_found_and_one_false():
    true = labels(("ann", 0, 10))
    result = scores(tracks_of(*[(0, stay("ann", 0, 10))] * 2), true, shots_of(10))
    assert (result["deta"], result["mota"]) == (0.5, 0.0)


def test_without_labels_nothing_is_defined_and_without_tracks_all_is_zero():
    nothing = scores(TRACKS.empty(), TRUE_FACES.empty(), SHOTS.empty(), 3)
    assert (nothing["labelled_faces"], nothing["appearances"]) == (0, 0)
    assert nothing["hota"] is nothing["mota"] is nothing["id_switches"] is None
    unlabelled = scores(tracks_of((0, stay("ann", 0, 9))), TRUE_FACES.empty(), shots_of(9))
    assert unlabelled["hota"] is None
    untracked = scores(TRACKS.empty(), labels(("ann", 0, 9)), shots_of(9))
    assert (untracked["hota"], untracked["idf1"], untracked["mota"]) == (0, 0, 0)


@settings(max_examples=50)
@given(st.lists(st.lists(st.sampled_from([*PLACES, "nobody"]), min_size=6, max_size=6), max_size=4))
def test_association_and_detection_equal_a_count_over_faces(paths):
    """HOTA by its definition; no two tracks show one person at once, so nothing is to be chosen."""
    for frame in range(6):  # whoever is there already stays, the others see nobody
        seen = set()
        for path in paths:
            if path[frame] in seen:
                path[frame] = "nobody"
            seen.add(path[frame])
    tracks = tracks_of(
        *[(0, {f: PLACES.get(who, 900) for f, who in enumerate(path)}) for path in paths]
    )
    result = scores(tracks, labels(*[(person, 0, 6) for person in PLACES]), shots_of(6))
    hits = [(who, n) for n, path in enumerate(paths) for who in path if who in PLACES]
    n_true, n_found = 18, 6 * len(paths)
    assert result["deta"] == pytest.approx(len(hits) / (n_true + n_found - len(hits)))
    shared = [hits.count(hit) for hit in hits]
    expected = np.mean([k / (6 + 6 - k) for k in shared]) if hits else 0
    assert result["assa"] == pytest.approx(expected)
    assert result["hota"] == pytest.approx((result["deta"] * result["assa"]) ** 0.5)


def test_many_shots_are_scored_as_each_of_them_is():
    shots = shots_of(*range(201, 201 * 101, 201))
    spans = [(shot, 201 * shot) for shot in range(100)]
    true = labels(*[(who, start, start + 201) for _, start in spans for who in ("ann", "ben")])
    tracks = tracks_of(
        *[(shot, stay(who, start, start + 201, 3)) for shot, start in spans for who in PLACES]
    )
    result = scores(tracks, true, shots, step=3)
    assert (result["appearances"], result["labelled_faces"]) == (200, 13_400)
    assert result["deta"] == pytest.approx(2 / 3)
    assert result["assa"] == 1
