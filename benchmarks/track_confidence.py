"""How likely it is that a track is right, and how long each character is on screen, by numbers.

Composed films (see compose.py) of the people and layouts of both folds, and labelled real clips, of
which every other one by name is in either fold. Those of the fold that chooses fit the coefficients
of castmap.clustering.certainty and the errors of castmap.clustering.screen_time; those of the other
report. Tracks are clustered by the embedding that the gate chose and by the pretrained one; both
count, and to fit the coefficients each film weighs the same.

A track is right if its person is the one whom most tracks of its character show; what shows nobody
is wrong. Printed are

- the fitted coefficients and errors, beside those in the code;
- of the probabilities in the code: expected calibration error (bins of equally many tracks), Brier
  score, and AUC (does a right track have the larger one?), with 95 % bootstrap intervals over
  films; beside them the same of the margin, read as a probability, and of the base rate of the
  fold that chooses; and the calibration error that so many tracks would have by chance alone;
- the reliability table: mean probability and share that is right of each bin;
- how often the 90 % interval holds a character's true screen time, beside intervals of independent
  errors;
- how many faces are to be looked at until 2 % of the screen time is expected to be wrong, those
  with most time at stake first, and how much then is.

    python -m benchmarks.track_confidence --layouts FOLDER --people FOLDER --clips FOLDER \
        --work FOLDER
"""

import argparse
import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import matplotlib as mpl
import numpy as np
import pandas as pd
from matplotlib import pyplot as plt
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score

from benchmarks import real_clips
from benchmarks.composed_characters import compose
from benchmarks.composed_films import NETWORK, run_workflow
from benchmarks.composition.folds import CHOOSE, FOLDS, REPORT, people_of_fold
from castmap.clustering import certainty
from castmap.clustering.agglomeration import cosine_distances
from castmap.clustering.characters import is_character, screen_time
from castmap.clustering.film import pool_beside
from castmap.clustering.screen_time import COVERED, ERRORS, Errors, screen_times
from castmap.evaluation.matching import people_of_tracks
from castmap.files.results import read_table
from castmap.formats.embeddings import read_embeddings
from castmap.formats.tables import CLUSTERS, DETECTIONS, NOT_A_FACE, TRACKS
from castmap.stages.labels import read_labels
from castmap.tracks.cooccurrence import find_cannot_links

CHOSEN, COMPOSED, CLIPS = "chosen", "composed", "clips"
NAMES = ("intercept", "likeness")
BINS = 10
BOUND = 0.02  # of the screen time, that may be wrong
_RESAMPLES = 1000


def make_films(work: Path, layouts: Path, people: Path, n_films: int, max_tracks: int) -> None:
    """Compose the films of both folds, where they are not yet, and cluster their tracks."""
    for fold in FOLDS:
        folder = work / fold
        if not (folder / "settings.yaml").exists():
            folder.mkdir(parents=True, exist_ok=True)
            compose(folder, layouts, people, fold, range(n_films), max_tracks)
        films = [f"results/film_{seed}" for seed in range(n_films)]
        run_workflow(folder, *(f"{film}/clusters.chosen.parquet" for film in films))


def films_of(folder: Path, names: Iterable[str]) -> Iterator[tuple[Path, pd.DataFrame]]:
    """The results and the labelled faces of films.

    Args:
        folder: where the workflow ran.
        names: of the films.
    """
    for name in names:
        yield folder / "results" / name, read_labels(folder / "labels" / name / "faces.csv").faces


