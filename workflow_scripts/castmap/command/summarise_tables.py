"""The few numbers that show at a glance whether a change was for the better: small enough for git.

`dvc metrics show` and `dvc metrics diff` read one file per film, and one of their means; `dvc plots
show` draws the same numbers.
"""

import json
import shutil
from pathlib import Path

import pandas as pd

from castmap.console import logger
from castmap.files.whole import write_json, write_text
from castmap.stages.process import stage, stage_parser

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


def main(argv: list[str] | None = None) -> None:
    """Take each labelled film's scores out of the tables, and their means."""
    parser = stage_parser(__doc__)
    parser.add_argument("--tables", type=Path, required=True, help="folder of the tables")
    parser.add_argument("--out-folder", type=Path, required=True)
    with stage(parser, argv) as args:
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
        logger.info("%s: scores of %d films", args.out_folder, len(scores))


def _read(folder: Path, table: str) -> pd.DataFrame:
    # As text: a film may be called 7, or NA.
    return pd.read_csv(folder / f"{table}.csv", converters={"movie": str}).set_index("movie")


def _named(table: pd.DataFrame, names: dict[str, str]) -> pd.DataFrame:
    return table[list(names)].rename(columns=names)


def _present(scores: pd.Series) -> dict[str, float]:
    return json.loads(scores.dropna().to_json(double_precision=6))


if __name__ == "__main__":
    main()
