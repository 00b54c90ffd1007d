"""How many characters come out, and how right they are, with nothing tuned to the film.

Composed films (see compose.py) of the people of a fold, or as many as the episode has roles, with
faces as large as the episode's. The whole workflow clusters them by the embedding its gate chooses;
its tables compare castmap with standard algorithms, those that find the number of characters and
those that are given it (oracle K). The same people play in all films, and are found across them.
Then one part of castmap after the other is taken out.

    python -m benchmarks.composed_characters --layouts FOLDER --people FOLDER --work FOLDER
"""

import argparse
import json
from pathlib import Path
from unittest import mock

import numpy as np
import pandas as pd
import yaml

from benchmarks.compose import compose_film, read_people
from benchmarks.composed_films import NETWORK, lay_out, run_workflow
from benchmarks.composition.folds import FOLDS, REPORT, layouts_of_fold, people_of_fold
from benchmarks.composition.layouts import read_layout
from benchmarks.summaries import RATIO, mean_gain
from castmap.clustering import agglomeration
from castmap.clustering.agglomeration import UNRELATED, cluster_constrained, cosine_distances
from castmap.clustering.algorithms import castmap as algorithm
from castmap.clustering.calibration import calibrate_film
from castmap.clustering.cast import Cast, find_cast
from castmap.clustering.characters import UNASSIGNED
from castmap.clustering.film import FilmTracks, describe_film, pool_beside
from castmap.clustering.pooling import pool_tracks
from castmap.evaluation.clustering import evaluate_clusters
from castmap.evaluation.matching import people_of_tracks
from castmap.faces.alignment import TEMPLATE
from castmap.files.results import read_table
from castmap.formats.embeddings import read_embeddings
from castmap.formats.tables import (
    BACKGROUND,
    CLUSTERS,
    DETECTIONS,
    LANDMARK_COLUMNS,
    TRACKS,
)
from castmap.stages.labels import read_labels
from castmap.tracks.cooccurrence import find_cannot_links
from castmap.tracks.must_links import find_must_links, kept_links

NO_LINKS = np.zeros((0, 2), int)
WHOLE = "all"  # the row of castmap with all of its parts
_SCORES = ("character_precision", "character_recall", "v_measure", "bcubed_f1")


def compose(
    work: Path, layouts: Path, people: Path, fold: str, seeds: range, max_tracks: int
) -> None:
    """Write a film per seed, and what the workflow needs beside them.

    Args:
        work: where to.
        layouts: the folder of .facetracks.mat files.
        people: the folder of people's crops.
        fold: whose people and layouts.
        seeds: of the films.
        max_tracks: of a film, beside false alarms.
    """
    episodes, crops = layouts_of_fold(layouts, fold), read_people(people)
    cast = {name: crops[name] for name in people_of_fold(crops, fold)}
    lay_out(work)
    sheet = "movie\tpath\ttitle\tyear\tlabels\trole\n"
    for seed in seeds:
        movie = f"film_{seed}"
        layout = read_layout(episodes[seed % len(episodes)])
        folder, labels = work / "results" / movie, work / "labels" / movie
        options = {"max_tracks": max_tracks, "median_face_px": None, "seed": seed}
        compose_film(folder, labels, layout, cast, **options)
        sheet += f"{movie}\tresults/{movie}/faces.zip\t{movie}\t\tlabels/{movie}\tfilm\n"
    (work / "sheet.tsv").write_text(sheet)
    for name in ("train.txt", "held_out.txt"):
        (work / name).write_text("")
    settings = {
        "movies": {"sheet": "sheet.tsv", "folder": None},
        "adapt": {"scope": "movie", "train": "train.txt", "held_out": "held_out.txt"},
        "people": {"across_films": True},
    }
    (work / "settings.yaml").write_text(yaml.safe_dump(settings))


def summarise(scores: pd.DataFrame) -> dict:
    """Means over films, and how often the number of characters is about right."""
    ratio = scores["k_pred"] / scores["k_true"]
    row = {name: scores[name].mean() for name in _SCORES}
    return {**row, "K ratio": ratio.mean(), "K right": ratio.between(*RATIO).mean()}


