"""What must-links and self-training are worth, on films with labels.

Must-links: how many there are, how many are right, and the film without and with them: in
clustering, and as positives and negatives of the training.

Self-training: clusters at a distance much stricter than the stop distance (cores) are taken for one
person each, their tracks for positives of each other, and the cannot-links of one of them for those
of all. The head is trained anew on that. Two ways to stop are compared: the film's stop distance
carried over, as castmap does, and one of the embedding's own: the pairs of cores with a cannot-link
are hidden in folds, the head is trained without each fold, and joining stops where a twentieth of
the hidden pairs is joined. The best stop is that of the labels, for comparison.

A film is a folder with detections, tracks and pretrained embeddings; its labels are in a folder of
the same name. Heads learn by improved triplet.

    python -m benchmarks.film_evidence RESULTS --labels LABELS
"""

import argparse
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

import numpy as np
import pandas as pd
import yaml

from benchmarks.composed_films import NETWORK
from benchmarks.summaries import mean_gain
from castmap.adaptation.adapt import AdaptationSettings, Machine, adapt_network
from castmap.adaptation.checkpoints import CheckpointFile
from castmap.adaptation.losses import load_loss
from castmap.adaptation.training import Recipe
from castmap.adaptation.weak_labels import FilmLabels
from castmap.clustering.agglomeration import (
    agglomerate,
    connected,
    cosine_distances,
    cut,
    joins_within,
    links_among,
)
from castmap.clustering.cast import find_cast
from castmap.clustering.characters import UNASSIGNED
from castmap.clustering.film import FilmTracks, describe_film, links_of_items, pool_items
from castmap.clustering.pooling import pool_tracks
from castmap.evaluation.clustering import evaluate_clusters
from castmap.evaluation.matching import people_of_tracks
from castmap.files.results import read_table
from castmap.formats.embeddings import read_embeddings
from castmap.formats.tables import BACKGROUND, DETECTIONS, TRACKS
from castmap.mining.film import MiningSettings, WeakLabels, mine_film
from castmap.mining.hard_examples import find_hard_examples, keep_hardest
from castmap.mining.tracklets import tracklet_means
from castmap.stages.labels import read_labels
from castmap.tracks.cooccurrence import linked_tracks
from castmap.tracks.must_links import kept_links

ROOT = Path(__file__).resolve().parents[1]
METHOD = "improved_triplet"
CORE = 2 / 3  # of the stop distance; chosen on the fold `choose`
ALLOWED_ERROR = 0.05  # share of hidden pairs of cores that may be joined
FEW_PAIRS = 4  # hidden ones; of fewer no stop distance is found
FOLDS = 4
STOPS = np.arange(0.2, 1.2, 0.02)
FALSE_POSITIVES = 0.01
_SCORES = ("tpr", "v_carried", "ratio", "v_own", "ratio_own", "v_best", "stop", "best_stop")


class Film(NamedTuple):
    """A film, and who its tracks are of, by row: in order of their numbers."""

    tracks: pd.DataFrame
    detections: pd.DataFrame
    embeddings: np.ndarray
    people: pd.DataFrame

    def pooled(self, embeddings: np.ndarray) -> np.ndarray:
        """One vector per track."""
        return pool_tracks(self.tracks, self.detections, embeddings)

    def rows(self, links: np.ndarray) -> np.ndarray:
        """The rows of pairs of track numbers."""
        return np.searchsorted(self.people["track"], links)


def read_film(folder: Path, labels: Path) -> Film:
    """The film of a folder, with its labels."""
    tracks = read_table(folder / "tracks.parquet", TRACKS)
    true = read_labels(labels / "faces.csv")
    return Film(
        tracks,
        read_table(folder / "detections.parquet", DETECTIONS),
        read_embeddings(folder / f"embeddings.{NETWORK}.safetensors"),
        people_of_tracks(tracks, true.faces, true.judged),
    )


def learn(film: Film, mined: WeakLabels, hard_examples: pd.DataFrame, config: dict) -> np.ndarray:
    """The film's embeddings by a head that was trained on these examples."""
    adapt, seed = config["adapt"], config["seed"]
    names = ("steps", "batch", "learning_rate", "l2_sp_weight")
    labels = FilmLabels(film.embeddings, mined.tracklets, hard_examples)
    settings = AdaptationSettings(
        adapt["trainable"],
        adapt["centring"]["movie"],
        config["mining"]["tracklets_per_track"],
        adapt["folds"],
        seed,
    )
    with TemporaryDirectory() as folder:
        adapted = adapt_network(
            [labels],
            load_loss(METHOD, adapt["losses"][METHOD]),
            settings,
            Recipe(**{name: adapt[name] for name in names}),
            Machine("cpu", 1, "32-true", 1),
            CheckpointFile(Path(folder, "checkpoint")),
        )
    return adapted.embed(np.arange(len(film.embeddings)))


