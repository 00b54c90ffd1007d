"""WebVTT thumbnails: a face of each appearance, as parts of one picture."""

from pathlib import Path

import numpy as np
import pandas as pd

from castmap.clustering.pooling import best_faces, quality
from castmap.exports.film import Film
from castmap.exports.webvtt import cue, document
from castmap.faces.portraits import face_sprite
from castmap.faces.sprites import Sprite, make_sprite
from castmap.files.whole import replacing, write_text
from castmap.formats.tables import rows_of

MEMBER = {
    "order": 100,
    "files": ["thumbnails.vtt", "thumbnails.jpg"],
    "opens_in": "players and web pages",
    "how": "for each appearance a face: the part of the picture after `#xywh=`",
    "times": "`hh:mm:ss.mmm`",
}
_FACE_PX = 96


def write(film: Film, cues: Path, picture: Path) -> None:
    """Write the best face of each appearance, and where in the picture it is."""
    found = film.faces[~film.faces["interpolated"]]
    shown = best_faces(found.assign(quality=quality(film.detections)[found["detection"]]))
    sprite = _draw(film, shown["detection"])
    with replacing(picture) as partial:
        partial.write_bytes(sprite.jpeg)
    boxes = {track: sprite.box(index) for index, track in enumerate(shown["track"])}
    write_text(cues, build_thumbnails(film.played, picture.name, boxes))


def _draw(film: Film, detections: pd.Series) -> Sprite:
    """The faces as one picture; a black one where there are none."""
    drawn = face_sprite(film.face_crops, detections, _FACE_PX, film.show_faces)
    sprite = drawn or make_sprite([np.zeros((1, 1, 3), np.uint8)], _FACE_PX, _FACE_PX)
    assert sprite is not None  # of one picture at least
    return sprite


def build_thumbnails(
    appearances: pd.DataFrame, picture: str, boxes: dict[int, tuple[int, int, int, int]]
) -> str:
    """A cue for each appearance that names the part of a picture which shows its face.

    Args:
        appearances: see cast.label_appearances.
        picture: file name of the picture.
        boxes: of each track's face in the picture: x, y, width, height; pixels.
    """
    return document(
        cue(
            row.start_ms,
            row.end_ms,
            f"{picture}#xywh={','.join(map(str, boxes[row.track]))}",
            identifier=f"track {row.track}\n",
        )
        for row in rows_of(appearances)
        if row.track in boxes
    )
