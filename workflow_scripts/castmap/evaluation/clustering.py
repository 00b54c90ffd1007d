"""How well the characters agree with the people of the labels.

All scores follow from one contingency table: rows are characters, columns are people, and a cell
counts the tracks (or, face-weighted, the faces of the tracks) that they share. A track of no
character is a row of its own, below the characters. docs/evaluation.md has formulas and sources.
"""

from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from scipy.optimize import linear_sum_assignment
from sklearn.metrics import adjusted_mutual_info_score, normalized_mutual_info_score

from castmap.clustering.characters import count_characters, is_character

_SCORES = (
    "homogeneity",
    "completeness",
    "v_measure",
    "nmi",
    "ami",
    "ari",
    "weighted_purity",
    "pairwise_precision",
    "pairwise_recall",
    "pairwise_f1",
    "bcubed_precision",
    "bcubed_recall",
    "bcubed_f1",
    "character_precision",
    "character_recall",
)
_INTERVAL_SCORES = (
    "homogeneity",
    "completeness",
    "v_measure",
    "weighted_purity",
    "bcubed_precision",
    "bcubed_recall",
    "bcubed_f1",
    "character_precision",
    "character_recall",
)


class Items(NamedTuple):
    """The labelled tracks, and where each is counted: rows are characters, columns people.

    Attributes:
        tracks: the rows of evaluate_clusters' table that have a person, by track.
        row: int [n], the row of each; tracks of no character have rows of their own, at the end.
        column: int [n], the column of each.
        characters: the names of the first rows.
        people: the names of the columns.
    """

    tracks: pd.DataFrame
    row: np.ndarray
    column: np.ndarray
    characters: list[str]
    people: list[str]


def evaluate_clusters(tracks: pd.DataFrame, seed: int, bootstrap: int) -> dict:
    """Every clustering score, track-weighted and face-weighted.

    Args:
        tracks: one row per track: track, character (str; see formats.tables for those
            of no character), person (str; missing: the track is unlabelled and left out), n_faces
            (int > 0).
        seed: of the bootstrap.
        bootstrap: how many times the tracks are resampled for the 95 % intervals.

    Returns:
        JSON values: n_tracks and n_faces evaluated, n_tracks_of_nobody (unlabelled),
        n_tracks_unassigned (labelled, but of no character), k_pred, k_true, k_ratio,
        characters_of_nobody (characters without an evaluated track), over_clustering,
        operator_clicks, people and characters (who was matched to whom), and the scores under
        ``track`` and ``face``, each with ``intervals_95`` ({score: [low, high]}). A score that is
        not defined is None.
    """
    items = label_items(tracks)
    named, characters, people = items.tracks, items.characters, items.people
    weights = {"track": np.ones(len(named), int), "face": named["n_faces"].to_numpy(int)}
    tables = {name: contingency(items, weight) for name, weight in weights.items()}
    result: dict[str, Any] = {
        "n_tracks": len(named),
        "n_faces": int(named["n_faces"].sum()),
        "n_tracks_of_nobody": len(tracks) - len(named),
        "n_tracks_unassigned": len(tables["track"]) - len(characters),
        "k_pred": len(characters),
        "k_true": len(people),
        "k_ratio": len(characters) / len(people) if len(people) else None,
        "characters_of_nobody": count_characters(tracks) - len(characters),
        "over_clustering": over_clustering(tables["track"][: len(characters)]),
        "operator_clicks": operator_clicks(tables["track"], len(characters)),
        **_matches(tables["track"], tables["face"], characters, people),
    }
    intervals = _bootstrap(items, weights, seed, bootstrap)
    for name, table in tables.items():
        scores = score_table(table, len(characters))
        result[name] = {**scores, "intervals_95": intervals[name]}
    return result


def label_items(tracks: pd.DataFrame) -> Items:
    """The labelled tracks, with the row and the column of the table that each is counted in.

    Args:
        tracks: what evaluate_clusters takes.
    """
    named = tracks[tracks["person"].notna()].sort_values("track")
    assigned = is_character(named["character"]).to_numpy()
    row, characters = pd.factorize(named["character"].where(assigned), sort=True)
    row[~assigned] = len(characters) + np.arange((~assigned).sum())
    column, people = pd.factorize(named["person"], sort=True)
    return Items(named, row, column, list(characters), list(people))


def contingency(items: Items, weight: np.ndarray) -> np.ndarray:
    """The table of counts, int [rows, people].

    Args:
        items: of label_items.
        weight: int [n], as how many each item counts.
    """
    n_people = len(items.people)
    n_rows = items.row.max(initial=len(items.characters) - 1) + 1
    cell = items.row * n_people + items.column
    counts = np.bincount(cell, weight, n_rows * n_people)
    return counts.astype(int).reshape(n_rows, n_people)


