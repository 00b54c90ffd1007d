"""The faces of detections, from a film's archive of crops to one picture."""

from collections.abc import Iterable
from pathlib import Path

from castmap.faces.redaction import redact_face
from castmap.faces.sprites import Sprite, make_sprite
from castmap.files.results import opened_zip
from castmap.formats.face_archive import read_crop


def face_sprite(archive: Path, detections: Iterable[int], px: int, way: str) -> Sprite | None:
    """The crops of detections as one picture; None for none.

    Args:
        archive: the film's faces.zip.
        detections: whose crops, in order.
        px: width and height of each.
        way: one of faces.redaction.WAYS.
    """
    with opened_zip(archive) as opened:
        crops = [redact_face(read_crop(opened, detection), way) for detection in detections]
    return make_sprite(crops, px, px)
