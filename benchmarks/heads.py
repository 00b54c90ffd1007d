"""What each part of a network is worth when it is trained, by each loss.

On composed films (see compose.py), each network is adapted to the film that it then tells the
people of (scope movie), or to all films of the other fold, of other people and episodes (scope
corpus). Printed are, over films, means, and paired gains over the pretrained embedding and over
centring with 95 % intervals (t, over films):

- TPR: of pairs of tracks of two scenes, how many of one person are found at a false positive rate
  of .01. Within a scene a person keeps one look, which every embedding knows again.
- V, oracle K: agglomeration under cannot-links that is told the number of people.
- V, and found / true: castmap's characters, at the stop distance that is carried over from the
  pretrained embedding.

    python -m benchmarks.heads --layouts FOLDER --people FOLDER --work FOLDER

Films are composed and embedded once, in the folder of work. They are kept short, so that a backbone
can be trained on a CPU.
"""

import argparse
import time
import zipfile
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

import numpy as np
import pandas as pd
import torch
import yaml

from benchmarks.compose import WIDE_SHOT_FACE_PX, compose_film, read_people
from benchmarks.composition.folds import FOLDS, REPORT, layouts_of_fold, people_of_fold
from benchmarks.composition.layouts import read_layout
from benchmarks.composition.scenes import scenes_of
from benchmarks.summaries import mean_gain
from castmap.adaptation.adapt import (
    AdaptationSettings,
    Adapted,
    Machine,
    PretrainedBackbone,
    adapt_network,
)
from castmap.adaptation.checkpoints import CheckpointFile
from castmap.adaptation.choice import CENTRING, CORPUS, MOVIE
from castmap.adaptation.faces import TrunkRows
from castmap.adaptation.head import apply_head, load_head
from castmap.adaptation.losses import load_loss
from castmap.adaptation.network import split_state
from castmap.adaptation.trainable import HEADS, LINEAR_HEAD, TRAINABLE, Trainable
from castmap.adaptation.training import Recipe
from castmap.adaptation.weak_labels import FilmLabels
from castmap.catalogues import LOSSES
from castmap.clustering.cast import find_cast
from castmap.clustering.characters import UNASSIGNED
from castmap.clustering.film import FilmTracks, beside, describe_film
from castmap.clustering.pooling import pool_tracks
from castmap.embedding.networks import (
    Embedder,
    describe_backbone,
    load_embedder,
    load_network,
    open_embedder,
)
from castmap.evaluation.clustering import evaluate_clusters
from castmap.evaluation.matching import people_of_tracks
from castmap.evaluation.verification import labelled_pairs, tpr_at_fpr
from castmap.files.results import read_table
from castmap.formats.embeddings import read_embeddings, write_embeddings
from castmap.formats.face_archive import read_crop
from castmap.formats.tables import BACKGROUND, DETECTIONS, TRACKS
from castmap.mining.film import MiningSettings, mine_film
from castmap.packages.pretrained import read_pretrained
from castmap.stages.labels import read_labels
from castmap.tracks.must_links import kept_links

ROOT = Path(__file__).resolve().parents[1]
NETWORK = "sface"
PRETRAINED = "pretrained"
SCORES = ("tpr", "v_oracle_k", "v", "k_ratio")
_FPR = 1e-2
_BATCH = 64  # faces


class Film(NamedTuple):
    """A film, its weak labels and its truth.

    Attributes:
        movie: its name.
        labels: what a network learns from.
        tracks: the TRACKS table.
        detections: the DETECTIONS table.
        people: by track: track, person (missing: nobody) and n_faces.
        scenes: int [t], the scene of each track.
        described: what clustering needs to know.
    """

    movie: str
    labels: FilmLabels
    tracks: pd.DataFrame
    detections: pd.DataFrame
    people: pd.DataFrame
    scenes: np.ndarray
    described: FilmTracks


