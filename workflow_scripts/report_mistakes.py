"""Write a film's page on mistakes: what is wrong according to its labels, as pictures, and why."""

from argparse import Namespace
from pathlib import Path

import numpy as np

from castmap.clustering.agglomeration import cosine_distances
from castmap.clustering.pooling import pool_tracks, quality
from castmap.console import logger
from castmap.evaluation.matching import people_of_tracks
from castmap.evaluation.mistakes import describe_tracks
from castmap.files.results import read_json, read_table
from castmap.files.whole import write_text
from castmap.formats.embeddings import read_embeddings
from castmap.formats.tables import CLUSTERS, DETECTIONS, TRACKS
from castmap.pages import mistakes
from castmap.pages.movie import faces_by_character
from castmap.pages.portraits import add_redaction, face_sprite
from castmap.pages.rendering import render
from castmap.stages.labels import read_labels
from castmap.stages.process import stage, stage_parser
from castmap.tracks.cooccurrence import find_cannot_links

_FACE_PX = 96


def main(argv: list[str] | None = None) -> None:
    """Read what was found in one film and its labels; write the page."""
    parser = stage_parser(__doc__)
    for name in (
        *("movie-info", "faces", "detections", "tracks", "clusters", "calibration", "choice"),
        *("embeddings", "true-faces", "clustering-metrics"),
    ):
        parser.add_argument(f"--{name}", type=Path, required=True)
    parser.add_argument("--network", required=True, help="what the embeddings are of")
    add_redaction(parser)
    parser.add_argument("--out-page", type=Path, required=True)
    with stage(parser, argv) as args:
        info = read_json(args.movie_info)
        metrics = read_json(args.clustering_metrics)
        found = mistakes.sections(_film(args))
        shown = {kind: cards[: mistakes.MOST_CARDS] for kind, cards in found.items()}
        faces = mistakes.shown_faces(card for cards in shown.values() for card in cards)
        page = render(
            "mistakes.html",
            film={"movie": info["movie"], "title": info["title"] or info["movie"]},
            rejected=info["reason"],
            metrics=metrics,
            clicks=mistakes.clicks_in_words(metrics),
            model=read_json(args.choice)["model"],
            network=args.network,
            shown=shown,
            counts={kind: len(cards) for kind, cards in found.items()},
            sprite=face_sprite(args.faces, faces, _FACE_PX, args.show_faces),
            place={face: index for index, face in enumerate(faces)},
        )
        write_text(args.out_page, page)
        logger.info("%s: %s", args.out_page, {kind: len(cards) for kind, cards in found.items()})


def _film(args: Namespace) -> mistakes.Film:
    tracks = read_table(args.tracks, TRACKS)
    detections = read_table(args.detections, DETECTIONS)
    clusters = read_table(args.clusters, CLUSTERS)
    labels = read_labels(args.true_faces)
    people = people_of_tracks(tracks, labels.faces, labels.judged)
    table = describe_tracks(tracks, detections, clusters, people)
    return mistakes.Film(
        table,
        faces_by_character(tracks, clusters, quality(detections)),
        cosine_distances(pool_tracks(tracks, detections, read_embeddings(args.embeddings))),
        np.searchsorted(table["track"], find_cannot_links(tracks)),
        read_json(args.calibration)["stop_distance"],
    )


if __name__ == "__main__":
    main()
