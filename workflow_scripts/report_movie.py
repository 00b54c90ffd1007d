"""Write a film's page: timeline, contact sheet per character, shot list, what was left out."""

import zipfile
from pathlib import Path

import numpy as np
import pandas as pd

from workflow_scripts.clustering.characters import count_characters
from workflow_scripts.clustering.pooling import quality
from workflow_scripts.formats.face_archive import read_crop
from workflow_scripts.formats.tables import CLUSTERS, DETECTIONS, FRAMES, SHOTS, TRACKS
from workflow_scripts.pages import movie
from workflow_scripts.pages.layout import reasons_skipped
from workflow_scripts.pages.rendering import render
from workflow_scripts.stagekit.console import logger, stage, stage_parser
from workflow_scripts.stagekit.files import read_json, read_table, write_text
from workflow_scripts.video.decoding import frames_at, open_film

_KEY_FRAME_HEIGHT_PX = 180


def main(argv: list[str] | None = None) -> None:
    """Run the stage."""
    parser = stage_parser(__doc__)
    parser.add_argument("--film", type=Path, required=True)
    parser.add_argument("--movie-info", type=Path, required=True)
    parser.add_argument("--frames", type=Path, required=True)
    parser.add_argument("--shots", type=Path, required=True)
    parser.add_argument("--detections", type=Path, required=True)
    parser.add_argument("--faces", type=Path, required=True, help="the archive of crops")
    parser.add_argument("--tracks", type=Path, required=True)
    parser.add_argument("--clusters", type=Path, required=True)
    parser.add_argument("--calibration", type=Path, required=True, help="of its stop distance")
    parser.add_argument("--choice", type=Path, required=True, help="which model clustered it")
    parser.add_argument("--shot-metrics", type=Path, help="with labels of shots")
    parser.add_argument("--track-metrics", type=Path, help="with labels; both or none")
    parser.add_argument("--clustering-metrics", type=Path)
    parser.add_argument("--every-nth-frame", type=int, required=True)
    parser.add_argument("--out-page", type=Path, required=True)
    with stage(parser, argv) as args:
        info = read_json(args.movie_info)
        shots = read_table(args.shots, SHOTS)
        clusters = read_table(args.clusters, CLUSTERS)
        detections = read_table(args.detections, DETECTIONS)
        film = movie.film_facts(info, clusters, shots, len(detections))
        content = {"film": film, "choice": read_json(args.choice), "sprites": {}, "characters": []}
        content["certainty"] = movie.certainty(read_json(args.calibration))
        if not film["rejected"]:
            content |= _content(args, info, shots, detections, clusters)
        write_text(args.out_page, render("movie.html", **content))
        logger.info("%s: %d characters", args.out_page, count_characters(clusters))


def _content(
    args: object,
    info: dict,
    shots: pd.DataFrame,
    detections: pd.DataFrame,
    clusters: pd.DataFrame,
) -> dict:
    """Everything below the head of a page."""
    frames = read_table(args.frames, FRAMES)
    tracks = read_table(args.tracks, TRACKS)
    pictures = _key_frames(args.film, info, movie.key_frames(shots))
    with zipfile.ZipFile(args.faces) as archive:
        cast, sprites = movie.characters(
            clusters,
            movie.faces_by_character(tracks, clusters, quality(detections)),
            info["duration_s"],
            lambda detection: read_crop(archive, detection),
        )
    measured = []
    if args.clustering_metrics:
        measured = movie.measured_rows(
            read_json(args.shot_metrics) if args.shot_metrics else None,
            read_json(args.track_metrics),
            read_json(args.clustering_metrics),
        )
    return {
        "characters": cast,
        "sprites": sprites | movie.shot_sprite(pictures),
        "shots": movie.shot_rows(shots, clusters, len(pictures)),
        "measured": measured,
        "skipped": reasons_skipped(detections, tracks),
        "every_nth_frame": args.every_nth_frame,
        **movie.timeline_marks(shots, frames, info["duration_s"]),
    }


def _key_frames(film: Path, info: dict, wanted: list[int]) -> list[np.ndarray]:
    size = (round(info["width"] * _KEY_FRAME_HEIGHT_PX / info["height"]), _KEY_FRAME_HEIGHT_PX)
    with open_film(film) as container:
        found = frames_at(container, info["video_stream"], info["rotation_deg"], wanted, size=size)
        return [frame for _, frame in found]


if __name__ == "__main__":
    main()
