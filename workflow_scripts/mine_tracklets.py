"""Harvest weak labels from one film: looks of one person, strangers, and the hardest of both."""

from pathlib import Path

import numpy as np

from castmap.clustering.pooling import pool_tracks
from castmap.compute.devices import make_deterministic
from castmap.console import logger
from castmap.files.results import read_table, write_csv, write_table
from castmap.files.whole import write_json
from castmap.formats.embeddings import read_embeddings
from castmap.formats.tables import (
    COOCCURRENCE,
    DETECTIONS,
    HARD_EXAMPLES,
    IMPOSSIBLE_NEGATIVES,
    TRACKLETS,
    TRACKS,
)
from castmap.mining.hard_examples import (
    find_hard_examples,
    keep_hardest,
    list_impossible,
    mark_impossible,
    nearness_of_looks,
)
from castmap.mining.tracklets import count_fates, find_tracklets, tracklet_means
from castmap.stages.process import stage, stage_parser
from castmap.stages.provenance import provenance
from castmap.tracks.cooccurrence import IMPOSSIBLE, cooccurring_pairs, linked_tracks


def main(argv: list[str] | None = None) -> None:
    """Read the tracks and embeddings of one film; write its weak labels."""
    parser = stage_parser(__doc__)
    parser.add_argument("--detections", type=Path, required=True)
    parser.add_argument("--tracks", type=Path, required=True)
    parser.add_argument("--embeddings", type=Path, required=True, help="pretrained")
    parser.add_argument("--tracklets-per-track", type=int, required=True)
    parser.add_argument("--min-faces", type=int, required=True, help="of each tracklet")
    parser.add_argument("--impossible-share", type=float, required=True)
    parser.add_argument("--hardest-share", type=float, required=True)
    parser.add_argument("--seed", type=int, default=0)
    for name in ("tracklets", "cooccurrence", "hard-examples", "impossible-negatives", "summary"):
        parser.add_argument(f"--out-{name}", type=Path, required=True)
    with stage(parser, argv) as args:
        make_deterministic(args.seed, threads=1)
        settings = {
            name: getattr(args, name)
            for name in ("tracklets_per_track", "min_faces", "impossible_share", "hardest_share")
        }
        record = provenance("mine_tracklets", seed=args.seed, **settings)
        tracks = read_table(args.tracks, TRACKS)
        detections = read_table(args.detections, DETECTIONS)
        embeddings = read_embeddings(args.embeddings)
        tracklets, fates = find_tracklets(
            tracks, embeddings, args.tracklets_per_track, args.min_faces, args.seed
        )
        means = tracklet_means(tracklets, embeddings)
        threshold = nearness_of_looks(means, args.impossible_share)
        pooled = pool_tracks(tracks, detections, embeddings)
        numbers = np.sort(tracks["track"].unique())
        pairs = mark_impossible(cooccurring_pairs(tracks), numbers, pooled, threshold)
        faces = tracks.loc[~tracks["interpolated"], ["track", "detection"]]
        hard = find_hard_examples(tracklets, means, faces, embeddings, linked_tracks(pairs))
        hard["kept"] = keep_hardest(hard["hardness"], args.hardest_share)
        impossible = list_impossible(pairs[pairs["kind"] == IMPOSSIBLE], tracks)
        summary = count_fates(fates, pairs, hard)
        write_table(args.out_tracklets, TRACKLETS, tracklets, record)
        write_table(args.out_cooccurrence, COOCCURRENCE, pairs, record)
        write_table(args.out_hard_examples, HARD_EXAMPLES, hard, record)
        write_csv(args.out_impossible_negatives, IMPOSSIBLE_NEGATIVES, impossible)
        write_json(args.out_summary, summary | {"provenance": record})
        logger.info("%s: %s", args.out_tracklets, summary)


if __name__ == "__main__":
    main()
