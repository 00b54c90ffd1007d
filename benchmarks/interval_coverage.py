"""How often 95 % intervals of scores cover what they should: films drawn from known populations.

Clustering: in a population every track is of some person and in some character; some are in a wrong
one, strays of a person in two characters or in any, and the largest characters may be split. Films
of few and of many tracks are drawn from it. The intervals of evaluate_clusters stand beside the
plain percentile bootstrap and BCa (scipy). Two targets: the mean score of films of as many tracks,
and the score of a very large film, which is that of the population. Where tracks of no character
occur, homogeneity, completeness and V of a very large film are not defined: each such track is a
cluster of its own.

Verification: people are points on a sphere and tracks lie around them. A very large film is one of
1,500 tracks, three times over.

The populations here are others than those on which the way of drawing was chosen.

    python -m benchmarks.interval_coverage
"""

import argparse
import warnings
from typing import NamedTuple

import numpy as np
import pandas as pd
from scipy import stats

from castmap.evaluation.clustering import (
    bcubed,
    character_scores,
    evaluate_clusters,
    v_measures,
    weighted_purity,
)
from castmap.evaluation.verification import verification_scores

SCORES = (
    *("homogeneity", "completeness", "v_measure", "weighted_purity"),
    *("bcubed_precision", "bcubed_recall", "bcubed_f1"),
    *("character_precision", "character_recall"),
)
DRAWS = 200
MEAN_OF = 1000  # films whose mean score is the first target


class Population(NamedTuple):
    """Of which films are drawn.

    Attributes:
        people: how many; the k-th is seen 1/k times as often as the first.
        wrong: the share of each person's tracks that are strays.
        spread: whether strays lie in any character, else in two.
        split: how many of the largest characters are split in two.
        unassigned: the share of tracks of no character.
        tracks: of a film.
    """

    people: int
    wrong: float
    spread: bool
    split: int
    unassigned: float
    tracks: int


POPULATIONS = (
    Population(3, 0.03, False, 0, 0.0, 30),
    Population(6, 0.03, True, 1, 0.0, 60),
    Population(6, 0.1, False, 2, 0.05, 60),
    Population(10, 0.08, False, 1, 0.0, 150),
    Population(10, 0.2, True, 3, 0.0, 150),
    Population(15, 0.05, True, 2, 0.05, 400),
)
VERIFICATION = ((3, 30, 0.15), (6, 60, 0.2), (10, 150, 0.25), (15, 300, 0.2))


def table_of(population: Population, random: np.random.Generator) -> np.ndarray:
    """The shares of tracks by character and person, float [characters + 1, people].

    The last row is of no character.
    """
    shares = 1 / np.arange(1, population.people + 1)
    shares /= shares.sum()
    n_characters = population.people + population.split
    table = np.zeros((n_characters + 1, population.people))
    for person, share in enumerate(shares):
        if population.spread:
            where = random.dirichlet(np.full(n_characters, 0.5))
        else:
            where = np.zeros(n_characters)
            np.add.at(where, random.integers(n_characters, size=2), (0.7, 0.3))
        table[:-1, person] = population.wrong * share * where
        table[person, person] += (1 - population.wrong) * share
    for character in range(population.split):
        table[population.people + character] += 0.3 * table[character]
        table[character] *= 0.7
    table[-1] = population.unassigned * shares
    table[:-1] *= 1 - population.unassigned
    return table


