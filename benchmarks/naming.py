"""Are names right? Known people in composed films, by pictures that the films do not show.

Films are composed of the people and layouts of a fold (see compose.py), of the first part of each
person's photographs; the gallery is made of the others. castmap finds the characters by the
pretrained embedding and names them. For 1, 3 and 10 pictures a person, and for galleries that hold
all people of the film, half of them and none of them, each beside as many strangers, it prints how
much of the characters' screen time has the right name, a wrong one, and none, with intervals of the
mean over films. Beside it stands the plain way: the nearest mean face, if it is near enough; how
near is chosen on the other fold, so that 1 % of the screen time there is named wrongly. With
--fit, it prints the distributions behind the constants of people/likeness.py, of the fold that
chooses them.

    python -m benchmarks.naming --layouts FOLDER --people FOLDER --work FOLDER [--fit]
"""

import argparse
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd
import torch

from benchmarks.compose import compose_film, read_people
from benchmarks.composed_films import NETWORK, ROOT
from benchmarks.composition.folds import CHOOSE, FOLDS, REPORT, layouts_of_fold, people_of_fold
from benchmarks.composition.layouts import read_layout
from castmap.clustering.cast import clusters_table, find_cast
from castmap.clustering.film import describe_film
from castmap.clustering.pooling import pool_tracks
from castmap.embedding.networks import Embedder, open_embedder
from castmap.evaluation.matching import people_of_tracks
from castmap.files.results import read_table
from castmap.formats.tables import CERTAIN, DETECTIONS, KNOWN_FACES, TRACKS
from castmap.people.known import gather_people
from castmap.people.likeness import likeness
from castmap.people.naming import FilmCast, describe_cast, name_cast
from castmap.stages.crops import embed_archive
from castmap.stages.labels import read_labels
from castmap.tracks.cooccurrence import find_cannot_links
from castmap.tracks.must_links import find_must_links, kept_links

FILM_SHARE = 0.6  # of a person's photographs that films are composed of
_FACES = 5  # of a track that are embedded, spread evenly
_PRIOR, _SEED = 0.83, 2008
PICTURES = (1, 3, 10)
KNOWN = ("all", "half", "none")
"""How many of the people of a film the gallery holds."""


class Film(NamedTuple):
    """A composed film: its characters, the person of each of their tracks, and their lengths, s.

    ``table`` has a row for each track, as CORRECTED; ``embeddings`` are those of ``detections``.
    """

    name: str
    cast: FilmCast
    people: np.ndarray
    seconds: np.ndarray
    table: pd.DataFrame
    tracks: pd.DataFrame
    detections: pd.DataFrame
    embeddings: np.ndarray


def compose(work: Path, layouts: Path, crops: dict, fold: str, seeds: range) -> None:
    """Write the films of a fold that are not there yet."""
    episodes = layouts_of_fold(layouts, fold)
    cast = {
        name: crops[name][: int(FILM_SHARE * len(crops[name]))]
        for name in people_of_fold(crops, fold)
    }
    for seed in seeds:
        folder = work / fold / f"film_{seed}"
        if not (folder / "movie.json").exists():
            layout = read_layout(episodes[seed % len(episodes)])
            options = {"max_tracks": 100, "median_face_px": None, "seed": seed}
            compose_film(folder, work / fold / "labels" / folder.name, layout, cast, **options)


def read_film(folder: Path, embedder: Embedder) -> Film:
    """Find the characters of a composed film."""
    tracks, detections = (
        read_table(folder / f"{schema.name}.parquet", schema) for schema in (TRACKS, DETECTIONS)
    )
    rows = tracks.groupby("track")["detection"].apply(_spread).explode().to_numpy(int)
    kept = folder / "embeddings.npy"
    if not kept.exists():
        embeddings = np.zeros((len(detections), embedder.dimension), np.float32)
        embeddings[rows] = embed_archive(embedder, folder / "faces.zip", rows.tolist(), folder.name)
        np.save(kept, embeddings)
    embeddings = np.load(kept)
    seen = tracks.assign(interpolated=~tracks["detection"].isin(rows))
    links = kept_links(find_must_links(tracks, threading=True))
    film = describe_film(seen, detections, embeddings, links, prior_distance=_PRIOR)
    cast = find_cast(film.calibration_vectors, film, seed=_SEED)
    ends = tracks.groupby("track").agg(start_s=("time_s", "min"), end_s=("time_s", "max"))
    intervals = ends.reset_index().assign(shot=0, n_faces=1)
    table = clusters_table(intervals, film, cast).assign(name=None)
    labels = read_labels(folder.parent / "labels" / folder.name / "faces.csv")
    people = people_of_tracks(tracks, labels.faces).set_index("track")["person"]
    links = np.searchsorted(table["track"], find_cannot_links(tracks))
    found = describe_cast(table, pool_tracks(seen, detections, embeddings), links, [])
    of_tracks = table.set_index("track").loc[found.tracks]
    lengths = (of_tracks["end_s"] - of_tracks["start_s"] + 0.1).to_numpy(float)
    whose = people.reindex(found.tracks).to_numpy(object)
    return Film(folder.name, found, whose, lengths, table, seen, detections, embeddings)


