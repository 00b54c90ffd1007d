"""List what a person should look at first in a film, by the clicks that an answer saves."""

from argparse import Namespace
from pathlib import Path

import numpy as np
import pandas as pd

from castmap.clustering.agglomeration import cosine_distances
from castmap.clustering.pooling import pool_tracks
from castmap.console import logger
from castmap.corrections.review import Pairs, questions
from castmap.files.results import read_json, read_table, write_table
from castmap.formats.corrections import DIFFERENT, SPLIT
from castmap.formats.tables import CHARACTERS, COOCCURRENCE, DETECTIONS, REVIEW, TRACKS
from castmap.stages.chosen import add_models, read_chosen
from castmap.stages.process import stage, stage_parser
from castmap.stages.provenance import provenance
from castmap.tracks.cooccurrence import IMPOSSIBLE, find_cannot_links


def main(argv: list[str] | None = None) -> None:
    """Read characters, the embedding that clustered them, and what was said; write questions."""
    parser = stage_parser(__doc__)
    for name in ("detections", "tracks", "cooccurrence", "characters", "journal", "calibration"):
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
            _pairs(args, tracks, characters["track"].to_numpy()),
            read_json(args.calibration)["carried_stop_distance"],
        )
        write_table(args.out_review, REVIEW, table, provenance("order_review"))
        logger.info("%s: %d questions", args.out_review, len(table))


def _pairs(args: Namespace, tracks: pd.DataFrame, numbers: np.ndarray) -> Pairs:
    """The known pairs by their rows among the track numbers."""
    met = read_table(args.cooccurrence, COOCCURRENCE)
    impossible = met.loc[met["kind"] == IMPOSSIBLE, ["track", "other_track"]].to_numpy(int)
    different = [
        (row["track"], row["other_track"])
        for row in read_json(args.journal)["rows"]
        if row["action"] in (DIFFERENT, SPLIT)
        and row["status"] == "held"
        and row["other_track"] is not None
    ]
    known = (find_cannot_links(tracks), impossible, np.array(different, int))
    return Pairs(*(np.searchsorted(numbers, pairs.reshape(-1, 2)) for pairs in known))


if __name__ == "__main__":
    main()
