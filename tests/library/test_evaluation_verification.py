import itertools
import json
from functools import partial

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from sklearn import metrics

from castmap.evaluation.verification import (
    FPRS,
    auc,
    compare,
    equal_error_rate,
    labelled_pairs,
    roc,
    roc_points,
    slices,
    tpr_at_fpr,
    verification_scores,
)

# few different scores, so that many are tied
judged = st.lists(st.tuples(st.integers(-4, 4), st.booleans()), min_size=1, max_size=40).map(
    lambda rows: (np.array([row[0] for row in rows]) / 4, np.array([row[1] for row in rows]))
)
casts = st.lists(st.tuples(st.sampled_from(["ann", "ben", "cyd", None]), st.integers(0, 4)))
bounds = (0.02, 0.1, 0.25, 0.5, 1.0)


def is_defined(same):
    return same.any() and not same.all()


def rates(scores, same):
    """FPR and TPR at every threshold, one by one."""
    for threshold in [np.inf, *sorted(set(scores), reverse=True)]:
        accepted = scores >= threshold
        yield (accepted & ~same).sum() / (~same).sum(), (accepted & same).sum() / same.sum()


def film(n, n_people=4, n_tracks=None, noise=1.0, seed=0):
    """Embeddings around one direction per person, the people, and the track of each item."""
    random = np.random.default_rng(seed)
    track = np.arange(n) if n_tracks is None else random.integers(n_tracks, size=n)
    person = random.integers(n_people, size=n if n_tracks is None else n_tracks)[track]
    vectors = random.normal(size=(n_people, 16))[person] + noise * random.normal(size=(n, 16))
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    return vectors, np.array([f"p{code}" for code in person], object), track


def pair_scores(embeddings, people, group=None):
    pairs = labelled_pairs(people, group)
    return (embeddings[pairs.first] * embeddings[pairs.second]).sum(axis=1), pairs.same


def of(result, score):
    return result["tpr_at_fpr"][score] if score in result["tpr_at_fpr"] else result[score]


names = ("auc", "eer", "0.001", "0.01", "0.1")


@settings(max_examples=100)
@given(casts, st.booleans())
def test_pairs_are_those_of_a_loop_over_items(cast, grouped):
    people = np.array([person for person, _ in cast], object)
    group = np.array([track for _, track in cast], int)
    expected = [
        (i, j, people[i] == people[j])
        for i, j in itertools.combinations(range(len(cast)), 2)
        if people[i] and people[j] and not (grouped and group[i] == group[j])
    ]
    pairs = labelled_pairs(people, group if grouped else None)
    assert list(zip(*(column.tolist() for column in pairs), strict=True)) == expected


def test_a_person_missing_as_none_or_nan_is_in_no_pair():
    people = np.array(["ann", None, float("nan"), "ann", "ben"], object)
    pairs = labelled_pairs(people, None)
    assert pairs.first.tolist() == [0, 0, 3]
    assert pairs.second.tolist() == [3, 4, 4]
    assert pairs.same.tolist() == [True, False, False]


@settings(max_examples=100)
@given(judged)
def test_roc_and_auc_equal_those_of_scikit_learn(both):
    scores, same = both
    assume(is_defined(same))
    fpr, tpr, thresholds = metrics.roc_curve(same, scores, drop_intermediate=False)
    curve = roc(scores, same)
    np.testing.assert_array_equal(curve.thresholds, thresholds)
    np.testing.assert_allclose(curve.fpr, fpr, atol=1e-15)
    np.testing.assert_allclose(curve.tpr, tpr, atol=1e-15)
    assert auc(scores, same) == pytest.approx(metrics.roc_auc_score(same, scores), abs=1e-12)


@settings(max_examples=100)
@given(judged)
def test_auc_is_the_share_of_comparisons_won(both):
    scores, same = both
    assume(is_defined(same))
    against = scores[same][:, None] - scores[~same]
    assert auc(scores, same) == pytest.approx(((against > 0) + (against == 0) / 2).mean())


@settings(max_examples=100)
@given(judged)
def test_tpr_at_fpr_is_the_best_of_all_thresholds_within_the_bound(both):
    scores, same = both
    assume(is_defined(same))
    found = tpr_at_fpr(scores, same, bounds)
    for bound in bounds:
        best = max(tpr for fpr, tpr in rates(scores, same) if fpr <= bound)
        assert found[f"{bound:g}"] == (best if (~same).sum() >= 1 / bound else None)


