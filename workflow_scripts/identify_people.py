"""Give the same person one identity in all films of the corpus."""

from pathlib import Path

import numpy as np
import pandas as pd

from castmap.clustering.people import character_vectors, find_people
from castmap.clustering.pooling import pool_tracks
from castmap.console import logger
from castmap.files.results import read_table, write_table
from castmap.formats.embeddings import read_embeddings
from castmap.formats.tables import CLUSTERS, DETECTIONS, PEOPLE, TRACKS
from castmap.stages.process import stage, stage_parser
from castmap.stages.provenance import provenance

_PER_MOVIE = ("clusters", "tracks", "detections", "embeddings")


def main(argv: list[str] | None = None) -> None:
    """Read the characters of all films; write who is whom across them."""
    parser = stage_parser(__doc__)
    parser.add_argument("--movies", nargs="+", required=True)
    for name in _PER_MOVIE:
        parser.add_argument(f"--{name}", nargs="+", type=Path, required=True, help="one per movie")
    parser.add_argument("--stop-distance", type=float, required=True)
    parser.add_argument("--out-people", type=Path, required=True)
    with stage(parser, argv) as args:
        rows, vectors = [], []
        files = zip(args.movies, *(getattr(args, name) for name in _PER_MOVIE), strict=True)
        for number, (movie, clusters, tracks, detections, embeddings) in enumerate(files):
            pooled = pool_tracks(
                read_table(tracks, TRACKS),
                read_table(detections, DETECTIONS),
                read_embeddings(embeddings),
            )
            names, found = character_vectors(read_table(clusters, CLUSTERS), pooled)
            rows += [(number, movie, name) for name in names]
            vectors.append(found)
        table = pd.DataFrame(rows, columns=["film", "movie", "character"])
        people, confidence = find_people(
            np.concatenate(vectors), table.pop("film").to_numpy(int), args.stop_distance
        )
        digits = max(3, len(str(len(table))))
        table["person"] = [f"P{number + 1:0{digits}d}" for number in people]
        table["confidence"] = confidence
        record = provenance("identify_people", stop_distance=args.stop_distance)
        write_table(args.out_people, PEOPLE, table, record)
        logger.info(
            "%s: %d people are %d characters of %d films",
            args.out_people,
            table["person"].nunique(),
            len(table),
            len(args.movies),
        )


if __name__ == "__main__":
    main()
