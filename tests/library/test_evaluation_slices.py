import json

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from castmap.evaluation.bins import cut_evenly
from castmap.evaluation.clustering import evaluate_clusters
from castmap.evaluation.slices import SLICES, slice_clusters, track_covariates


def tracks_of(characters, people):
    table = pd.DataFrame({"character": characters, "person": people}).astype({"person": "str"})
    return table.assign(track=range(len(table)), n_faces=4)


def covariates_of(**values):
    table = pd.DataFrame(values)
    others = {name: 0.0 for name in ("size_px", "blur", "yaw", "length") if name not in values}
    return table.assign(track=range(len(table)), **others)


@given(st.lists(st.integers(0, 9), min_size=1, max_size=40))
def test_bins_are_ordered_and_part_no_equal_values(values):
    edges, bins = cut_evenly(np.array(values, float))
    assert (edges[0], edges[-1]) == (min(values), max(values))
    for number, value in zip(bins, values, strict=True):
        assert edges[number] <= value
        assert value < edges[number + 1] or number == 2
    assert [len({bins[i] for i, v in enumerate(values) if v == value}) for value in values] == [
        1
    ] * len(values)


def test_bins_of_different_values_are_thirds():
    assert cut_evenly(np.arange(9.0)[::-1])[1].tolist() == [2, 2, 2, 1, 1, 1, 0, 0, 0]


def test_covariates_are_medians_over_the_faces_that_were_found():
    tracks = pd.DataFrame(
        {
            "track": [0, 0, 0, 0, 3],
            "detection": [4, 0, -1, 2, 1],
            "interpolated": [False, False, True, False, False],
        }
    )
    detections = pd.DataFrame({"detection": range(5), "size_px": [20.0, 50, 30, 99, 70]})
    detections = detections.assign(blur=[1.0, 5, 2, 0, 9], yaw=[-0.4, 0.1, 0.1, 9, 0.2])
    table = track_covariates(tracks, detections)
    assert table.to_dict("records") == [
        {"track": 0, "size_px": 30, "blur": 2, "yaw": 0.2, "length": 3},
        {"track": 3, "size_px": 50, "blur": 5, "yaw": 0.1, "length": 1},
    ]


def test_small_faces_are_judged_in_the_whole_films_clustering():
    # Ann's two small tracks are in Ben's character; the other seven are where they belong.
    characters = ["C02", "C02", "C01", "C01", "C01", "C01", "C02", "C02", "C02"]
    people = ["ann"] * 6 + ["ben"] * 3
    slices = slice_clusters(tracks_of(characters, people), covariates_of(size_px=np.arange(9.0)))
    small, middle, large = slices["size_px"]
    assert (small["low"], small["n_tracks"], large["high"]) == (0, 3, 8)
    assert small["bcubed_precision"] == pytest.approx((2 / 5 + 2 / 5 + 1) / 3)
    assert small["bcubed_recall"] == pytest.approx((2 / 6 + 2 / 6 + 4 / 6) / 3)
    p, r = small["bcubed_precision"], small["bcubed_recall"]
    assert small["bcubed_f1"] == pytest.approx(2 * p * r / (p + r))
    assert middle["bcubed_precision"] == 1
    assert large["bcubed_recall"] == 1
    rare, between, frequent = slices["prominence"]  # people are never parted
    assert (rare["low"], rare["n_tracks"]) == (pytest.approx(3 / 9), 3)
    assert (between["n_tracks"], between["bcubed_f1"]) == (0, None)
    assert (frequent["high"], frequent["n_tracks"]) == (pytest.approx(6 / 9), 6)


def test_tracks_of_nobody_are_left_out_and_those_of_no_character_stand_alone():
    tracks = tracks_of(["C01", "C01", "uncertain", "uncertain"], ["ann", None, "ann", "ann"])
    slices = slice_clusters(tracks, covariates_of(length=[1.0, 2, 3, 4]))
    assert [third["n_tracks"] for third in slices["length"]] == [1, 1, 1]
    assert [third["bcubed_precision"] for third in slices["length"]] == [1, 1, 1]
    assert slices["length"][1]["bcubed_recall"] == pytest.approx(1 / 3)


def test_a_film_without_tracks_of_anybody_has_no_slices():
    empty = slice_clusters(tracks_of(["C01"], [None]), covariates_of(length=[1.0]))
    assert empty == {name: [] for name in SLICES}


labelled = st.lists(
    st.tuples(
        st.sampled_from(["C01", "C02", "background"]), st.sampled_from("abc"), st.floats(0, 9)
    ),
    min_size=1,
    max_size=20,
)


@settings(max_examples=60)
@given(labelled)
def test_thirds_together_are_the_whole(rows):
    characters, people, sizes = map(list, zip(*rows, strict=True))
    tracks = tracks_of(characters, people)
    slices = slice_clusters(tracks, covariates_of(size_px=sizes))
    json.dumps(slices, allow_nan=False)
    whole = evaluate_clusters(tracks, seed=1, bootstrap=0)["track"]
    for thirds in slices.values():
        assert sum(third["n_tracks"] for third in thirds) == len(rows)
        for name in ("bcubed_precision", "bcubed_recall"):
            total = sum(third["n_tracks"] * (third[name] or 0) for third in thirds)
            assert total / len(rows) == pytest.approx(whole[name])
