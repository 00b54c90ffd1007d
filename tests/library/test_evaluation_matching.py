import numpy as np
import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from castmap.evaluation.matching import (
    judged_faces,
    people_of_faces,
    people_of_frames,
    people_of_tracks,
)
from castmap.formats.tables import TRACKS, TRUE_FACES
from castmap.tracks.examined import every_nth


def regions(*rows):
    return pd.DataFrame(
        rows, columns=["person", "start_frame", "end_frame", "x1", "y1", "x2", "y2"]
    )


def faces(*rows):
    return pd.DataFrame(rows, columns=["frame", "x1", "y1", "x2", "y2"])


def tracks(*rows):
    """Rows of (track, frame, x, interpolated): a 10 px box centred at (x, 50)."""
    return pd.DataFrame(
        {
            "track": [row[0] for row in rows],
            "frame": [row[1] for row in rows],
            "x1": [row[2] - 5.0 for row in rows],
            "y1": 45.0,
            "x2": [row[2] + 5.0 for row in rows],
            "y2": 55.0,
            "interpolated": [row[3] for row in rows],
        }
    )


ANN_AND_BEN = regions(("ann", 0, 100, 0, 0, 100, 100), ("ben", 0, 100, 200, 0, 300, 100))


def names(series):
    return [None if pd.isna(name) else name for name in series]


def test_a_face_belongs_to_the_region_that_holds_its_centre_in_its_frame():
    true = regions(("ann", 10, 20, 0, 0, 100, 100))
    found = people_of_faces(
        faces(
            (10, 90, 40, 108, 60),  # centre 99: inside, the box sticks out
            (10, 90, 40, 110, 60),  # centre 100: the right edge is outside
            (9, 40, 40, 60, 60),
            (20, 40, 40, 60, 60),
            (19, -5, -5, 5, 5),  # centre 0: the left edge is inside
        ),
        true,
    )
    assert names(found) == ["ann", None, None, None, "ann"]


def test_the_smallest_region_counts_where_several_hold_the_centre():
    big, small = ("ann", 0, 9, 0, 0, 100, 100), ("ben", 0, 9, 40, 40, 60, 60)
    face = faces((3, 45, 45, 55, 55))
    assert names(people_of_faces(face, regions(big, small))) == ["ben"]
    assert names(people_of_faces(face, regions(small, big))) == ["ben"]
    twin = ("cyd", 0, 9, 40, 40, 60, 60)
    assert names(people_of_faces(face, regions(big, small, twin))) == ["ben"]
    assert names(people_of_faces(face, regions(big, twin, small))) == ["cyd"]


def test_no_labels_or_no_faces_give_nobody_or_nothing():
    assert names(people_of_faces(faces((3, 0, 0, 9, 9)), TRUE_FACES.empty())) == [None]
    assert names(people_of_faces(faces().astype(float), ANN_AND_BEN)) == []
    empty = people_of_tracks(TRACKS.empty(), ANN_AND_BEN)
    assert len(empty) == 0
    assert list(empty.columns) == list(people_of_tracks(tracks((0, 0, 0, False)), ANN_AND_BEN))


box = st.tuples(*[st.integers(0, 12) for _ in range(4)]).map(
    lambda c: (min(c[0], c[2]), min(c[1], c[3]), max(c[0], c[2]) + 1, max(c[1], c[3]) + 1)
)
region = st.tuples(st.sampled_from("abc"), st.integers(0, 8), st.integers(1, 6), box).map(
    lambda r: (r[0], r[1], r[1] + r[2], *r[3])
)
face = st.tuples(st.integers(0, 12), box).map(lambda f: (f[0], *f[1]))


@settings(max_examples=150)
@given(st.lists(region, max_size=6), st.lists(face, max_size=8))
def test_faces_are_matched_as_by_looking_at_every_pair(true_rows, face_rows):
    true, found = regions(*true_rows), faces(*face_rows)

    def person(frame, x1, y1, x2, y2):
        x, y = (x1 + x2) / 2, (y1 + y2) / 2
        holding = [
            ((right - left) * (bottom - top), place, name)
            for place, (name, start, end, left, top, right, bottom) in enumerate(true_rows)
            if start <= frame < end and left <= x < right and top <= y < bottom
        ]
        return min(holding)[2] if holding else None

    assert names(people_of_faces(found, true)) == [person(*row) for row in face_rows]


def test_a_track_belongs_to_the_person_of_most_of_its_found_faces():
    table = tracks(
        (0, 0, 50, False),
        (0, 3, 250, False),
        (0, 6, 250, False),
        (1, 0, 150, False),
        (1, 3, 150, False),
        (1, 6, 50, False),
        (2, 0, 50, False),
        (2, 3, 250, True),
        (2, 6, 250, True),
        (3, 0, 250, False),
        (3, 3, 50, False),
        (4, 3, 50, True),
    ).sample(frac=1, random_state=1)
    people = people_of_tracks(table, ANN_AND_BEN).set_index("track")
    assert names(people["person"]) == ["ben", None, "ann", "ben", None]
    assert people["n_faces"].tolist() == [3, 3, 1, 2, 0]
    assert people["n_person_faces"].tolist() == [2, 0, 1, 1, 0]
    assert people["n_people"].tolist() == [2, 1, 1, 2, 0]
    assert people["n_second_faces"].tolist() == [1, 0, 0, 1, 0]