def film_scores(work: Path, movies: list[str]) -> pd.DataFrame:
    """What the workflow found in each film: the chosen embedding's characters."""
    rows = []
    for movie in movies:
        folder = work / "results" / movie
        found = json.loads((folder / "metrics" / "clustering.chosen.json").read_text())
        model = json.loads((folder / "choice.json").read_text())["model"]
        counts = {name: found[name] for name in ("k_pred", "k_true", "operator_clicks")}
        scores = {name: found["track"][name] for name in _SCORES}
        unassigned = found["n_tracks_unassigned"]
        broken = count_broken(folder)
        row = {"movie": movie, "model": model, "tracks": found["n_tracks"], **counts}
        rows.append({**row, "unassigned": unassigned, "links broken": broken, **scores})
    return pd.DataFrame(rows)


def count_broken(folder: Path) -> int:
    """Cannot-links between tracks of one character."""
    clusters = read_table(folder / "clusters.chosen.parquet", CLUSTERS).set_index("track")
    one, other = find_cannot_links(read_table(folder / "tracks.parquet", TRACKS)).T
    names = clusters["character"]
    same = names.loc[one].to_numpy() == names.loc[other].to_numpy()
    return int((same & names.loc[one].str.startswith("C").to_numpy()).sum())


def algorithm_scores(work: Path, movies: list[str]) -> pd.DataFrame:
    """Every algorithm by the pretrained embedding and by the chosen one, means over films."""
    rows = []
    for movie in movies:
        folder = work / "results" / movie
        chosen = json.loads((folder / "choice.json").read_text())["model"]
        for row in json.loads((folder / "metrics" / "algorithms.json").read_text())["algorithms"]:
            counts = {name: row[name] for name in ("k_pred", "k_true")}
            scores = {name: row["track"][name] for name in _SCORES}
            k = "oracle" if row["oracle_k"] else "estimated"
            for embedding in {NETWORK: [NETWORK], chosen: ["chosen"]}.get(row["model"], []):
                rows.append({"embedding": embedding, "K": k, **row, **counts, **scores})
            if row["model"] == chosen == NETWORK:
                rows.append({"embedding": NETWORK, "K": k, **row, **counts, **scores})
    groups = pd.DataFrame(rows).groupby(["embedding", "K", "algorithm"], sort=False)
    return pd.DataFrame(
        [dict(zip(groups.keys, key, strict=True)) | summarise(own) for key, own in groups]
    )


def ablations(folder: Path, labels: Path, model: str, prior: float, seed: int) -> list[dict]:
    """One film without one part after the other."""
    tracks, detections = (
        read_table(folder / f"{name}.parquet", schema)
        for name, schema in (("tracks", TRACKS), ("detections", DETECTIONS))
    )
    people = people_of_tracks(tracks, read_labels(labels / "faces.csv").faces)
    equal = detections.assign(score=1.0, size_px=100.0, blur=1000.0)
    equal[list(LANDMARK_COLUMNS)] = TEMPLATE.ravel()
    embeddings = {
        name: read_embeddings(folder / f"embeddings.{name}.safetensors")
        for name in (NETWORK, model)
    }
    must_links = kept_links(find_must_links(tracks, threading=True))

    def run(
        table: pd.DataFrame,
        linked: bool = True,
        calibrated: bool = True,
        threaded: bool = True,
        alone: bool = False,
    ) -> tuple[Cast, np.ndarray, FilmTracks]:
        film = describe_film(
            *(tracks, table, embeddings[NETWORK], must_links if threaded else NO_LINKS),
            prior_distance=prior,
        )
        vectors = (
            pool_tracks(tracks, table, embeddings[model])
            if alone
            else pool_beside(tracks, table, embeddings, model, NETWORK)
        )
        if not linked:
            unlinked = calibrate_film(film.calibration_vectors, NO_LINKS, film.usable, prior)
            film = film._replace(cannot_links=NO_LINKS, calibration=unlinked)
        if not calibrated:
            found = film.calibration
            at_prior = found._replace(stop_distance=found.prior_stop_distance)
            film = film._replace(calibration=at_prior)
        return find_cast(vectors, film, seed=seed), vectors, film

    full, vectors, film = run(detections)
    # The bound of the mean of two embeddings' distances would be too near for one.
    with mock.patch.object(agglomeration, "farthest_carried", lambda _: UNRELATED):
        by_adapted = run(detections, alone=True)[0].characters
    plain = cluster_constrained(cosine_distances(vectors), film.cannot_links, full.stop_distance)
    with mock.patch.object(algorithm, "LOOSE", np.inf):
        with_loose = run(detections)[0].characters
    found = {
        WHOLE: full.characters,
        "by the adapted embedding alone": by_adapted,
        "without cannot-links": run(detections, linked=False)[0].characters,
        "without must-links": run(detections, threaded=False)[0].characters,
        "without calibration": run(detections, calibrated=False)[0].characters,
        "without quality": run(equal)[0].characters,
        "without breaking loose clusters": with_loose,
        "without either, and the rule for small clusters": plain,
    }
    rows = []
    for name, characters in found.items():
        labelled = np.where(characters == UNASSIGNED, BACKGROUND, characters.astype(str))
        table = people[["track", "person", "n_faces"]].assign(character=labelled)
        scores = evaluate_clusters(table, seed, bootstrap=0)
        counts = {key: scores[key] for key in ("k_pred", "k_true")}
        rows.append({"castmap": name, **counts, **scores["track"]})
    return rows


