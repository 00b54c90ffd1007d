"""Check that tables, and the files they rest on, are those that the tables' lock records."""

from pathlib import Path

from castmap.console import InputError, logger
from castmap.files.hashing import sha256_file
from castmap.files.results import read_json
from castmap.stages.process import stage, stage_parser


def main(argv: list[str] | None = None) -> None:
    """Hash every file of the lock again; inputs may be absent, tables may not."""
    parser = stage_parser(__doc__)
    parser.add_argument("--lock", type=Path, default="results/tables/tables.lock.json")
    with stage(parser, argv) as args:
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
        logger.info(
            "%d files of tables and %d of %d inputs are as recorded",
            *(len(tables), len(here) - len(tables), len(lock["inputs"])),
        )


if __name__ == "__main__":
    main()
