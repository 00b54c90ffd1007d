"""Must-links never break a cannot-link, and what is dropped says why."""

import numpy as np
import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from castmap.clustering.agglomeration import connected
from castmap.tracks.must_links import (
    THREADING,
    count_must_links,
    find_must_links,
    judge_must_links,
    kept_links,
)

NONE = np.zeros((0, 2), int)


def pairs_table(rows):
    table = pd.DataFrame(rows, columns=["track", "other_track", "iou"]).assign(kind=THREADING)
    return table.astype({"track": int, "other_track": int, "iou": float})


def judge(rows, cannot_links=NONE):
    return judge_must_links(pairs_table(rows), np.array(cannot_links, int).reshape(-1, 2))


def test_links_that_contradict_nothing_are_kept():
    found = judge([(4, 2, 0.8), (0, 4, 0.9)], [(0, 7), (2, 9)])
    assert kept_links(found).tolist() == [[0, 4], [2, 4]]
    assert found[["against_track", "against_other_track"]].isna().all(axis=None)
    assert count_must_links(found) == {"must_links": 2, "contradicting": 0}


def test_of_two_that_contradict_each_other_the_surer_is_kept():
    for surer, kept in ((0.9, [0, 3]), (0.75, [1, 3])):
        found = judge([(0, 3, surer), (1, 3, 0.8)], [(0, 1)])
        assert kept_links(found).tolist() == [kept]
        dropped = found[~found["kept"]].iloc[0]
        assert (dropped["against_track"], dropped["against_other_track"]) == (0, 1)
    assert count_must_links(found) == {"must_links": 1, "contradicting": 1}


def test_a_chain_is_cut_where_it_is_least_sure():
    found = judge([(0, 1, 0.9), (1, 2, 0.8), (2, 3, 0.95)], [(0, 3)])
    assert kept_links(found).tolist() == [[0, 1], [2, 3]]


def test_a_link_that_is_itself_a_cannot_link_is_dropped():
    assert kept_links(judge([(0, 1, 1.0)], [(0, 1)])).tolist() == []


links_of = st.lists(
    st.tuples(st.integers(0, 9), st.integers(0, 9)).filter(lambda pair: pair[0] < pair[1]),
    unique=True,
    max_size=20,
)


@settings(deadline=None, max_examples=40)
@given(links_of, links_of, st.integers(0, 10**6))
def test_no_cannot_link_is_broken_and_no_link_is_dropped_without_a_cause(must, cannot, seed):
    ious = np.random.default_rng(seed).permutation(len(must)) / 100
    found = judge([(*pair, iou) for pair, iou in zip(must, ious, strict=True)], cannot)
    assert found[["track", "other_track"]].to_numpy().tolist() == [*map(list, sorted(must))]
    person = connected(10, kept_links(found))
    assert all(person[one] != person[other] for one, other in cannot)
    for row in found[~found["kept"]].itertuples():
        against = (row.against_track, row.against_other_track)
        assert against in cannot
        # With the link, and those that are surer, its cannot-link is broken.
        surer = found[found["kept"] & (found["iou"] > row.iou)]
        joined = connected(10, np.vstack([kept_links(surer), [[row.track, row.other_track]]]))
        assert joined[against[0]] == joined[against[1]]


def test_a_film_is_threaded_if_that_is_wanted():
    boxes = [(0, 0, 0, 0), (1, 0, 0, 50), (2, 2, 9, 1), (3, 2, 9, 50)]
    rows = [(track, shot, frame, x, 0, x + 10, 10) for track, shot, frame, x in boxes]
    tracks = pd.DataFrame(rows, columns=["track", "shot", "frame", "x1", "y1", "x2", "y2"])
    tracks["time_s"] = tracks["frame"] / 25
    assert kept_links(find_must_links(tracks, threading=True)).tolist() == [[0, 2], [1, 3]]
    assert find_must_links(tracks, threading=False).empty
