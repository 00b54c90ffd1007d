"""Hard examples against brute force, and pairs that cannot be what they seem."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from castmap.mining.hard_examples import (
    IMPOSSIBLE,
    farthest_siblings,
    find_hard_examples,
    keep_hardest,
    list_impossible,
    mark_impossible,
    within_track_distance,
)
from castmap.mining.tracklets import count_fates, tracklet_means
from castmap.tracks.cooccurrence import CANNOT_LINK, DUPLICATE


def unit(rows):
    rows = np.asarray(rows, float)
    return rows / np.linalg.norm(rows, axis=-1, keepdims=True)


def pairs_table(rows):
    columns = ["track", "other_track", "first_frame", "n_frames", "max_iou", "kind"]
    return pd.DataFrame([(a, b, 6, 4, 0.0, kind) for a, b, kind in rows], columns=columns)


def random_film(seed, n_tracks):
    """Tracks 10, 11, ... of six faces in three tracklets, and one more track that was not split."""
    rng = np.random.default_rng(seed)
    embeddings = unit(rng.normal(size=(6 * n_tracks + 2, 8)))
    tracklets = pd.DataFrame(
        {
            "track": np.repeat(np.arange(10, 10 + n_tracks), 6),
            "tracklet": np.tile([0, 1, 2, 2, 1, 0], n_tracks),
            "detection": rng.permutation(6 * n_tracks),
        }
    )
    whole = pd.DataFrame({"track": 5, "detection": [6 * n_tracks, 6 * n_tracks + 1]})
    faces = pd.concat([tracklets[["track", "detection"]], whole], ignore_index=True)
    numbers = [5, *range(10, 10 + n_tracks)]
    every = [(a, b) for a in numbers for b in numbers if a < b]
    pairs = [pair for pair in every if rng.random() < 0.4]
    return tracklets, faces, embeddings, np.array(pairs, dtype=int).reshape(-1, 2)


@settings(max_examples=30)
@given(st.integers(0, 1000), st.integers(1, 5))
def test_the_nearest_negative_and_farthest_positive_are_those_of_brute_force(seed, n_tracks):
    tracklets, faces, embeddings, pairs = random_film(seed, n_tracks)
    means = tracklet_means(tracklets, embeddings)
    found = find_hard_examples(tracklets, means, faces, embeddings, pairs)
    linked = {int(n) for pair in pairs for n in pair} - {5}
    assert found[["track", "tracklet"]].to_numpy().tolist() == [
        [track, number] for track in sorted(linked) for number in range(3)
    ]
    for row in found.itertuples():
        own = means[row.track - 10]
        negatives = {a + b - row.track for a, b in pairs.tolist() if row.track in (a, b)}
        rows = faces.loc[faces["track"].isin(negatives), "detection"].to_numpy()
        distances = 1 - embeddings[rows] @ own[row.tracklet]
        assert row.negative_distance == pytest.approx(distances.min())
        assert row.negative_detection == rows[distances.argmin()]
        assert row.negative_track in negatives
        assert row.positive_distance == pytest.approx((1 - own @ own[row.tracklet]).max())
        assert row.hardness == pytest.approx(row.positive_distance - row.negative_distance)


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 1000), st.integers(2, 6))
def test_must_links_pass_on_positives_and_cannot_links(seed, n_tracks):
    tracklets, faces, embeddings, pairs = random_film(seed, n_tracks)
    must_links = np.array([[10, 14], [11, 15]])[: max(n_tracks - 4, 0)]
    pairs = np.array([pair for pair in pairs if list(pair) not in must_links.tolist()])
    pairs = pairs.reshape(-1, 2).astype(int)
    same = {frozenset(pair) for pair in must_links.tolist()}
    means = tracklet_means(tracklets, embeddings)
    found = find_hard_examples(tracklets, means, faces, embeddings, pairs, must_links)
    found = found.set_index(["track", "tracklet"])
    numbers = [5, *range(10, 10 + n_tracks)]
    of_person = {a: [b for b in numbers if a == b or frozenset((a, b)) in same] for a in numbers}
    for track in numbers[1:]:
        negatives = {
            other
            for a, b in np.concatenate([pairs, pairs[:, ::-1]]).tolist()
            if a in of_person[track]
            for other in of_person[b]
        }
        assert (track in found.index.get_level_values("track")) == bool(negatives)
        for number in range(3) if negatives else ():
            row, anchor = found.loc[(track, number)], means[track - 10][number]
            own = {
                (other, place): 1 - means[other - 10][place] @ anchor
                for other in of_person[track]
                for place in range(3)
            }
            assert row["positive_distance"] == pytest.approx(max(own.values()))
            place = (row["positive_track"], row["positive_tracklet"])
            assert own[place] == pytest.approx(max(own.values()))
            rows = faces.loc[faces["track"].isin(negatives), "detection"].to_numpy()
            assert row["negative_distance"] == pytest.approx((1 - embeddings[rows] @ anchor).min())
            assert row["negative_track"] in negatives


def test_a_film_without_cannot_links_has_no_hard_examples():
    tracklets, faces, embeddings, _ = random_film(0, 2)
    means = tracklet_means(tracklets, embeddings)
    none = np.zeros((0, 2), int)
    found = find_hard_examples(tracklets, means, faces, embeddings, none)
    assert found.empty
    assert keep_hardest(found["hardness"], 0.5).empty


def test_the_farthest_look_is_never_the_look_itself_and_its_share_is_a_quantile():
    means = unit([[[1, 0], [1, 1], [0, 1]], [[1, 0], [1, 0.1], [1, 0.2]]])
    other, distances = farthest_siblings(means)
    assert other.tolist() == [[2, 0, 0], [2, 0, 0]] or other[0, 1] == 2  # 1 is as far from both
    assert distances[0, 0] == pytest.approx(1)
    assert within_track_distance(means, 1.0) == pytest.approx(1)
    assert within_track_distance(means, 0.0) == pytest.approx(distances[1].max())
    assert np.isnan(within_track_distance(np.zeros((0, 0, 2)), 0.5))


def test_the_hardest_share_is_kept_and_every_mistaken_one():
    hardness = pd.Series([0.2, -0.4, 0.1, -0.1, -0.2])
    assert keep_hardest(hardness, 0.0).tolist() == [True, False, True, False, False]
    assert keep_hardest(hardness, 0.75).tolist() == [True, False, True, True, True]


def test_cannot_links_too_near_are_impossible_but_duplicates_stay_duplicates():
    pooled = unit([[1, 0], [1, 0.01], [0, 1], [1, 0.02]])
    pairs = pairs_table([(3, 5, CANNOT_LINK), (3, 7, CANNOT_LINK), (5, 9, DUPLICATE)])
    marked = mark_impossible(pairs, np.array([3, 5, 7, 9]), pooled, 0.05)
    assert marked["kind"].tolist() == [IMPOSSIBLE, CANNOT_LINK, DUPLICATE]
    assert marked["distance"].tolist() == pytest.approx([0, 1, 0], abs=1e-3)
    untouched = mark_impossible(pairs, np.array([3, 5, 7, 9]), pooled, float("nan"))
    assert IMPOSSIBLE not in set(untouched["kind"])


def test_impossible_pairs_are_listed_with_a_found_face_of_each_near_the_moment():
    tracks = pd.DataFrame(
        [(0, 0, 0, False), (0, 6, -1, True), (0, 9, 1, False), (1, 6, 2, False), (1, 30, 3, False)],
        columns=["track", "frame", "detection", "interpolated"],
    )
    tracks["time_s"] = tracks["frame"] / 10
    pairs = pairs_table([(0, 1, IMPOSSIBLE)]).assign(distance=0.02)
    listed = list_impossible(pairs, tracks).iloc[0]
    assert listed["time_s"] == pytest.approx(0.6)
    assert (listed["detection"], listed["other_detection"]) == (1, 2)


def test_the_counts_say_what_became_of_each_track_and_pair():
    fates = pd.Series({0: "split", 1: "split", 2: "too_short", 3: "too_uniform"})
    pairs = pairs_table([(0, 2, CANNOT_LINK), (1, 2, DUPLICATE), (1, 3, IMPOSSIBLE)])
    hard = pd.DataFrame({"track": [0, 0, 0], "kept": [False, True, False]})
    assert count_fates(fates, pairs, hard) == {
        "tracks": 4,
        "split": 2,
        "too_short": 1,
        "too_uniform": 1,
        "with_cannot_links": 2,
        "split_with_cannot_links": 1,
        "hard": 1,
        "cannot_links": 1,
        "duplicates": 1,
        "handovers": 0,
        "impossible": 1,
    }
