"""A series that remembers its cast: how many names later episodes have from those before them.

Ten episodes are composed in order (see compose.py); half of the cast of each is new, until
everybody has been seen. castmap finds the characters of an episode by the pretrained embedding and
names them by the episodes before it alone. Then somebody calls each character by the person who is
seen most in it, which is what later episodes remember. A line for each episode says how much of the
screen time of people who were seen before has the right name, how much is proposed the right one,
and how much of all has a wrong one. Last, it prints how long the assignment takes in a film of 25
characters with 2,000 known people.

    python -m benchmarks.series --layouts FOLDER --people FOLDER --work FOLDER
"""

import argparse
import time
from pathlib import Path

import numpy as np
import pandas as pd
import torch

from benchmarks.compose import compose_film, read_people
from benchmarks.composed_films import NETWORK, ROOT
from benchmarks.composition.layouts import read_layout
from benchmarks.naming import Film, known_table, read_film
from castmap.embedding.networks import open_embedder
from castmap.formats.tables import CERTAIN, PROPOSED
from castmap.people.known import gather_people
from castmap.people.naming import FilmCast, name_cast
from castmap.people.remembering import choose_faces

EPISODES, CAST = 10, 6
_MOST_KNOWN, _CHARACTERS, _TRACKS = 2000, 25, 1500


def cast_of_episode(people: list[str], episode: int) -> list[str]:
    """Six people, of whom three were in the episode before."""
    return [people[(episode * CAST // 2 + place) % len(people)] for place in range(CAST)]


def compose(work: Path, layouts: Path, crops: dict, seed: int) -> None:
    """Write the episodes that are not there yet."""
    people = np.random.default_rng(seed).permutation(sorted(crops)).tolist()
    episodes = sorted(layouts.glob("*.facetracks.mat"))
    for number in range(EPISODES):
        folder = work / f"e{number + 1:02d}"
        if not (folder / "movie.json").exists():
            cast = {name: crops[name] for name in cast_of_episode(people, number)}
            layout = read_layout(episodes[number % len(episodes)])
            options = {"max_tracks": 100, "median_face_px": None, "seed": seed + number}
            compose_film(folder, work / "labels" / folder.name, layout, cast, **options)


def confirmed(film: Film) -> pd.DataFrame:
    """The faces that are remembered once somebody has named each character."""
    called = {
        film.cast.characters[place]: own.mode().iloc[0]
        for place, own in pd.Series(film.people).groupby(film.cast.character)
        if own.notna().any()
    }
    named = film.table.assign(name=film.table["character"].map(called))
    chosen = choose_faces(named, film.tracks, film.detections, film.embeddings)
    faces = [(row.name, film.embeddings[row.detection]) for row in chosen.itertuples(index=False)]
    table = pd.DataFrame(faces, columns=["name", "embedding"])
    return table.assign(face=range(len(table)), origin=film.name, crop=b"", quality=1.0)


def name_episode(film: Film, remembered: list[pd.DataFrame]) -> dict:
    """How much of the screen time of those who were seen before has which name."""
    known = gather_people(remembered, None)
    names = name_cast(film.cast, known, None, expected_error=0.01)
    before = np.isin(film.people.astype(str), known.names)
    total = max(film.seconds[before].sum(), 1e-9)
    row = {"episode": film.name, "seen before, % of the time": 100 * total / film.seconds.sum()}
    for status in (CERTAIN, PROPOSED):
        own = names["name"].where(names["status"] == status, "").to_numpy(object)
        right = own[film.cast.character] == film.people
        row[f"{status} and right, %"] = 100 * film.seconds[right].sum() / total
    used = names["name"].where(names["status"] == CERTAIN, "").to_numpy(object)
    used = used[film.cast.character]
    wrong = (used != "") & (used != film.people)
    return row | {"wrong, % of the whole": 100 * film.seconds[wrong].sum() / film.seconds.sum()}


def time_assignment() -> float:
    """Seconds to name the characters of a film, with many people known."""
    random = np.random.default_rng(0)
    people = random.normal(size=(_MOST_KNOWN, 10, 128))
    faces = people / np.linalg.norm(people, axis=2, keepdims=True)
    names = [f"person {number}" for number in range(_MOST_KNOWN)]
    known = gather_people(
        [known_table(dict(zip(names, faces, strict=True)), names, 10, random)], None
    )
    tracks = people[np.arange(_TRACKS) % _CHARACTERS, 0] + random.normal(size=(_TRACKS, 128))
    pairs = [(a, b) for b in range(_CHARACTERS) for a in range(b) if random.random() < 0.3]
    cast = FilmCast(
        characters=[f"C{place:02d}" for place in range(_CHARACTERS)],
        given=[None] * _CHARACTERS,
        refused=[set() for _ in range(_CHARACTERS)],
        seconds=np.ones(_CHARACTERS),
        tracks=np.arange(_TRACKS),
        vectors=tracks / np.linalg.norm(tracks, axis=1, keepdims=True),
        character=np.arange(_TRACKS) % _CHARACTERS,
        conflicts=np.array(pairs),
    )
    start = time.perf_counter()
    name_cast(cast, known, None, expected_error=0.01)
    return time.perf_counter() - start


def main() -> None:
    """Compose, name episode after episode, print the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--layouts", type=Path, required=True, help="folder of .facetracks.mat")
    parser.add_argument("--people", type=Path, required=True, help="archives of people's crops")
    parser.add_argument("--work", type=Path, required=True, help="where episodes are kept")
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    torch.set_num_threads(1)
    compose(args.work, args.layouts, read_people(args.people), args.seed)
    weights = ROOT / "resources" / "weights" / f"{NETWORK}.safetensors"
    embedder = open_embedder(NETWORK, weights, {}, torch.device("cpu"))
    remembered: list[pd.DataFrame] = []
    rows = []
    for number in range(EPISODES):
        film = read_film(args.work / f"e{number + 1:02d}", embedder)
        rows.append(name_episode(film, remembered))
        remembered.append(confirmed(film))
    print(pd.DataFrame(rows).round(1).to_markdown(index=False), end="\n\n")
    print(f"{_MOST_KNOWN:,} known people: {time_assignment():.2f} s a film")


if __name__ == "__main__":
    main()
