"""Turn the head on a photograph: an ellipsoid with the photograph painted on it.

Coordinates are those of the aligned crop, from 0 to 112.
"""

from dataclasses import dataclass

import cv2
import numpy as np

from castmap.faces.alignment import CROP_PX, TEMPLATE

MARGIN = 44  # crop pixels shown around the crop, so that a misplaced one is not black
CANVAS = CROP_PX + 2 * MARGIN
_CENTRE = np.array([56.0, 64.0])
_RADII = np.array([50.0, 64.0])  # half the head's width, which is also its depth, and height
_NOSE = 10.0  # how far its tip stands out
_CHIN = (84.0, 104.0)  # between these rows an open mouth pulls the face down


@dataclass(frozen=True)
class Pose:
    """How a head is held, of one face: degrees, crop pixels and ratios.

    Attributes:
        yaw: turn to the side, degrees.
        pitch: nod, degrees.
        roll: tilt, degrees.
        scale: of the face.
        mouth: how far it is opened, crop pixels.
    """

    yaw: float
    pitch: float
    roll: float
    scale: float
    mouth: float


def turn_head(photograph: np.ndarray, pose: Pose) -> np.ndarray:
    """The photograph's head in another pose, uint8 [200, 200, 3]; the crop lies in its middle."""
    x, y = _grid()
    u, v = _upright(x, y, pose)
    v = v - pose.mouth * np.clip((v + _CENTRE[1] - _CHIN[0]) / (_CHIN[1] - _CHIN[0]), 0, 1)
    v, depth = _rotated(v, _depth(u, v), -pose.pitch)
    u, _ = _rotated(u, depth, -pose.yaw)
    maps = ((u + _CENTRE[0]).astype(np.float32), (v + _CENTRE[1]).astype(np.float32))
    return cv2.remap(photograph, *maps, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)


def landmarks_of(pose: Pose) -> np.ndarray:
    """Where the five landmarks of a frontal photograph lie in that pose, float [5, 2]."""
    u, v = (TEMPLATE - _CENTRE).T
    depth = _depth(u, v) + np.array([0, 0, _NOSE, 0, 0])
    u, depth = _rotated(u, depth, pose.yaw)
    v, _ = _rotated(v, depth, pose.pitch)
    v = v + pose.mouth * np.clip((v + _CENTRE[1] - _CHIN[0]) / (_CHIN[1] - _CHIN[0]), 0, 1)
    angle = np.radians(pose.roll)
    cos, sin = pose.scale * np.cos(angle), pose.scale * np.sin(angle)
    return np.stack([cos * u - sin * v, sin * u + cos * v], axis=1) + _CENTRE


def _grid() -> np.ndarray:
    """The x and the y of each pixel of the canvas."""
    places = np.arange(CANVAS, dtype=float) - MARGIN
    return np.stack(np.meshgrid(places, places))


def _upright(x: np.ndarray, y: np.ndarray, pose: Pose) -> tuple[np.ndarray, np.ndarray]:
    """Undo roll and scale, about the head's centre."""
    angle = np.radians(pose.roll)
    cos, sin = np.cos(angle) / pose.scale, np.sin(angle) / pose.scale
    u, v = x - _CENTRE[0], y - _CENTRE[1]
    return cos * u + sin * v, -sin * u + cos * v


def _depth(u: np.ndarray, v: np.ndarray) -> np.ndarray:
    """How far in front of its middle plane the head's surface lies; 0 beside the head."""
    inside = 1 - (u / _RADII[0]) ** 2 - (v / _RADII[1]) ** 2
    return _RADII[0] * np.sqrt(np.maximum(inside, 0))


def _rotated(place: np.ndarray, depth: np.ndarray, degrees: float) -> tuple[np.ndarray, np.ndarray]:
    """Points moved sideways by a turn: what is in front goes to larger coordinates."""
    cos, sin = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    return place * cos + depth * sin, depth * cos - place * sin