def known_tracks(folder: Path, true_faces: pd.DataFrame, embedding: str) -> pd.DataFrame:
    """The CLUSTERS table of a film, with what the probability is found from and what is true.

    Args:
        folder: the film's results.
        true_faces: its labels.
        embedding: CHOSEN or NETWORK.

    Returns:
        With columns for each of NAMES, ``old`` (the margin), ``person`` (None: nobody's), ``main``
        (whom most tracks of its character show), ``second_main``, ``right``, ``judged``.
    """
    tracks = read_table(folder / "tracks.parquet", TRACKS)
    detections = read_table(folder / "detections.parquet", DETECTIONS)
    clusters = read_table(folder / f"clusters.{embedding}.parquet", CLUSTERS)
    calibration = json.loads((folder / f"clusters.{embedding}.json").read_text())
    chosen = json.loads((folder / "choice.json").read_text())["model"]
    model = chosen if embedding == CHOSEN else embedding
    embeddings = {
        name: read_embeddings(folder / f"embeddings.{name}.safetensors")
        for name in {NETWORK, model}
    }
    names = sorted(clusters.loc[is_character(clusters["character"]), "character"].unique())
    characters = pd.Index(names).get_indexer(clusters["character"])
    stop_distance = calibration["carried_stop_distance"]
    places = certainty.place_tracks(
        cosine_distances(pool_beside(tracks, detections, embeddings, model, NETWORK)),
        characters,
        np.searchsorted(clusters["track"], find_cannot_links(tracks)),
        stop_distance,
    )
    table = clusters.assign(
        confidence=certainty.track_confidence(places),
        old=places.margins(),
        intercept=1.0,
        likeness=certainty.likeness(places),
    )
    people = people_of_tracks(tracks, true_faces)
    table["judged"] = people["judged"].to_numpy()
    found = people["person"].astype(object)
    table["person"] = found.where(found.notna(), None).to_numpy()
    shown = {name: Counter(own.dropna()) for name, own in table.groupby("character")["person"]}
    main = {n: c.most_common(1)[0][0] for n, c in shown.items() if n in names and c}
    table["main"] = table["character"].map(main).astype(object)
    table["second_main"] = table["second_character"].map(main).astype(object)
    table["right"] = table["person"].notna() & (table["person"] == table["main"])
    return table.assign(film=f"{folder.parents[1].name}/{folder.name} {embedding}")


def of_characters(table: pd.DataFrame) -> pd.DataFrame:
    """The tracks that are in a character and can be judged."""
    return table[is_character(table["character"]) & table["judged"]]


def fit(table: pd.DataFrame) -> np.ndarray:
    """The coefficients, float [k], of NAMES: hardly penalised maximum likelihood."""
    model = LogisticRegression(C=1e4, fit_intercept=False, tol=1e-8, max_iter=1000)
    weights = 1 / table["film"].map(table["film"].value_counts())
    weights *= len(table) / weights.sum()
    return model.fit(table[list(NAMES)], table["right"], sample_weight=weights).coef_[0]


def fit_errors(table: pd.DataFrame, composed: list[pd.DataFrame]) -> Errors:
    """Where tracks are that are not in their person's character, and how errors come together.

    Args:
        table: tracks, with what is true of them.
        composed: the composed films among them; of clips, characters are too short to say.
    """
    lost = table[~table["right"] & (table["character"] != NOT_A_FACE) & table["judged"]]
    second = lost["person"].notna() & (lost["person"] == lost["second_main"])
    mains = table.groupby("film")["main"].agg(lambda names: set(names.dropna()))
    in_cast = np.array(
        [who in mains[film] for who, film in zip(lost["person"], lost["film"], strict=True)]
    )
    errors = Errors(float(second.mean()), float((in_cast & ~second).mean()), 0.0)
    found = covered(composed, errors)
    beyond = np.maximum(found["low_s"] - found["true_s"], found["true_s"] - found["high_s"])
    share = np.quantile(beyond / found["screen_time_s"], COVERED, method="higher")
    return errors._replace(together=max(float(share), 0.0))


def calibration_error(probabilities: np.ndarray, right: np.ndarray) -> float:
    """Mean difference of probability and share that is right, over bins of equally many tracks."""
    bins = reliability(probabilities, right)
    gaps = (bins["probability"] - bins["right"]).abs()
    return float((gaps * bins["tracks"]).sum() / bins["tracks"].sum())


def error_by_chance(probabilities: np.ndarray) -> tuple[float, float]:
    """The calibration error of probabilities that all hold, of so many tracks.

    Few tracks fall into a bin, and their share that is right is off by chance alone.

    Returns:
        The mean over draws of what is right, each track by itself, and the 95 % quantile.
    """
    random = np.random.default_rng(0)
    drawn = random.random((_RESAMPLES, len(probabilities))) < probabilities
    errors = [calibration_error(probabilities, right.astype(float)) for right in drawn]
    return float(np.mean(errors)), float(np.quantile(errors, 0.95))


