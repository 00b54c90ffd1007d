"""The faces of one track: one look, whose pose and light wander as far as a photograph allows.

A detector's landmarks are those of the pose, misplaced; castmap's own alignment cuts the crops.
"""

from dataclasses import dataclass, replace
from typing import NamedTuple

import cv2
import numpy as np

from benchmarks.composition.heads import CANVAS, MARGIN, Pose, landmarks_of, turn_head
from benchmarks.composition.looks import Look
from benchmarks.composition.recording import Camera, Light, encoded, filmed, lit
from castmap.faces.alignment import CROP_PX, TEMPLATE, align_face

CROP_OF_BOX = 1.21  # the side of the aligned crop by the size of the detector's box
_LANDMARKS_BELOW = 0.063  # the centre of the box: that of the landmarks, in box sizes
_FACE_PX = (20.0, 150.0)
_COVERS = ("left", "right", "bottom", "top")


@dataclass(frozen=True)
class Variation:
    """How much the faces of a track differ. Chosen so that composed films are like real ones.

    Attributes:
        turned_deg: standard deviation of a track's mean yaw, degrees.
        profile_share: of tracks in profile, about.
        moved: scales how far a head turns, and its light changes, within a track.
        steady_faces: after so many faces it is held otherwise.
        focus: deviation of the logarithm of the lens's blur, within a track.
        landmark_px: error of a landmark, in pixels of the film.
        landmark_share: error of a landmark, as a share of the crop.
        covered_share: of tracks with half a face for some time.
    """

    turned_deg: float = 16.0
    profile_share: float = 0.2
    moved: float = 1.55
    steady_faces: float = 8.0
    focus: float = 0.6
    landmark_px: float = 0.7
    landmark_share: float = 0.018
    covered_share: float = 0.17


class Faces(NamedTuple):
    """The faces of a track.

    Attributes:
        crops: uint8 [112, 112, 3] each, as castmap would have cut them out.
        landmarks: float [n, 5, 2], as a detector would have found them, in pixels of the crop in
            which the photograph lies.
        clear: float [n], 0..1: how much of a face there is to see.
    """

    crops: list[np.ndarray]
    landmarks: np.ndarray
    clear: np.ndarray


def wander(n: int, steady: float, random: np.random.Generator) -> np.ndarray:
    """A course of n steps about 0 with unit deviation, which forgets itself after ``steady``."""
    keep = np.exp(-1 / steady)
    course = [random.normal()]
    for step in random.normal(0, np.sqrt(1 - keep**2), n - 1):
        course.append(keep * course[-1] + step)
    return np.array(course)


def compose_track(
    look: Look,
    sizes_px: np.ndarray,
    camera: Camera,
    cover: np.ndarray,
    variation: Variation,
    random: np.random.Generator,
) -> Faces:
    """The faces of one track.

    Args:
        look: of its person in its scene.
        sizes_px: of its boxes, in pixels of the film.
        camera: of its shot.
        cover: uint8 [112, 112, 3], what may hide half of the face.
        variation: how much the faces differ.
        random: decides all else.
    """
    n = len(sizes_px)
    poses = _poses(n, variation, random)
    lights = _lights(look.light, n, variation, random)
    covered = _covered(n, variation, random)
    shown = [turn_head(look.photograph, pose) for pose in poses]
    side = str(random.choice(_COVERS))
    shown = [
        _half_hidden(face, cover, side) if hide else face
        for face, hide in zip(shown, covered, strict=True)
    ]
    places = np.stack([landmarks_of(pose) for pose in poses])
    places += _landmark_errors(n, float(np.median(sizes_px)), variation, covered, random)
    profile = np.clip(np.abs([pose.yaw for pose in poses]) / 60, 0, 1)
    clear = (1 - 0.5 * profile) * np.where(covered, 0.6, 1)
    cameras = refocused(camera, n, variation, random)
    return Faces(record(shown, lights, places, sizes_px, cameras, random), places, clear)


def refocused(
    camera: Camera, n: int, variation: Variation, random: np.random.Generator
) -> list[Camera]:
    """The shot's camera at each face, more and less in focus."""
    blurs = camera.defocus * np.exp(variation.focus * wander(n, variation.steady_faces, random))
    return [replace(camera, defocus=float(min(blur, 0.1))) for blur in blurs]


