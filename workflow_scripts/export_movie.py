"""Write a film's cast map: who appears when."""

from pathlib import Path

from workflow_scripts.clustering.characters import is_character
from workflow_scripts.formats.tables import CAST_MAP, CLUSTERS
from workflow_scripts.stagekit.console import logger, stage, stage_parser
from workflow_scripts.stagekit.files import read_table, write_csv


def main(argv: list[str] | None = None) -> None:
    """Run the stage."""
    parser = stage_parser(__doc__)
    parser.add_argument("--clusters", type=Path, required=True)
    parser.add_argument("--out-cast-map", type=Path, required=True)
    with stage(parser, argv) as args:
        clusters = read_table(args.clusters, CLUSTERS)
        cast = clusters[is_character(clusters["character"])]
        table = cast[CAST_MAP.columns].sort_values(["start_s", "character", "track"])
        table = table.round({"start_s": 3, "end_s": 3, "confidence": 3})
        write_csv(args.out_cast_map, CAST_MAP, table.astype({"confidence": float}))
        logger.info("%s: %d appearances", args.out_cast_map, len(table))


if __name__ == "__main__":
    main()