def score_table(table: np.ndarray, n_characters: int | None = None) -> dict[str, float | None]:
    """Every score of one table of counts.

    Args:
        table: int array, characters x people; no row and no column is all zeros.
        n_characters: how many of the rows, the first ones, are characters; None: all.

    Returns:
        Score by name; each is None where it is not defined, all are for an empty table.
    """
    if not table.sum():
        return dict.fromkeys(_SCORES)
    homogeneity, completeness, v_measure = v_measures(table)
    character, person = _items(table)
    scores = {
        "homogeneity": homogeneity,
        "completeness": completeness,
        "v_measure": v_measure,
        "nmi": normalized_mutual_info_score(person, character),
        "ami": adjusted_mutual_info_score(person, character),
        "ari": adjusted_rand_index(table),
        "weighted_purity": weighted_purity(table),
        **_named("pairwise", pairwise(table)),
        **_named("bcubed", bcubed(table)),
    }
    scores["character_precision"], scores["character_recall"] = character_scores(
        table, n_characters
    )
    return {name: None if value is None else float(value) for name, value in scores.items()}


def v_measures(table: np.ndarray) -> tuple[float, float, float]:
    """Homogeneity, completeness and V-measure (Rosenberg and Hirschberg 2007, beta 1)."""
    joint = table / table.sum()
    of_character, of_person = joint.sum(axis=1), joint.sum(axis=0)
    cells = joint > 0
    independent = np.outer(of_character, of_person)
    shared = float((joint[cells] * np.log(joint[cells] / independent[cells])).sum())
    homogeneity = _share(shared, _entropy(of_person))
    completeness = _share(shared, _entropy(of_character))
    if homogeneity + completeness == 0:
        return homogeneity, completeness, 0.0
    v_measure = 2 * homogeneity * completeness / (homogeneity + completeness)
    return homogeneity, completeness, v_measure


def weighted_purity(table: np.ndarray) -> float:
    """The share of items that are of the most frequent person of their character."""
    return float(table.max(axis=1).sum() / table.sum())


def pairwise(table: np.ndarray) -> tuple[float | None, float | None, float | None]:
    """Precision, recall and F1 over pairs of items put into one character.

    None where there is no pair to judge: precision when no character has two items, recall when
    no person has, F1 when neither does.
    """
    joined_right = _pairs(table).sum()
    joined, same = _pairs(table.sum(axis=1)).sum(), _pairs(table.sum(axis=0)).sum()
    return (
        joined_right / joined if joined else None,
        joined_right / same if same else None,
        2 * joined_right / (joined + same) if joined + same else None,
    )


def adjusted_rand_index(table: np.ndarray) -> float:
    """The Rand index adjusted for chance (Hubert and Arabie 1985)."""
    both = _pairs(table).sum()
    joined, same = _pairs(table.sum(axis=1)).sum(), _pairs(table.sum(axis=0)).sum()
    if both == joined == same:
        return 1.0
    expected = joined * same / _pairs(table.sum())
    return float((both - expected) / ((joined + same) / 2 - expected))


def bcubed(table: np.ndarray) -> tuple[float, float, float]:
    """BCubed precision, recall and F1 (Bagga and Baldwin 1998); an item counts with itself."""
    squares, total = table.astype(float) ** 2, table.sum()
    precision = float((squares.sum(axis=1) / table.sum(axis=1)).sum() / total)
    recall = float((squares.sum(axis=0) / table.sum(axis=0)).sum() / total)
    return precision, recall, 2 * precision * recall / (precision + recall)


def match_characters(table: np.ndarray, n_characters: int | None = None) -> list[tuple[int, int]]:
    """Pair characters with people one to one so that they share the most items.

    Of pairings that share equally many, the one with the larger shares of the people, then of the
    characters, is taken, so that the result does not depend on the order of rows and columns. A
    person's share is of all the person's items, those of no character included.

    Args:
        table: int array, rows x people.
        n_characters: how many of the rows, the first ones, are characters; None: all.

    Returns:
        (row, column) of each pair that shares an item.
    """
    characters = table[:n_characters]
    of_person = characters / np.maximum(table.sum(axis=0, keepdims=True), 1)
    of_character = characters / np.maximum(characters.sum(axis=1, keepdims=True), 1)
    # Shares of people add up to less than a thousand; what is left for characters is far below
    # the smallest difference of two such sums.
    value = characters + 1e-3 * of_person + 1e-9 * of_character
    rows, columns = linear_sum_assignment(value, maximize=True)
    pairs = zip(rows.tolist(), columns.tolist(), strict=True)
    return [(row, column) for row, column in pairs if characters[row, column]]


def over_clustering(table: np.ndarray) -> float | None:
    """How many characters a person is spread over, the mean over people with one at least."""
    spread = (table > 0).sum(axis=0)
    return float(spread[spread > 0].mean()) if spread.any() else None


