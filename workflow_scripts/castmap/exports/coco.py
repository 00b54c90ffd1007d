"""COCO: the examined frames as images, the characters as categories, faces as annotations."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from castmap.exports.film import Film
from castmap.files.whole import write_text
from castmap.formats.tables import rows_of

MEMBER = {
    "order": 130,
    "files": ["faces.coco.json"],
    "opens_in": "pycocotools, FiftyOne and what reads COCO",
    "how": "boxes, by examined frame and character",
    "frames": "from 0 (`image_id`)",
    "pixels": "from 0",
    "times": "seconds (`time_s`)",
}


def write(film: Film, path: Path) -> None:
    """Write the boxes. Indented, the file would be three times as long."""
    images = film.frames[film.frames["frame"].isin(film.examined["frame"])]
    content = build_coco(film.info, film.labels, images, film.faces)
    write_text(path, json.dumps(content, allow_nan=False) + "\n")


def build_coco(
    info: Mapping, labels: Mapping[str, str], examined: pd.DataFrame, faces: pd.DataFrame
) -> dict:
    """The content of a COCO detection file.

    Args:
        info: movie.json.
        labels: of each character, in order of their ids.
        examined: rows of the FRAMES table, of the frames that were searched for faces.
        faces: see cast.faces_of_cast.

    Returns:
        images (the id is the 0-based frame), categories (ids from 1) and annotations (ids from 1:
        tools take 0 for none).
    """
    return {
        "info": {"description": f"castmap: faces of {info['movie']}", "version": "1"},
        "licenses": [],
        "images": [
            {
                "id": row.frame,
                "file_name": f"{row.frame:08d}.jpg",
                "width": info["stored_width"],
                "height": info["stored_height"],
                "time_s": round(row.time_s, 6),
            }
            for row in rows_of(examined)
        ],
        "categories": [
            {"id": number, "name": label, "supercategory": "face", "character": character}
            for number, (character, label) in enumerate(labels.items(), start=1)
        ],
        "annotations": [
            {"id": number, **_annotation(row)}
            for number, row in enumerate(rows_of(faces.sort_values(["frame", "track"])), start=1)
        ],
    }


def _annotation(face: Any) -> dict:
    width, height = round(face.x2 - face.x1, 2), round(face.y2 - face.y1, 2)
    return {
        "image_id": face.frame,
        "category_id": face.id,
        "bbox": [face.x1, face.y1, width, height],
        "area": round(width * height, 2),
        "iscrowd": 0,
        "score": face.score,
        "attributes": {
            "track": face.track,
            "time_s": round(face.time_s, 6),
            "interpolated": face.interpolated,
        },
    }
