"""Face verification: how well an embedding separates same-person from different-person pairs.

The items of a pair are two faces or two tracks, and its score is the cosine similarity of their
embeddings. Accepting every pair that scores at least a threshold gives a true positive rate (TPR:
the share of same-person pairs accepted) and a false positive rate (FPR: the share of
different-person pairs accepted). Without pairs of both kinds no score is defined; it is None.
"""

from typing import NamedTuple

import numpy as np

from castmap.evaluation.bins import cut_evenly

FPRS = (1e-3, 1e-2, 1e-1)
_SLICE_FPRS = (1e-2,)


class Pairs(NamedTuple):
    """Pairs of items: first and second (int [k], rows, first < second) and same (bool [k])."""

    first: np.ndarray
    second: np.ndarray
    same: np.ndarray


class Roc(NamedTuple):
    """A ROC curve, all float [k]: falling thresholds, and the rates of accepting from there up."""

    thresholds: np.ndarray
    fpr: np.ndarray
    tpr: np.ndarray


def labelled_pairs(people: np.ndarray, group: np.ndarray | None) -> Pairs:
    """All pairs of two items whose people are known.

    Args:
        people: object [n], the person (str) of each item; anything but a str (None, NaN) is a
            missing person, and the item is in no pair.
        group: [n], the track of each face. Two faces of one track make no pair: they are similar
            whatever the embedding. None: all items may be paired.

    Returns:
        The pairs, by first and second.
    """
    named = _named(people)
    first, second = np.triu_indices(len(named), 1)
    if group is not None:
        track = _codes(group[named])
        apart = track[first] != track[second]
        first, second = first[apart], second[apart]
    person = _codes(people[named])
    return Pairs(named[first], named[second], person[first] == person[second])


def roc(scores: np.ndarray, same: np.ndarray) -> Roc | None:
    """The ROC curve with every threshold; pairs of equal score are accepted together.

    Args:
        scores: float [k], of pairs.
        same: bool [k], whether a pair is of one person.

    Returns:
        The curve from no pair accepted (threshold infinity) to all; None if not defined.
    """
    if same.all() or not same.any():
        return None
    order = np.argsort(-scores)
    scores, same = scores[order], same[order]
    ends = np.append(np.flatnonzero(np.diff(scores)), len(scores) - 1)
    true, accepted = np.cumsum(same)[ends], ends + 1
    return Roc(
        np.append(np.inf, scores[ends]),
        np.append(0, (accepted - true) / (~same).sum()),
        np.append(0, true / same.sum()),
    )


def auc(scores: np.ndarray, same: np.ndarray) -> float | None:
    """How often a same-person pair scores higher than a different-person pair; ties count half.

    Args:
        scores: float [k], of pairs.
        same: bool [k], whether a pair is of one person.

    Returns:
        The area under the ROC curve, 0..1, or None if not defined.
    """
    corners = _corners_of(scores, same)
    return _auc(corners) if corners.defined else None


def equal_error_rate(scores: np.ndarray, same: np.ndarray) -> float | None:
    """The equal error rate: false positives are as frequent as false negatives.

    The ROC curve's steps are joined by straight lines, and the rate is read where FPR = 1 - TPR.

    Args:
        scores: float [k], of pairs.
        same: bool [k], whether a pair is of one person.

    Returns:
        The rate, 0..1, or None if not defined.
    """
    corners = _corners_of(scores, same)
    return _equal_error_rate(corners) if corners.defined else None


def tpr_at_fpr(
    scores: np.ndarray, same: np.ndarray, fprs: tuple[float, ...] = FPRS
) -> dict[str, float | None]:
    """The largest TPR of any threshold whose FPR does not exceed a bound, without interpolation.

    Args:
        scores: float [k], of pairs.
        same: bool [k], whether a pair is of one person.
        fprs: the bounds.

    Returns:
        TPR by bound ("0.001"); None if not defined, or with fewer than 1 / bound different-person
        pairs: the bound would be the same as no false positive at all.
    """
    corners = _corners_of(scores, same)
    if not corners.defined:
        return dict.fromkeys(map(_key, fprs))
    values = np.where(_enough(corners.false[-1], fprs), _tprs(corners, fprs), np.nan)
    return dict(zip(map(_key, fprs), _json(values), strict=True))


