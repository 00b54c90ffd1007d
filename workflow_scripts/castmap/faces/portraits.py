"""The faces and key frames of a film, from its archives to one picture each."""

from collections.abc import Iterable
from pathlib import Path

from castmap.faces.redaction import redact_face, redact_frame
from castmap.faces.sprites import Sprite, make_sprite
from castmap.files.results import opened_zip
from castmap.formats.face_archive import decode_crop, read_crop

_KEY_FRAME_PX = (320, 180)
_MANY_SHOTS = 200  # of more, key frames are half as large, for a page is loaded as a whole


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


def crop_sprite(crops: Iterable[bytes], px: int, way: str) -> Sprite | None:
    """Crops that are JPEGs as one picture; None for none; see face_sprite."""
    return make_sprite([redact_face(decode_crop(crop), way) for crop in crops], px, px)


def key_frame_sprite(archive: Path, way: str) -> Sprite | None:
    """The key frame of each shot as one picture; None for none.

    Args:
        archive: the film's key_frames.zip.
        way: one of faces.redaction.WAYS.

    Returns:
        Cells of 320x180 pixels; of more than 200 shots, of 160x90.
    """
    with opened_zip(archive) as opened:
        shots = range(len(opened.namelist()))
        frames = [redact_frame(read_crop(opened, shot), way) for shot in shots]
    width, height = _KEY_FRAME_PX
    smaller = 2 if len(frames) > _MANY_SHOTS else 1
    return make_sprite(frames, width // smaller, height // smaller)
