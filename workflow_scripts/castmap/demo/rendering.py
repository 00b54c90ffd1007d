"""Render the frames of a demo film from its edit list and footage."""

import math
from collections.abc import Callable, Iterator

import av
import cv2
import numpy as np
from av.container import InputContainer

from castmap.demo.edits import FPS, FRAME_SIZE, Rectangle, Shot
from castmap.demo.truth import Placed

OpenFootage = Callable[[str], InputContainer]


def render_film(film: list[Placed], open_footage: OpenFootage) -> Iterator[np.ndarray]:
    """Render a film, shot by shot; only the two shots of a dissolve are open at a time.

    Args:
        film: its shots, placed.
        open_footage: opens the container of a clip's file.

    Yields:
        Frames, RGB uint8, of FRAME_SIZE.
    """
    held: list[np.ndarray] = []
    for index, placed in enumerate(film):
        after = film[index + 1].shot.dissolve_frames if index + 1 < len(film) else 0
        outgoing, held = held, []
        for number, frame in enumerate(render_shot(placed.shot, open_footage)):
            if number < len(outgoing):
                share = (number + 1) / (len(outgoing) + 1)
                yield cv2.addWeighted(outgoing[number], 1 - share, frame, share, 0)
            elif number < placed.shot.n_frames - after:
                yield frame
            else:
                held.append(frame)


def render_shot(shot: Shot, open_footage: OpenFootage) -> Iterator[np.ndarray]:
    """Render every frame of a shot, those of its dissolves included, undissolved.

    Yields:
        Frames, RGB uint8, of FRAME_SIZE.

    Raises:
        ValueError: the footage ends before the shot does.
    """
    times = shot.from_s + np.arange(shot.n_frames) / FPS
    noise = np.random.default_rng(int(shot.grade.get("noise_seed", 0)))
    with open_footage(shot.clip.file) as container:
        pictures = frames_shown_at(container, times)
        for number in range(shot.n_frames):
            source = next(pictures, None)
            if source is None:
                raise ValueError(
                    f"{shot.clip.file} ends before {times[number]:.3f} s; fetch the footage again"
                )
            yield grade(frame_picture(source, shot.framing_at(number)), shot.grade, noise)


def frames_shown_at(container: InputContainer, times: np.ndarray) -> Iterator[np.ndarray]:
    """Give the frame that is on screen at each of some rising times.

    Args:
        container: open footage.
        times: seconds by presentation time, rising.

    Yields:
        RGB uint8 pictures; nothing for times after the last frame's end.
    """
    stream = container.streams.video[0]
    container.seek(int(times[0] / stream.time_base), stream=stream, backward=True)
    waiting = iter(times)
    wanted = next(waiting)
    shown: av.VideoFrame | None = None
    for frame in container.decode(stream):
        while shown is not None and frame.time > wanted + 1e-6:
            yield shown.to_ndarray(format="rgb24")
            wanted = next(waiting, math.inf)
            if wanted == math.inf:
                return
        shown = frame
    if shown is None:
        return
    assert shown.time_base is not None
    end_s = shown.time + float(shown.duration * shown.time_base)
    while wanted < end_s:
        yield shown.to_ndarray(format="rgb24")
        wanted = next(waiting, math.inf)


def frame_picture(picture: np.ndarray, framing: Rectangle) -> np.ndarray:
    """Fill the film's frame with a rectangle of a picture; black where it reaches beyond.

    Args:
        picture: RGB uint8.
        framing: x1, y1, x2, y2 in its pixels.
    """
    x1, y1, x2, y2 = framing
    x_scale, y_scale = FRAME_SIZE[0] / (x2 - x1), FRAME_SIZE[1] / (y2 - y1)
    # warpAffine maps pixel centres, which lie half a pixel inside the edges.
    matrix = np.array(
        [
            [x_scale, 0, (0.5 - x1) * x_scale - 0.5],
            [0, y_scale, (0.5 - y1) * y_scale - 0.5],
        ]
    )
    return cv2.warpAffine(picture, matrix, FRAME_SIZE, flags=cv2.INTER_LINEAR)


def grade(
    picture: np.ndarray, settings: dict[str, float], noise: np.random.Generator
) -> np.ndarray:
    """Make a frame smaller, softer, darker, noisier; put bars over it. See edits.Shot."""
    width, height = FRAME_SIZE
    if "smaller" in settings:
        size = round(width * settings["smaller"]), round(height * settings["smaller"])
        small = cv2.resize(picture, size, interpolation=cv2.INTER_AREA)
        picture = cv2.resize(small, FRAME_SIZE, interpolation=cv2.INTER_LINEAR)
    if "blur_px" in settings:
        picture = cv2.GaussianBlur(picture, (0, 0), settings["blur_px"])
    if "darken" in settings:
        picture = cv2.convertScaleAbs(picture, alpha=settings["darken"])
    if "noise" in settings:
        # Soft grains of some pixels, as a camera leaves them after its own noise filter.
        coarse = noise.standard_normal((height // 4, width // 4), np.float32) * settings["noise"]
        grain = cv2.resize(coarse, FRAME_SIZE, interpolation=cv2.INTER_LINEAR)
        picture = np.clip(picture + grain[:, :, None], 0, 255).astype(np.uint8)
    if "letterbox" in settings:
        bar = round(settings["letterbox"] * height)
        picture = picture.copy()
        picture[:bar] = picture[height - bar :] = 0
    return picture
