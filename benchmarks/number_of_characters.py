"""Ways to find the number of characters without a knob, beside castmap's rule.

Of each film, by the pretrained embedding, tracks that may found a character are joined by average
linkage under cannot-links (the items of must-links are one), and each way says how many clusters
joining is to leave. What follows is the same for all: loose clusters are broken up, small ones and
the remaining tracks are assigned (docs/characters.md). The ways:

castmap             where castmap stops
fixed ...           joining stops at this distance in every film
silhouette          the mean silhouette is highest (Rousseeuw 1987)
eigengap            the largest gap between eigenvalues of the normalised Laplacian of a graph with
                    self-tuning similarities (Zelnik-Manor and Perona 2004), 0 across cannot-links
stability           the partition changes least, by the mean adjusted Rand index of pairs of samples
                    of four fifths of the tracks (Ben-Hur et al. 2002), at no more clusters than
                    half as many as tracks
FINCH's number      of clusters in FINCH's second partition
FINCH               that partition itself, of all tracks
oracle K            how many people there are

Each may choose from 2 to one less than there are items. Differences are to castmap, paired by film,
with their 95 % t interval over films.

    python -m benchmarks.number_of_characters RESULTS LABELS
"""

import argparse
import itertools
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd
import yaml
from scipy.linalg import eigvalsh
from sklearn.metrics import adjusted_rand_score, silhouette_score

from benchmarks.composed_films import ROOT
from benchmarks.labelled import LabelledFilm, labelled_folders, read_film, stopped_at
from benchmarks.summaries import RATIO, mean_gain
from castmap.clustering.agglomeration import (
    FARTHEST,
    Joins,
    agglomerate,
    cosine_distances,
    cut,
    links_among,
)
from castmap.clustering.algorithms.finch import partitions
from castmap.clustering.cast import find_cast
from castmap.clustering.film import pool_items
from castmap.formats.printing import to_markdown

CASTMAP = "castmap"
FIXED = (0.69, 0.75)
NEIGHBOUR = 7  # whose distance is an item's scale, as its authors chose
SAMPLES, SAMPLED = 10, 0.8
_SCORES = ("V", "character precision", "character recall", "found / true")


class Items(NamedTuple):
    """What is joined.

    Attributes:
        vectors: float [n, d], unit rows.
        cannot_links: int [k, 2], pairs of rows.
        distances: float [n, n], cosine distances.
        joins: of agglomerate.
    """

    vectors: np.ndarray
    cannot_links: np.ndarray
    distances: np.ndarray
    joins: Joins

    @property
    def numbers(self) -> range:
        """The numbers of clusters to choose from; cannot-links may leave more than the least."""
        n = self.joins.n_items
        return range(max(2, n - len(self.joins.items)), n)

    def partition(self, n_clusters: int) -> np.ndarray:
        """So many clusters, int [n]."""
        return cut(self.joins, self.joins.n_items - n_clusters)


def read_items(film: LabelledFilm) -> Items:
    """The items of a film that may found a character."""
    items = film.described.items()
    vectors = pool_items(film.vectors, film.described.item_of_track())[items.usable]
    links = links_among(items.cannot_links, items.usable)
    distances = cosine_distances(vectors)
    return Items(vectors, links, distances, agglomerate(distances, links))


def by_silhouette(items: Items, _: int) -> int:
    """The number of the highest mean silhouette."""
    scores = [
        silhouette_score(items.distances, items.partition(number), metric="precomputed")
        for number in items.numbers
    ]
    return items.numbers[int(np.argmax(scores))]


def by_eigengap(items: Items, _: int) -> int:
    """The number before the largest gap of the self-tuning graph's Laplacian."""
    squares = 2 * items.distances.astype(float)  # of the Euclidean distances of unit vectors
    scale = np.sqrt(np.sort(squares, axis=1)[:, min(NEIGHBOUR, len(squares) - 1)])
    similar = np.exp(-squares / np.maximum(np.outer(scale, scale), 1e-12))
    one, other = items.cannot_links.T
    similar[one, other] = similar[other, one] = 0
    np.fill_diagonal(similar, 0)
    root = np.sqrt(np.maximum(similar.sum(axis=1), 1e-12))
    gaps = np.diff(eigvalsh(np.eye(len(similar)) - similar / np.outer(root, root)))
    numbers = items.numbers
    return numbers[int(np.argmax(gaps[numbers.start - 1 : numbers.stop - 1]))]


