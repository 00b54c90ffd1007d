"""Check that Snakemake has a record of what made every result, before building on them.

`dvc repro` runs this first. Without it, results that came without their records would be taken for
those of today's settings, and DVC would write the new settings beside old numbers.
"""

from castmap.console import logger
from castmap.planning.workflow import check_recorded, find_records, planned_files
from castmap.stages.process import stage, stage_parser


def main(argv: list[str] | None = None) -> None:
    """Compare the files of a target with Snakemake's records."""
    parser = stage_parser(__doc__)
    parser.add_argument("target", help="what is to be made, as for snakemake: tables_all")
    with stage(parser, argv) as args:
        check_recorded(planned_files(args.target), find_records())
        logger.info("%s: every result on disk has its record", args.target)


if __name__ == "__main__":
    main()