def roc_points(scores: np.ndarray, same: np.ndarray, n: int = 200) -> dict[str, list[float]] | None:
    """A ROC curve with few points, for drawing over a logarithmic FPR.

    Args:
        scores: float [k], of pairs.
        same: bool [k], whether a pair is of one person.
        n: how many points at most.

    Returns:
        ``fpr``, rising from one false positive to 1, evenly spaced in the logarithm as far as
        whole numbers of false positives allow, and ``tpr``, the largest TPR within each FPR; None
        if not defined.
    """
    corners = _corners_of(scores, same)
    if not corners.defined:
        return None
    n_different = int(corners.false[-1])
    fpr = np.unique(np.geomspace(1, n_different, n).round()) / n_different
    return {"fpr": fpr.tolist(), "tpr": _tprs(corners, fpr).tolist()}


def roc_of_items(
    embeddings: np.ndarray, people: np.ndarray, group: np.ndarray | None
) -> dict[str, list[float]] | None:
    """The ROC curve of all pairs of items; see roc_points.

    Args:
        embeddings: float [n, d], unit rows.
        people: object [n], the person (str) of each item, or missing: see `labelled_pairs`.
        group: [n], the track of each face, or None: see `labelled_pairs`.
    """
    pairs = labelled_pairs(people, group)
    return roc_points(_similarity(embeddings)[pairs.first, pairs.second], pairs.same)


def verification_scores(
    embeddings: np.ndarray,
    people: np.ndarray,
    items: str,
    group: np.ndarray | None,
    seed: int,
    draws: int,
) -> dict:
    """Every verification score of one model, with intervals.

    The bootstrap resamples items with replacement, or groups if there are any. A pair's weight is
    the product of how often its two items were drawn; an item makes no pair with its own copy.

    Args:
        embeddings: float [n, d], unit rows.
        people: object [n], the person (str) of each item, or missing: see `labelled_pairs`.
        items: what the items are, "tracks" or "faces"; the result says so.
        group: [n], the track of each face: what is drawn, and makes no pairs within itself. None:
            each item is its own.
        seed: of the bootstrap.
        draws: how many times items are drawn again for the 95 % intervals.

    Returns:
        JSON values: items, n_items and n_people with a known person, n_same and n_different (pairs
        of one person and of two), auc, eer, tpr_at_fpr ({bound: TPR}), and intervals_95, which
        holds [low, high] of each score, over the draws in which it is defined. What is not defined
        is None.
    """
    pairs, unit = labelled_pairs(people, group), _units(people, group)
    times = _multiplicities(unit, seed, draws)
    values = _values(_similarity(embeddings), pairs, unit, times, FPRS)
    n_same = int(pairs.same.sum())
    return {
        "items": items,
        "n_items": len(_named(people)),
        "n_people": len(set(people[_named(people)])),
        "n_same": n_same,
        "n_different": len(pairs.same) - n_same,
        **_nested(_json(values[0]), FPRS),
        "intervals_95": _nested(_intervals(values), FPRS),
    }


def compare(
    embeddings_by_model: dict[str, np.ndarray],
    people: np.ndarray,
    group: np.ndarray | None,
    baseline: str,
    seed: int,
    draws: int,
) -> dict[str, dict]:
    """The differences between models' scores and a baseline's, on the same pairs.

    Args:
        embeddings_by_model: float [n, d] by model, unit rows; all of the same n items.
        people: object [n], the person (str) of each item, or missing: see `labelled_pairs`.
        group: [n], the track of each face, or None: see `verification_scores`.
        baseline: the model whose scores are subtracted.
        seed: of the bootstrap.
        draws: how many times items are drawn again; each draw is the same for all models.

    Returns:
        JSON values by model, without the baseline: auc, eer and tpr_at_fpr, each the model's minus
        the baseline's, and intervals_95, [low, high] of each difference.

    Raises:
        KeyError: the baseline is not among the models.
    """
    pairs, unit = labelled_pairs(people, group), _units(people, group)
    times = _multiplicities(unit, seed, draws)

    def values(model: str) -> np.ndarray:
        return _values(_similarity(embeddings_by_model[model]), pairs, unit, times, FPRS)

    reference, result = values(baseline), {}
    for model in embeddings_by_model:
        if model != baseline:
            difference = values(model) - reference
            result[model] = {
                **_nested(_json(difference[0]), FPRS),
                "intervals_95": _nested(_intervals(difference), FPRS),
            }
    return result