def operator_clicks(table: np.ndarray, n_characters: int) -> int:
    """How many clicks an operator needs: one names a character, one moves a track.

    Every character is named after the person most of its tracks are of (so two of one person are
    joined by their names); every other track, and every track of no character, is moved (the
    operator clicks index of Guillaumin et al. 2009, with tracks for faces).

    Args:
        table: int array, rows x people, track-weighted.
        n_characters: how many of the rows, the first ones, are characters.
    """
    characters = table[:n_characters]
    wrong = characters.sum() - characters.max(axis=1, initial=0).sum()
    return int(n_characters + wrong + table[n_characters:].sum())


def character_scores(table: np.ndarray, n_characters: int | None = None) -> tuple[float, float]:
    """Character precision and recall: every character, every person, counts the same.

    Precision is the mean over characters of the share of the character's items that are its
    matched person's; recall the mean over people of the share of the person's items that are in
    the matched character. The unmatched count as 0. Rows from n_characters on are no characters.
    """
    characters = table[:n_characters]
    pairs = match_characters(table, n_characters)
    precision = sum(table[row, column] / table[row].sum() for row, column in pairs)
    recall = sum(table[row, column] / table[:, column].sum() for row, column in pairs)
    return precision / max(len(characters), 1), recall / table.shape[1]


def _items(table: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The character and the person of each counted item: scikit-learn takes labels."""
    character, person = np.nonzero(table)
    counts = table[character, person]
    return np.repeat(character, counts), np.repeat(person, counts)


def _pairs(counts: np.ndarray) -> np.ndarray:
    return counts.astype(float) * (counts - 1) / 2


def _entropy(shares: np.ndarray) -> float:
    shares = shares[shares > 0]
    return float(-(shares * np.log(shares)).sum())


def _share(information: float, entropy: float) -> float:
    """Information over entropy, kept in 0..1; 1 where there is nothing to be uncertain about."""
    return min(max(information / entropy, 0.0), 1.0) if entropy > 0 else 1.0


def _named(kind: str, scores: tuple) -> dict:
    return dict(zip((f"{kind}_precision", f"{kind}_recall", f"{kind}_f1"), scores, strict=True))


def _matches(
    tracks: np.ndarray, faces: np.ndarray, characters: list[str], people: list[str]
) -> dict[str, list[dict]]:
    """Who was matched to whom on tracks, with the counts behind it."""
    pairs = match_characters(tracks, len(characters))
    person_of, character_of = dict(pairs), {column: row for row, column in pairs}
    rows = [
        {
            "character": name,
            "tracks": int(tracks[row].sum()),
            "faces": int(faces[row].sum()),
            "person": people[person_of[row]] if row in person_of else None,
            "tracks_of_person": int(tracks[row, person_of[row]]) if row in person_of else 0,
        }
        for row, name in enumerate(characters)
    ]
    columns = [
        {
            "person": name,
            "tracks": int(tracks[:, column].sum()),
            "faces": int(faces[:, column].sum()),
            "character": characters[character_of[column]] if column in character_of else None,
            "tracks_in_character": (
                int(tracks[character_of[column], column]) if column in character_of else 0
            ),
        }
        for column, name in enumerate(people)
    ]
    return {"characters": rows, "people": columns}


def _bootstrap(
    items: Items, weights: dict[str, np.ndarray], seed: int, draws: int
) -> dict[str, dict[str, list[float] | None]]:
    """95 % intervals of some scores: the tracks drawn again with replacement (Efron 1979).

    They are drawn from one track more than there are, which could be anybody's in any character:
    its character is that of some track, and its person that of another. Without it a film in which
    nothing is wrong would have intervals of no width, and intervals are too narrow in general.
    """
    n = len(items.tracks)
    if not n or not draws:
        return {name: dict.fromkeys(_INTERVAL_SCORES) for name in weights}
    random = np.random.default_rng(seed)
    scores: dict[str, list[tuple[float, ...]]] = {name: [] for name in weights}
    for _ in range(draws):
        first, second = random.integers(n, size=(2, n))
        stray = random.integers(n + 1, size=n) == n
        column = items.column[np.where(stray, second, first)]
        drawn = items._replace(row=items.row[first], column=column)
        for name, weight in weights.items():
            table = contingency(drawn, weight[first])
            scores[name].append(_interval_scores(table, len(items.characters)))
    return {
        name: {
            score: [float(low), float(high)]
            for score, low, high in zip(
                _INTERVAL_SCORES, *np.percentile(drawn, [2.5, 97.5], axis=0), strict=True
            )
        }
        for name, drawn in scores.items()
    }


def _interval_scores(table: np.ndarray, n_characters: int) -> tuple[float, ...]:
    """The scores of one draw, in which characters and people may be without an item."""
    drawn = np.asarray(table.any(axis=1))
    n_characters = int(drawn[:n_characters].sum())
    table = table[drawn][:, table.any(axis=0)]
    return (
        *v_measures(table),
        weighted_purity(table),
        *bcubed(table),
        *character_scores(table, n_characters),
    )
