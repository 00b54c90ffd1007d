"""Does the gate accept what helps and refuse what harms? Its decisions beside the truth.

Each labelled film is adapted to by itself (scope movie) by each method. Whether a model truly helps
is measured by the labels: the V-measure of the characters at the stop distance that is carried
over, and the TPR at FPR 0.01 over pairs of tracks, each less that of the pretrained embedding. A
model is good if neither falls and one rises by 0.01, bad if neither rises and one falls by 0.01.
The gate sees weak pairs only; it decides once by the separation d', and once by the AUC that it
took before. Then all is trained again on shuffled weak labels, of which every model must be
refused.

    python -m benchmarks.gate_decisions FILMS --labels LABELS --out FILE.csv

FILMS holds a folder of each film with what track_faces and embed_faces have written, LABELS one
with its faces.csv; films without labels are left out. Where FILMS is the results/ of a workflow
that adapted to its films, its networks are judged; else they are trained here.
"""

import argparse
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import fields
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd
import yaml
from scipy.stats import spearmanr

from castmap.adaptation.adapt import (
    AdaptationSettings,
    Adapted,
    Machine,
    adapt_network,
    cross_fit,
)
from castmap.adaptation.checkpoints import CheckpointFile
from castmap.adaptation.choice import CENTRING, MOVIE, Model, choose, models_of
from castmap.adaptation.gate import (
    Gain,
    WeakScores,
    gain_over_films,
    statistic_of_draws,
    weak_scores,
)
from castmap.adaptation.losses import load_loss
from castmap.adaptation.training import Recipe
from castmap.adaptation.weak_labels import FilmLabels, split_into_folds, without_tracks
from castmap.clustering.cast import find_cast
from castmap.clustering.characters import UNASSIGNED, label_unassigned
from castmap.clustering.film import FilmTracks, beside, describe_film
from castmap.clustering.pooling import pool_tracks
from castmap.evaluation.clustering import evaluate_clusters
from castmap.evaluation.matching import people_of_tracks
from castmap.evaluation.verification import auc, verification_scores
from castmap.files.results import read_table
from castmap.formats.embeddings import read_embeddings
from castmap.formats.tables import DETECTIONS, TRACKS
from castmap.mining.film import MiningSettings, WeakLabels, mine_film
from castmap.mining.hard_examples import find_hard_examples, keep_hardest
from castmap.mining.tracklets import tracklet_means
from castmap.stages.labels import FilmLabels as Labels
from castmap.stages.labels import read_labels
from castmap.tracks.cooccurrence import linked_tracks
from castmap.tracks.must_links import kept_links

ROOT = Path(__file__).resolve().parents[1]
NETWORK = "sface"
CLEAR = 0.01  # a difference of V or TPR that counts
MACHINE = Machine(device="cpu", devices=1, precision="32-true", threads=1)
CROSS_FITTED = "cross_fitted.safetensors"
DRAWS = 200
TRUTHS = ("v", "tpr")
Statistic = Callable[[WeakScores, int], np.ndarray | None]


def separations(scores: WeakScores, seed: int) -> np.ndarray | None:
    """What the gate decides by."""
    return statistic_of_draws(scores, seed, DRAWS)


def aucs(scores: WeakScores, seed: int) -> np.ndarray | None:
    """What it decided by before: the AUC, every pair drawn by itself."""
    n_different = len(scores.different)
    alone = scores._replace(
        group_of_different=np.arange(n_different),
        group_of_same=np.arange(len(scores.same)) + n_different,
    )

    def auc_of(same: np.ndarray, different: np.ndarray) -> float:
        truth = np.repeat([True, False], [len(same), len(different)])
        return float(auc(np.concatenate([same, different]), truth) or 0)

    return statistic_of_draws(alone, seed, DRAWS, auc_of)


STATISTICS = {"separation": separations, "auc": aucs}


