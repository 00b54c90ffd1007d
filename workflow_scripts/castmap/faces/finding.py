"""The faces of a film's examined frames: where they are, how good they are, and their crops."""

import itertools
from collections.abc import Iterable, Iterator
from typing import NamedTuple

import numpy as np

from castmap.faces.alignment import align_face, blur, yaw
from castmap.faces.detection import FaceDetector, Faces
from castmap.formats.tables import BOX_COLUMNS, LANDMARK_COLUMNS
from castmap.tracks.examining import Boxes, examine
from castmap.video.decoding import FrameWindow
from castmap.video.geometry import place

# On a CPU a larger batch outgrows the caches and is slower.
_BATCH = {"cpu": 1, "cuda": 16, "mps": 16}
STRETCH = {"cpu": 1, "cuda": 4, "mps": 4}
"""Steps of the grid that are searched together: decoded frames of so many are held in memory."""


class Face(NamedTuple):
    """A face: its columns of the DETECTIONS table, and its crop, uint8 [112, 112, 3], RGB.

    The box and the landmarks are in pixels of the display; size, blur and yaw are measured in the
    frame as it is stored.
    """

    row: dict
    crop: np.ndarray


def find_faces(
    frames: Iterable[tuple[int, np.ndarray]], detector: FaceDetector, display: tuple[int, int]
) -> Iterator[list[tuple[int, list[Face]]]]:
    """Find the faces of frames, batch after batch.

    Args:
        frames: frame number and uint8 [height, width, 3], RGB; the size may change on the way.
        detector: by which.
        display: width and height in px of the film as it is shown.

    Yields:
        Of each batch of frames: frame number and faces, best first.
    """
    for batch in _batches(frames, _BATCH[detector.device.type]):
        detected = detector.detect([frame for _, frame in batch])
        yield [
            (number, list(_describe(frame, faces, display)))
            for (number, frame), faces in zip(batch, detected, strict=True)
        ]


def find_changing_faces(
    window: FrameWindow,
    stretches: Iterable[np.ndarray],
    times: np.ndarray,
    detector: FaceDetector,
    display: tuple[int, int],
) -> Iterator[list[tuple[int, list[Face]]]]:
    """Find the faces of a grid of frames, and of more where they change; see tracks.examining.

    Args:
        window: the film, at its start.
        stretches: of the grid, ascending; see lay_grid.
        times: float [n], of all frames of the film, in s.
        detector: by which.
        display: width and height in px of the film as it is shown.

    Yields:
        Of each stretch frame number and faces, best first; without a frame that it shares with the
        stretch before.
    """

    def find(numbers: list[int]) -> list[list[Face]]:
        found = find_faces(window.pictures(numbers), detector, display)
        return [faces for batch in found for _, faces in batch]

    last: dict[int, list[Face]] = {}
    for stretch in stretches:
        known = last if stretch[0] in last else {}
        window.move_to(int(stretch[0]) + len(known))
        found = examine(stretch, times, find, _boxes, known)
        final = int(stretch[-1])
        last = {final: found[final]}
        yield [(frame, faces) for frame, faces in found.items() if frame not in known]


def _boxes(faces: list[Face]) -> Boxes:
    boxes = [[face.row[edge] for edge in BOX_COLUMNS] for face in faces]
    scores = [face.row["score"] for face in faces]
    return Boxes(np.array(boxes, float).reshape(-1, 4), np.array(scores, float))


def _batches(
    frames: Iterable[tuple[int, np.ndarray]], size: int
) -> Iterator[list[tuple[int, np.ndarray]]]:
    """Batches of frames of one size."""
    for _, alike in itertools.groupby(frames, key=lambda numbered: numbered[1].shape):
        while batch := list(itertools.islice(alike, size)):
            yield batch


def _describe(frame: np.ndarray, faces: Faces, display: tuple[int, int]) -> Iterator[Face]:
    placement = place(frame.shape[1::-1], display)
    for box, score, landmarks in zip(faces.boxes, faces.scores, faces.landmarks, strict=True):
        crop = align_face(frame, landmarks)
        shown = placement.move(np.concatenate([box.reshape(2, 2), landmarks]))
        row = {
            **dict(zip((*BOX_COLUMNS, *LANDMARK_COLUMNS), shown.ravel(), strict=True)),
            "score": score,
            "size_px": np.sqrt((box[2] - box[0]) * (box[3] - box[1])),
            "blur": blur(crop),
            "yaw": yaw(landmarks),
        }
        yield Face(row, crop)
