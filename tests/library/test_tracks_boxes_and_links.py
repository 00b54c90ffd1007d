"""Overlap of boxes, and which tracks must be different people."""

import numpy as np
import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from workflow_scripts.tracks.boxes import pairwise_containment, pairwise_iou
from workflow_scripts.tracks.cooccurrence import cannot_links

COLUMNS = ["track", "frame", "x1", "y1", "x2", "y2"]
boxes = st.tuples(*[st.integers(0, 12)] * 4).map(
    lambda b: (min(b[0], b[2]), min(b[1], b[3]), max(b[0], b[2]), max(b[1], b[3]))
)


def cells(box):
    return {(x, y) for x in range(box[0], box[2]) for y in range(box[1], box[3])}


@settings(deadline=None, max_examples=60)
@given(st.lists(boxes, max_size=4), st.lists(boxes, max_size=4))
def test_overlap_counts_the_cells_that_boxes_share(first, second):
    one, two = (np.array(part, float).reshape(-1, 4) for part in (first, second))
    iou, contained = pairwise_iou(one, two), pairwise_containment(one, two)
    assert iou.shape == contained.shape == (len(first), len(second))
    for i, a in enumerate(map(cells, first)):
        for j, b in enumerate(map(cells, second)):
            assert np.isclose(iou[i, j], len(a & b) / len(a | b) if a | b else 0)
            smaller = min(len(a), len(b))
            assert np.isclose(contained[i, j], len(a & b) / smaller if smaller else 0)


def test_tracks_in_one_frame_are_different_people():
    rows = [(0, 3, 0, 0, 9, 9), (1, 3, 50, 0, 59, 9), (2, 3, 90, 0, 99, 9), (3, 6, 0, 0, 9, 9)]
    assert cannot_links(pd.DataFrame(rows, columns=COLUMNS)).tolist() == [[0, 1], [0, 2], [1, 2]]


def test_overlapping_tracks_may_be_one_face_found_twice():
    rows = [(0, 3, 0, 0, 9, 9), (1, 3, 1, 0, 10, 9), (0, 4, 0, 0, 9, 9), (1, 4, 50, 0, 59, 9)]
    assert cannot_links(pd.DataFrame(rows, columns=COLUMNS)).shape == (0, 2)


def test_no_tracks_have_no_links():
    assert cannot_links(pd.DataFrame([], columns=COLUMNS)).shape == (0, 2)


@settings(deadline=None, max_examples=60)
@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 4), st.integers(0, 8)), max_size=30))
def test_links_are_those_of_a_look_at_every_pair_of_faces(drawn):
    drawn = {(track, frame): 6 * x for track, frame, x in drawn}
    rows = [(track, frame, x, 0, x + 10, 10) for (track, frame), x in drawn.items()]
    seen, same = set(), set()
    for a in rows:
        for b in rows:
            if a[0] < b[0] and a[1] == b[1]:
                seen.add((a[0], b[0]))
                shared = max(0, 10 - abs(a[2] - b[2]))
                if shared / (20 - shared) > 0.3:
                    same.add((a[0], b[0]))
    found = cannot_links(pd.DataFrame(rows, columns=COLUMNS))
    assert [tuple(pair) for pair in found] == sorted(seen - same)
