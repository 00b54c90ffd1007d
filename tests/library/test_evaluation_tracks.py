import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from castmap.evaluation.matching import people_of_tracks
from castmap.evaluation.tracks import (
    cover_intervals,
    long_intervals,
    summarise_coverage,
    summarise_detections,
    summarise_purity,
    true_intervals,
)
from castmap.formats.tables import TRACKS, TRUE_FACES
from castmap.tracks.examined import union_length


def frames(n, step=0.5):
    return pd.DataFrame({"frame": range(n), "time_s": np.arange(n) * step, "duration_s": step})


def regions(*rows):
    table = pd.DataFrame(rows, columns=["person", "start_frame", "end_frame"])
    return table.assign(x1=0.0, y1=0.0, x2=100.0, y2=100.0)


def rows_of(table, *columns):
    return list(table[list(columns)].itertuples(index=False, name=None))


def test_touching_ranges_of_one_person_are_one_interval():
    true = regions(("ann", 4, 8), ("ann", 0, 4), ("ben", 4, 6), ("ann", 9, 10), ("ben", 6, 20))
    found = true_intervals(true, frames(20))
    assert rows_of(found, "person", "start_frame", "end_frame", "start_s", "end_s") == [
        ("ann", 0, 8, 0.0, 4.0),
        ("ann", 9, 10, 4.5, 5.0),
        ("ben", 4, 20, 2.0, 10.0),
    ]


def test_times_come_from_the_frames_of_a_film_with_a_changing_frame_rate():
    clock = pd.DataFrame({"time_s": [0.1, 0.2, 1.0, 3.0], "duration_s": [0.1, 0.8, 2.0, 0.5]})
    found = true_intervals(regions(("ann", 1, 3), ("ann", 3, 4)), clock)
    assert rows_of(found, "start_s", "end_s") == [(0.2, 3.5)]


def test_overlapping_and_nested_ranges_are_one_interval():
    true = regions(("ann", 0, 10), ("ann", 2, 4), ("ann", 8, 12), ("ann", 13, 14))
    found = true_intervals(true, frames(20))
    assert rows_of(found, "start_frame", "end_frame") == [(0, 12), (13, 14)]


def test_somebody_unnamed_has_no_intervals():
    true = regions(("ann", 0, 4), ("unknown", 0, 10), ("ignore", 5, 10))
    assert rows_of(true_intervals(true, frames(20)), "person", "end_frame") == [("ann", 4)]
    with pytest.raises(ValueError, match="ignore"):
        true_intervals(regions(("ignore", 18, 21)), frames(20))


@pytest.mark.parametrize("start, end", [(5, 5), (-1, 3), (8, 21)])
def test_a_range_that_is_empty_or_outside_the_film_is_named(start, end):
    with pytest.raises(ValueError, match=f"ben.*{start} to {end}.*0 to 20"):
        true_intervals(regions(("ann", 0, 4), ("ben", start, end)), frames(20))


def test_a_second_is_long_enough_however_it_is_rounded():
    table = pd.DataFrame({"start_s": [0.0, 0.1, 0.0], "end_s": [1.0, 1.1 - 1e-12, 0.96]})
    assert rows_of(long_intervals(table), "end_s") == [(1.0,), (1.1 - 1e-12,)]


def test_coverage_is_the_union_of_the_persons_own_tracks():
    intervals = pd.DataFrame(
        {"person": ["ann", "ann", "ben"], "start_s": [0.0, 20.0, 0.0], "end_s": [10.0, 30.0, 4.0]}
    )
    appearances = pd.DataFrame(
        [
            (0, 0, -1.0, 3.0),
            (1, 0, 2.0, 4.0),
            (2, 1, 9.0, 12.0),
            (3, 1, 0.0, 10.0),  # somebody else's
            (4, 0, 0.0, 10.0),  # nobody's
            (5, 2, 10.0, 20.0),  # between the intervals: touches both, lies in neither
        ],
        columns=["track", "shot", "start_s", "end_s"],
    )
    people = pd.DataFrame({"track": range(6), "person": ["ann", "ann", "ann", "cyd", None, "ann"]})
    covered = cover_intervals(intervals, appearances, people)
    assert covered["coverage"].tolist() == [0.5, 0.0, 0.0]
    assert covered["tracks"].tolist() == [3, 0, 0]
    assert covered["shots"].tolist() == [2, 0, 0]

    summary = summarise_coverage(covered)
    worst = summary.pop("worst_intervals")
    assert summary == {
        "interval_count": 3,
        "person_count": 2,
        "coverage_min": 0.0,
        "coverage_mean": 0.5 / 3,
        "intervals_below_95": 3,
        "fragments_mean": 1.0,
        "fragments_per_shot": 1.5,
    }
    assert [(row["person"], row["start_s"], row["coverage"]) for row in worst] == [
        ("ann", 20.0, 0.0),
        ("ben", 0.0, 0.0),
        ("ann", 0.0, 0.5),
    ]


def test_without_intervals_or_tracks_nothing_is_averaged():
    none = true_intervals(TRUE_FACES.empty(), frames(0))
    people = people_of_tracks(TRACKS.empty(), TRUE_FACES.empty())
    appearances = pd.DataFrame({"track": [], "shot": [], "start_s": [], "end_s": []})
    summary = summarise_coverage(cover_intervals(long_intervals(none), appearances, people))
    assert summary["interval_count"] == 0
    assert summary["worst_intervals"] == []
    assert summary["coverage_min"] is summary["coverage_mean"] is None
    assert summary["fragments_mean"] is summary["fragments_per_shot"] is None
    assert summarise_purity(people)["face_purity"] is None


@given(st.lists(st.tuples(st.integers(0, 30), st.integers(0, 10)), max_size=8))
def test_the_union_counts_every_second_once(rows):
    start = np.array([row[0] for row in rows], float)
    end = np.array([row[0] + row[1] for row in rows], float)
    seconds = {second for s, length in rows for second in range(s, s + length)}
    assert union_length(start, end) == len(seconds)


def test_purity_counts_mixed_and_false_tracks():
    people = pd.DataFrame(
        {
            "track": range(6),
            "judged": [True] * 5 + [False],
            "person": ["ann", "ann", "ben", None, None, None],
            "n_faces": [10, 10, 50, 6, 4, 9],
            "n_judged_faces": [10, 10, 5, 6, 4, 0],
            "n_person_faces": [10, 7, 4, 0, 0, 0],
            "n_people": [1, 2, 2, 2, 0, 0],
            "n_second_faces": [0, 3, 1, 1, 0, 0],
        }
    )
    assert summarise_purity(people) == {
        "tracks": 6,
        "tracks_evaluated": 3,
        "false_tracks": 2,
        "tracks_not_judged": 1,
        "mixed_tracks": 3,
        "mixed_tracks_tolerant": 1,
        "face_purity": 21 / 25,
    }


def test_found_faces_of_people_that_no_track_took_are_counted():
    detections = pd.DataFrame({"detection": range(4), "frame": [0, 1, 2, 3]})
    detections = detections.assign(x1=[0.0, 0.0, 0.0, 500.0], y1=0.0, y2=9.0)
    detections["x2"] = detections["x1"] + 9
    tracks = pd.DataFrame({"detection": [0, -1, 3]})
    true = regions(("ann", 0, 9))
    assert summarise_detections(detections, tracks, true) == {
        "faces_of_people": 3,
        "faces_tracked": 1 / 3,
    }
    assert summarise_detections(detections.iloc[3:], tracks, true)["faces_tracked"] is None