def by_stability(items: Items, seed: int) -> int:
    """The number at which samples agree best; of equally good ones the largest."""
    random, n = np.random.default_rng(seed), len(items.vectors)
    samples = []
    for _ in range(SAMPLES):
        kept = np.zeros(n, bool)
        kept[random.permutation(n)[: max(int(SAMPLED * n), 2)]] = True
        joins = agglomerate(
            items.distances[np.ix_(kept, kept)], links_among(items.cannot_links, kept)
        )
        samples.append((kept, joins))
    # Where most clusters are single tracks, samples agree whatever the tracks are.
    most = min(kept.sum() for kept, _ in samples) // 2
    numbers = [number for number in items.numbers if number <= most] or [items.numbers[0]]
    agreement = [_agreement(samples, number) for number in numbers]
    best = np.flatnonzero(np.isclose(agreement, np.max(agreement)))
    return numbers[best[-1]]


def _agreement(samples: list[tuple[np.ndarray, Joins]], n_clusters: int) -> float:
    labels = []
    for kept, joins in samples:
        own = np.full(len(kept), -1)
        own[kept] = cut(joins, max(joins.n_items - n_clusters, 0))
        labels.append(own)
    return float(
        np.mean(
            [
                adjusted_rand_score(one[both], other[both])
                for one, other in itertools.combinations(labels, 2)
                for both in [(one >= 0) & (other >= 0)]
            ]
        )
    )


def by_finch(items: Items, _: int) -> int:
    """The number of clusters in FINCH's second partition."""
    found = partitions(items.vectors, items.cannot_links)
    return int(found[min(2, len(found) - 1)].max()) + 1


WAYS: dict[str, Callable[[Items, int], int]] = {
    "silhouette": by_silhouette,
    "eigengap": by_eigengap,
    "stability": by_stability,
    "FINCH's number": by_finch,
}


def stop_of(joins: Joins, n_clusters: int) -> float:
    """A distance at which so many clusters are left, or as few as cannot-links leave.

    It lies in the middle between the last join that is made and the first that is not.
    """
    distances = np.concatenate([[0.0], joins.distances, [FARTHEST]])
    n_joins = int(np.clip(joins.n_items - n_clusters, 0, len(joins.items)))
    return float(distances[n_joins : n_joins + 2].mean())


def film_rows(film: LabelledFilm, seed: int) -> list[dict]:
    """One film by each way."""
    items = read_items(film)
    stops: dict[str, float | None] = {CASTMAP: None}
    stops |= {f"fixed {distance}": distance for distance in FIXED}
    stops |= {name: stop_of(items.joins, way(items, seed)) for name, way in WAYS.items()}
    stops |= {"oracle K": stop_of(items.joins, film.people["person"].nunique())}
    rows = []
    for name, stop in stops.items():
        described = film.described if stop is None else stopped_at(film.described, stop)
        characters = find_cast(film.vectors, described, seed=seed).characters
        rows.append({"film": film.name, "way": name, **film.scores(characters, seed)})
    finch = find_cast(film.vectors, film.described, "finch", seed=seed).characters
    return [*rows, {"film": film.name, "way": "FINCH", **film.scores(finch, seed)}]


def summarise(rows: pd.DataFrame) -> pd.DataFrame:
    """Means over films, differences to castmap, and how many K are right."""
    own_rule = rows[rows["way"] == CASTMAP].set_index("film")
    table = []
    for name, group in rows.groupby("way", sort=False):
        own, row = group.set_index("film"), {"way": name}
        for score in _SCORES:
            row[score] = f"{own[score].mean():.3f}"
            if name != CASTMAP and len(own) > 1:
                row[score] += f" ({mean_gain(own[score] - own_rule[score])})"
        right = own["found / true"].between(*RATIO).sum()
        table.append(row | {"within .8-1.25": f"{right} of {len(own)}"})
    return pd.DataFrame(table)


def main() -> None:
    """Print how many each film has by each way, and the means."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("results", type=Path, help="folder with a folder of results per film")
    parser.add_argument("labels", type=Path, help="folder with a folder of labels per film")
    args = parser.parse_args()
    config = yaml.safe_load((ROOT / "config.yaml").read_text())
    folders = labelled_folders(args.results, args.labels)
    films = [read_film(*paths, config) for paths in folders]
    rows = pd.DataFrame([row for film in films for row in film_rows(film, config["seed"])])
    counts = rows.pivot(index="film", columns="way", values="found")[rows["way"].unique()]
    counts.insert(0, "people", rows.groupby("film")["people"].first())
    print(counts.to_string(), end="\n\n")
    print(to_markdown(summarise(rows), f"{len(films)} films", "", list(_SCORES)))


if __name__ == "__main__":
    main()