@settings(max_examples=100)
@given(judged)
def test_the_equal_error_rate_lies_on_the_roc_where_both_errors_are_alike(both):
    scores, same = both
    assume(is_defined(same))
    fpr, tpr, _ = metrics.roc_curve(same, scores, drop_intermediate=False)
    # where fpr + tpr is 1, by position along the curve: each step rises in at least one of them
    assert equal_error_rate(scores, same) == pytest.approx(np.interp(1, fpr + tpr, fpr))


@settings(max_examples=100)
@given(judged, st.randoms())
def test_a_monotone_transform_and_the_order_of_pairs_do_not_matter(both, random):
    scores, same = both
    order = list(range(len(scores)))
    random.shuffle(order)
    other, same_again = np.exp(3 * scores[order]) - 7, same[order]
    few = partial(tpr_at_fpr, fprs=bounds)
    for score in (auc, equal_error_rate, few, roc_points):
        assert score(other, same_again) == score(scores, same), score


@settings(max_examples=100)
@given(judged)
def test_inverted_scores_have_the_other_half_of_the_area(both):
    scores, same = both
    assume(is_defined(same))
    assert auc(-scores, same) == pytest.approx(1 - auc(scores, same))
    assert equal_error_rate(-scores, same) == pytest.approx(1 - equal_error_rate(scores, same))


@pytest.mark.parametrize(
    ("scores", "expected"),
    [("perfect", (1, 0, 1)), ("inverted", (0, 1, 0)), ("constant", (0.5, 0.5, 0))],
)
def test_perfect_inverted_and_constant_scores(scores, expected):
    same = np.arange(1300) < 300
    scores = {"perfect": same * 1.0, "inverted": same * -1.0, "constant": same * 0.0}[scores]
    assert (auc(scores, same), equal_error_rate(scores, same)) == expected[:2]
    assert tpr_at_fpr(scores, same) == dict.fromkeys(("0.001", "0.01", "0.1"), expected[2])


def test_known_answers_of_six_pairs():
    scores = np.array([0.9, 0.8, 0.7, 0.6, 0.5, 0.4])
    same = np.array([True, False, True, True, False, False])
    assert auc(scores, same) == 7 / 9
    assert equal_error_rate(scores, same) == pytest.approx(1 / 3)
    assert tpr_at_fpr(scores, same, (0.33, 0.34, 0.5)) == {"0.33": None, "0.34": 1, "0.5": 1}
    assert tpr_at_fpr(scores[:5], same[:5], (0.5, 0.9)) == {"0.5": 1, "0.9": 1}


@pytest.mark.parametrize(("n_different", "known"), [(999, False), (1000, True)])
def test_a_rate_of_one_in_a_thousand_needs_a_thousand_pairs(n_different, known):
    scores = np.append(np.arange(n_different), [n_different - 0.5, n_different - 1.5])
    same = np.arange(n_different + 2) >= n_different
    found = tpr_at_fpr(scores, same)
    # one false accept in 1000 is within the bound, so the second true one counts
    assert found["0.001"] == (1.0 if known else None)
    assert found["0.01"] == 1.0


def test_points_for_drawing_are_the_best_within_their_rates():
    random = np.random.default_rng(3)
    same = random.random(4000) < 0.2
    scores = np.round(random.normal(size=4000) + same, 2)
    points = roc_points(scores, same, 50)
    n_different = (~same).sum()
    assert 30 < len(points["fpr"]) <= 50
    assert points["fpr"][0] == 1 / n_different
    assert points["fpr"][-1] == points["tpr"][-1] == 1
    every = list(rates(scores, same))
    for fpr, tpr in zip(points["fpr"], points["tpr"], strict=True):
        assert tpr == max(high for low, high in every if low <= fpr)
    steps = np.diff(np.log(points["fpr"]))
    assert steps.max() <= np.log(2) + 1e-9


@pytest.mark.parametrize("same", [[True, True], [False, False], []])
def test_pairs_of_one_kind_only_leave_everything_undefined(same):
    same = np.array(same, bool)
    scores = np.linspace(0, 1, len(same))
    for score in (roc, auc, equal_error_rate, roc_points):
        assert score(scores, same) is None
    assert set(tpr_at_fpr(scores, same).values()) == {None}


