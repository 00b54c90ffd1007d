import itertools
import json
from fractions import Fraction

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst
from sklearn import metrics

from castmap.evaluation.clustering import (
    adjusted_rand_index,
    bcubed,
    character_scores,
    evaluate_clusters,
    match_characters,
    operator_clicks,
    over_clustering,
    pairwise,
    score_table,
    v_measures,
    weighted_purity,
)

labels = st.integers(1, 24).flatmap(
    lambda n: st.tuples(*[st.lists(st.integers(0, 4), min_size=n, max_size=n) for _ in range(2)])
)


def table_of(character, person):
    return pd.crosstab(np.array(character), np.array(person)).to_numpy()


def tracks_of(character, person, faces=None):
    return pd.DataFrame(
        {
            "track": range(len(character)),
            "character": [f"C{name}" for name in character],
            "person": person,
            "n_faces": faces if faces is not None else 1,
        }
    )


@settings(max_examples=100)
@given(labels)
def test_scores_equal_those_of_scikit_learn(both):
    character, person = both
    scores = score_table(table_of(character, person))
    expected = metrics.homogeneity_completeness_v_measure(person, character)
    found = [scores[name] for name in ("homogeneity", "completeness", "v_measure")]
    assert found == pytest.approx(expected, abs=1e-9)
    assert scores["ari"] == pytest.approx(metrics.adjusted_rand_score(person, character))
    assert scores["ami"] == pytest.approx(metrics.adjusted_mutual_info_score(person, character))
    assert scores["nmi"] == pytest.approx(scores["v_measure"], abs=1e-9)


@settings(max_examples=100)
@given(labels)
def test_pairwise_and_bcubed_equal_a_count_over_items(both):
    character, person = both
    n = len(character)
    pairs = list(itertools.combinations(range(n), 2))
    joined = {pair for pair in pairs if character[pair[0]] == character[pair[1]]}
    same = {pair for pair in pairs if person[pair[0]] == person[pair[1]]}
    right = len(joined & same)
    precision, recall, f1 = pairwise(table_of(character, person))
    assert precision == (pytest.approx(right / len(joined)) if joined else None)
    assert recall == (pytest.approx(right / len(same)) if same else None)
    either = len(joined) + len(same)
    assert f1 == (pytest.approx(2 * right / either) if either else None)

    def agreement(i, ours, theirs):
        group = [j for j in range(n) if ours[j] == ours[i]]
        return sum(theirs[j] == theirs[i] for j in group) / len(group)

    found = bcubed(table_of(character, person))
    expected_p = np.mean([agreement(i, character, person) for i in range(n)])
    expected_r = np.mean([agreement(i, person, character) for i in range(n)])
    assert found[:2] == pytest.approx((expected_p, expected_r))
    assert found[2] == pytest.approx(2 * expected_p * expected_r / (expected_p + expected_r))


def all_pairings(table):
    """Every way to pair rows with columns one to one, as many as there are of the fewer."""
    n_rows, n_columns = table.shape
    if n_rows > n_columns:
        return [[(row, column) for column, row in pairs] for pairs in all_pairings(table.T)]
    chosen = itertools.permutations(range(n_columns), n_rows)
    return [list(enumerate(columns)) for columns in chosen]


small_tables = st.tuples(st.integers(0, 4), st.integers(0, 2), st.integers(1, 4)).flatmap(
    lambda size: st.tuples(
        st.just(size[0]), npst.arrays(int, (size[0] + size[1], size[2]), elements=st.integers(0, 4))
    )
)


