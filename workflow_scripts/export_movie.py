"""Write a film's cast map, and its faces, for people and in the formats of other tools."""

import argparse
import json
import os
from pathlib import Path

import numpy as np
import pandas as pd

from castmap.clustering.pooling import best_faces, quality
from castmap.console import logger
from castmap.exports import cast, coco, cvat, document, elan, mot, otio, rttm, via, webvtt
from castmap.faces.sprites import make_sprite
from castmap.files.results import read_json, read_table, write_csv, write_table
from castmap.files.whole import replacing, write_json, write_text
from castmap.formats.names import one_line
from castmap.formats.tables import (
    CAST_MAP,
    CHARACTERS,
    DETECTIONS,
    FRAMES,
    SHOTS,
    TRACKS,
)
from castmap.pages.portraits import add_redaction, face_sprite
from castmap.stages.process import stage, stage_parser
from castmap.stages.provenance import provenance

_FACE_PX = 96


def main(argv: list[str] | None = None) -> None:
    """Run the stage."""
    parser = stage_parser(__doc__)
    parser.add_argument("--film", type=Path, required=True, help="not read: exports name it")
    parser.add_argument("--movie-info", type=Path, required=True)
    parser.add_argument("--frames", type=Path, required=True)
    parser.add_argument("--shots", type=Path, required=True)
    parser.add_argument("--detections", type=Path, required=True)
    parser.add_argument("--faces", type=Path, required=True, help="the archive of crops")
    parser.add_argument("--tracks", type=Path, required=True)
    parser.add_argument("--characters", type=Path, required=True)
    parser.add_argument("--every-nth-frame", type=int, required=True)
    add_redaction(parser)
    parser.add_argument("--out-folder", type=Path, required=True)
    with stage(parser, argv) as args:
        table = cast.cast_map(read_table(args.characters, CHARACTERS))
        labels = cast.label_characters(table)
        appearances = cast.label_appearances(table, labels)
        _write_table(args.out_folder, table)
        _write_cast_map(args, appearances, labels)
        _write_faces(args, appearances, labels)
        logger.info("%s: %d appearances", args.out_folder, len(table))


def _write_table(folder: Path, table: pd.DataFrame) -> None:
    """The cast map as a table; as CSV with whole milliseconds and text that runs nothing."""
    write_table(folder / "cast_map.parquet", CAST_MAP, table, provenance("export_movie"))
    names = [one_line(name) if isinstance(name, str) else "" for name in table["name"]]
    shown = table.assign(name=pd.Series([name or None for name in names], dtype=object))
    shown = shown.astype({"confidence": float}).round({"start_s": 3, "end_s": 3, "confidence": 3})
    write_csv(folder / "cast_map.csv", CAST_MAP, shown)


def _write_cast_map(
    args: argparse.Namespace, appearances: pd.DataFrame, labels: dict[str, str]
) -> None:
    """Who appears when."""
    info, folder = read_json(args.movie_info), args.out_folder
    film = Path(os.path.relpath(args.film, folder)).as_posix()
    title = one_line(info["title"] or "") or info["movie"]
    played = cast.on_browser_clock(appearances, info["clock_start_s"])
    apart = cast.find_spells(appearances, join_touching=False)
    joined = cast.find_spells(appearances, join_touching=True)
    content = document.write_document(info, read_table(args.shots, SHOTS), appearances)
    write_json(folder / "cast_map.json", content)
    write_json(folder / "cast_map.via.json", via.write_via(info, played, film))
    for name, text in {
        "cast_map.eaf": elan.write_elan(list(labels.values()), apart, film),
        "cast_map.otio": otio.write_otio(title, info["duration_s"] or 0.0, apart, film),
        "cast_map.rttm": rttm.write_rttm(info["movie"], joined),
        "cast_map.vtt": webvtt.write_metadata(played),
        "chapters.vtt": webvtt.write_chapters(cast.find_spells(played, join_touching=True)),
    }.items():
        write_text(folder / name, text)


def _write_faces(
    args: argparse.Namespace, appearances: pd.DataFrame, labels: dict[str, str]
) -> None:
    """Where their faces are, and a thumbnail of each appearance."""
    info, folder = read_json(args.movie_info), args.out_folder
    detections = read_table(args.detections, DETECTIONS)
    tracks = read_table(args.tracks, TRACKS)
    faces = cast.faces_of_cast(info, tracks, detections, appearances)
    frames = read_table(args.frames, FRAMES)
    examined = frames[frames["frame"] % args.every_nth_frame == 0]
    content = coco.write_coco(info, labels, examined, faces)
    # Indented, it would be three times as long.
    write_text(folder / "faces.coco.json", json.dumps(content, allow_nan=False) + "\n")
    write_text(folder / "tracks.cvat.xml", cvat.write_cvat(info, labels.values(), faces))
    write_text(folder / "tracks.mot.txt", mot.write_mot(faces))
    found = faces[~faces["interpolated"]]
    shown = best_faces(found.assign(quality=quality(detections)[found["detection"]]))
    nothing = np.zeros((1, 1, 3), np.uint8)
    sprite = face_sprite(args.faces, shown["detection"], _FACE_PX, args.show_faces)
    sprite = sprite or make_sprite([nothing], _FACE_PX, _FACE_PX)
    with replacing(folder / "thumbnails.jpg") as partial:
        partial.write_bytes(sprite.jpeg)
    boxes = {track: sprite.box(index) for index, track in enumerate(shown["track"])}
    played = cast.on_browser_clock(appearances, info["clock_start_s"])
    write_text(folder / "thumbnails.vtt", webvtt.write_thumbnails(played, "thumbnails.jpg", boxes))


if __name__ == "__main__":
    main()
