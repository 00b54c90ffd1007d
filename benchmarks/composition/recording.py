"""What light, lens and codec make of faces."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

import av
import cv2
import numpy as np

_DEFOCUS = (0.003, 0.026)  # as a share of the crop


@dataclass(frozen=True)
class Light:
    """How a scene lights one person.

    Attributes:
        gamma: of the brightness.
        gain: of the brightness.
        colour: of each channel, a ratio.
        side: how much brighter the right edge is than the middle; below 0, the left.
    """

    gamma: float
    gain: float
    colour: np.ndarray
    side: float


@dataclass(frozen=True)
class Camera:
    """How a shot is recorded.

    Attributes:
        noise: standard deviation, grey levels.
        rate_factor: of H.264; larger is poorer.
        motion: the longest blur of a moving face, as a share of the crop.
        defocus: standard deviation of the lens's blur, as a share of the crop.
    """

    noise: float
    rate_factor: int
    motion: float
    defocus: float


def draw_light(random: np.random.Generator) -> Light:
    """The light of one person in one scene."""
    return Light(
        gamma=float(random.uniform(0.8, 1.8)),
        gain=float(random.uniform(0.45, 1.1)),
        colour=random.uniform(0.8, 1.2, 3),
        side=float(random.uniform(-0.5, 0.5)),
    )


def draw_camera(random: np.random.Generator) -> Camera:
    """The recording of one shot."""
    return Camera(
        noise=float(random.uniform(0, 6)),
        rate_factor=int(random.integers(20, 32)),
        motion=float(random.choice([0, 0.03, 0.08], p=[0.45, 0.35, 0.2])),
        defocus=float(np.exp(random.uniform(*np.log(_DEFOCUS)))),
    )


def lit(face: np.ndarray, light: Light) -> np.ndarray:
    """The face in that light, float [side, side, 3], 0..255."""
    across = 1 + light.side * np.linspace(-1, 1, face.shape[1])[None, :, None]
    return np.clip(light.gain * across * light.colour * (face / 255.0) ** light.gamma, 0, 1) * 255


def filmed(
    face: np.ndarray, camera: Camera, crop_px: float, random: np.random.Generator
) -> np.ndarray:
    """The face through the lens, before it is encoded: uint8 [side, side, 3].

    Args:
        face: [side, side, 3], 0..255.
        camera: of the shot.
        crop_px: how many pixels of the film the aligned crop covers.
        random: decides the motion and the noise.
    """
    face = cv2.GaussianBlur(face.astype(np.float32), (0, 0), max(camera.defocus * crop_px, 0.1))
    length = int(camera.motion * crop_px * random.uniform(0, 2))
    if length >= 2:
        face = cv2.filter2D(face, -1, _motion_kernel(length, float(random.uniform(0, 180))))
    noisy = face + random.normal(0, camera.noise, face.shape)
    return np.clip(noisy, 0, 255).astype(np.uint8)


def _motion_kernel(length: int, angle: float) -> np.ndarray:
    kernel = np.zeros((length, length), np.float32)
    kernel[length // 2] = 1 / length
    turn = cv2.getRotationMatrix2D(((length - 1) / 2,) * 2, angle, 1)
    kernel = cv2.warpAffine(kernel, turn, (length, length))
    return kernel / max(float(kernel.sum()), 1e-6)


def encoded(faces: Sequence[np.ndarray], rate_factor: int) -> list[np.ndarray]:
    """Through H.264 and back; all are squares of one even side."""
    side = faces[0].shape[0]
    encoder = av.CodecContext.create("libx264", "w")
    encoder.width = encoder.height = side
    encoder.pix_fmt, encoder.time_base = "yuv420p", Fraction(1, 25)
    # x264 reads past the edge of pictures this small where it uses vector instructions: the same
    # pictures give other bytes each time.
    x264 = {"threads": "1", "x264-params": "asm=0"}
    encoder.options = {"crf": str(rate_factor), "preset": "veryfast", **x264}
    frames = (av.VideoFrame.from_ndarray(np.ascontiguousarray(f), "rgb24") for f in faces)
    packets = []
    for place, frame in enumerate(frames):
        frame.pts = place
        packets += encoder.encode(frame.reformat(format="yuv420p"))
    packets += encoder.encode(None)
    decoder = av.CodecContext.create("h264", "r")
    decoder.thread_count = 1
    shown = [f for packet in packets for f in decoder.decode(packet)] + decoder.decode(None)
    return [frame.to_ndarray(format="rgb24") for frame in shown]
