"""Group the tracks of a film into characters."""

from pathlib import Path

import numpy as np

from workflow_scripts.clustering.agglomeration import (
    carried_stop_distance,
    cluster_constrained,
    confidence,
    cosine_distances,
)
from workflow_scripts.clustering.characters import name_characters
from workflow_scripts.clustering.pooling import pool_tracks
from workflow_scripts.formats.tables import CLUSTERS, DETECTIONS, FRAMES, SHOTS, TRACKS
from workflow_scripts.stagekit.console import logger, stage, stage_parser
from workflow_scripts.stagekit.embeddings import read_embeddings
from workflow_scripts.stagekit.files import provenance, read_table, write_table
from workflow_scripts.tracks.cooccurrence import cannot_links
from workflow_scripts.tracks.examined import track_intervals


def main(argv: list[str] | None = None) -> None:
    """Run the stage."""
    parser = stage_parser(__doc__)
    parser.add_argument("--frames", type=Path, required=True)
    parser.add_argument("--shots", type=Path, required=True)
    parser.add_argument("--detections", type=Path, required=True)
    parser.add_argument("--tracks", type=Path, required=True)
    parser.add_argument("--embeddings", type=Path, required=True)
    parser.add_argument(
        "--reference-embeddings",
        type=Path,
        help="those that the stop distance is meant for, if they are others",
    )
    parser.add_argument("--every-nth-frame", type=int, required=True)
    parser.add_argument("--stop-distance", type=float, required=True)
    parser.add_argument("--out-clusters", type=Path, required=True)
    with stage(parser, argv) as args:
        tracks = read_table(args.tracks, TRACKS)
        record = provenance(
            "cluster_characters",
            every_nth_frame=args.every_nth_frame,
            stop_distance=args.stop_distance,
        )
        if tracks.empty:
            write_table(args.out_clusters, CLUSTERS, CLUSTERS.empty(), record)
            logger.info("%s: no tracks, no characters", args.out_clusters)
            return
        detections = read_table(args.detections, DETECTIONS)
        pooled = pool_tracks(tracks, detections, read_embeddings(args.embeddings))
        table = track_intervals(
            tracks,
            read_table(args.shots, SHOTS),
            read_table(args.frames, FRAMES),
            args.every_nth_frame,
        )
        forbidden = np.searchsorted(table["track"], cannot_links(tracks))
        distances = cosine_distances(pooled)
        stop_distance = args.stop_distance
        if args.reference_embeddings:
            reference = read_embeddings(args.reference_embeddings)
            meant_for = cosine_distances(pool_tracks(tracks, detections, reference))
            stop_distance = carried_stop_distance(meant_for, distances, stop_distance)
        clusters = cluster_constrained(distances, forbidden, stop_distance)
        table["character"] = name_characters(table, clusters)
        table["confidence"] = confidence(distances, clusters, forbidden, stop_distance)
        write_table(args.out_clusters, CLUSTERS, table, record)
        logger.info(
            "%s: %d characters of %d tracks, %d pairs kept apart, stopped at %.3f",
            args.out_clusters,
            table["character"].nunique(),
            len(table),
            len(forbidden),
            stop_distance,
        )


if __name__ == "__main__":
    main()
