"""Two cast maps of a film: who became whom, against answers that are known beforehand."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from castmap.evaluation.comparison import (
    GAINED,
    LOST,
    MERGED,
    SAME,
    SPLIT,
    UNSEEN,
    CastOfRun,
    find_changes,
    moved_seconds,
    shared_seconds,
)
from castmap.formats.tables import SHOTS, TRACKS
from castmap.tracks.examined import every_nth

N_FRAMES = 40
FRAME_S = 0.5
FRAMES = pd.DataFrame(
    {"frame": range(N_FRAMES), "time_s": np.arange(N_FRAMES) * FRAME_S, "duration_s": FRAME_S}
)
ONE_SHOT = SHOTS.validate(
    pd.DataFrame(
        {
            "shot": [0],
            "start_frame": 0,
            "end_frame": N_FRAMES,
            "start_s": 0.0,
            "end_s": N_FRAMES * FRAME_S,
            "boundary": "film_start",
            "transition_start_frame": 0,
            "transition_end_frame": 0,
            "score": 1.0,
        }
    )
)


def cast(*appearances, step=1):
    """A run: of each appearance its character, first frame, frame after the last, left edge."""
    examined = every_nth(step, N_FRAMES)
    rows = [
        {"track": track, "frame": frame, "x1": left, "x2": left + 50.0}
        for track, (_, start, end, left) in enumerate(appearances)
        for frame in range(start, end, step)
    ]
    table = pd.DataFrame(rows, columns=["track", "frame", "x1", "x2"]).assign(
        shot=0, y1=10.0, y2=70.0, interpolated=False
    )
    table = table.assign(time_s=table["frame"] * FRAME_S, detection=range(len(table)))
    names = [name for name, *_ in appearances]
    characters = pd.DataFrame({"track": range(len(names)), "character": names})
    return CastOfRun(ONE_SHOT, examined, TRACKS.validate(table), characters)


def seconds(before, after):
    table = shared_seconds(before, after, FRAMES)
    return {(row.before, row.after): row.seconds for row in table.itertuples()}


def changes(before, after):
    found = find_changes(shared_seconds(before, after, FRAMES))
    return {(row.change, row.before, row.after) for row in found}


TWO = cast(("C01", 0, 20, 100), ("C01", 20, 30, 100), ("C02", 0, 10, 300))


def test_faces_are_the_same_where_their_boxes_are():
    moved_box = cast(("C09", 0, 20, 110), ("C08", 20, 30, 400), ("background", 0, 10, 300))
    assert seconds(TWO, moved_box) == {
        ("C01", "C09"): 10.0,
        ("C01", UNSEEN): 5.0,
        (UNSEEN, "C08"): 5.0,
        ("C02", "background"): 5.0,
    }


def test_frames_that_were_not_examined_count_too():
    sparse = cast(("C01", 0, 20, 100), ("C02", 0, 10, 300), step=3)
    dense = cast(("C01", 0, 20, 100), ("C02", 0, 10, 300))
    table = seconds(sparse, dense)
    assert table["C01", "C01"] == pytest.approx(10.0, abs=2 * FRAME_S)
    assert table["C02", "C02"] == pytest.approx(5.0, abs=2 * FRAME_S)


def test_of_two_boxes_over_a_face_the_nearer_one_is_it():
    two_boxes = cast(("C01", 0, 10, 105), ("C02", 0, 10, 115))
    table = seconds(cast(("C01", 0, 10, 100)), two_boxes)
    assert table == {("C01", "C01"): 5.0, (UNSEEN, "C02"): 5.0}


@pytest.mark.parametrize(
    ("after", "expected"),
    [
        (
            cast(("C02", 0, 20, 100), ("C02", 20, 30, 100), ("C01", 0, 10, 300)),
            {(SAME, "C01", "C02"), (SAME, "C02", "C01")},
        ),
        (
            cast(("C01", 0, 20, 100), ("C03", 20, 30, 100), ("C02", 0, 10, 300)),
            {(SAME, "C01", "C01"), (SPLIT, "C01", "C03"), (SAME, "C02", "C02")},
        ),
        (
            cast(("C01", 0, 20, 100), ("C01", 20, 30, 100), ("C01", 0, 10, 300)),
            {(SAME, "C01", "C01"), (MERGED, "C02", "C01")},
        ),
        (
            cast(("C01", 0, 20, 100), ("C01", 20, 30, 100), ("uncertain", 0, 10, 300)),
            {(SAME, "C01", "C01"), (LOST, "C02", None)},
        ),
        (
            cast(("C01", 0, 30, 100), ("C02", 0, 10, 300), ("C03", 0, 40, 500)),
            {(SAME, "C01", "C01"), (SAME, "C02", "C02"), (GAINED, None, "C03")},
        ),
        (cast(), {(LOST, "C01", None), (LOST, "C02", None)}),
    ],
)
def test_what_became_of_each_character(after, expected):
    assert changes(TWO, after) == expected


def test_times_of_a_split_are_those_of_the_whole_and_of_the_part():
    after = cast(("C01", 0, 20, 100), ("C03", 20, 30, 100), ("C02", 0, 10, 300))
    shared = shared_seconds(TWO, after, FRAMES)
    found = find_changes(shared)
    split = next(row for row in found if row.change == SPLIT)
    assert (split.before_s, split.after_s, split.shared_s) == (15.0, 5.0, 5.0)
    assert moved_seconds(shared, found) == 5.0


appearance = st.tuples(
    st.sampled_from(["C01", "C02", "C03", "background"]),
    st.integers(0, N_FRAMES - 2),
    st.integers(1, 10),
)


@settings(max_examples=30, deadline=None)
@given(st.lists(appearance, min_size=1, max_size=6), st.permutations(["C01", "C02", "C03"]))
def test_a_run_compared_with_itself_renamed_is_the_same(drawn, names):
    places = [
        (name, start, min(start + length, N_FRAMES), 100.0 * row)
        for row, (name, start, length) in enumerate(drawn)
    ]
    renamed = dict(zip(["C01", "C02", "C03"], names, strict=True))
    run = cast(*places)
    other = cast(*[(renamed.get(name, name), *rest) for name, *rest in places])
    shared = shared_seconds(run, other, FRAMES)
    found = find_changes(shared)
    characters = {name for name, *_ in places if name != "background"}
    assert {(row.before, row.after) for row in found} == {(n, renamed[n]) for n in characters}
    assert {row.change for row in found} <= {SAME}
    assert moved_seconds(shared, found) == 0.0
    total = sum((end - start) * FRAME_S for _, start, end, _ in places)
    assert shared["seconds"].sum() == pytest.approx(total)