def draw(table: np.ndarray, n: int, random: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """The character (the last: none) and the person of each track of a film, int [n] each."""
    cells = random.choice(table.size, size=n, p=table.ravel())
    return np.divmod(cells, table.shape[1])


def scores_of(characters: np.ndarray, people: np.ndarray, none: int) -> np.ndarray:
    """SCORES of a film; each track of no character (numbers from `none` on) is its own row."""
    numbers, row = np.unique(characters, return_inverse=True)
    _, column = np.unique(people, return_inverse=True)
    table = np.zeros((len(numbers), column.max() + 1), int)
    np.add.at(table, (row, column), 1)
    n_characters = int((numbers < none).sum())
    return scores_of_table(table, n_characters)


def scores_of_table(table: np.ndarray, n_characters: int) -> np.ndarray:
    """SCORES of a table of counts or shares."""
    values = *v_measures(table), weighted_purity(table), *bcubed(table)
    return np.array([*values, *character_scores(table, n_characters)])


def intervals_of(
    characters: np.ndarray, people: np.ndarray, none: int, seed: int
) -> dict[str, np.ndarray]:
    """The interval of each score by each way, [2, scores]."""
    names = np.where(characters < none, np.char.add("C", characters.astype(str)), "background")
    tracks = {"track": np.arange(len(people)), "character": names, "n_faces": 1}
    film = pd.DataFrame({**tracks, "person": people.astype(str)})
    own = evaluate_clusters(film, seed, DRAWS)["track"]["intervals_95"]
    found = {"castmap": np.array([own[score] for score in SCORES]).T}
    for method in ("percentile", "BCa"):
        interval = stats.bootstrap(
            (characters, people),
            lambda one, other: scores_of(one, other, none),
            **{"paired": True, "vectorized": False, "n_resamples": DRAWS, "method": method},
            rng=np.random.default_rng(seed),
        ).confidence_interval
        found[method] = np.array([interval.low, interval.high])
    return found


def clustering_coverage(films: int, seed: int) -> pd.DataFrame:
    """Whether each interval of each film covers each target: a row per film, way and target."""
    rows = []
    for number, population in enumerate(POPULATIONS):
        random = np.random.default_rng([seed, number])
        table, n = table_of(population, random), population.tracks
        none = len(table) - 1

        def film(shares=table, n=n, none=none, random=random) -> tuple[np.ndarray, np.ndarray]:
            characters, people = draw(shares, n, random)
            alone = none + np.arange(n)
            return np.where(characters < none, characters, alone), people

        targets = {"mean": np.mean([scores_of(*film(), none) for _ in range(MEAN_OF)], axis=0)}
        if not population.unassigned:
            targets["very large"] = scores_of_table(table[:-1][:, table.any(axis=0)], none)
        for drawn in range(films):
            for way, (low, high) in intervals_of(*film(), none, drawn).items():
                for target, truth in targets.items():
                    # Scores are rounded in different places.
                    covered = (low - 1e-9 <= truth) & (truth <= high + 1e-9)
                    row = {"population": number, "way": way, "target": target}
                    rows.append(row | dict(zip(SCORES, covered, strict=True)))
    return pd.DataFrame(rows)


def verification_coverage(films: int, seed: int) -> pd.DataFrame:
    """Whether each interval of each film covers the score of a very large one."""
    rows = []
    for number, (n_people, n, noise) in enumerate(VERIFICATION):
        random = np.random.default_rng([seed, number])
        centres = random.normal(size=(n_people, 32))
        centres /= np.linalg.norm(centres, axis=1, keepdims=True)
        shares = 1 / np.arange(1, n_people + 1)

        def scores(n: int, draws: int, shares=shares, centres=centres, noise=noise, random=random):
            who = random.choice(len(shares), n, p=shares / shares.sum())
            blur = noise * random.gamma(4, 0.25, (n, 1))
            faces = centres[who] + blur * random.normal(size=(n, centres.shape[1]))
            faces /= np.linalg.norm(faces, axis=1, keepdims=True)
            people = np.array([f"p{person}" for person in who], object)
            return verification_scores(faces, people, "tracks", None, 0, draws)

        truth = pd.DataFrame([_flat(scores(1500, 0)) for _ in range(3)]).mean()
        for _ in range(films):
            intervals = _flat(scores(n, DRAWS)["intervals_95"])
            covered = {
                name: pair[0] <= truth[name] <= pair[1] for name, pair in intervals.items() if pair
            }
            rows.append({"population": number, **covered})
    return pd.DataFrame(rows)


def _flat(scores: dict) -> dict:
    tprs = {f"TPR at FPR {bound}": tpr for bound, tpr in scores["tpr_at_fpr"].items()}
    return {"auc": scores["auc"], "eer": scores["eer"], **tprs}


def main() -> None:
    """Draw films and print the shares of intervals that cover."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--films", type=int, default=25, help="of each population")
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    # BCa is not defined where all draws score the same; such an interval covers nothing.
    warnings.simplefilter("ignore", stats.DegenerateDataWarning)
    warnings.filterwarnings("ignore", "invalid value encountered", RuntimeWarning)
    print(f"{args.films} films of each population, {DRAWS} draws; shares of intervals that cover\n")
    covered = clustering_coverage(args.films, args.seed)
    for keys in (["target", "way"], ["target", "way", "population"]):
        print(covered.groupby(keys)[list(SCORES)].mean().T.round(2).to_string(), end="\n\n")
    verified = verification_coverage(args.films, args.seed).astype(float)
    of_all = verified.drop(columns="population").mean().rename("all")
    by_film = verified.astype({"population": int}).groupby("population").mean().T
    print(pd.concat([of_all, by_film], axis=1).round(2).to_string())


if __name__ == "__main__":
    main()