def record(
    shown: list[np.ndarray],
    lights: list[Light],
    landmarks: np.ndarray,
    sizes_px: np.ndarray,
    cameras: list[Camera],
    random: np.random.Generator,
) -> list[np.ndarray]:
    """Film what a track shows, and cut the crops out by its landmarks.

    Args:
        shown: uint8 [200, 200, 3] each.
        lights: of each face.
        landmarks: [n, 5, 2], in pixels of the crop.
        sizes_px: of the boxes, in pixels of the film.
        cameras: at each face.
        random: decides motion and noise.
    """
    crop_px = CROP_OF_BOX * float(np.clip(np.median(sizes_px), *_FACE_PX))
    side = round(crop_px * CANVAS / CROP_PX / 2) * 2
    small = []
    for face, light, camera in zip(shown, lights, cameras, strict=True):
        seen = lit(cv2.resize(face, (side, side), interpolation=cv2.INTER_AREA), light)
        small.append(filmed(seen, camera, crop_px, random))
    pictures = encoded(small, cameras[0].rate_factor)
    return [
        align_face(picture, (places + MARGIN) * side / CANVAS)
        for picture, places in zip(pictures, landmarks, strict=True)
    ]


def in_film(landmarks: np.ndarray, boxes: np.ndarray) -> np.ndarray:
    """Landmarks in pixels of the film.

    Args:
        landmarks: [n, 5, 2], in pixels of the crop.
        boxes: [n, 4], x1, y1, x2, y2.
    """
    sides = boxes[:, 2:] - boxes[:, :2]
    size = np.sqrt(np.maximum(sides.prod(axis=1), 1))[:, None, None]
    centre = (boxes[:, :2] + boxes[:, 2:])[:, None] / 2
    centre = centre + np.array([0, _LANDMARKS_BELOW]) * size
    return centre + (landmarks - TEMPLATE.mean(axis=0)) * CROP_OF_BOX * size / CROP_PX


def _poses(n: int, variation: Variation, random: np.random.Generator) -> list[Pose]:
    """How the head is held, face by face."""
    lively = variation.moved * float(random.lognormal(0, 0.75))
    yaw = random.normal(0, variation.turned_deg)
    if random.random() < variation.profile_share:
        yaw += random.choice([-1, 1]) * random.uniform(25, 50)
    pitch, roll = random.normal(0, 6), random.normal(0, 5)
    course = np.stack([wander(n, variation.steady_faces, random) for _ in range(5)])
    course *= lively * np.array([9.0, 5.0, 4.0, 0.03, 4.0])[:, None]
    return [
        Pose(
            yaw=float(np.clip(yaw + a, -65, 65)),
            pitch=float(np.clip(pitch + b, -30, 30)),
            roll=float(roll + c),
            scale=float(np.exp(np.clip(d, -0.2, 0.2))),
            mouth=float(np.clip(e, 0, 9)),
        )
        for a, b, c, d, e in course.T
    ]


def _lights(light: Light, n: int, variation: Variation, random: np.random.Generator) -> list[Light]:
    """The scene's light as it falls on a face that moves."""
    course = np.stack([wander(n, variation.steady_faces, random) for _ in range(3)])
    course *= variation.moved * np.array([0.1, 0.06, 0.15])[:, None]
    return [
        replace(
            light,
            gain=light.gain * float(np.exp(a)),
            gamma=light.gamma * float(np.exp(b)),
            side=float(np.clip(light.side + c, -0.8, 0.8)),
        )
        for a, b, c in course.T
    ]


def _covered(n: int, variation: Variation, random: np.random.Generator) -> np.ndarray:
    """Which faces something hides half of."""
    covered = np.zeros(n, bool)
    if random.random() < variation.covered_share:
        start = int(random.integers(n))
        covered[start : start + int(random.integers(2, n + 2))] = True
    return covered


def _half_hidden(face: np.ndarray, cover: np.ndarray, side: str) -> np.ndarray:
    """The face with one half behind the cover."""
    hidden = face.copy()
    half = CANVAS // 2
    part = {
        "left": np.s_[:, :half],
        "right": np.s_[:, half:],
        "bottom": np.s_[half + 6 :, :],
        "top": np.s_[: half - 6, :],
    }[side]
    hidden[part] = cv2.resize(cover, (CANVAS, CANVAS))[part]
    return hidden


def _landmark_errors(
    n: int,
    size_px: float,
    variation: Variation,
    covered: np.ndarray,
    random: np.random.Generator,
) -> np.ndarray:
    """What the detector misplaces, [n, 5, 2], crop pixels: half of it for the whole track."""
    in_crop = variation.landmark_px / (CROP_OF_BOX * size_px) * CROP_PX
    deviation = np.hypot(in_crop, variation.landmark_share * CROP_PX) / np.sqrt(2)
    errors = random.normal(0, deviation, (1, 5, 2)) + random.normal(0, deviation, (n, 5, 2))
    return errors * np.where(covered, 3.0, 1.0)[:, None, None]
