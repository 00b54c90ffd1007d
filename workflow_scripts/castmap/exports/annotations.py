"""W3C Web Annotations: a collection for each character, an annotation for each appearance.

Times are those of the film's own clock, as players count: see cast.on_browser_clock.
"""

import json
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pandas as pd

from castmap.exports.film import Film
from castmap.files.whole import write_text
from castmap.formats.tables import rows_of

MEMBER = {
    "order": 105,
    "files": ["annotations.jsonld"],
    "opens_in": "viewers and archives of W3C Web Annotations",
    "how": (
        "JSON-LD. A collection for each character; each annotation tags a time of the film, and "
        "the region of its surest face while that frame is shown, as media fragments"
    ),
    "pixels": "from 0, of the film as it is shown (`width` x `height` in movie.json)",
    "times": "seconds, rounded to milliseconds (`#t=`)",
}

CONTEXT = "http://www.w3.org/ns/anno.jsonld"
_FRAGMENTS = "http://www.w3.org/TR/media-frags/"


def write(film: Film, path: Path) -> None:
    """Write the collections; the film, and what they are called, is found relative to them."""
    faces = surest_faces(film.tracks, film.detections, film.frames)
    content = build_annotations(film.info, film.played, faces, film.file)
    write_text(path, json.dumps(content, indent=1, ensure_ascii=False) + "\n")


def surest_faces(
    tracks: pd.DataFrame, detections: pd.DataFrame, frames: pd.DataFrame
) -> pd.DataFrame:
    """Of each track the face of which the detector was surest, the first of equals.

    Args:
        tracks: the TRACKS table.
        detections: the DETECTIONS table.
        frames: the FRAMES table.

    Returns:
        By track: x1, y1, x2, y2 in pixels of the display, and time_s and duration_s of its frame.
    """
    found = tracks[~tracks["interpolated"]].merge(detections[["detection", "score"]])
    found = found.sort_values(["score", "frame"], ascending=[False, True])
    best = found.drop_duplicates("track").drop(columns="time_s")
    return best.merge(frames[["frame", "time_s", "duration_s"]], on="frame").set_index("track")


def build_annotations(
    info: Mapping, appearances: pd.DataFrame, faces: pd.DataFrame, film: str
) -> dict:
    """A JSON-LD document.

    Args:
        info: movie.json.
        appearances: on the browser's clock; see cast.label_appearances.
        faces: see surest_faces.
        film: the video file, relative to the document.
    """
    source = quote(film, errors="surrogateescape")

    def fragment(value: str) -> dict:
        selector = {"type": "FragmentSelector", "conformsTo": _FRAGMENTS, "value": value}
        return {"type": "SpecificResource", "source": source, "selector": selector}

    def annotation(row: Any) -> dict:
        targets = [fragment(f"t={_npt(row.start_ms)},{_npt(row.end_ms)}")]
        if row.track in faces.index:
            targets.append(fragment(_moment(faces.loc[row.track], info)))
        tag = {"type": "TextualBody", "purpose": "tagging", "format": "text/plain"}
        return {
            "id": f"#track-{row.track}",
            "type": "Annotation",
            "motivation": "tagging",
            "body": {**tag, "value": row.label},
            "target": targets,
        }

    return {
        "@context": CONTEXT,
        "@graph": [
            _collection(own.iloc[0], [annotation(row) for row in rows_of(own)])
            for _, own in appearances.groupby("id")
        ],
    }


def _collection(first: pd.Series, items: list[dict]) -> dict:
    number = first["character"]
    page = {
        "id": f"#{number}-page",
        "type": "AnnotationPage",
        "partOf": f"#{number}",
        "startIndex": 0,
        "items": items,
    }
    return {
        "id": f"#{number}",
        "type": "AnnotationCollection",
        "label": first["label"],
        "total": len(items),
        "first": page,
    }


def _moment(face: pd.Series, info: Mapping) -> str:
    """A face while its frame is shown. Pixels of a media fragment are whole: rounded outwards."""
    start_ms = round(1000 * (face["time_s"] + (info["clock_start_s"] or 0.0)))
    end_ms = start_ms + max(round(1000 * face["duration_s"]), 1)
    left, top = (max(math.floor(face[edge]), 0) for edge in ("x1", "y1"))
    right = min(math.ceil(face["x2"]), info["width"])
    bottom = min(math.ceil(face["y2"]), info["height"])
    region = f"{left},{top},{right - left},{bottom - top}"
    return f"t={_npt(start_ms)},{_npt(end_ms)}&xywh=pixel:{region}"


def _npt(time_ms: int) -> str:
    return f"{time_ms / 1000:.3f}"