@pytest.mark.parametrize(
    ("people", "n_same", "n_different"),
    [(["ann"] * 4, 6, 0), ([None] * 4, 0, 0), (["ann", "ben", "cyd", None], 0, 3), ([], 0, 0)],
)
def test_a_film_without_one_kind_of_pair_gives_nulls_and_no_fault(people, n_same, n_different):
    vectors, people = film(len(people))[0], np.array(people, object)
    result = verification_scores(vectors, people, "tracks", None, seed=1, draws=20)
    assert (result["n_same"], result["n_different"]) == (n_same, n_different)
    for scores in (result, result["intervals_95"]):
        assert {of(scores, name) for name in names} == {None}
    models = {"old": vectors, "new": vectors}
    difference = compare(models, people, None, "old", seed=1, draws=20)["new"]
    for scores in (difference, difference["intervals_95"]):
        assert {of(scores, name) for name in names} == {None}
    for row in slices(vectors, people, None, np.arange(len(people)) * 1.0):
        assert row["auc"] is row["eer"] is row["tpr_at_fpr"]["0.01"] is None
    json.dumps([result, difference], allow_nan=False)


@pytest.mark.parametrize("n_tracks", [None, 40])
def test_scores_of_a_film_are_those_of_its_pairs(n_tracks):
    vectors, people, track = film(120, n_tracks=n_tracks)
    people[::7] = None
    group = None if n_tracks is None else track
    result = verification_scores(vectors, people, "faces", group, seed=1, draws=5)
    scores, same = pair_scores(vectors, people, group)
    assert result["items"] == "faces"
    assert (result["n_items"], result["n_people"]) == (102, 4)
    assert (result["n_same"], result["n_different"]) == (same.sum(), (~same).sum())
    assert result["auc"] == pytest.approx(metrics.roc_auc_score(same, scores))
    assert result["eer"] == pytest.approx(equal_error_rate(scores, same))
    assert result["tpr_at_fpr"] == pytest.approx(tpr_at_fpr(scores, same))
    json.dumps(result, allow_nan=False)


@pytest.mark.parametrize("n_tracks", [None, 12])
def test_the_weighted_bootstrap_equals_explicit_resampling(n_tracks):
    vectors, people, track = film(40, n_tracks=n_tracks, seed=2)
    people[[3, 11]] = None
    group = None if n_tracks is None else track
    found = verification_scores(vectors, people, "tracks", group, seed=9, draws=30)
    named = np.flatnonzero([person is not None for person in people])
    units = np.unique(track[named])
    random, drawn = np.random.default_rng(9), []
    for _ in range(30):
        copies = units[random.integers(len(units), size=len(units))]
        rows = np.concatenate([named[track[named] == copy] for copy in copies])
        # copies of one unit make no pairs, just as faces of one track do
        scores, same = pair_scores(vectors[rows], people[rows], track[rows])
        fpr, tpr, _ = metrics.roc_curve(same, scores.round(12), drop_intermediate=False)
        within = [tpr[fpr <= bound].max() for bound in FPRS]
        drawn.append([metrics.auc(fpr, tpr), np.interp(1, fpr + tpr, fpr), *within])
    for name, low, high in zip(names, *np.percentile(drawn, [2.5, 97.5], axis=0), strict=True):
        interval = of(found["intervals_95"], name)
        assert interval == (None if name == "0.001" else pytest.approx([low, high])), name


@settings(max_examples=25)
@given(st.integers(0, 30), st.permutations(range(30)))
def test_the_order_of_faces_does_not_matter(seed, order):
    vectors, people, track = film(30, n_tracks=10, noise=0.5, seed=seed)
    people[4] = None
    before = verification_scores(vectors, people, "faces", track, seed=1, draws=10)
    after = verification_scores(
        vectors[order], people[order], "faces", track[order], seed=1, draws=10
    )
    for ours, theirs in ((before, after), (before["intervals_95"], after["intervals_95"])):
        for name in names:
            expected = of(ours, name)
            assert of(theirs, name) == (None if expected is None else pytest.approx(expected))


