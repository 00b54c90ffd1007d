"""Write a film's page: timeline, every face, what to look at first, corrections, shot list."""

from argparse import Namespace
from os import path
from pathlib import Path
from urllib.parse import quote

import numpy as np
import pandas as pd

from castmap.clustering.characters import count_characters
from castmap.clustering.pooling import quality
from castmap.console import logger
from castmap.faces.redaction import redact_frame
from castmap.faces.sprites import make_sprite
from castmap.files.results import read_json, read_table
from castmap.files.whole import write_text
from castmap.formats.tables import CHARACTERS, DETECTIONS, FRAMES, REVIEW, SHOTS, TRACKS
from castmap.pages import movie
from castmap.pages.layout import reasons_skipped
from castmap.pages.portraits import add_redaction, face_sprite
from castmap.pages.rendering import render
from castmap.stages.process import stage, stage_parser
from castmap.tracks.cooccurrence import find_cannot_links
from castmap.video.decoding import frames_at, open_film

_KEY_FRAME_PX = (160, 90)
_FACE_PX = 72


def main(argv: list[str] | None = None) -> None:
    """Run the stage."""
    parser = stage_parser(__doc__)
    for name in (
        *("film", "movie-info", "frames", "shots", "detections", "faces", "tracks", "characters"),
        *("calibration", "choice", "journal", "review"),
    ):
        parser.add_argument(f"--{name}", type=Path, required=True)
    parser.add_argument("--shot-metrics", type=Path, help="with labels of shots")
    parser.add_argument("--track-metrics", type=Path, help="with labels; both or none")
    parser.add_argument("--clustering-metrics", type=Path)
    parser.add_argument("--every-nth-frame", type=int, required=True)
    add_redaction(parser)
    parser.add_argument("--out-page", type=Path, required=True)
    with stage(parser, argv) as args:
        info = read_json(args.movie_info)
        shots = read_table(args.shots, SHOTS)
        characters = read_table(args.characters, CHARACTERS)
        detections = read_table(args.detections, DETECTIONS)
        film = movie.film_facts(info, characters, shots, len(detections))
        content = {"film": film, "choice": read_json(args.choice), "sprites": {}, "data": {}}
        content["certainty"] = movie.certainty(read_json(args.calibration))
        if not film["rejected"]:
            content |= _content(args, info, shots, detections, characters)
        write_text(args.out_page, render("movie.html", **content))
        logger.info("%s: %d characters", args.out_page, count_characters(characters))


def _content(
    args: Namespace,
    info: dict,
    shots: pd.DataFrame,
    detections: pd.DataFrame,
    characters: pd.DataFrame,
) -> dict:
    """Everything below the head of a page."""
    frames = read_table(args.frames, FRAMES)
    tracks = read_table(args.tracks, TRACKS)
    pictures = [
        redact_frame(frame, args.show_faces)
        for frame in _key_frames(args.film, info, movie.key_frames(shots))
    ]
    faces = movie.faces_by_character(tracks, characters, quality(detections))
    rows, shown = movie.appearances(characters, faces, detections, info)
    found = {
        "shots": make_sprite(pictures, *_KEY_FRAME_PX),
        "faces": face_sprite(args.faces, shown, _FACE_PX, args.show_faces),
    }
    sprites = {name: sprite for name, sprite in found.items() if sprite}
    more = {
        "shots": shots["start_s"].round(3).tolist(),
        "sprites": {
            name: {"columns": sprite.columns, "rows": sprite.rows, "count": sprite.count}
            for name, sprite in sprites.items()
        },
        "strangers": np.searchsorted(characters["track"], find_cannot_links(tracks)).tolist(),
        "review": movie.review_questions(read_table(args.review, REVIEW), characters),
        "film_url": _film_url(args.film, args.out_page),
    }
    measured = []
    if args.clustering_metrics:
        measured = movie.measured_rows(
            read_json(args.shot_metrics) if args.shot_metrics else None,
            read_json(args.track_metrics),
            read_json(args.clustering_metrics),
        )
    return {
        "data": movie.script_data(info, characters, rows, read_json(args.journal), more),
        "sprites": sprites,
        "shots": movie.shot_rows(shots, characters, len(pictures)),
        "measured": measured,
        "skipped": reasons_skipped(detections, tracks),
        "every_nth_frame": args.every_nth_frame,
        **movie.timeline_marks(shots, frames, info["duration_s"]),
    }


def _film_url(film: Path, page: Path) -> str:
    """Where the page looks for the film: in this project, or beside the page.

    The path of a film elsewhere says more of the machine than a page that is passed on should.
    """
    relative = path.relpath(film, page.parent)
    shown = film.name if path.relpath(film).startswith("..") else relative
    return quote(shown, errors="surrogateescape")


def _key_frames(film: Path, info: dict, wanted: list[int]) -> list[np.ndarray]:
    display = (info["width"], info["height"])
    size = movie.key_frame_size(display, 2 * _KEY_FRAME_PX[1])
    with open_film(film) as container:
        found = frames_at(container, info["video_stream"], wanted, display=display, size=size)
        return [frame for _, frame in found]


if __name__ == "__main__":
    main()
