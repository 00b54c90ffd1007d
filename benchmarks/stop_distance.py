"""Where joining stops: the rule beside fixed distances, and what it expects beside what is so.

Of each film, by the pretrained embedding and by the one that the gate chose: castmap's characters
with the stop distance that the film gives, as shipped and where a cluster may be expected to have
other numbers of others too near, and with fixed ones (carried over to the chosen embedding). The
expected error is the share of pairs of two people that the calibration expects within the stop
distance; measured is the share of pairs of labelled people whose tracks are that near in the mean
by the pretrained embedding, on which it is calibrated. Differences are to the first fixed distance,
paired by film, with their 95 % t interval over films. Films are the folders of a workflow's results
that have labels: real ones (benchmarks/real_clips.py) or composed ones
(benchmarks/composed_characters.py).

    python -m benchmarks.stop_distance RESULTS LABELS
"""

import argparse
import itertools
from collections.abc import Iterator
from pathlib import Path
from unittest import mock

import numpy as np
import pandas as pd
import yaml

from benchmarks.composed_films import NETWORK, ROOT
from benchmarks.labelled import LabelledFilm, labelled_folders, read_film, stopped_at
from benchmarks.summaries import RATIO, mean_gain
from castmap.clustering import calibration
from castmap.clustering.agglomeration import cosine_distances
from castmap.clustering.cast import find_cast
from castmap.clustering.film import FilmTracks
from castmap.formats.printing import to_markdown

OWN = "the film's own"
OTHERS = (0.15, 0.25, 0.4, 0.6, 1.0)
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


def ways_to_stop(film: FilmTracks, prior_distance: float) -> Iterator[tuple[str, FilmTracks]]:
    """The film as shipped, with other numbers of others that are allowed, and with fixed stops.

    Args:
        film: its tracks.
        prior_distance: of two people; see castmap.clustering.calibration.
    """
    yield OWN, film
    items = film.items()
    of_film = items.calibration_vectors, items.cannot_links, items.usable, prior_distance
    for others in OTHERS:
        with mock.patch.object(calibration, "ALLOWED_OTHERS", others):
            found = calibration.calibrate_film(*of_film)
        yield f"{others:g} allowed", film._replace(calibration=found)
    for stop in FIXED:
        yield f"{stop:.2f}", stopped_at(film, stop)


def film_rows(film: LabelledFilm, prior_distance: float, seed: int) -> list[dict]:
    """One film by each way to stop."""
    rows, people = [], film.people["person"].to_numpy(object)
    for name, described in ways_to_stop(film.described, prior_distance):
        stop, expected = described.calibration.stop_distance, described.calibration.expected_error
        characters = find_cast(film.vectors, described, seed=seed).characters
        near = share_within(described.calibration_vectors, people, stop)
        row = {"film": film.name, "stop": name, "distance": stop} | film.scores(characters, seed)
        rows.append(row | {"expected": expected, "measured": near})
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
        row["expected error"] = f"{own['expected'].mean():.3f}"
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
    prior, seed = config["clustering"]["prior_distance"], config["seed"]
    for embedding in (NETWORK, "chosen"):
        films = [read_film(*paths, config, by_chosen=embedding == "chosen") for paths in folders]
        rows = pd.DataFrame([row for film in films for row in film_rows(film, prior, seed)])
        print(rows[rows["stop"] == OWN].round(3).to_string(index=False), end="\n\n")
        print(to_markdown(summarise(rows), f"{len(folders)} films, {embedding}", "", list(_SCORES)))


if __name__ == "__main__":
    main()
