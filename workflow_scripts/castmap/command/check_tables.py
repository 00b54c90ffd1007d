"""Check tables, and the files they rest on, against the tables' lock.

Every file of results/tables/tables.lock.json is hashed again, and the status is 1 if one has
changed. Tables must all be here; the files they rest on need not.

    castmap check-tables
"""

import argparse
from pathlib import Path

from castmap.console import InputError
from castmap.files.hashing import sha256_file
from castmap.files.results import read_json


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what `castmap check-tables` takes."""
    parser.add_argument("--lock", type=Path, default="results/tables/tables.lock.json")


def run(args: argparse.Namespace) -> int:
    """Hash every file of the lock again."""
    lock = read_json(args.lock)
    tables = {path: sha for files in lock["tables"].values() for path, sha in files.items()}
    absent = [path for path in tables if not Path(path).exists()]
    here = {path: sha for path, sha in (tables | lock["inputs"]).items() if Path(path).exists()}
    changed = [path for path, sha in here.items() if sha256_file(Path(path)) != sha]
    if absent or changed:
        raise InputError(
            f"{args.lock}: absent: {', '.join(absent) or 'none'}; changed since: "
            f"{', '.join(changed) or 'none'}; `snakemake tables_all` brings them up to date"
        )
    inputs_here, inputs = len(here) - len(tables), len(lock["inputs"])
    print(f"{len(tables)} files of tables and {inputs_here} of {inputs} inputs are as recorded")
    return 0
