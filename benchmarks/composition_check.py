r"""Are composed films like real ones, as far as weak labels can tell?

Of each film, by the pretrained embedding: how far apart the two farthest tracklets of a track are
(quantiles over tracks), and how well weak pairs are told apart: the area under the ROC curve (AUC)
and d', the difference of the means over the pooled standard deviation. A weak pair that shows one
person is a track's two farthest tracklets; one that shows two people is the two nearest tracklets
of two tracks seen at once. Real films are the folders of a workflow's results; films are composed
of the people and the layouts of one fold.

    python -m benchmarks.composition_check --real FOLDER --layouts FOLDER --people FOLDER \
        --work FOLDER
"""

import argparse
from pathlib import Path

import numpy as np
import pandas as pd

from benchmarks.composed_characters import compose
from benchmarks.composed_films import NETWORK, run_workflow
from benchmarks.composition.folds import CHOOSE, FOLDS
from castmap.adaptation.gate import WeakScores, weak_scores
from castmap.evaluation.verification import auc
from castmap.files.results import read_table
from castmap.formats.embeddings import read_embeddings
from castmap.formats.tables import COOCCURRENCE, TRACKLETS
from castmap.mining.tracklets import tracklet_means

QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)


def film_scores(folder: Path) -> WeakScores:
    """The similarities of a film's weak pairs; results/{movie} of the workflow."""
    tracklets = read_table(folder / "tracklets.parquet", TRACKLETS)
    pairs = read_table(folder / "cooccurrence.parquet", COOCCURRENCE)
    embeddings = read_embeddings(folder / f"embeddings.{NETWORK}.safetensors")
    tracks = np.unique(tracklets["track"])
    return weak_scores(tracklets, tracklet_means(tracklets, embeddings), pairs, tracks)


def d_prime(scores: WeakScores) -> float:
    """The difference of the two kinds' means over their pooled standard deviation."""
    same, different = scores
    if min(len(same), len(different)) < 2:
        return float("nan")
    deviation = np.sqrt((same.var(ddof=1) + different.var(ddof=1)) / 2)
    return float((same.mean() - different.mean()) / deviation)


def describe(scores: WeakScores) -> dict[str, float]:
    """One row of the table."""
    farthest = np.quantile(1 - scores.same, QUANTILES)
    truth = np.repeat([True, False], [len(scores.same), len(scores.different)])
    return {
        "tracks": len(scores.same),
        **{f"{share:.0%}": far for share, far in zip(QUANTILES, farthest, strict=True)},
        "cannot-links": len(scores.different),
        "AUC": auc(np.concatenate(scores), truth),
        "d'": d_prime(scores),
    }


def compare(kinds: dict[str, list[Path]]) -> pd.DataFrame:
    """A row per film, a row of all tracks of a kind together, and the mean over its films.

    Args:
        kinds: the folders of films, by what they are called.
    """
    rows = []
    for kind, folders in kinds.items():
        scores = [found for found in map(film_scores, folders) if len(found.same)]
        names = [folder.name for folder in folders]
        films = [
            {"films": kind, "film": name, **describe(found)}
            for name, found in zip(names, scores, strict=True)
        ]
        together = WeakScores(*(np.concatenate(part) for part in zip(*scores, strict=True)))
        mean = pd.DataFrame(films).mean(numeric_only=True).to_dict()
        rows += [*films, {"films": kind, "film": "mean", **mean}]
        rows.append({"films": kind, "film": "together", **describe(together)})
    return pd.DataFrame(rows)


def main() -> None:
    """Compose, embed, mine, print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--real", type=Path, required=True, help="results of real films")
    parser.add_argument("--layouts", type=Path, required=True, help="folder of .facetracks.mat")
    parser.add_argument("--people", type=Path, required=True, help="archives of people's crops")
    parser.add_argument("--work", type=Path, required=True, help="an empty folder")
    parser.add_argument("--fold", choices=FOLDS, default=CHOOSE)
    parser.add_argument("--seeds", type=int, default=5, help="how many films are composed")
    parser.add_argument("--max-tracks", type=int, default=120, help="of a film")
    args = parser.parse_args()
    work, seeds = args.work.resolve(), range(args.seeds)
    composed = [work / "results" / f"film_{seed}" for seed in seeds]
    if not (work / "settings.yaml").exists():
        work.mkdir(parents=True, exist_ok=True)
        compose(work, args.layouts, args.people, args.fold, seeds, args.max_tracks)
    run_workflow(work, *(f"results/film_{seed}/tracklets.parquet" for seed in seeds))
    real = sorted(path.parent for path in args.real.glob("*/tracklets.parquet"))
    table = compare({"real": real, "composed": composed})
    print(table.round(3).to_string(index=False))


if __name__ == "__main__":
    main()
