"""Which tracks must be different people."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from castmap.tracks.cooccurrence import find_cannot_links


def table(rows):
    """``rows``: track, frame, x, y of a box of 10 x 10, and maybe whether it is interpolated."""
    made = [
        (row[0], row[1], row[2], row[3], row[2] + 10, row[3] + 10, len(row) > 4 and row[4])
        for row in rows
    ]
    columns = ["track", "frame", "x1", "y1", "x2", "y2", "interpolated"]
    return pd.DataFrame(made, columns=columns).assign(time_s=lambda faces: faces["frame"] / 10)


def test_tracks_that_never_share_a_frame_may_be_one_person():
    rows = [(0, 0, 0, 0), (0, 3, 0, 0), (1, 6, 50, 0), (2, 9, 0, 0)]
    assert find_cannot_links(table(rows)).shape == (0, 2)


def test_one_shared_frame_is_enough():
    rows = [(0, frame, 0, 0) for frame in range(9)] + [(1, f, 50, 0) for f in range(8, 20)]
    assert find_cannot_links(table(rows)).tolist() == [[0, 1]]


def test_an_interpolated_face_is_there_too():
    rows = [(0, 0, 0, 0), (0, 3, 0, 0, True), (0, 6, 0, 0), (1, 3, 50, 0)]
    assert find_cannot_links(table(rows)).tolist() == [[0, 1]]


def test_an_overlap_in_any_frame_frees_that_pair_only():
    apart = [(track, frame, 50 * track, 0) for track in range(3) for frame in range(5)]
    rows = [row for row in apart if row[:2] != (1, 2)] + [(1, 2, 2, 1)]  # on track 0's box, once
    assert find_cannot_links(table(rows)).tolist() == [[0, 2], [1, 2]]


@pytest.mark.parametrize(("shift", "links"), [(5.3, []), (5.5, [[0, 1]]), (10, [[0, 1]])])
def test_boxes_that_overlap_by_less_than_three_tenths_are_two_people(shift, links):
    # 10 px wide, moved by s: (10 - s) / (10 + s), which is 0.3 at s = 5.38.
    assert find_cannot_links(table([(0, 0, 0, 0), (1, 0, shift, 0)])).tolist() == links


def test_links_name_tracks_however_they_are_numbered_and_in_whatever_order_they_stand():
    rows = [(12, frame, 0, 50) for frame in range(20)]
    rows += [(track, frame, x, 0) for track, x in ((40, 0), (7, 50)) for frame in range(10)]
    rows += [(3, frame, 50, 0) for frame in range(10, 20)]
    wanted = [[3, 12], [7, 12], [7, 40], [12, 40]]
    assert find_cannot_links(table(rows)).tolist() == wanted
    assert find_cannot_links(table(rows[::-1])).tolist() == wanted


@pytest.mark.parametrize(
    ("first", "second", "links"),
    [
        (range(0, 20), range(18, 23), []),  # both for 0.1 s, the second for 0.4 s
        (range(0, 5), range(3, 40), []),
        (range(0, 20), range(17, 20), []),  # both to the cut
        (range(0, 20), range(16, 19), []),  # 0.1 s before the cut: no longer than faces are apart
        (range(0, 20), range(15, 18), [[0, 1]]),  # 0.2 s before it
        (range(0, 20), range(10, 13), [[0, 1]]),  # in the midst of the first
        (range(0, 4), range(0, 4), [[0, 1]]),  # throughout together
        (range(0, 20), range(18, 30), [[0, 1]]),  # not brief
        (range(0, 5), range(0, 6), [[0, 1]]),  # both for 0.4 s
        (range(0, 20), range(14, 21), [[0, 1]]),  # both for 0.5 s
    ],
)
def test_a_brief_track_that_begins_as_another_ends_may_be_the_same_person(first, second, links):
    rows = [(0, frame, 0, 0) for frame in first] + [(1, frame, 50, 0) for frame in second]
    assert find_cannot_links(table(rows)).tolist() == links
    assert find_cannot_links(table(rows).assign(track=lambda t: 1 - t["track"])).tolist() == links


@settings(max_examples=60)
@given(
    st.dictionaries(
        st.tuples(st.integers(0, 6), st.integers(0, 4)),
        st.tuples(st.integers(0, 30), st.integers(0, 30)),
        max_size=25,
    ),
    st.randoms(use_true_random=False),
)
def test_links_are_those_of_a_look_at_every_pair_of_boxes(drawn, chance):
    rows = [(track, frame, x, y) for (track, frame), (x, y) in drawn.items()]
    chance.shuffle(rows)
    seen, same = set(), set()
    for a in rows:
        for b in rows:
            if a[0] < b[0] and a[1] == b[1]:
                seen.add((a[0], b[0]))
                shared = max(0, 10 - abs(a[2] - b[2])) * max(0, 10 - abs(a[3] - b[3]))
                if shared / (200 - shared) > 0.3:
                    same.add((a[0], b[0]))
    spans = {
        track: (min(times), max(times))
        for track in {row[0] for row in rows}
        for times in [[row[1] / 10 for row in rows if row[0] == track]]
    }
    links = sorted(pair for pair in seen - same if not is_handover(*(spans[t] for t in pair)))
    found = find_cannot_links(table(rows))
    assert found.shape == (len(links), 2)
    assert np.issubdtype(found.dtype, np.integer)
    assert [tuple(pair) for pair in found.tolist()] == links


def is_handover(one, other):
    """Whether one of two spans of time goes on, or begins, where the other does not reach."""
    one, other = sorted([one, other])
    before, within = other[0] - one[0] > 0.151, one[1] - other[1] > 0.151
    reaches_further = other[1] - one[1] > 0.151
    if (before and within) or not (before or within or reaches_further):
        return False  # one in the midst of the other, or together throughout
    together = min(one[1], other[1]) - other[0]
    return together < 0.334 and min(one[1] - one[0], other[1] - other[0]) < 0.501