class Film(NamedTuple):
    """A labelled film, and its weak labels.

    Attributes:
        tracks: the TRACKS table.
        detections: the DETECTIONS table.
        people: of people_of_tracks.
        described: what clustering takes.
        embeddings: float32 [n, d], the pretrained ones.
        mined: its weak labels.
        folds: of its tracks.
    """

    tracks: pd.DataFrame
    detections: pd.DataFrame
    people: pd.DataFrame
    described: FilmTracks
    embeddings: np.ndarray
    mined: WeakLabels
    folds: list[np.ndarray]


def read_film(folder: Path, labels: Labels, config: dict) -> Film:
    """Read a film's tracks and mine its weak labels."""
    tracks = read_table(folder / "tracks.parquet", TRACKS)
    detections = read_table(folder / "detections.parquet", DETECTIONS)
    embeddings = read_embeddings(folder / f"embeddings.{NETWORK}.safetensors").astype(np.float32)
    seed = config["seed"]
    mined = mine_film(tracks, detections, embeddings, MiningSettings(**config["mining"]), seed)
    described = describe_film(
        *(tracks, detections, embeddings, kept_links(mined.must_links)),
        prior_distance=config["clustering"]["prior_distance"],
    )
    folds = split_into_folds(mined.tracklets, mined.cooccurrence, config["adapt"]["folds"])
    people = people_of_tracks(tracks, labels.faces, labels.judged)
    return Film(tracks, detections, people, described, embeddings, mined, folds)


def adapt_to(film: Film, labels: FilmLabels, method: str, config: dict) -> dict[str, np.ndarray]:
    """The film's faces by a network trained on all of it ("whole"), and cross-fitted.

    Args:
        film: whose faces are embedded.
        labels: what is learnt from: its own, or shuffled ones.
        method: centring or a loss.
        config: config.yaml.
    """
    adapt = config["adapt"]
    recipe = Recipe(**{field.name: adapt[field.name] for field in fields(Recipe)})
    settings = AdaptationSettings(
        trainable=adapt["trainable"],
        centring=adapt["centring"][MOVIE],
        tracklets_per_track=config["mining"]["tracklets_per_track"],
        folds=adapt["folds"],
        seed=config["seed"],
    )
    loss = None if method == CENTRING else load_loss(method, adapt["losses"].get(method, {}))
    own = labels_of(film)
    with tempfile.TemporaryDirectory() as folder:

        def train(part: FilmLabels, name: object) -> Adapted:
            checkpoint = CheckpointFile(Path(folder) / f"{name}.pt")
            return adapt_network([part], loss, settings, recipe, MACHINE, checkpoint)

        without = [
            train(without_tracks(labels, fold), number) for number, fold in enumerate(film.folds)
        ]
        return {
            "whole": train(labels, "whole").embed(np.arange(len(film.embeddings))),
            "cross_fitted": cross_fit(own, film.folds, without),
        }


def read_adapted(films: Path, movie: str, model: Model) -> dict[str, np.ndarray] | None:
    """What adapt_to returns, as the workflow has written it; None if it has not."""
    paths = {
        "whole": films / movie / f"embeddings.{model.name}.safetensors",
        "cross_fitted": films / "adaptation" / movie / str(model.method) / CROSS_FITTED,
    }
    if not all(path.exists() for path in paths.values()):
        return None
    return {name: read_embeddings(path) for name, path in paths.items()}


def labels_of(film: Film) -> FilmLabels:
    """What the film's networks learn from."""
    return FilmLabels(film.embeddings, film.mined.tracklets, film.mined.hard_examples)


