"""Export the cast maps of films for other programs, and print the folders that they are in.

Who appears when, in results/exports/MOVIE/: as a table, and in the formats of video players,
annotation and editing programs (docs/exports.md lists them). What is missing or out of date is made
first, all the way from the film. Snakemake's messages go to standard error, and only the folders to
standard output.

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
from castmap.exports.files import exported_files


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
    targets = [str(folder / name) for folder in folders for name in exported_files()]
    status = run_snakemake(targets, "--cores", args.cores, output=sys.stderr)
    if not status:
        print(*folders, sep="\n")
    return status