@settings(max_examples=300)
@given(small_tables)
def test_the_matching_is_the_best_of_all_pairings(case):
    """Most items shared; of these, the largest shares of people; of these, of characters."""
    n_characters, table = case
    table = table[:, table.any(axis=0)]  # a person who is in no track is none

    def worth(pairs):
        pairs = [pair for pair in pairs if table[pair]]
        counts = [int(table[pair]) for pair in pairs]
        people = [int(table[:, column].sum()) for _, column in pairs]
        characters = [int(table[row].sum()) for row, _ in pairs]
        shares = (sum(map(Fraction, counts, of), Fraction()) for of in (people, characters))
        return sum(counts), *shares

    found = match_characters(table, n_characters)
    assert len({row for row, _ in found}) == len({column for _, column in found}) == len(found)
    assert all(table[pair] for pair in found)
    best = max(map(worth, all_pairings(table[:n_characters])))
    assert worth(found) == best
    if table.size:
        assert character_scores(table, n_characters) == pytest.approx(
            (float(best[2]) / max(n_characters, 1), float(best[1]) / table.shape[1])
        )


def test_of_equal_pairings_the_one_that_finds_more_of_a_person_counts_whoever_is_unassigned():
    # One character of two tracks of each: all that is seen of the second person, while the first
    # has two more tracks, which are in no character.
    table = np.array([[2, 2], [1, 0], [1, 0]])
    assert match_characters(table, 1) == [(0, 1)]
    assert character_scores(table, 1) == (1 / 2, 1 / 2)


@settings(max_examples=100)
@given(labels, st.permutations(range(5)), st.permutations(range(5)), st.randoms())
def test_names_and_order_do_not_matter(both, characters, people, random):
    rows = list(zip(*both, strict=True))
    renamed = [(characters[character], people[person]) for character, person in rows]
    random.shuffle(renamed)
    before, after = score_table(table_of(*both)), score_table(table_of(*zip(*renamed, strict=True)))
    for name, score in before.items():
        assert after[name] == (None if score is None else pytest.approx(score, abs=1e-9)), name


@settings(max_examples=100)
@given(labels)
def test_scores_lie_in_their_ranges_and_perfect_is_one(both):
    character, person = both
    for name, score in score_table(table_of(character, person)).items():
        low = -1 if name in ("ami", "ari") else 0
        assert score is None or low <= score <= 1 + 1e-9, name
    for name, score in score_table(table_of(person, person)).items():
        assert score is None or score == pytest.approx(1), name


def test_known_answers_of_a_small_film():
    # rows: characters; columns: people
    table = np.array([[4, 1], [0, 3], [2, 0]])
    assert weighted_purity(table) == 9 / 10
    assert character_scores(table) == pytest.approx(((4 / 5 + 3 / 3 + 0) / 3, (4 / 6 + 3 / 4) / 2))
    assert bcubed(table)[0] == pytest.approx((17 / 5 + 3 + 2) / 10)
    assert pairwise(table)[0] == pytest.approx((6 + 0 + 3 + 1) / (10 + 3 + 1))


def test_splitting_a_person_costs_recall_and_an_extra_character_costs_precision():
    whole = np.array([[6, 0], [0, 6]])
    split = np.array([[4, 0], [2, 0], [0, 6]])
    assert character_scores(whole) == (1, 1)
    assert character_scores(split) == pytest.approx((2 / 3, (4 / 6 + 1) / 2))


def test_a_small_person_counts_as_much_as_a_large_one():
    swallowed = np.array([[98, 2]])
    assert weighted_purity(swallowed) == 0.98
    assert character_scores(swallowed) == pytest.approx((0.98, 0.5))


def test_one_character_for_all_is_complete_but_not_homogeneous():
    homogeneity, completeness, v_measure = v_measures(np.array([[5, 5]]))
    assert (homogeneity, completeness, v_measure) == (0, 1, 0)
    assert adjusted_rand_index(np.array([[5, 5]])) == 0


def test_faces_weigh_as_if_each_face_were_an_item():
    character, person, faces = [0, 0, 1, 1, 2], ["a", "b", "b", "b", "c"], [9, 1, 3, 2, 5]
    result = evaluate_clusters(tracks_of(character, person, faces), seed=1, bootstrap=0)
    repeated = score_table(table_of(np.repeat(character, faces), np.repeat(person, faces)))
    assert {name: result["face"][name] for name in repeated} == repeated
    assert result["track"]["weighted_purity"] == 4 / 5
    assert result["face"]["weighted_purity"] == 19 / 20
    assert result["n_faces"] == 20