def make_films(
    layouts: Path, people: Path, work: Path, fold: str, n_films: int, max_tracks: int
) -> list[Path]:
    """Compose and embed the films of a fold, those that are not there yet.

    Args:
        layouts: the folder of .facetracks.mat files.
        people: the folder of people's crops.
        work: where to.
        fold: whose people and layouts.
        n_films: how many; every other one has small faces, as in wide shots.
        max_tracks: of a film, beside false alarms.

    Returns:
        The folder of each film; its labels are in labels/{movie} beside them.
    """
    folders = [work / fold / f"film_{number}" for number in range(n_films)]
    missing = [folder for folder in folders if not _embeddings(folder).exists()]
    if not missing:
        return folders
    crops, episodes = read_people(people), layouts_of_fold(layouts, fold)
    cast = {name: crops[name] for name in people_of_fold(crops, fold)}
    weights = ROOT / "resources" / "weights" / f"{NETWORK}.safetensors"
    embedder = open_embedder(NETWORK, weights, {}, torch.device("cpu"))
    for folder in missing:
        number = folders.index(folder)
        compose_film(
            folder,
            folder.parent / "labels" / folder.name,
            read_layout(episodes[number % len(episodes)]),
            cast,
            max_tracks=max_tracks,
            median_face_px=WIDE_SHOT_FACE_PX if number % 2 else None,
            seed=number,
        )
        write_embeddings(_embeddings(folder), embed_crops(folder / "faces.zip", embedder), {})
    return folders