def hard_examples_of(
    film: Film, mined: WeakLabels, cannot_links: np.ndarray, must_links: np.ndarray, config: dict
) -> pd.DataFrame:
    """The HARD_EXAMPLES table under these links, pairs of track numbers."""
    means = tracklet_means(mined.tracklets, film.embeddings)
    faces = film.tracks.loc[~film.tracks["interpolated"], ["track", "detection"]]
    table = find_hard_examples(
        mined.tracklets, means, faces, film.embeddings, cannot_links, must_links
    )
    kept = keep_hardest(table["hardness"], config["mining"]["hardest_share"])
    return table.assign(kept=kept)


def find_cores(vectors: np.ndarray, known: FilmTracks) -> np.ndarray:
    """The core of each track, int [n]; a track that is in none is its own."""
    rows = np.flatnonzero(known.usable)
    distances = cosine_distances(vectors[rows])
    joins = agglomerate(distances, links_among(known.cannot_links, known.usable))
    core = cut(joins, joins_within(joins, CORE * known.calibration.stop_distance))
    first = np.unique(core, return_index=True)[1]
    in_cores = np.stack([rows[first[core]], rows], axis=1)
    return connected(len(vectors), np.concatenate([in_cores, known.must_links]))


def own_stop(
    film: Film, mined: WeakLabels, core: np.ndarray, cannot_links: np.ndarray, config: dict
) -> float | None:
    """The largest stop distance at which few hidden pairs of cores are joined.

    Args:
        film: to be clustered.
        mined: its weak labels.
        core: int [n], of each track.
        cannot_links: int [k, 2], pairs of rows.
        config: the settings.

    Returns:
        None where there are too few pairs of cores.
    """
    core_pairs, which = np.unique(np.sort(core[cannot_links], axis=1), axis=0, return_inverse=True)
    if len(core_pairs) < FEW_PAIRS:
        return None
    fold = np.random.default_rng(config["seed"]).permutation(len(core_pairs)) % FOLDS
    numbers, first = film.people["track"].to_numpy(), np.unique(core, return_index=True)[1]
    must_links = _by_core(core, first, numbers)
    joined = np.zeros((len(core_pairs), len(STOPS)), bool)
    for hidden in range(FOLDS):
        rest = cannot_links[fold[which] != hidden]
        hard = hard_examples_of(film, mined, numbers[rest], must_links, config)
        vectors = film.pooled(learn(film, mined, hard, config))
        joins = agglomerate(cosine_distances(pool_items(vectors, core)), links_of_items(rest, core))
        pairs = core_pairs[fold == hidden]
        for place, stop in enumerate(STOPS):
            clusters = cut(joins, joins_within(joins, stop))[pairs]
            joined[fold == hidden, place] = clusters[:, 0] == clusters[:, 1]
    allowed = np.flatnonzero(joined.mean(axis=0) <= ALLOWED_ERROR)
    return float(STOPS[allowed[-1]]) if len(allowed) else float(STOPS[0])


def _by_core(core: np.ndarray, first: np.ndarray, numbers: np.ndarray) -> np.ndarray:
    """Must-links of each track with the first of its core, by track number."""
    links = np.stack([first[core], np.arange(len(core))], axis=1)
    return numbers[links[links[:, 0] != links[:, 1]]]


def scores(
    film: Film, vectors: np.ndarray, known: FilmTracks, config: dict, own: float | None = None
) -> dict:
    """How well an embedding tells people apart, and what clustering makes of it."""
    cast = find_cast(vectors, known, seed=config["seed"])
    row = {"tpr": _tpr(vectors, film.people["person"]), "stop": cast.stop_distance}
    row |= _named(_evaluate(film, cast.characters), "v_carried", "ratio")
    core = known.item_of_track()
    joins = agglomerate(
        cosine_distances(pool_items(vectors, core)), links_of_items(known.cannot_links, core)
    )

    def stopped_at(distance: float) -> dict:
        return _evaluate(film, cut(joins, joins_within(joins, distance))[core])

    tried = [stopped_at(stop)["v_measure"] for stop in STOPS]
    row |= {"v_best": max(tried), "best_stop": STOPS[int(np.argmax(tried))]}
    if own is not None:
        carried = known.calibration._replace(stop_distance=own)
        # The film's distances are those of this embedding then: nothing is carried.
        itself = known._replace(calibration=carried, calibration_vectors=vectors)
        found = _evaluate(film, find_cast(vectors, itself, seed=config["seed"]).characters)
        row |= _named(found, "v_own", "ratio_own") | {"stop": own}
    return row


def _named(found: dict, v_name: str, ratio_name: str) -> dict:
    return {v_name: found["v_measure"], ratio_name: found["ratio"]}


def _evaluate(film: Film, characters: np.ndarray) -> dict:
    labelled = np.where(characters == UNASSIGNED, BACKGROUND, characters.astype(str))
    table = film.people[["track", "person", "n_faces"]].assign(character=labelled)
    found = evaluate_clusters(table, 0, bootstrap=0)
    return found["track"] | {"ratio": found["k_pred"] / found["k_true"]}