def slices(
    embeddings: np.ndarray,
    people: np.ndarray,
    group: np.ndarray | None,
    covariate: np.ndarray,
    n_bins: int = 3,
) -> list[dict]:
    """Scores within bins of a covariate, such as face size: both items of a pair are in the bin.

    Args:
        embeddings: float [n, d], unit rows.
        people: object [n], the person (str) of each item, or missing: see `labelled_pairs`.
        group: [n], the track of each face, or None: see `labelled_pairs`.
        covariate: float [n]; an item without a finite value is left out.
        n_bins: how many bins; they hold equally many items with a known person, except that equal
            values stay together.

    Returns:
        JSON values of each bin, by rising covariate: low and high (from low to below high; the last
        bin's high is its largest value), n_same, n_different, auc, eer and tpr_at_fpr at 0.01,
        None where not defined. An empty list if there is no item.
    """
    known = _named(people)
    known = known[np.isfinite(covariate[known])]
    if not len(known):
        return []
    bins = np.full(len(people), -1)
    edges, bins[known] = cut_evenly(covariate[known], n_bins)
    similarity, result = _similarity(embeddings), []
    unit, once = np.arange(len(people)), np.ones((1, len(people)), np.int32)
    for number in range(n_bins):
        pairs = labelled_pairs(np.where(bins == number, people, np.array(None, object)), group)
        values = _values(similarity, pairs, unit, once, _SLICE_FPRS)
        n_same = int(pairs.same.sum())
        result.append(
            {
                "low": float(edges[number]),
                "high": float(edges[number + 1]),
                "n_same": n_same,
                "n_different": len(pairs.same) - n_same,
                **_nested(_json(values[0]), _SLICE_FPRS),
            }
        )
    return result


class _Ranking(NamedTuple):
    """The pairs by falling score: sorted once, then counted with any weights.

    Attributes:
        same: int [n_same], the pairs of one person, by falling score.
        different: int [n_different], those of two people, by falling score.
        ends: int [m + 1], 0 and, for each of the m different scores of pairs of one person, how
            many of these pairs score at least as high.
        above: int [m], how many pairs of two people score higher than each of these scores.
        reached: int [m], how many score at least as high.
    """

    same: np.ndarray
    different: np.ndarray
    ends: np.ndarray
    above: np.ndarray
    reached: np.ndarray


class _Corners(NamedTuple):
    """The corners of a ROC curve as (weighted) counts of accepted pairs, int [m] each.

    They are those next to a pair of one person: between them the curve is level.
    """

    false: np.ndarray
    true: np.ndarray

    @property
    def defined(self) -> bool:
        return bool(self.false[-1] and self.true[-1])

    @property
    def fpr(self) -> np.ndarray:
        return self.false / self.false[-1]

    @property
    def tpr(self) -> np.ndarray:
        return self.true / self.true[-1]


def _rank(scores: np.ndarray, same: np.ndarray) -> _Ranking:
    ours, theirs = np.flatnonzero(same), np.flatnonzero(~same)
    ours, theirs = ours[np.argsort(-scores[ours])], theirs[np.argsort(-scores[theirs])]
    levels, counts = np.unique(-scores[ours], return_counts=True)
    lower = -scores[theirs]
    return _Ranking(
        ours,
        theirs,
        np.append(0, np.cumsum(counts)),
        np.searchsorted(lower, levels, "left"),
        np.searchsorted(lower, levels, "right"),
    )


def _corners(
    ranking: _Ranking, same_weights: np.ndarray, different_weights: np.ndarray
) -> _Corners:
    """The curve when pairs, in the order of the ranking, count as often as their weights say."""
    false, true = _running(different_weights), _running(same_weights)
    before, after = true[ranking.ends[:-1]], true[ranking.ends[1:]]
    sides = np.column_stack([false[ranking.above], false[ranking.reached]])
    return _Corners(
        np.concatenate([[0], sides.ravel(), false[-1:]]),
        np.concatenate([[0], np.column_stack([before, after]).ravel(), true[-1:]]),
    )


def _corners_of(scores: np.ndarray, same: np.ndarray) -> _Corners:
    ranking = _rank(scores, same)
    once = np.ones(len(same), np.int32)
    return _corners(ranking, once[ranking.same], once[ranking.different])


def _running(weights: np.ndarray) -> np.ndarray:
    """0 and the running totals."""
    totals = np.zeros(len(weights) + 1, np.int64)
    np.cumsum(weights, out=totals[1:])
    return totals


def _auc(corners: _Corners) -> float:
    # The counts are whole, and so is twice the area: small data give exact results.
    area = np.trapezoid(corners.true, corners.false)
    return float(area / (int(corners.true[-1]) * int(corners.false[-1])))


