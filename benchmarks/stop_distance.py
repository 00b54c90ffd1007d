"""Where joining stops: the rule beside fixed distances, and what it expects beside what is so.

Of each film, by the pretrained embedding: castmap's characters with the stop distance that the film
gives, and with fixed ones. The expected error is the share of pairs of two people that the
calibration expects within the stop distance; measured is the share of pairs of labelled people
whose tracks are that near in the mean. Differences are to the first fixed distance, paired by film,
with their 95 % t interval over films. Films are the folders of a workflow's results that have
labels: real ones (benchmarks/real_clips.py) or composed ones (benchmarks/composed_characters.py).

    python -m benchmarks.stop_distance RESULTS LABELS
"""

import argparse
import itertools
from pathlib import Path

import numpy as np
import pandas as pd
import yaml

from benchmarks.composed_films import ROOT
from benchmarks.labelled import LabelledFilm, labelled_folders, read_film, stopped_at
from benchmarks.summaries import RATIO, mean_gain
from castmap.clustering.agglomeration import cosine_distances
from castmap.clustering.cast import find_cast
from castmap.formats.printing import to_markdown

FIXED = (0.63, 0.60, 0.66, 0.69, 0.72, 0.75)
_SCORES = ("V", "character precision", "character recall", "found / true")


def share_within(vectors: np.ndarray, people: np.ndarray, distance: float) -> float:
    """The share of pairs of people whose tracks are at most so far apart in the mean.

    Args:
        vectors: float [n, d], unit rows: the tracks.
        people: object [n], names; missing: unlabelled.
        distance: cosine distance.
    """
    named = pd.notna(people)
    distances, own = cosine_distances(vectors[named]), people[named]
    pairs = itertools.combinations(np.unique(own.astype(str)), 2)
    means = [distances[np.ix_(own == one, own == other)].mean() for one, other in pairs]
    return float(np.mean(np.array(means) <= distance)) if means else float("nan")


def film_rows(film: LabelledFilm, seed: int) -> list[dict]:
    """One film by the rule and by each fixed distance."""
    rows = []
    for name, stop in [("the film's own", None), *((f"{stop:.2f}", stop) for stop in FIXED)]:
        found = film.described if stop is None else stopped_at(film.described, stop)
        characters = find_cast(film.vectors, found, seed=seed).characters
        calibration, people = found.calibration, film.people["person"].to_numpy(object)
        near = share_within(film.vectors, people, calibration.stop_distance)
        row = {"film": film.name, "stop": name, "distance": calibration.stop_distance}
        row |= film.scores(characters, seed)
        row |= {"expected": calibration.expected_error if stop is None else None}
        rows.append(row | {"measured": near})
    return rows


def summarise(rows: pd.DataFrame) -> pd.DataFrame:
    """Means over films, differences to the first fixed distance, and how many K are right."""
    plain = rows[rows["stop"] == f"{FIXED[0]:.2f}"].set_index("film")
    table = []
    for name, group in rows.groupby("stop", sort=False):
        own, row = group.set_index("film"), {"stop": name}
        for score in _SCORES:
            row[score] = f"{own[score].mean():.3f}"
            if name != f"{FIXED[0]:.2f}" and len(own) > 1:
                row[score] += f" ({mean_gain(own[score] - plain[score])})"
        right = own["found / true"].between(*RATIO).sum()
        row["within .8-1.25"] = f"{right} of {len(own)}"
        row["expected error"] = f"{own['expected'].astype(float).mean():.3f}"
        row["measured"] = f"{own['measured'].mean():.3f}"
        table.append(row)
    return pd.DataFrame(table)


def main() -> None:
    """Print each film, and the means."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("results", type=Path, help="folder with a folder of results per film")
    parser.add_argument("labels", type=Path, help="folder with a folder of labels per film")
    args = parser.parse_args()
    folders = labelled_folders(args.results, args.labels)
    config = yaml.safe_load((ROOT / "config.yaml").read_text())
    films = [read_film(*paths, config) for paths in folders]
    rows = [row for film in films for row in film_rows(film, config["seed"])]
    table = pd.DataFrame(rows)
    print(table[table["stop"] == "the film's own"].round(3).to_string(index=False), end="\n\n")
    print(to_markdown(summarise(table), f"{len(folders)} films", "", list(_SCORES)))


if __name__ == "__main__":
    main()
