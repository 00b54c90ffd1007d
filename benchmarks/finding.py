"""Is somebody found in a film by one picture? In composed films, by pictures that they do not show.

The films and pictures are those of benchmarks.naming. A third of the tracks, drawn by chance, are
taken out of their characters, so that there are tracks without one, as in the background of a film.
Each person of all folds is searched for in each film, by one picture. Of the films of the fold that
reports, it prints how often the probabilities are right, for characters and for single tracks.
Beside castmap stands the plain way: the cosine itself, where it is above a limit that 1 % of
wrong ones pass on the fold that chooses.

    python -m benchmarks.finding --layouts FOLDER --people FOLDER --work FOLDER
"""

import argparse
import itertools
from pathlib import Path

import numpy as np
import pandas as pd
import torch

from benchmarks.compose import read_people
from benchmarks.composed_films import NETWORK, ROOT
from benchmarks.composition.folds import CHOOSE, FOLDS, REPORT
from benchmarks.naming import FILM_SHARE, Film, compose, read_film
from castmap.embedding.networks import open_embedder
from castmap.formats.tables import BACKGROUND
from castmap.people.search import find_groups, probabilities

_ALONE = 0.3  # of the tracks
_STEPS = (0.05, 0.5, 0.9, 1.01)


def search(film: Film, pictures: dict[str, np.ndarray], repeats: int) -> pd.DataFrame:
    """A row for each character or single track of a film, and each person searched for."""
    random = np.random.default_rng(0)
    whose = np.array(film.cast.characters, object)[film.cast.character]
    rows = []
    for _ in range(repeats):
        own = pd.Series(np.where(random.random(len(whose)) < _ALONE, BACKGROUND, whose))
        _, group = find_groups(own)
        for name, faces in pictures.items():
            picture = faces[random.integers(len(faces))]
            likely = probabilities(own, film.cast.vectors, picture)
            plain = film.cast.vectors @ picture
            for number in range(group.max() + 1):
                tracks = np.flatnonzero(group == number)
                people = pd.Series(film.people[tracks]).value_counts()
                rows.append(
                    {
                        "of": "tracks" if own[tracks[0]] == BACKGROUND else "characters",
                        "right": bool(len(people)) and people.index[0] == name,
                        "probability": likely[tracks[0]],
                        "plain": plain[tracks].mean(),
                    }
                )
    return pd.DataFrame(rows)


def report(rows: pd.DataFrame, limit: float) -> str:
    """How many are listed at each probability, and how many of them are right."""
    table = []
    for of, own in rows.groupby("of"):
        ways = {
            f"castmap, probability {low:g} to {min(high, 1):g}": own["probability"].between(
                low, high, inclusive="left"
            )
            for low, high in itertools.pairwise(_STEPS)
        }
        ways |= {"castmap, 0.5 and more": own["probability"] >= _STEPS[1]}
        for way, listed in (ways | {f"cosine above {limit:.2f}": own["plain"] > limit}).items():
            table.append(
                {
                    "of": of,
                    "listed by": way,
                    "listed": int(listed.sum()),
                    "right, %": round(100 * own.loc[listed, "right"].mean(), 1),
                    "of all right ones, %": round(
                        100 * (listed & own["right"]).sum() / own["right"].sum(), 1
                    ),
                }
            )
    return pd.DataFrame(table).to_markdown(index=False)


def main() -> None:
    """Compose, search, print the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--layouts", type=Path, required=True, help="folder of .facetracks.mat")
    parser.add_argument("--people", type=Path, required=True, help="archives of people's crops")
    parser.add_argument("--work", type=Path, required=True, help="where films are kept")
    parser.add_argument("--films", type=int, default=5, help="of each fold")
    parser.add_argument("--repeats", type=int, default=4, help="draws of single tracks, pictures")
    args = parser.parse_args()
    torch.set_num_threads(1)
    crops = read_people(args.people)
    weights = ROOT / "resources" / "weights" / f"{NETWORK}.safetensors"
    embedder = open_embedder(NETWORK, weights, {}, torch.device("cpu"))
    pictures = {
        name: embedder.embed(np.stack(own[int(FILM_SHARE * len(own)) :][:40]))
        for name, own in crops.items()
    }
    rows = {}
    for fold in FOLDS:
        compose(args.work, args.layouts, crops, fold, range(args.films))
        folders = [args.work / fold / f"film_{seed}" for seed in range(args.films)]
        found = [search(read_film(folder, embedder), pictures, args.repeats) for folder in folders]
        rows[fold] = pd.concat(found, ignore_index=True)
    wrong = rows[CHOOSE].loc[~rows[CHOOSE]["right"], "plain"]
    print(report(rows[REPORT], float(wrong.quantile(0.99))))


if __name__ == "__main__":
    main()