def _equal_error_rate(corners: _Corners) -> float:
    fpr = corners.fpr
    excess = fpr + corners.tpr - 1
    after = int(np.searchsorted(excess, 0))
    before = after - 1
    share = -excess[before] / (excess[after] - excess[before])
    return float(fpr[before] + share * (fpr[after] - fpr[before]))


def _tprs(corners: _Corners, fprs: tuple[float, ...] | np.ndarray) -> np.ndarray:
    return corners.tpr[np.searchsorted(corners.fpr, fprs, "right") - 1]


def _enough(n_different: int, fprs: tuple[float, ...]) -> np.ndarray:
    return n_different >= 1 / np.array(fprs)


def _values(
    similarity: np.ndarray,
    pairs: Pairs,
    unit: np.ndarray,
    times: np.ndarray,
    fprs: tuple[float, ...],
) -> np.ndarray:
    """AUC, EER and TPRs of each draw; NaN where not defined.

    Args:
        similarity: float [n, n].
        pairs: of the n items.
        unit: int [n], what is drawn when an item is.
        times: int32 [draws, units], how often each unit is drawn; in the first draw, once.
        fprs: the bounds.

    Returns:
        float [draws, 2 + bounds].
    """
    ranking = _rank(similarity[pairs.first, pairs.second], pairs.same)
    # A pair's two units in order of the ranking, so that a draw sorts nothing.
    same = unit[pairs.first[ranking.same]], unit[pairs.second[ranking.same]]
    different = unit[pairs.first[ranking.different]], unit[pairs.second[ranking.different]]
    values = np.full((len(times), 2 + len(fprs)), np.nan)
    for row, drawn in zip(values, times, strict=True):
        corners = _corners(ranking, _product(drawn, *same), _product(drawn, *different))
        if corners.defined:
            row[:] = _auc(corners), _equal_error_rate(corners), *_tprs(corners, fprs)
    # Whether there are enough pairs depends on the film, not on the draw.
    values[:, 2:][:, ~_enough(len(ranking.different), fprs)] = np.nan
    return values


def _product(drawn: np.ndarray, first: np.ndarray, second: np.ndarray) -> np.ndarray:
    weights = drawn.take(first)
    weights *= drawn.take(second)
    return weights


def _similarity(embeddings: np.ndarray) -> np.ndarray:
    vectors = embeddings.astype(np.float64)
    return vectors @ vectors.T


def _named(people: np.ndarray) -> np.ndarray:
    return np.flatnonzero([isinstance(person, str) for person in people])


def _codes(names: np.ndarray) -> np.ndarray:
    return np.unique(names, return_inverse=True)[1]


def _units(people: np.ndarray, group: np.ndarray | None) -> np.ndarray:
    """The number, 0.., of the unit of each item with a known person; -1 for the others."""
    named = _named(people)
    units = np.full(len(people), -1)
    units[named] = np.arange(len(named)) if group is None else _codes(group[named])
    return units


def _multiplicities(unit: np.ndarray, seed: int, draws: int) -> np.ndarray:
    """How often each unit counts, int32 [1 + draws, units]: once, and as drawn (Efron 1979)."""
    n = unit.max(initial=-1) + 1
    random = np.random.default_rng(seed)
    drawn = [np.bincount(random.integers(max(n, 1), size=n), minlength=n) for _ in range(draws)]
    return np.array([np.ones(n, int), *drawn], np.int32)


def _intervals(values: np.ndarray) -> list[list[float] | None]:
    """The 95 % interval of each score: its value in the first row, and drawn in the others."""
    intervals = []
    for value, drawn in zip(values[0], values[1:].T, strict=True):
        defined = drawn[~np.isnan(drawn)]
        missing = np.isnan(value) or not len(defined)
        intervals.append(None if missing else np.percentile(defined, [2.5, 97.5]).tolist())
    return intervals


def _nested(values: list, fprs: tuple[float, ...]) -> dict:
    """What belongs to AUC, EER and TPRs, by name."""
    of_fprs = dict(zip(map(_key, fprs), values[2:], strict=True))
    return {"auc": values[0], "eer": values[1], "tpr_at_fpr": of_fprs}


def _json(values: np.ndarray) -> list[float | None]:
    return [None if np.isnan(value) else float(value) for value in values]


def _key(fpr: float) -> str:
    return f"{fpr:g}"
