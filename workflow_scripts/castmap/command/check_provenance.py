"""Check that Snakemake has a record of what made every result.

`dvc repro` runs this first. Results that came without their records would be taken for those of
today's settings, and DVC would write the new settings beside old numbers.

    castmap check-provenance tables_all
"""

import argparse

from castmap.command.records import check_recorded, find_records, planned_files


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what `castmap check-provenance` takes."""
    parser.add_argument("target", help="what is to be made, as for snakemake: tables_all")


def run(args: argparse.Namespace) -> int:
    """Compare the files of a target with Snakemake's records."""
    check_recorded(planned_files(args.target), find_records())
    print(f"{args.target}: every result on disk has its record")
    return 0