frames_and_cuts = st.tuples(
    st.lists(region, max_size=5), st.integers(1, 3), st.lists(st.integers(1, 14), max_size=3)
)


@settings(max_examples=100)
@given(frames_and_cuts)
def test_people_of_frames_are_those_of_every_region_that_spans_the_frame(drawn):
    true_rows, step, cuts = drawn
    starts = [0, *sorted(set(cuts))]
    shots = pd.DataFrame({"shot": range(len(starts)), "start_frame": starts})
    shots = shots.assign(end_frame=[*starts[1:], 15], transition_start_frame=starts)
    shots["transition_end_frame"] = starts
    found = people_of_frames(regions(*true_rows), shots, every_nth(step, 15))
    expected = {
        (max(n for n, start in enumerate(starts) if start <= frame), frame, row[0])
        for row in true_rows
        for frame in range(0, 15, step)
        if row[1] <= frame < row[2]
    }
    rows = list(found[["shot", "frame", "person"]].itertuples(index=False, name=None))
    assert rows == sorted(expected)


def test_a_whole_film_is_matched_in_a_moment():
    random = np.random.default_rng(1)
    rows = 1500 * 60
    table = pd.DataFrame(
        {
            "track": np.repeat(np.arange(1500), 60),
            "frame": np.tile(np.arange(60), 1500) + 60 * np.repeat(np.arange(1500) // 2, 60),
            "x1": random.uniform(0, 290, rows),
            "y1": random.uniform(0, 90, rows),
            "interpolated": False,
        }
    )
    table["x2"], table["y2"] = table["x1"] + 10, table["y1"] + 10
    starts = np.arange(0, 45_000, 10)
    true = pd.concat(
        pd.DataFrame(
            {"person": name, "start_frame": starts, "end_frame": starts + 10}
            | {"x1": left, "y1": 0.0, "x2": left + 150.0, "y2": 100.0}
        )
        for name, left in (("ann", 0.0), ("ben", 150.0))
    )
    people = people_of_tracks(table, true)
    x = table["x1"] + 5
    of_ann = (x < 150).groupby(table["track"]).sum().to_numpy()
    first_is_ann = (x < 150).groupby(table["track"]).first().to_numpy()
    expected = np.where(of_ann == 30, first_is_ann, of_ann > 30)
    assert ((people["person"] == "ann").to_numpy() == expected).all()


UNJUDGED = regions(
    ("unknown", 0, 100, 400, 0, 500, 100),
    ("ignore", 0, 100, 600, 0, 700, 100),
    ("ignore", 0, 100, 40, 0, 60, 100),  # inside Ann's region
    ("ignore", 0, 100, 180, 0, 380, 100),  # around Ben's
)
PARTLY_JUDGED = pd.concat([ANN_AND_BEN, UNJUDGED], ignore_index=True)


def test_faces_of_somebody_unnamed_or_not_to_be_judged_are_of_nobody_and_not_judged():
    found = faces(*((9, x - 5, 45, x + 5, 55) for x in (450, 650, 50, 20, 250, 190, 900)))
    assert (
        names(people_of_faces(found, PARTLY_JUDGED))
        == [None, None, None, "ann", "ben"] + [None] * 2
    )
    judged = judged_faces(found, PARTLY_JUDGED)
    assert judged.index.tolist() == [3, 4, 6]
    assert judged_faces(found, ANN_AND_BEN).index.tolist() == list(range(7))


def test_a_track_mostly_on_regions_that_are_not_judged_is_not_judged():
    table = tracks(
        *((0, f, x, False) for f, x in enumerate((450, 650, 900, 20))),
        *((1, f, x, False) for f, x in enumerate((450, 900, 900))),
        *((2, f, x, False) for f, x in enumerate((20, 20, 650))),
    )
    people = people_of_tracks(table, PARTLY_JUDGED)
    assert people["judged"].tolist() == [False, True, True]
    assert names(people["person"]) == [None, None, "ann"]
    assert people["n_faces"].tolist() == [4, 3, 3]
    assert people["n_judged_faces"].tolist() == [2, 2, 2]
    assert people["n_person_faces"].tolist() == [0, 0, 2]
    assert people["n_people"].tolist() == [1, 0, 1]


def test_frames_show_no_people_but_named_ones():
    shots = pd.DataFrame({"shot": [0], "start_frame": [0], "end_frame": [2]}).assign(
        transition_start_frame=0, transition_end_frame=0
    )
    shown = people_of_frames(PARTLY_JUDGED, shots, every_nth(1, 2))
    assert shown["person"].tolist() == ["ann", "ben"] * 2