def shuffled_labels(film: Film, config: dict, seed: int) -> FilmLabels:
    """The film's weak labels with its faces dealt out to tracks at random."""
    faces = film.tracks.loc[~film.tracks["interpolated"], ["track", "detection"]]
    dealt = np.random.default_rng(seed).permutation(faces["detection"])
    new = dict(zip(faces["detection"], dealt, strict=True))
    tracklets = film.mined.tracklets.assign(
        detection=film.mined.tracklets["detection"].map(new).astype(int)
    )
    hard = find_hard_examples(
        tracklets,
        tracklet_means(tracklets, film.embeddings),
        faces.assign(detection=dealt),
        film.embeddings,
        linked_tracks(film.mined.cooccurrence),
        kept_links(film.mined.must_links),
    )
    hard["kept"] = keep_hardest(hard["hardness"], config["mining"]["hardest_share"])
    return FilmLabels(film.embeddings, tracklets, hard)


def truth(film: Film, embeddings: np.ndarray, seed: int) -> dict:
    """What the labels say of an embedding: V and TPR, and the number of characters."""
    vectors = pool_tracks(film.tracks, film.detections, embeddings)
    clustered = beside(film.described.calibration_vectors, vectors)
    cast = find_cast(clustered, film.described, seed=seed)
    unassigned = label_unassigned(film.described.usable, film.described.faceless)
    names = np.where(cast.characters == UNASSIGNED, unassigned, cast.characters.astype(str))
    table = film.people.assign(character=names)
    clusters = evaluate_clusters(table[table["judged"]], seed, 0)
    people = film.people["person"].to_numpy(object)
    pairs = verification_scores(vectors, people, "tracks", None, seed, 0)
    return {
        "v": clusters["track"]["v_measure"],
        "characters": clusters["k_pred"],
        "people": clusters["k_true"],
        "tpr": pairs["tpr_at_fpr"]["0.01"],
    }


def judge(
    film: Film,
    models: Sequence[Model],
    cross_fitted: dict[str, np.ndarray],
    statistic: Statistic,
    seed: int,
) -> dict[tuple[str, str], Gain]:
    """The gain of each model over each of its baselines, on weak pairs it was not trained on."""
    tracks = np.concatenate(film.folds)
    draws = {}
    for name, embeddings in cross_fitted.items():
        means = tracklet_means(film.mined.tracklets, embeddings)
        scores = weak_scores(film.mined.tracklets, means, film.mined.cooccurrence, tracks)
        draws[name] = statistic(scores, seed)
    return {
        (model.name, base): gain_over_films([draws[model.name] - draws[base]], [1])
        for model in models
        for base in model.baselines
        if draws[base] is not None
    }


def decisions(
    films: Path, movie: str, film: Film, methods: Sequence[str], config: dict
) -> list[dict]:
    """One row for each model: what it truly gains, and what the gate makes of it."""
    own = labels_of(film)
    models = models_of(NETWORK, methods, [MOVIE])
    adapted = {
        model.name: read_adapted(films, movie, model) or adapt_to(film, own, model.method, config)
        for model in models
        if model.method
    }
    whole = {NETWORK: film.embeddings} | {name: each["whole"] for name, each in adapted.items()}
    new = {NETWORK: film.embeddings} | {
        name: each["cross_fitted"] for name, each in adapted.items()
    }
    rows = [
        {"movie": movie, "model": name, **truth(film, faces, config["seed"])}
        for name, faces in whole.items()
    ]
    for statistic, function in STATISTICS.items():
        gains = judge(film, models, new, function, config["seed"])
        choice = choose(models, {}, gains)
        for row in rows:
            gain = gains.get((row["model"], NETWORK))
            row[f"{statistic}_gain"] = gain.value if gain else np.nan
            row[f"{statistic}_low"] = gain.interval[0] if gain else np.nan
            row[f"{statistic}_accepted"] = choice.accepted.get(row["model"], False)
            row[f"{statistic}_chosen"] = row["model"] == choice.model
    return rows