def reliability(probabilities: np.ndarray, right: np.ndarray) -> pd.DataFrame:
    """Of each bin of equally many tracks: their number, mean probability and share right."""
    order = np.argsort(probabilities, kind="stable")
    return pd.DataFrame(
        [
            (len(some), probabilities[some].mean(), right[some].mean())
            for some in np.array_split(order, BINS)
            if len(some)
        ],
        columns=["tracks", "probability", "right"],
    )


def brier(probabilities: np.ndarray, right: np.ndarray) -> float:
    """The mean squared difference of probability and what is true."""
    return float(np.square(probabilities - right).mean())


def auc(probabilities: np.ndarray, right: np.ndarray) -> float:
    """How often a right track has the larger probability; no number where all are right."""
    return float(roc_auc_score(right, probabilities)) if 0 < right.mean() < 1 else np.nan


SCORES: dict[str, Callable[[np.ndarray, np.ndarray], float]] = {
    "ECE": calibration_error,
    "Brier": brier,
    "AUC": auc,
}


def score_rows(table: pd.DataFrame, base_rate: float) -> Iterator[dict]:
    """The scores of each way to say how sure a track is, with intervals over films."""
    ways = {"probability": table["confidence"], "margin": table["old"]}
    ways["base rate"] = pd.Series(base_rate, table.index)
    random = np.random.default_rng(0)
    films = [np.flatnonzero(table["film"] == film) for film in table["film"].unique()]
    drawn = [
        np.concatenate([films[film] for film in random.integers(len(films), size=len(films))])
        for _ in range(_RESAMPLES)
    ]
    right = table["right"].to_numpy(float)
    for way, said in ways.items():
        row, values = {"way": way}, said.to_numpy(float)
        for name, score in SCORES.items():
            spread = np.nanpercentile([score(values[d], right[d]) for d in drawn], [2.5, 97.5])
            row[name] = f"{score(values, right):.3f} ({spread[0]:.3f}-{spread[1]:.3f})"
        yield row


def true_time(table: pd.DataFrame, character: str) -> float | None:
    """How long a character's person is seen, in tracks that are in no other character of theirs.

    Returns:
        s; None of a character that shows nobody.
    """
    main = table.loc[table["character"] == character, "main"].iloc[0]
    if not isinstance(main, str):
        return None
    elsewhere = (table["main"] == main) & (table["character"] != character)
    return screen_time(table[(table["person"] == main) & ~elsewhere])


def covered(films: list[pd.DataFrame], errors: Errors) -> pd.DataFrame:
    """Of each character: its screen time, interval, true screen time, and whether it is held."""
    rows = []
    for table in films:
        for row in screen_times(table, errors).itertuples():
            true = true_time(table, row.character)
            if true is not None:
                held = row.screen_time_low_s - 1e-6 <= true <= row.screen_time_high_s + 1e-6
                rows.append((*row[2:], true, held))
    columns = ["screen_time_s", "low_s", "high_s", "true_s", "held"]
    return pd.DataFrame(rows, columns=columns)


def bound_row(table: pd.DataFrame) -> dict:
    """Faces to look at in a film until BOUND of its screen time is expected to be wrong."""
    lengths = (table["end_s"] - table["start_s"]).to_numpy(float)
    doubt = (1 - table["confidence"].to_numpy(float)) * lengths
    order = np.argsort(-doubt, kind="stable")
    left = (doubt.sum() - np.cumsum(np.append(0, doubt[order]))) / lengths.sum()
    n_faces = int(np.argmax(left <= BOUND))
    rest = order[n_faces:]
    wrong = lengths * ~table["right"].to_numpy()
    return {
        "tracks": len(table),
        "expected wrong": left[0],
        "wrong": wrong.sum() / lengths.sum(),
        "to look at": n_faces,
        "wrong after": wrong[rest].sum() / lengths.sum(),
    }


