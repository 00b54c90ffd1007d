"""Make the tables of films for other tools, and print the folders that they are in.

Who appears when, in results/exports/MOVIE/: as cast_map.csv, and in the formats of video players,
annotation and editing tools (docs/exports.md says which file is whose). What is missing or out of
date is made first, all the way from the film; what Snakemake says goes to standard error, and only
the folders to standard output.

    castmap export heat
    cp -r "$(castmap export heat)" ~/for_the_editor
"""

import argparse
import sys
from pathlib import Path

from castmap.command.repository import (
    check_known,
    films_of,
    read_config,
    run_snakemake,
    typed_name,
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what `castmap export` takes."""
    parser.add_argument(
        "movies", type=typed_name, nargs="+", metavar="MOVIE", help="the name of a film"
    )
    parser.add_argument("--cores", default="all", metavar="N", help="a number, or all (default)")


def run(args: argparse.Namespace) -> int:
    """Make the exports and print where they are."""
    check_known(args.movies, films_of(read_config()))
    folders = [Path("results/exports", movie) for movie in dict.fromkeys(args.movies)]
    targets = [str(folder / "cast_map.csv") for folder in folders]
    status = run_snakemake(targets, "--cores", args.cores, output=sys.stderr)
    if not status:
        print(*folders, sep="\n")
    return status
