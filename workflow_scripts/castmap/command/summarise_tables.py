"""Write the scores of each labelled film, and their means, for `dvc metrics`.

These few numbers show at a glance whether a change was for the better, and are small enough for
git. `dvc metrics show` and `dvc metrics diff` read one file per film, and one of their means; `dvc
plots show` draws the same numbers.

    castmap summarise-tables --tables results/tables --out-folder results/summary
"""

import argparse
import json
import shutil
from pathlib import Path

import pandas as pd

from castmap.files.whole import write_json, write_text

_CLUSTERING = {
    "v_measure": "v_measure",
    "weighted_purity": "purity",
    "bcubed_f1": "bcubed_f",
    "character_recall": "character_recall",
    "k_ratio": "found_per_true",
    "operator_clicks": "clicks",
}
_SHOTS = {"recall": "boundary_recall", "precision": "boundary_precision"}
_TRACKS = {"coverage_mean": "track_coverage", "mixed_tracks": "mixed_tracks"}
_MEANS = "corpus"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what `castmap summarise-tables` takes."""
    parser.add_argument("--tables", type=Path, required=True, help="folder of the tables")
    parser.add_argument("--out-folder", type=Path, required=True)


def run(args: argparse.Namespace) -> int:
    """Take each labelled film's scores out of the tables, and their means."""
    clustering = _read(args.tables, "clustering").query("chosen == 'yes'")
    parts = (
        _named(clustering, _CLUSTERING),
        _named(_read(args.tables, "shots"), _SHOTS),
        _named(_read(args.tables, "tracks"), _TRACKS),
    )
    scores = pd.concat(parts, axis=1).astype("Float64").round(6).sort_index()
    metrics = args.out_folder / "metrics"
    if metrics.exists():
        shutil.rmtree(metrics)  # films that are gone
    for movie, row in scores.iterrows():
        write_json(metrics / f"{movie}.json", _present(row))
    write_json(metrics / f"{_MEANS}.json", _present(scores.mean().round(6)))
    write_text(args.out_folder / "scores.csv", scores.to_csv(lineterminator="\n"))
    print(f"{args.out_folder}: scores of {len(scores)} films")
    return 0


def _read(folder: Path, table: str) -> pd.DataFrame:
    # As text: a film may be called 7, or NA.
    return pd.read_csv(folder / f"{table}.csv", converters={"movie": str}).set_index("movie")


def _named(table: pd.DataFrame, names: dict[str, str]) -> pd.DataFrame:
    return table[list(names)].rename(columns=names)


def _present(scores: pd.Series) -> dict[str, float]:
    return json.loads(scores.dropna().to_json(double_precision=6))