def test_the_bootstrap_is_seeded_and_holds_the_score():
    vectors, people, _ = film(150, noise=2)
    scores = partial(verification_scores, vectors, people, "tracks", None)
    first = scores(seed=1, draws=100)
    assert first == scores(seed=1, draws=100)
    assert first["intervals_95"] != scores(seed=2, draws=100)["intervals_95"]
    for name in names:
        low, high = of(first["intervals_95"], name)
        assert low < of(first, name) < high
    undrawn = scores(seed=1, draws=0)
    assert undrawn["auc"] == first["auc"]
    assert {of(undrawn["intervals_95"], name) for name in names} == {None}


def test_drawing_tracks_is_less_certain_than_drawing_faces():
    looks, cast, _ = film(40, noise=1.5, seed=4)
    # the faces of a track say nothing new about its person
    vectors, people, track = looks.repeat(8, axis=0), cast.repeat(8), np.arange(40).repeat(8)
    bare = verification_scores(vectors, people, "faces", None, seed=1, draws=100)
    grouped = verification_scores(vectors, people, "faces", track, seed=1, draws=100)
    width = [np.ptp(result["intervals_95"]["auc"]) for result in (bare, grouped)]
    assert width[1] > 1.5 * width[0]


def test_models_are_compared_draw_by_draw():
    vectors, people, _ = film(100, noise=1.5)
    noise = np.random.default_rng(8).normal(size=vectors.shape)
    worse = vectors + 0.1 * noise
    worse /= np.linalg.norm(worse, axis=1, keepdims=True)
    models = {"worse": worse, "old": vectors, "copy": vectors.copy()}
    result = compare(models, people, None, "old", seed=3, draws=100)
    assert set(result) == {"worse", "copy"}
    for name in names:
        assert of(result["copy"], name) == 0
        assert of(result["copy"]["intervals_95"], name) == [0, 0]
    old, new = (
        verification_scores(models[model], people, "tracks", None, seed=3, draws=100)
        for model in ("old", "worse")
    )
    for name in names:
        assert of(result["worse"], name) == pytest.approx(of(new, name) - of(old, name))
    low, high = result["worse"]["intervals_95"]["auc"]
    assert low < result["worse"]["auc"] < high < 0
    assert high - low < np.ptp(old["intervals_95"]["auc"])
    json.dumps(result, allow_nan=False)


def test_an_unknown_baseline_is_refused():
    vectors, people, _ = film(5)
    with pytest.raises(KeyError, match="older"):
        compare({"old": vectors}, people, None, "older", seed=1, draws=0)


def test_slices_score_the_pairs_within_each_bin():
    vectors, people, track = film(90, n_tracks=30)
    sizes = np.random.default_rng(1).permutation(90).astype(float)
    people[sizes == 40], sizes[sizes == 41] = None, np.nan
    known = (people != None) & ~np.isnan(sizes)  # noqa: E711
    found = slices(vectors, people, track, sizes)
    edges = np.quantile(sizes[known], [0, 1 / 3, 2 / 3, 1])
    assert [row["low"] for row in found] == pytest.approx(edges[:-1])
    assert [row["high"] for row in found] == pytest.approx(edges[1:])
    for row in found:
        last = row["high"] == sizes[known].max()
        inside = known & (sizes >= row["low"]) & (sizes < row["high"] + last)
        assert inside.sum() in (29, 30)
        scores, same = pair_scores(vectors[inside], people[inside], track[inside])
        assert (row["n_same"], row["n_different"]) == (same.sum(), (~same).sum())
        assert row["auc"] == pytest.approx(metrics.roc_auc_score(same, scores))
        assert row["eer"] == pytest.approx(equal_error_rate(scores, same))
        assert row["tpr_at_fpr"] == pytest.approx(tpr_at_fpr(scores, same, (0.01,)))
    json.dumps(found, allow_nan=False)


def test_items_of_equal_size_share_a_bin():
    vectors, people, _ = film(12)
    rows = slices(vectors, people, None, np.full(12, 50.0))
    assert [row["n_same"] + row["n_different"] for row in rows] == [0, 0, 66]
    assert slices(vectors, people, None, np.full(12, np.nan)) == []


def test_bins_are_as_many_as_asked_for():
    vectors, people, _ = film(40)
    rows = slices(vectors, people, None, np.arange(40.0), n_bins=2)
    assert [row["n_same"] + row["n_different"] for row in rows] == [190, 190]