def embed_crops(archive: Path, embedder: Embedder) -> np.ndarray:
    """The embeddings of all faces of a film, float32 [n, d].

    Args:
        archive: of its crops.
        embedder: by what.
    """
    with zipfile.ZipFile(archive) as crops:
        faces = [read_crop(crops, number) for number in range(len(crops.namelist()))]
    parts = np.array_split(np.stack(faces), -(-len(faces) // _BATCH))
    return np.concatenate([embedder.embed(part) for part in parts])


def _embeddings(folder: Path) -> Path:
    return folder / f"embeddings.{NETWORK}.safetensors"


def read_film(folder: Path, config: dict) -> Film:
    """A film that make_films made; its weak labels are mined.

    Args:
        folder: of the film.
        config: castmap's settings.
    """
    tracks = read_table(folder / "tracks.parquet", TRACKS)
    detections = read_table(folder / "detections.parquet", DETECTIONS)
    rows, seed = read_embeddings(_embeddings(folder)), config["seed"]
    mined = mine_film(tracks, detections, rows, MiningSettings(**config["mining"]), seed)
    labels = FilmLabels(rows, mined.tracklets, mined.hard_examples, folder / "faces.zip")
    truth = read_labels(folder.parent / "labels" / folder.name / "faces.csv").faces
    people = people_of_tracks(tracks, truth)[["track", "person", "n_faces"]]
    described = describe_film(
        *(tracks, detections, rows, kept_links(mined.must_links)),
        prior_distance=config["clustering"]["prior_distance"],
    )
    shots = tracks.groupby("track")["shot"].first()
    scenes = shots.map(scenes_of(tracks, people.set_index("track")["person"])).to_numpy()
    return Film(folder.name, labels, tracks, detections, people, scenes, described)


def measure(film: Film, rows: np.ndarray, seed: int) -> dict[str, float]:
    """SCORES of an embedding of a film.

    Args:
        film: the film.
        rows: float [n, d], unit rows, row i for detection i.
        seed: of the clustering.
    """
    vectors = pool_tracks(film.tracks, film.detections, rows)
    people = film.people["person"].to_numpy(object)
    pairs = labelled_pairs(people, film.scenes)
    cosines = np.einsum("ij,ij->i", vectors[pairs.first], vectors[pairs.second])
    tpr = tpr_at_fpr(cosines, pairs.same, (_FPR,))[f"{_FPR:g}"]
    named = film.people["person"].notna().to_numpy()
    n_people = film.people["person"].nunique()
    oracle = find_cast(
        *(vectors[named], film.described.only(named), "agglomerative_constrained"),
        seed=seed,
        n_clusters=n_people,
    )
    clustered = beside(film.described.calibration_vectors, vectors)
    found = find_cast(clustered, film.described, seed=seed)
    by_oracle = _clustered(film.people[named], oracle.characters)
    by_castmap = _clustered(film.people, found.characters)
    k_ratio = (by_castmap["k_pred"] + by_castmap["characters_of_nobody"]) / n_people
    return {
        "tpr": float("nan") if tpr is None else tpr,
        "v_oracle_k": by_oracle["track"]["v_measure"],
        "v": by_castmap["track"]["v_measure"],
        "k_ratio": k_ratio,
    }


def _clustered(people: pd.DataFrame, characters: np.ndarray) -> dict:
    labels = np.where(characters == UNASSIGNED, BACKGROUND, characters.astype(str))
    return evaluate_clusters(people.assign(character=labels), 0, 0)


def adapt(
    films: Sequence[Film],
    method: str,
    settings: AdaptationSettings,
    recipe: Recipe,
    loss: dict,
    backbone: PretrainedBackbone | None,
) -> Adapted:
    """Adapt to films on one thread of the CPU.

    Args:
        films: at least one.
        method: a loss, or centring.
        settings: what is trained.
        recipe: how.
        loss: its parameters.
        backbone: where it is trained.
    """
    machine = Machine("cpu", 1, "32-true", threads=1)
    chosen = None if method == CENTRING else load_loss(method, loss)
    with TemporaryDirectory() as folder:
        checkpoint = CheckpointFile(Path(folder) / "checkpoint.pt")
        labels = [film.labels for film in films]
        return adapt_network(labels, chosen, settings, recipe, machine, checkpoint, backbone)


def embed(adapted: Adapted, film: Film, learnt: bool) -> np.ndarray:
    """A film's faces by an adapted network, float32 [n, d].

    Args:
        adapted: the network.
        film: the film.
        learnt: whether the network was adapted to this film alone.
    """
    rows = film.labels.embeddings
    if learnt and isinstance(adapted.inputs, TrunkRows):  # most of the work is done
        return adapted.embed(np.arange(len(rows)))
    head, backbone = split_state(adapted.network.state_dict())
    if backbone:
        assert film.labels.crops is not None
        embedder = load_embedder(NETWORK, backbone, torch.device("cpu"))
        rows = embed_crops(film.labels.crops, embedder)
    return apply_head(load_head(head), rows)


def compare(
    films: Sequence[Film],
    learn: Sequence[Film],
    trainable: Trainable,
    methods: Sequence[str],
    config: dict,
) -> list[dict]:
    """The scores of each film by the network of each method.

    Args:
        films: which are measured.
        learn: which are learnt from; none: each film by itself.
        trainable: what is trained.
        methods: losses.
        config: castmap's settings; ``adapt`` holds the recipe.
    """
    own, seed = config["adapt"], config["seed"]
    settings = AdaptationSettings(
        trainable=trainable,
        centring=own["centring"][CORPUS if learn else MOVIE],
        tracklets_per_track=config["mining"]["tracklets_per_track"],
        folds=own["folds"],
        seed=seed,
    )
    recipe = Recipe(*(own[name] for name in ("steps", "batch", "learning_rate", "l2_sp_weight")))
    backbone = None if trainable in HEADS else read_backbone()
    rows = []
    for method in methods:
        part = CENTRING if method == CENTRING else trainable
        for group in [films] if learn else [[film] for film in films]:
            started = time.perf_counter()
            loss = own["losses"].get(method, {})
            adapted = adapt(learn or group, method, settings, recipe, loss, backbone)
            seconds = time.perf_counter() - started
            for film in group:
                scores = measure(film, embed(adapted, film, not learn), seed)
                row = {"film": film.movie, "trained": part, "loss": method, "seconds": seconds}
                rows.append(row | scores)
    return rows


def read_backbone() -> PretrainedBackbone:
    """The pretrained network, to be trained."""
    weights = ROOT / "resources" / "weights" / f"{NETWORK}.safetensors"
    backbone = describe_backbone(NETWORK)
    network = load_network(NETWORK, read_pretrained(weights, NETWORK))
    return PretrainedBackbone(network, backbone.size_px, backbone.last_block)


def summarise(rows: pd.DataFrame) -> pd.DataFrame:
    """Means over films; in brackets the gains over the pretrained embedding and over centring."""
    table = rows.set_index("film")
    baselines = {name: table[table["loss"] == name] for name in (PRETRAINED, CENTRING)}
    lines = []
    for (trained, loss), own in table.groupby(["trained", "loss"], sort=False):
        line = {"trained": trained, "loss": loss, "seconds": f"{own['seconds'].mean():.1f}"}
        for name in SCORES:
            gains = [
                mean_gain(own[name] - of[name].reindex(own.index))
                for baseline, of in baselines.items()
                if baseline != loss != PRETRAINED
            ]
            line[name] = f"{own[name].mean():.3f}" + (f" ({'; '.join(gains)})" if gains else "")
        lines.append(line)
    return pd.DataFrame(lines)


def main() -> None:
    """Compare, and print the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--layouts", type=Path, required=True, help="folder of .facetracks.mat")
    parser.add_argument("--people", type=Path, required=True, help="archives of people's crops")
    parser.add_argument("--work", type=Path, required=True, help="where the films lie")
    parser.add_argument("--fold", choices=FOLDS, default=REPORT, help="whom to measure on")
    parser.add_argument("--scope", choices=(MOVIE, CORPUS), default=MOVIE)
    parser.add_argument("--films", type=int, default=8, help="of each fold")
    parser.add_argument("--max-tracks", type=int, default=110, help="of a film")
    parser.add_argument("--trainable", nargs="+", choices=TRAINABLE, default=HEADS)
    parser.add_argument("--methods", nargs="+", choices=LOSSES.members, default=LOSSES.members)
    parser.add_argument("--steps", type=int, help="default: as in config.yaml")
    parser.add_argument("--batch", type=int, help="default: as in config.yaml")
    parser.add_argument("--l2-sp-weight", type=float, help="default: as in config.yaml")
    parser.add_argument("--out", type=Path, help="a CSV file of the scores of each film")
    args = parser.parse_args()
    torch.set_num_threads(1)
    config = yaml.safe_load((ROOT / "config.yaml").read_text())
    changed = {name: getattr(args, name) for name in ("steps", "batch", "l2_sp_weight")}
    config["adapt"] |= {name: value for name, value in changed.items() if value is not None}
    made = {
        fold: make_films(args.layouts, args.people, args.work, fold, args.films, args.max_tracks)
        for fold in (FOLDS if args.scope == CORPUS else [args.fold])
    }
    films = [read_film(folder, config) for folder in made.pop(args.fold)]
    learn = [read_film(folder, config) for folders in made.values() for folder in folders]
    rows = [
        {"film": film.movie, "trained": "nothing", "loss": PRETRAINED, "seconds": 0.0}
        | measure(film, film.labels.embeddings, config["seed"])
        for film in films
    ]
    rows += compare(films, learn, LINEAR_HEAD, [CENTRING], config)
    for trainable in args.trainable:
        rows += compare(films, learn, trainable, args.methods, config)
    scores = pd.DataFrame(rows)
    if args.out:
        scores.to_csv(args.out, index=False)
    kind = "each by itself" if args.scope == MOVIE else f"learnt from {len(learn)} others"
    print(f"{len(films)} films of the fold {args.fold}, {kind}")
    print(summarise(scores).to_markdown(index=False))


if __name__ == "__main__":
    main()
