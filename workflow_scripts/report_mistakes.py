"""Write a film's page on mistakes: what is wrong according to its labels, as pictures, and why."""

from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd

from castmap.clustering.agglomeration import cosine_distances
from castmap.clustering.pooling import pool_tracks, quality
from castmap.console import logger
from castmap.evaluation.matching import people_of_tracks
from castmap.evaluation.mistakes import describe_tracks
from castmap.faces.portraits import face_sprite
from castmap.faces.redaction import Redaction
from castmap.formats.tables import Clusters, Detections, Tracks
from castmap.pages import mistakes
from castmap.pages.layout import title_of
from castmap.pages.movie import faces_by_character
from castmap.pages.rendering import render
from castmap.stages.arguments import Embeddings, Json, Text
from castmap.stages.command_line import as_command
from castmap.stages.labels import FilmLabels, Labels
from castmap.tracks.cooccurrence import find_cannot_links

_FACE_PX = 96


class Output(NamedTuple):
    """What the stage makes."""

    page: Text


def report_mistakes(
    movie: Json,
    faces: Path,
    detections: Detections,
    tracks: Tracks,
    clusters: Clusters,
    calibration: Json,
    choice: Json,
    embeddings: Embeddings,
    true_faces: Labels,
    metrics: Json,
    *,
    network: str,
    show_faces: Redaction,
) -> Output:
    """Write a film's page on mistakes: what is wrong according to its labels, and why.

    Args:
        movie: movie.json of the film.
        faces: the archive of crops.
        detections: the faces.
        tracks: of the faces.
        clusters: whose each track is, before corrections.
        calibration: clusters.chosen.json.
        choice: which embedding the film is clustered by.
        embeddings: row i for detection i.
        true_faces: labels: faces.csv; judged_frames.csv beside it is read, too.
        metrics: of the clusters.
        network: whose embeddings these are.
        show_faces: how pictures show faces.
    """
    table = _described(tracks, detections, clusters, true_faces)
    film = mistakes.Film(
        table,
        faces_by_character(tracks, clusters, quality(detections)),
        cosine_distances(pool_tracks(tracks, detections, embeddings)),
        np.searchsorted(table["track"], find_cannot_links(tracks)),
        calibration["stop_distance"],
    )
    found = mistakes.sections(film)
    counts = {kind: len(cards) for kind, cards in found.items()}
    shown = {kind: cards[: mistakes.MOST_CARDS] for kind, cards in found.items()}
    pictured = mistakes.shown_faces(card for cards in shown.values() for card in cards)
    page = render(
        "mistakes.html",
        film={"movie": movie["movie"], "title": title_of(movie)},
        rejected=movie["reason"],
        metrics=metrics,
        clicks=mistakes.clicks_in_words(metrics),
        model=choice["model"],
        network=network,
        shown=shown,
        counts=counts,
        sprite=face_sprite(faces, pictured, _FACE_PX, show_faces),
        place={face: index for index, face in enumerate(pictured)},
    )
    logger.info("%s", counts)
    return Output(page)


def _described(
    tracks: pd.DataFrame, detections: pd.DataFrame, clusters: pd.DataFrame, labels: FilmLabels
) -> pd.DataFrame:
    people = people_of_tracks(tracks, labels.faces, labels.judged)
    return describe_tracks(tracks, detections, clusters, people)


main = as_command(report_mistakes)

if __name__ == "__main__":
    main()
