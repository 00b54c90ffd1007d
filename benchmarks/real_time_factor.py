"""Print how long each stage took for each film, as a share of the film's length.

Reads what a run of the workflow left in results/; below 1.00 a film is processed faster than it
plays. Stages of one film overlap on several cores: the sum is the time on one core.
"""

import argparse
import json
from pathlib import Path

import pandas as pd


def read_benchmarks(results: Path) -> pd.DataFrame:
    """One row per film and stage: seconds, seconds of processor time, peak memory in MiB."""
    rows = []
    for path in sorted((results / "benchmarks").glob("*/*.tsv")):
        info = json.loads((results / path.parent.name / "movie.json").read_text())
        if info["status"] != "ok":
            continue
        measured = pd.read_csv(path, sep="\t").iloc[0]
        rows.append(
            {
                "movie": path.parent.name,
                "stage": path.stem.split(".")[0],
                "film_s": info["duration_s"],
                "s": measured["s"],
                "cpu_s": measured["cpu_time"],
                "peak_mib": measured["max_rss"],
            }
        )
    return pd.DataFrame(rows)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--results", type=Path, default=Path("results"))
    benchmarks = read_benchmarks(parser.parse_args().results)
    print("| film | length s | stage | s | processor s | real-time factor | peak MiB |")
    print("|---|---|---|---|---|---|---|")
    for movie, stages in benchmarks.groupby("movie"):
        for row in stages.itertuples():
            print(
                f"| {movie} | {row.film_s:.1f} | {row.stage} | {row.s:.1f} | {row.cpu_s:.1f} "
                f"| {row.s / row.film_s:.2f} | {row.peak_mib:.0f} |"
            )
        film_s = stages["film_s"].iloc[0]
        print(
            f"| {movie} | {film_s:.1f} | **all** | {stages['s'].sum():.1f} "
            f"| {stages['cpu_s'].sum():.1f} | **{stages['s'].sum() / film_s:.2f}** "
            f"| {stages['peak_mib'].max():.0f} |"
        )


if __name__ == "__main__":
    main()
