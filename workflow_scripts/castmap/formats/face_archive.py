"""The archive of a film's aligned face crops: one JPEG per detection, in one file.

Key frames are kept the same way: one JPEG per shot.
"""

import zipfile
from collections.abc import Iterator, Sequence

import cv2
import numpy as np

_JPEG_QUALITY = 95


def crop_name(detection: int) -> str:
    """The name of a detection's crop in the archive."""
    return f"{detection:08d}.jpg"


def add_crop(archive: zipfile.ZipFile, detection: int, crop: np.ndarray) -> None:
    """Write one crop.

    Args:
        archive: open for writing.
        detection: its number.
        crop: uint8 [112, 112, 3], RGB.
    """
    add_jpeg(archive, detection, encode_crop(crop))


def encode_crop(crop: np.ndarray) -> bytes:
    """A crop, uint8 [112, 112, 3], RGB, as JPEG."""
    bgr = cv2.cvtColor(crop, cv2.COLOR_RGB2BGR)
    _, jpeg = cv2.imencode(".jpg", bgr, [cv2.IMWRITE_JPEG_QUALITY, _JPEG_QUALITY])
    return jpeg.tobytes()


def decode_crop(jpeg: bytes) -> np.ndarray:
    """What encode_crop wrote, uint8 [112, 112, 3], RGB."""
    bgr = cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR)
    assert bgr is not None  # it is what encode_crop wrote
    return cv2.cvtColor(bgr, cv2.COLOR_BGR2RGB)


def add_jpeg(archive: zipfile.ZipFile, detection: int, jpeg: bytes) -> None:
    """Write one crop that is encoded already."""
    # JPEG does not shrink further: stored, not deflated. Of no date: the same faces give the same
    # bytes.
    archive.writestr(zipfile.ZipInfo(crop_name(detection)), jpeg)


def read_crop(archive: zipfile.ZipFile, detection: int) -> np.ndarray:
    """Read one crop, uint8 [112, 112, 3], RGB.

    Raises:
        KeyError: the archive has no crop of that detection.
    """
    return decode_crop(archive.read(crop_name(detection)))


def read_batches(
    archive: zipfile.ZipFile, detections: Sequence[int], batch: int
) -> Iterator[np.ndarray]:
    """Read crops in batches, uint8 [up to ``batch``, 112, 112, 3], RGB."""
    for start in range(0, len(detections), batch):
        yield np.stack([read_crop(archive, d) for d in detections[start : start + batch]])
