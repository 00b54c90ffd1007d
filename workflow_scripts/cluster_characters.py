"""Group the tracks of a film into characters, by each embedding.

The first embedding is the pretrained one: by it the stop distance is found, which is carried to the
others.
"""

from argparse import Namespace
from pathlib import Path

import numpy as np
import pandas as pd

from castmap.clustering.baselines import METHODS
from castmap.clustering.cast import CASTMAP, Cast, find_cast, find_cast_by
from castmap.clustering.characters import NO_CHARACTERS, is_character, screen_time
from castmap.clustering.evidence import histograms
from castmap.clustering.film import FilmTracks, clusters_table, describe_film
from castmap.clustering.pooling import pool_tracks
from castmap.console import logger
from castmap.files.results import read_table, write_table
from castmap.files.whole import write_json
from castmap.formats.embeddings import read_embeddings
from castmap.formats.tables import (
    CLUSTERS,
    DETECTIONS,
    FRAMES,
    SHOTS,
    TRACKLETS,
    TRACKS,
)
from castmap.mining.tracklets import tracklet_means
from castmap.stages.process import stage, stage_parser
from castmap.stages.provenance import provenance
from castmap.tracks.examined import every_nth


def main(argv: list[str] | None = None) -> None:
    """Read tracks, weak labels and embeddings; write characters, and what they rest on."""
    parser = stage_parser(__doc__)
    parser.add_argument("--frames", type=Path, required=True)
    parser.add_argument("--shots", type=Path, required=True)
    parser.add_argument("--detections", type=Path, required=True)
    parser.add_argument("--tracks", type=Path, required=True)
    parser.add_argument("--tracklets", type=Path, required=True)
    parser.add_argument(
        "--embeddings",
        nargs="+",
        type=Path,
        required=True,
        help="one per model; the first is what the prior stop distance is meant for",
    )
    parser.add_argument("--every-nth-frame", type=int, required=True)
    parser.add_argument("--algorithm", choices=[CASTMAP, *METHODS], required=True)
    parser.add_argument("--prior-stop-distance", type=float, required=True)
    parser.add_argument(
        "--seed", type=int, required=True, help="of the calibration's folds, and of k-means"
    )
    parser.add_argument("--out-clusters", nargs="+", type=Path, required=True, help="one per model")
    parser.add_argument("--out-calibrations", nargs="+", type=Path, required=True, help="likewise")
    with stage(parser, argv) as args:
        tracks = read_table(args.tracks, TRACKS)
        names = ("every_nth_frame", "algorithm", "prior_stop_distance", "seed")
        record = provenance("cluster_characters", **{name: getattr(args, name) for name in names})
        detections = read_table(args.detections, DETECTIONS)
        meant_for = read_embeddings(args.embeddings[0])
        frames = read_table(args.frames, FRAMES)
        film = describe_film(
            tracks=tracks,
            shots=read_table(args.shots, SHOTS),
            frames=frames,
            detections=detections,
            meant_for=meant_for,
            examined=every_nth(args.every_nth_frame, len(frames)),
            prior_stop_distance=args.prior_stop_distance,
            seed=args.seed,
        )
        tracklets = read_table(args.tracklets, TRACKLETS)
        looks = histograms(tracklet_means(tracklets, meant_for), film.reference[film.strangers])
        files = zip(args.embeddings, args.out_clusters, args.out_calibrations, strict=True)
        for embeddings, out_clusters, out_calibration in files:
            vectors = pool_tracks(tracks, detections, read_embeddings(embeddings))
            cast = _find(args, vectors, film)
            table = clusters_table(film, cast)
            result = {"algorithm": args.algorithm, **_explain(table, cast), "histograms": looks}
            write_table(out_clusters, CLUSTERS, table, record)
            write_json(out_calibration, result | {"provenance": record})
            logger.info(
                "%s: %d characters of %d tracks, %d of no character, %d pairs kept apart, "
                "stopped at %.3f",
                out_clusters,
                len(result["characters"]),
                len(table),
                sum(result["tracks_of_no_character"].values()),
                len(film.strangers),
                cast.stop_distance,
            )


def _find(args: Namespace, vectors: np.ndarray, film: FilmTracks) -> Cast:
    given = (vectors, film.reference, film.strangers)
    if args.algorithm == CASTMAP:
        return find_cast(*given, film.usable, film.n_frames, film.calibration)
    return find_cast_by(args.algorithm, *given, film.calibration, args.seed)


def _explain(table: pd.DataFrame, cast: Cast) -> dict:
    """Where joining stopped, and what came of it."""
    return {
        **cast.calibration._asdict(),
        "carried_stop_distance": cast.stop_distance,
        "tracks_joined_later": int(cast.joined.sum()),
        "characters": _characters(table),
        "tracks_of_no_character": {
            name: int((table["character"] == name).sum()) for name in NO_CHARACTERS
        },
    }


def _characters(table: pd.DataFrame) -> list[dict]:
    """Each character's numbers."""
    return [
        {
            "character": name,
            "tracks": len(own),
            "screen_time_s": screen_time(own),
            "confidence": float(own["confidence"].mean()),
        }
        for name, own in table[is_character(table["character"])].groupby("character")
    ]


if __name__ == "__main__":
    main()