def _spread(detections: pd.Series) -> np.ndarray:
    places = np.unique(np.linspace(0, len(detections) - 1, _FACES).round().astype(int))
    return detections.to_numpy()[places]


def known_table(
    pictures: dict[str, np.ndarray], names: list[str], n: int, random: np.random.Generator
) -> pd.DataFrame:
    """The KNOWN_FACES table of so many pictures of each person, drawn by chance."""
    rows = [
        (name, face)
        for name in names
        for face in random.choice(pictures[name], min(n, len(pictures[name])), replace=False)
    ]
    table = pd.DataFrame(rows, columns=["name", "embedding"])
    table = table.assign(face=range(len(table)), origin=table["name"], crop=b"", quality=1.0)
    return KNOWN_FACES.validate(table.reindex(columns=KNOWN_FACES.columns))


def galleries(
    film: Film, pictures: dict[str, np.ndarray], repeats: int, seed: int
) -> Iterator[tuple[str, int, pd.DataFrame]]:
    """Galleries for a film: how many of its people they hold, and how many pictures of each."""
    random = np.random.default_rng(seed)
    seen = sorted({name for name in film.people if isinstance(name, str)})
    strangers = sorted(set(pictures).difference(seen))
    for _ in range(repeats):
        for n in PICTURES:
            for known, share in zip(KNOWN, (1.0, 0.5, 0.0), strict=True):
                own = random.permutation(seen)[: round(share * len(seen))].tolist()
                others = random.permutation(strangers)[: len(seen)].tolist()
                yield known, n, known_table(pictures, own + others, n, random)


def score(film: Film, given: list[str | None]) -> dict[str, float]:
    """The shares of a film's screen time that are named rightly, wrongly and not; characters."""
    names = np.array([name or "" for name in given], object)[film.cast.character]
    right = names == film.people
    total = film.seconds.sum()
    return {
        "right": film.seconds[right].sum() / total,
        "wrong": film.seconds[(names != "") & ~right].sum() / total,
        "refused": film.seconds[names == ""].sum() / total,
        "named": sum(name is not None for name in given),
        "characters": len(given),
    }


def name_by_castmap(film: Film, table: pd.DataFrame) -> list[str | None]:
    """The certain names, at the default."""
    names = name_cast(film.cast, gather_people([table], None), None, expected_error=0.01)
    certain = names["status"] == CERTAIN
    return names["name"].where(certain, None).tolist()


def nearest(film: Film, table: pd.DataFrame) -> tuple[list[str], np.ndarray]:
    """The known person whose mean face is nearest to each character's, and the cosine."""
    people = gather_people([table], None)
    means = [
        np.array([rows[of == i].mean(axis=0) for i in range(of.max() + 1)])
        for rows, of in (
            (film.cast.vectors, film.cast.character),
            (people.vectors, people.person),
        )
    ]
    one, other = (rows / np.linalg.norm(rows, axis=1, keepdims=True) for rows in means)
    cosines = one @ other.T
    return [people.names[i] for i in cosines.argmax(axis=1)], cosines.max(axis=1)


def choose_cosine(films: list[Film], pictures: dict[str, np.ndarray], repeats: int) -> float:
    """Above which cosine 1 % of the screen time is named wrongly, by the nearest mean face."""
    found = []
    for film in films:
        for _, _, table in galleries(film, pictures, repeats, seed=1):
            names, cosines = nearest(film, table)
            wrong = np.array(names, object)[film.cast.character] != film.people
            of_tracks = cosines[film.cast.character]
            found.append(np.stack([of_tracks, film.seconds * wrong, film.seconds], axis=1))
    rows = np.concatenate(found)
    rows = rows[np.argsort(-rows[:, 0])]
    enough = np.flatnonzero(np.cumsum(rows[:, 1]) > 0.01 * rows[:, 2].sum())
    return float(rows[enough[0], 0]) if len(enough) else 0.0


def fit(films: list[Film], pictures: dict[str, np.ndarray], repeats: int) -> pd.DataFrame:
    """Mean and deviation of the cosines of one person and of strangers, of unmixed characters."""
    rows = []
    for film in films:
        for _, _, table in galleries(film, pictures, repeats, seed=2):
            people = gather_people([table], None)
            cosines = likeness(film.cast.vectors, film.cast.character, people)
            for place, own in enumerate(cosines):
                seen = pd.Series(film.people[film.cast.character == place]).dropna().unique()
                if len(seen) == 1:
                    same = np.array(people.names) == seen[0]
                    rows += list(zip(np.where(same, "one person", "strangers"), own, strict=True))
    found = pd.DataFrame(rows, columns=["pair", "cosine"]).groupby("pair")["cosine"]
    return found.describe(percentiles=[0.01, 0.5, 0.99])