def test_counts_and_matches_are_reported_and_nobody_is_left_out():
    character = [1, 1, 1, 2, 3, 4]
    person = ["ann", "ann", "ben", "ann", "ben", None]
    result = evaluate_clusters(tracks_of(character, person), seed=1, bootstrap=0)
    assert (result["n_tracks"], result["n_tracks_of_nobody"]) == (5, 1)
    assert (result["k_pred"], result["k_true"], result["k_ratio"]) == (3, 2, 1.5)
    assert result["characters_of_nobody"] == 1
    assert [(row["character"], row["person"]) for row in result["characters"]] == [
        ("C1", "ann"),
        ("C2", None),
        ("C3", "ben"),
    ]
    ann = result["people"][0]
    assert (ann["person"], ann["tracks"], ann["tracks_in_character"]) == ("ann", 3, 2)


def test_no_track_of_anybody_gives_nulls_and_no_fault():
    for tracks in (tracks_of([], []), tracks_of([1, 2], [None, None])):
        result = evaluate_clusters(tracks.astype({"person": "str"}), seed=1, bootstrap=20)
        assert (result["n_tracks"], result["k_pred"], result["k_true"]) == (0, 0, 0)
        assert result["k_ratio"] is None
        assert result["n_tracks_of_nobody"] == len(tracks)
        for weighting in ("track", "face"):
            scores = dict(result[weighting])
            assert set(scores.pop("intervals_95").values()) == {None}
            assert set(scores.values()) == {None}
        json.dumps(result, allow_nan=False)


@settings(max_examples=40)
@given(labels)
def test_every_result_can_be_written_as_json(both):
    result = evaluate_clusters(tracks_of(*both), seed=1, bootstrap=5)
    json.dumps(result, allow_nan=False)


def test_the_bootstrap_is_seeded_and_covers_the_truth_of_a_large_sample():
    random = np.random.default_rng(5)
    person = random.integers(3, size=400)
    character = np.where(random.random(400) < 0.8, person, random.integers(3, size=400))
    tracks = tracks_of(character, [f"p{name}" for name in person], random.integers(1, 90, 400))
    first = evaluate_clusters(tracks, seed=1, bootstrap=200)
    again = evaluate_clusters(tracks.sample(frac=1, random_state=2), seed=1, bootstrap=200)
    other = evaluate_clusters(tracks, seed=2, bootstrap=200)
    assert first == again
    assert first["track"]["intervals_95"] != other["track"]["intervals_95"]
    # 0.8 + 0.2 / 3 of the tracks are where they belong: a binomial share of 400
    low, high = first["track"]["intervals_95"]["weighted_purity"]
    spread = 1.96 * np.sqrt(0.867 * 0.133 / 400)
    assert high - low == pytest.approx(2 * spread, rel=0.25)
    assert low < first["track"]["weighted_purity"] < high


