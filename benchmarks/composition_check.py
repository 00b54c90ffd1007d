"""Are composed films like real ones, as far as weak labels and the detector's scores can tell?

Of each film, by the pretrained embedding: how far apart the two farthest tracklets of a track are
(quantiles over tracks), and how well weak pairs are told apart: the area under the ROC curve (AUC)
and d', the difference of the means over the pooled standard deviation. A weak pair that shows one
person is a track's two farthest tracklets; one that shows two people is the two nearest tracklets
of two tracks seen at once. Both folders are results of the workflow, such as those in the work
folders of real_clips.py and composed_characters.py.

Then, of films that have labels beside the results: how many tracks show a person with a name, and
how many nobody (a false alarm, or somebody whom the labels do not know), the detector's mean score
over such a track (quantiles over tracks), and how many of them may found a character by it.

    python -m benchmarks.composition_check --real FOLDER --composed FOLDER
"""

import argparse
import sys
from pathlib import Path

import numpy as np
import pandas as pd

from benchmarks.composed_films import NETWORK
from castmap.adaptation.gate import separation, weak_scores
from castmap.clustering.pooling import judge_tracks
from castmap.evaluation.matching import people_of_tracks
from castmap.evaluation.verification import auc
from castmap.files.results import read_table
from castmap.formats.embeddings import read_embeddings
from castmap.formats.tables import COOCCURRENCE, DETECTIONS, TRACKLETS, TRACKS
from castmap.mining.tracklets import tracklet_means
from castmap.stages.labels import read_labels

QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)


def weak_pairs(folder: Path) -> tuple[np.ndarray, np.ndarray]:
    """The cosines of a film's weak pairs of one person, and of two; results/{movie}."""
    tracklets = read_table(folder / "tracklets.parquet", TRACKLETS)
    pairs = read_table(folder / "cooccurrence.parquet", COOCCURRENCE)
    embeddings = read_embeddings(folder / f"embeddings.{NETWORK}.safetensors")
    tracks = np.unique(tracklets["track"])
    scores = weak_scores(tracklets, tracklet_means(tracklets, embeddings), pairs, tracks)
    return scores.same, scores.different


def describe(same: np.ndarray, different: np.ndarray) -> dict[str, float | None]:
    """One row of the table, of pairs of both kinds; what has no pairs is missing."""
    row: dict[str, float | None] = {"tracks": len(same)}
    for share in QUANTILES:
        row[f"{share:.0%}"] = float(np.quantile(1 - same, share)) if len(same) else None
    row["cannot-links"] = len(different)
    truth = np.repeat([True, False], [len(same), len(different)])
    row["AUC"] = auc(np.concatenate([same, different]), truth)
    row["d'"] = separation(same, different) if len(same) and len(different) else None
    return row


def compare(kinds: dict[str, list[Path]]) -> pd.DataFrame:
    """A row per film; and of each kind, the mean over films, and all pairs together.

    Args:
        kinds: the folders of films, by what they are called.
    """
    rows = []
    for kind, folders in kinds.items():
        pairs = [weak_pairs(folder) for folder in folders]
        films = [
            {"films": kind, "film": folder.name, **describe(*found)}
            for folder, found in zip(folders, pairs, strict=True)
        ]
        mean = pd.DataFrame(films).mean(numeric_only=True).to_dict()
        together = describe(*(np.concatenate(part) for part in zip(*pairs, strict=True)))
        rows += [*films, {"films": kind, "film": "mean", **mean}]
        rows.append({"films": kind, "film": "together", **together})
    return pd.DataFrame(rows)


def track_scores(folder: Path, labels: Path) -> pd.DataFrame:
    """Of each track of results/{movie} that labels judge: ``named``, ``score`` and ``usable``."""
    tracks = read_table(folder / "tracks.parquet", TRACKS)
    detections = read_table(folder / "detections.parquet", DETECTIONS)
    truth = read_labels(labels)
    people = people_of_tracks(tracks, truth.faces, truth.judged)
    faces = tracks[~tracks["interpolated"]]
    scores = detections["score"].iloc[faces["detection"]].groupby(faces["track"].to_numpy()).mean()
    table = people.assign(
        named=people["person"].notna(),
        score=scores.loc[people["track"]].to_numpy(),
        usable=judge_tracks(tracks, detections)[0],
    )
    return table.loc[table["judged"], ["named", "score", "usable"]]


def describe_scores(tracks: pd.DataFrame) -> pd.DataFrame:
    """A row for the tracks that show somebody with a name, and one for the others.

    Args:
        tracks: of track_scores.
    """
    rows = []
    for named, own in tracks.groupby("named"):
        row = {"tracks of": "people with names" if named else "nobody", "tracks": len(own)}
        row |= {f"{share:.0%}": own["score"].quantile(share) for share in QUANTILES}
        rows.append({**row, "usable": own["usable"].mean()})
    return pd.DataFrame(rows)


def compare_scores(kinds: dict[str, list[Path]]) -> pd.DataFrame:
    """The rows of each kind of films, of all their labelled tracks together.

    Args:
        kinds: the folders of films, results/{movie}, by what they are called.
    """
    tables = []
    for kind, folders in kinds.items():
        labels = [folder.parents[1] / "labels" / folder.name / "faces.csv" for folder in folders]
        found = [
            track_scores(folder, path)
            for folder, path in zip(folders, labels, strict=True)
            if path.exists()
        ]
        if found:
            table = describe_scores(pd.concat(found))
            table.insert(0, "films", kind)
            tables.append(table)
    return pd.concat(tables) if tables else pd.DataFrame()


def mined_films(results: Path) -> list[Path]:
    """The folders of the films whose weak labels were mined, by name."""
    return sorted(path.parent for path in results.glob("*/tracklets.parquet"))


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--real", type=Path, required=True, help="results of real films")
    parser.add_argument("--composed", type=Path, required=True, help="results of composed films")
    args = parser.parse_args()
    kinds = {"real": mined_films(args.real), "composed": mined_films(args.composed)}
    if not all(kinds.values()):
        sys.exit("a folder has no film with tracklets.parquet")
    print(compare(kinds).round(3).to_string(index=False), end="\n\n")
    print(compare_scores(kinds).round(3).to_string(index=False))


if __name__ == "__main__":
    main()