def accepted_of_shuffled(
    film: Film, methods: Sequence[str], config: dict, seed: int
) -> dict[str, list[str]]:
    """The models that the gate accepts, by each statistic, though trained on shuffled labels.

    Centring, which looks at no labels, is not counted.
    """
    models = models_of(NETWORK, methods, [MOVIE])
    shuffled = shuffled_labels(film, config, seed)
    new = {NETWORK: film.embeddings} | {
        model.name: adapt_to(film, shuffled, model.method, config)["cross_fitted"]
        for model in models
        if model.method
    }
    found = {}
    for statistic, function in STATISTICS.items():
        choice = choose(models, {}, judge(film, models, new, function, config["seed"]))
        learnt = [model.name for model in models if model.method not in (None, CENTRING)]
        found[statistic] = [name for name in learnt if choice.accepted[name]]
    return found


def with_kinds(rows: pd.DataFrame) -> pd.DataFrame:
    """The rows of adapted models, with their true gains and whether they are good, bad or even."""
    pretrained = rows[rows["model"] == NETWORK].set_index("movie")
    table = rows[rows["model"] != NETWORK].copy()
    gains = pd.DataFrame(
        {name: table[name] - table["movie"].map(pretrained[name]) for name in TRUTHS}
    ).astype(float)
    table[[f"{name}_gain" for name in TRUTHS]] = gains
    rises, falls = (gains > CLEAR).any(axis=1), (gains < -CLEAR).any(axis=1)
    kinds = [rises & ~falls, falls & ~rises, rises & falls]
    return table.assign(kind=np.select(kinds, ["good", "bad", "mixed"], "even"))


def summarise(rows: pd.DataFrame) -> pd.DataFrame:
    """By statistic: how many of each kind it accepted, rank correlations, V of what it chose."""
    table = with_kinds(rows)
    summary = []
    for statistic in STATISTICS:
        row: dict[str, object] = {"statistic": statistic}
        for kind in ("good", "even", "mixed", "bad"):
            accepted = table.loc[table["kind"] == kind, f"{statistic}_accepted"]
            row[kind] = f"{int(accepted.sum())}/{len(accepted)}"
        for name in TRUTHS:
            both = table[[f"{statistic}_gain", f"{name}_gain"]].dropna()
            row[f"rank_{name}"] = round(spearmanr(*both.to_numpy().T).statistic, 2)
        chosen = rows[rows[f"{statistic}_chosen"]]
        row["v_of_chosen"] = round(chosen["v"].mean(), 3)
        summary.append(row)
    return pd.DataFrame(summary)


def main() -> None:
    """Judge all films and print the tables."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("films", type=Path, help="a folder with one of each film")
    parser.add_argument("--labels", type=Path, required=True, help="likewise, of labels")
    parser.add_argument("--out", type=Path, required=True, help="a CSV file of all models")
    parser.add_argument("--shuffles", type=int, default=5, help="films whose labels are shuffled")
    args = parser.parse_args()
    config = yaml.safe_load((ROOT / "config.yaml").read_text())
    methods = config["adapt"]["methods"]
    rows: list[dict] = []
    fooled = {statistic: 0 for statistic in STATISTICS}
    movies = [path.parent.name for path in sorted(args.labels.glob("*/faces.csv"))]
    for number, movie in enumerate(movies):
        labels = read_labels(args.labels / movie / "faces.csv")
        film = read_film(args.films / movie, labels, config)
        rows += decisions(args.films, movie, film, methods, config)
        if number < args.shuffles:
            for statistic, accepted in accepted_of_shuffled(film, methods, config, number).items():
                fooled[statistic] += bool(accepted)
        pd.DataFrame(rows).to_csv(args.out, index=False)
    table = pd.DataFrame(rows)
    print(with_kinds(table).round(3).to_string(index=False))
    print(summarise(table).to_string(index=False))
    pretrained = table.loc[table["model"] == NETWORK, "v"].mean()
    print(f"{len(movies)} films; V of the pretrained embedding {pretrained:.3f}, ", end="")
    print(f"of the best model of each {table.groupby('movie')['v'].max().mean():.3f}")
    for statistic, count in fooled.items():
        print(f"{statistic}: shuffled labels accepted in {count} of {args.shuffles} films")


if __name__ == "__main__":
    main()