def ablation_table(rows: pd.DataFrame) -> pd.DataFrame:
    """Means over films without each part, and the differences to the whole, paired by film.

    Args:
        rows: of ablations, of several films, with a column movie.
    """
    rows = rows.assign(**{"K ratio": rows["k_pred"] / rows["k_true"]})
    whole = rows[rows["castmap"] == WHOLE].set_index("movie")
    table = []
    for name, of_part in rows.groupby("castmap", sort=False):
        own, row = of_part.set_index("movie"), {"castmap": name}
        for score in (*_SCORES, "K ratio"):
            row[score] = f"{own[score].mean():.3f}"
            if name != WHOLE and len(own) > 1:
                row[score] += f" ({mean_gain(own[score] - whole[score])})"
        table.append(row | {"K right": f"{own['K ratio'].between(*RATIO).sum()}/{len(own)}"})
    return pd.DataFrame(table)


def composed_movies(description: str, default_films: int) -> tuple[Path, list[str]]:
    """Parse the arguments, and compose the films if the work folder has none yet.

    Returns:
        The work folder, and the names of its films.
    """
    parser = argparse.ArgumentParser(
        description=description, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--layouts", type=Path, required=True, help="folder of .facetracks.mat")
    parser.add_argument("--people", type=Path, required=True, help="archives of people's crops")
    parser.add_argument("--work", type=Path, required=True, help="an empty folder")
    parser.add_argument("--fold", choices=FOLDS, default=REPORT, help="whose people and layouts")
    parser.add_argument("--seeds", type=int, default=default_films, help="how many films")
    parser.add_argument("--first-seed", type=int, default=0)
    parser.add_argument("--max-tracks", type=int, default=300, help="of a film")
    args = parser.parse_args()
    seeds = range(args.first_seed, args.first_seed + args.seeds)
    work = args.work.resolve()
    if not (work / "settings.yaml").exists():
        work.mkdir(parents=True, exist_ok=True)
        compose(work, args.layouts, args.people, args.fold, seeds, args.max_tracks)
    return work, [f"film_{seed}" for seed in seeds]


def main() -> None:
    """Compose, run the workflow, print the tables."""
    work, movies = composed_movies(__doc__, default_films=5)
    people_found = "results/corpus/metrics/people.json"
    chosen = [f"results/{movie}/metrics/clustering.chosen.json" for movie in movies]
    run_workflow(work, "tables_all", *chosen, people_found)
    films = film_scores(work, movies)
    print(films.round(3).to_string(index=False), end="\n\n")
    print(pd.Series(summarise(films)).round(3).to_string(), end="\n\n")
    found = json.loads((work / people_found).read_text())
    counts = f"{found['k_pred']} people found of {found['k_true']} in all films"
    scores = ", ".join(f"{name} {found['track'][name]:.3f}" for name in _SCORES)
    print(f"{counts}: {scores}", end="\n\n")
    print(algorithm_scores(work, movies).round(3).to_string(index=False), end="\n\n")
    config = yaml.safe_load((work / "config.yaml").read_text())
    prior, seed = config["clustering"]["prior_distance"], config["seed"]
    rows = [
        {"movie": movie} | row
        for movie, model in zip(movies, films["model"], strict=True)
        for row in ablations(work / "results" / movie, work / "labels" / movie, model, prior, seed)
    ]
    print(ablation_table(pd.DataFrame(rows)).to_string(index=False))


if __name__ == "__main__":
    main()