def _tpr(vectors: np.ndarray, people: pd.Series) -> float:
    """Of pairs of tracks of one person, the share above all but a hundredth of the others."""
    named = people.notna().to_numpy()
    who = people[named].to_numpy()
    one, other = np.triu_indices(len(who), 1)
    alike = (vectors[named] @ vectors[named].T)[one, other]
    same = who[one] == who[other]
    if same.all() or not same.any():
        return float("nan")
    return float((alike[same] > np.quantile(alike[~same], 1 - FALSE_POSITIVES)).mean())


def measure(film: Film, config: dict) -> tuple[dict, list[dict]]:
    """The film's must-links, and a row of scores for each way to use its evidence."""
    seed = config["seed"]
    mining = {"seed": seed}
    weak = {
        threading: mine_film(
            film.tracks,
            film.detections,
            film.embeddings,
            MiningSettings(**config["mining"] | {"threading": threading}),
            **mining,
        )
        for threading in (False, True)
    }
    links = {threading: kept_links(mined.must_links) for threading, mined in weak.items()}
    known = {
        threading: describe_film(
            *(film.tracks, film.detections, film.embeddings, own),
            prior_distance=config["clustering"]["prior_distance"],
        )
        for threading, own in links.items()
    }
    pretrained = film.pooled(film.embeddings)
    rows = []
    for threading, name in ((False, "without must-links"), (True, "with")):
        rows.append(
            {"how": f"pretrained, {name}"} | scores(film, pretrained, known[threading], config)
        )
    for threading, name in ((False, "without must-links"), (True, "with")):
        mined = weak[threading]
        vectors = film.pooled(learn(film, mined, mined.hard_examples, config))
        rows.append({"how": f"adapted, {name}"} | scores(film, vectors, known[threading], config))
    mined, described = weak[True], known[True]
    core = find_cores(pretrained, described)
    numbers, first = film.people["track"].to_numpy(), np.unique(core, return_index=True)[1]
    hard = hard_examples_of(
        film, mined, linked_tracks(mined.cooccurrence), _by_core(core, first, numbers), config
    )
    vectors = film.pooled(learn(film, mined, hard, config))
    own = own_stop(film, mined, core, described.cannot_links, config)
    rows.append({"how": "self-trained on cores"} | scores(film, vectors, described, config, own))
    who = film.people["person"].to_numpy()[film.rows(links[True])].reshape(-1, 2)
    judged = pd.notna(who).any(axis=1)
    counts = {"links": len(who), "judged": int(judged.sum())}
    counts["right"] = int((who[judged, 0] == who[judged, 1]).sum())
    counts["dropped"] = len(mined.must_links) - len(who)
    return counts, rows


def gains(rows: pd.DataFrame) -> pd.DataFrame:
    """Paired differences that answer what each kind of evidence is worth, with 95 % intervals."""
    table = rows.set_index(["how", "film"])
    compared = [
        ("must-links in clustering", "pretrained, with", "pretrained, without must-links"),
        ("must-links in training and clustering", "adapted, with", "adapted, without must-links"),
        ("self-training beside adaptation", "self-trained on cores", "adapted, with"),
    ]
    found = []
    for name, one, other in compared:
        row = {"what": name}
        for score in ("tpr", "v_carried", "v_best"):
            row[score] = mean_gain((table.loc[one, score] - table.loc[other, score]).dropna())
        found.append(row)
    own = table.loc["self-trained on cores", "v_own"] - table.loc["adapted, with", "v_carried"]
    if own.notna().sum() > 1:
        found.append(
            {"what": "the same, each at its own stop", "v_carried": mean_gain(own.dropna())}
        )
    return pd.DataFrame(found).fillna("")


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("results", type=Path, help="the folder of the films' folders")
    parser.add_argument("--labels", type=Path, required=True, help="of the folders of labels")
    args = parser.parse_args()
    config = yaml.safe_load((ROOT / "config.yaml").read_text())
    counts, rows = [], []
    for labels in sorted(path.parent for path in args.labels.glob("*/faces.csv")):
        folder = args.results / labels.name
        if not (folder / f"embeddings.{NETWORK}.safetensors").exists():
            continue
        own_counts, own_rows = measure(read_film(folder, labels), config)
        counts.append({"film": labels.name} | own_counts)
        rows += [{"film": labels.name} | row for row in own_rows]
    if not counts:
        sys.exit(f"{args.results}: no film of {args.labels} here, with tracks and embeddings")
    table = pd.DataFrame(rows)
    print(pd.DataFrame(counts).to_string(index=False), end="\n\n")
    means = table.groupby("how", sort=False)[[*_SCORES]].mean()
    print(f"Means over {len(counts)} films", means.round(3).to_string(), sep="\n", end="\n\n")
    if len(counts) > 1:
        print(gains(table).to_string(index=False), end="\n\n")
    print(table.round(3).to_string(index=False))


if __name__ == "__main__":
    main()
