"""Is somebody found in a film by one picture? In composed films, by pictures that they do not show.

The films and pictures are those of benchmarks.naming. A third of the tracks, drawn by chance, are
taken out of their characters, so that there are tracks without one, as in the background of a film.
Each person of all folds is searched for in each film, by one picture. Of the films of the fold that
reports, it prints how often the probabilities are right, for characters and for single tracks.
Beside castmap stands the plain way: the cosine itself, where it is above a limit that 1 % of
wrong ones pass on the fold that chooses.

    python -m benchmarks.finding --layouts FOLDER --people FOLDER --work FOLDER
"""

import itertools

import numpy as np
import pandas as pd

from benchmarks.composition.folds import CHOOSE, REPORT
from benchmarks.naming import Film, arguments, find_films
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
    args = arguments(__doc__).parse_args()
    pictures, films = find_films(args)
    rows = {
        fold: pd.concat([search(film, pictures, args.repeats) for film in own], ignore_index=True)
        for fold, own in films.items()
    }
    wrong = rows[CHOOSE].loc[~rows[CHOOSE]["right"], "plain"]
    print(report(rows[REPORT], float(wrong.quantile(0.99))))


if __name__ == "__main__":
    main()