def reliability(films: list[Film], pictures: dict[str, np.ndarray], repeats: int) -> str:
    """Of the most probable names: how probable they are said to be, and how many are right."""
    rows = []
    for film in films:
        for _, _, table in galleries(film, pictures, repeats, seed=3):
            names = name_cast(film.cast, gather_people([table], None), None, expected_error=0.01)
            for place, (name, said) in enumerate(
                zip(names["name"], names["probability"], strict=True)
            ):
                of_character = film.cast.character == place
                right = film.seconds[of_character & (film.people == name)].sum()
                rows.append((name, said, right / film.seconds[of_character].sum()))
    found = pd.DataFrame(rows, columns=["name", "said", "right"]).dropna()
    bins = pd.cut(found["said"], [0, 0.2, 0.5, 0.8, 0.95, 0.99, 1])
    table = found.groupby(bins, observed=True)[["said", "right"]].mean().round(3)
    table["names"] = found.groupby(bins, observed=True).size()
    error = ((table["said"] - table["right"]).abs() * table["names"]).sum() / len(found)
    return f"{table.to_markdown()}\n\nexpected calibration error {error:.3f}"


def interval(values: pd.Series) -> str:
    """The mean, and a 95 % interval by resampling films."""
    random = np.random.default_rng(0)
    own = values.to_numpy(float)
    means = own[random.integers(0, len(own), (2000, len(own)))].mean(axis=1)
    low, high = np.quantile(means, [0.025, 0.975])
    return f"{100 * own.mean():.1f} ({100 * low:.1f}-{100 * high:.1f})"


def report(rows: pd.DataFrame) -> str:
    """A line for each way, gallery and number of pictures; means over films."""
    table = []
    for key, own in rows.groupby(["way", "known", "pictures"], sort=False):
        films = own.groupby("film")[["right", "wrong", "refused"]].mean()
        shares = {f"{name}, %": interval(films[name]) for name in films}
        named = f"{own['named'].sum()} of {own['characters'].sum()}"
        table.append(dict(zip(("by", "known", "pictures"), key, strict=True)) | shares)
        table[-1]["characters named"] = named
    return pd.DataFrame(table).to_markdown(index=False)


def arguments(description: str) -> argparse.ArgumentParser:
    """What a benchmark of composed films and pictures that they do not show is told."""
    parser = argparse.ArgumentParser(
        description=description, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--layouts", type=Path, required=True, help="folder of .facetracks.mat")
    parser.add_argument("--people", type=Path, required=True, help="archives of people's crops")
    parser.add_argument("--work", type=Path, required=True, help="where films are kept")
    parser.add_argument("--films", type=int, default=5, help="of each fold")
    parser.add_argument("--repeats", type=int, default=4, help="draws of each kind")
    return parser


def find_films(args: argparse.Namespace) -> tuple[dict[str, np.ndarray], dict[str, list[Film]]]:
    """The embedded pictures of each person, and the films of each fold, composed if need be."""
    torch.set_num_threads(1)
    crops = read_people(args.people)
    weights = ROOT / "resources" / "weights" / f"{NETWORK}.safetensors"
    embedder = open_embedder(NETWORK, weights, {}, torch.device("cpu"))
    pictures = {
        name: embedder.embed(np.stack(own[int(FILM_SHARE * len(own)) :][:40]))
        for name, own in crops.items()
    }
    films = {}
    for fold in FOLDS:
        compose(args.work, args.layouts, crops, fold, range(args.films))
        folders = [args.work / fold / f"film_{seed}" for seed in range(args.films)]
        films[fold] = [read_film(folder, embedder) for folder in folders]
    return pictures, films


def main() -> None:
    """Compose, name, print the table."""
    parser = arguments(__doc__)
    parser.add_argument("--fit", action="store_true", help="print the constants")
    args = parser.parse_args()
    pictures, films = find_films(args)
    if args.fit:
        print(fit(films[CHOOSE], pictures, args.repeats).round(3).to_markdown(), end="\n\n")
    least = choose_cosine(films[CHOOSE], pictures, args.repeats)
    rows = []
    for film in films[REPORT]:
        for known, n, table in galleries(film, pictures, args.repeats, seed=3):
            names, cosines = nearest(film, table)
            plain = [
                name if near else None for name, near in zip(names, cosines > least, strict=True)
            ]
            for way, given in (("castmap", name_by_castmap(film, table)), ("nearest", plain)):
                own = {"way": way, "known": known, "pictures": n, "film": film.name}
                rows.append(own | score(film, given))
    print(f"nearest: a cosine above {least:.2f}, chosen on the other fold")
    print(report(pd.DataFrame(rows)), end="\n\n")
    print(reliability(films[REPORT], pictures, args.repeats))


if __name__ == "__main__":
    main()
