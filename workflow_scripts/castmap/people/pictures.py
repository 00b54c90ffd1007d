"""The face in a picture of somebody, found as the faces of films are."""

from contextlib import suppress

import cv2
import numpy as np

from castmap.faces.detection import FaceDetector
from castmap.faces.finding import Face, find_faces

SURE_FACE = 0.5  # a detection of less may be no face
_SMALLER = 0.5  # of the largest face's size: those smaller stand in the background
_MARGIN = 0.5  # of its sides: what a picture cut to the face is framed with


class PictureError(ValueError):
    """A picture that does not show one person; the message is the end of a sentence."""


def decode_picture(content: bytes) -> np.ndarray:
    """The pixels of a picture file, upright: uint8 [height, width, 3], RGB.

    Raises:
        PictureError: it is no picture that can be read.
    """
    pixels = None
    with suppress(cv2.error):  # it is empty, or of a size that OpenCV refuses
        pixels = cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_COLOR)
    if pixels is None:
        raise PictureError("is no picture that can be read; save it as JPEG or PNG")
    return cv2.cvtColor(pixels, cv2.COLOR_BGR2RGB)


def find_one_face(picture: np.ndarray, detector: FaceDetector) -> Face:
    """The face of the person that a picture shows.

    Faces less than half as large as the largest stand in the background and do not count. A picture
    that is cut to the face is searched within a margin, for the detector knows heads.

    Args:
        picture: uint8 [height, width, 3], RGB.
        detector: by which.

    Raises:
        PictureError: it shows no face, or several.
    """
    faces = _sure_faces(picture, detector) or _sure_faces(_with_margin(picture), detector)
    if not faces:
        raise PictureError(
            "shows no face that can be found; take a picture in which the face is larger, sharper "
            "or seen from the front"
        )
    largest = max(face.row["size_px"] for face in faces)
    shown = [face for face in faces if face.row["size_px"] >= _SMALLER * largest]
    if len(shown) > 1:
        raise PictureError(f"shows {len(shown)} faces; cut it to the one that is meant")
    return shown[0]


def _sure_faces(picture: np.ndarray, detector: FaceDetector) -> list[Face]:
    height, width = picture.shape[:2]
    [[(_, faces)]] = find_faces([(0, picture)], detector, (width, height))
    return [face for face in faces if face.row["score"] >= SURE_FACE]


def _with_margin(picture: np.ndarray) -> np.ndarray:
    down, across = (round(_MARGIN * side) for side in picture.shape[:2])
    return cv2.copyMakeBorder(picture, down, down, across, across, cv2.BORDER_CONSTANT)