def report(fold: str, films: list[pd.DataFrame], base_rate: float) -> pd.DataFrame:
    """Print all of one fold and embedding; return its reliability table."""
    table = of_characters(pd.concat(films))
    n_films, share = table["film"].nunique(), 1 - table["right"].mean()
    print(f"\n== {fold}: {len(table)} tracks of {n_films} films, {share:.1%} wrong")
    print(pd.DataFrame(score_rows(table, base_rate)).to_string(index=False), end="\n\n")
    mean, most = error_by_chance(table["confidence"].to_numpy(float))
    print(f"ECE if every probability held: {mean:.3f}, in 95 % up to {most:.3f}\n")
    bins = reliability(table["confidence"].to_numpy(float), table["right"].to_numpy(float))
    print(bins.round(3).to_string(index=False), end="\n\n")
    plain = ERRORS._replace(together=0.0)
    for name, errors in (("as in the code", ERRORS), ("independent errors", plain)):
        held = covered(films, errors)
        width = ((held["high_s"] - held["low_s"]) / held["screen_time_s"]).median()
        print(
            f"90 % intervals, {name}: hold {held['held'].mean():.1%} of {len(held)} characters, "
            f"median width {width:.1%} of the screen time"
        )
    rows = [bound_row(of_characters(film)) for film in films]
    print(pd.DataFrame(rows).mean().round(3).to_frame().T.to_string(index=False))
    return bins


def draw(bins: dict[str, pd.DataFrame], file: Path) -> None:
    """Draw reliability tables; the same bytes every time."""
    mpl.rcParams |= {"svg.hashsalt": "castmap", "font.size": 9}
    figure, axes = plt.subplots(figsize=(4, 4))
    axes.plot([0.4, 1], [0.4, 1], color="#8a8f98", linewidth=1)
    colours = ("#0072b2", "#d55e00", "#009e73")
    for (name, table), colour in zip(bins.items(), colours, strict=False):
        axes.plot(table["probability"], table["right"], "o-", color=colour, label=name)
    axes.set(xlabel="confidence", ylabel="share of tracks that are right", aspect="equal")
    axes.set(xlim=(0.4, 1.01), ylim=(0.4, 1.01))
    axes.legend(frameon=False)
    figure.savefig(file, bbox_inches="tight", metadata={"Date": None})


def main() -> None:
    """Compose, cluster, fit, print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--layouts", type=Path, required=True, help="folder of .facetracks.mat")
    parser.add_argument("--people", type=Path, required=True, help="archives of people's crops")
    parser.add_argument("--work", type=Path, required=True, help="what is done there stays")
    parser.add_argument("--clips", type=Path, required=True, help="folder of labelled clips")
    parser.add_argument("--films", type=int, default=5, help="composed ones of each fold")
    parser.add_argument("--max-tracks", type=int, default=150, help="of a composed film")
    parser.add_argument("--picture", type=Path, help="where to draw the reliability tables")
    args = parser.parse_args()
    work = args.work.resolve()
    make_films(work, args.layouts, args.people, args.films, args.max_tracks)
    clips = real_clips.find_clips(args.clips.resolve(), None)
    real_clips.lay_out(work / CLIPS, clips)
    real_clips.run_workflow(work / CLIPS, [clip.name for clip in clips], 2)
    composed = [f"film_{seed}" for seed in range(args.films)]
    tables = {
        (fold, kind, embedding): [known_tracks(*film, embedding) for film in films_of(*some)]
        for fold in FOLDS
        for kind, some in (
            (COMPOSED, (work / fold, composed)),
            (CLIPS, (work / CLIPS, people_of_fold([clip.name for clip in clips], fold))),
        )
        for embedding in (CHOSEN, NETWORK)
    }
    learnt = [film for key, films in tables.items() if key[0] == CHOOSE for film in films]
    known = of_characters(pd.concat(learnt))
    coefficients = pd.DataFrame(
        {"in the code": [certainty.INTERCEPT, certainty.SLOPE], "fitted": fit(known)}, NAMES
    )
    print(coefficients.round(3).to_string())
    some = [
        table for key, films in tables.items() if key[:2] == (CHOOSE, COMPOSED) for table in films
    ]
    print(f"in the code: {ERRORS}\nfitted: {fit_errors(pd.concat(learnt), some)}")
    bins = {
        f"{kind}, {embedding}": report(f"{kind}, {embedding}", films, known["right"].mean())
        for (fold, kind, embedding), films in tables.items()
        if fold == REPORT
    }
    if args.picture:
        draw({kind: bins[f"{kind}, {CHOSEN}"] for kind in (COMPOSED, CLIPS)}, args.picture)


if __name__ == "__main__":
    main()
