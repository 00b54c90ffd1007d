"""List what a person should look at first in a film, by the clicks that an answer saves."""

from pathlib import Path

import numpy as np

from workflow_scripts.clustering.agglomeration import cosine_distances
from workflow_scripts.clustering.pooling import pool_tracks
from workflow_scripts.corrections.review import questions
from workflow_scripts.formats.tables import CHARACTERS, DETECTIONS, REVIEW, TRACKS
from workflow_scripts.stagekit.chosen import add_models, read_chosen
from workflow_scripts.stagekit.console import logger, stage, stage_parser
from workflow_scripts.stagekit.files import provenance, read_json, read_table, write_table
from workflow_scripts.tracks.cooccurrence import cannot_links


def main(argv: list[str] | None = None) -> None:
    """Read characters and the embedding that clustered them; write the questions."""
    parser = stage_parser(__doc__)
    for name in ("detections", "tracks", "characters", "calibration"):
        parser.add_argument(f"--{name}", type=Path, required=True)
    add_models(parser)
    parser.add_argument("--out-review", type=Path, required=True)
    with stage(parser, argv) as args:
        characters = read_table(args.characters, CHARACTERS)
        tracks = read_table(args.tracks, TRACKS)
        vectors = pool_tracks(tracks, read_table(args.detections, DETECTIONS), read_chosen(args))
        table = questions(
            characters,
            cosine_distances(vectors),
            np.searchsorted(characters["track"], cannot_links(tracks)),
            read_json(args.calibration)["carried_stop_distance"],
        )
        write_table(args.out_review, REVIEW, table, provenance("order_review"))
        logger.info("%s: %d questions", args.out_review, len(table))


if __name__ == "__main__":
    main()