def test_every_interval_is_that_of_the_scores_of_the_drawn_tracks():
    """The draws repeated here, each scored as a film of its own."""
    random = np.random.default_rng(5)
    person = random.integers(4, size=60)
    character = np.where(random.random(60) < 0.7, person, random.integers(4, size=60))
    tracks = tracks_of(character, [f"p{name}" for name in person], random.integers(1, 30, 60))
    tracks.loc[tracks.index % 9 == 0, "character"] = "background"
    found = evaluate_clusters(tracks, seed=3, bootstrap=30)
    drawing, drawn = np.random.default_rng(3), {"track": [], "face": []}
    for _ in range(30):
        first, second = drawing.integers(60, size=(2, 60))
        # One of 61 is the track that is nobody's: with the person of another one.
        stray = drawing.integers(61, size=60) == 60
        again = tracks.iloc[first].assign(times=1)
        again.loc[:, "person"] = again["person"].where(
            ~stray, tracks["person"].iloc[second].to_numpy()
        )
        names = again["character"].where(
            again["character"] != "background", again["track"].astype(str)
        )
        order = sorted(set(names), key=lambda name: (not name.startswith("C"), name))
        for weighting, weight in (("track", again["times"]), ("face", again["n_faces"])):
            keys = [names.to_numpy(), again["person"].to_numpy()]
            table = weight.groupby(keys).sum().unstack(fill_value=0)
            n_characters = sum(name.startswith("C") for name in order)
            drawn[weighting].append(score_table(table.loc[order].to_numpy(), n_characters))
    for weighting, scores in drawn.items():
        intervals = found[weighting]["intervals_95"]
        assert len(intervals) == 9
        for name, interval in intervals.items():
            expected = np.percentile([score[name] for score in scores], [2.5, 97.5])
            assert interval == pytest.approx(expected), name


def test_a_film_without_a_mistake_has_intervals_that_go_down_and_fewer_tracks_longer_ones():
    widths = []
    for n in (8, 80):
        people = [f"p{i % 4}" for i in range(n)]
        found = evaluate_clusters(tracks_of([i % 4 for i in range(n)], people), 1, 200)["track"]
        low, high = found["intervals_95"]["weighted_purity"]
        assert found["weighted_purity"] == high == 1
        widths.append(high - low)
    # Three of four strays are with the wrong person; of 80 tracks, up to three are (Poisson).
    assert widths[0] > widths[1]
    assert widths[1] == pytest.approx(3 / 80, abs=1 / 80)


def unassigned_film():
    """Ten tracks of two people in two characters; two more of no character, one of nobody."""
    rows = [(f"C0{1 + (i > 4)}", "ann" if i < 5 else "ben") for i in range(10)]
    rows += [("background", "ann"), ("uncertain", "ben"), ("not_a_face", None)]
    table = pd.DataFrame(rows, columns=["character", "person"])
    return table.assign(track=range(len(table)), n_faces=4)


def test_tracks_of_no_character_lower_recall_and_are_no_characters():
    found = evaluate_clusters(unassigned_film(), seed=0, bootstrap=5)
    assert (found["k_pred"], found["k_true"], found["n_tracks_unassigned"]) == (2, 2, 2)
    assert found["characters_of_nobody"] == 0
    assert found["track"]["character_precision"] == 1
    assert found["track"]["character_recall"] == pytest.approx(5 / 6)
    assert found["track"]["homogeneity"] == pytest.approx(1)
    assert found["track"]["weighted_purity"] == 1
    assert found["track"]["bcubed_recall"] == pytest.approx((5 * 5 + 1) / 36)
    assert [row["character"] for row in found["characters"]] == ["C01", "C02"]


def test_a_film_whose_tracks_are_all_of_no_character_is_measured_too():
    table = unassigned_film().assign(character="uncertain")
    found = evaluate_clusters(table, seed=0, bootstrap=5)
    assert (found["k_pred"], found["n_tracks_unassigned"], found["over_clustering"]) == (
        0,
        12,
        None,
    )
    assert (found["track"]["character_precision"], found["track"]["character_recall"]) == (0, 0)


def test_clicks_name_characters_and_move_what_is_wrong():
    # Two characters to name, three tracks in the wrong one, two in none.
    table = np.array([[5, 2], [1, 4], [1, 0], [0, 1]])
    assert operator_clicks(table, 2) == 2 + 3 + 2
    assert operator_clicks(np.eye(3, dtype=int) * 4, 3) == 3
    assert operator_clicks(np.zeros((0, 0), int), 0) == 0


def test_over_clustering_is_the_number_of_characters_a_person_is_spread_over():
    assert over_clustering(np.array([[5, 2], [1, 0], [2, 0]])) == 2
    assert over_clustering(np.eye(3)) == 1
    assert over_clustering(np.zeros((0, 2))) is None
