"""Labels of CVAT 1.1: for video, and for images."""

import math
import re
from collections import Counter
from collections.abc import Callable, Iterator
from io import StringIO
from types import MappingProxyType
from typing import NamedTuple
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

import numpy as np

from castmap.formats.labels import (
    MOST_FRAMES,
    Box,
    Labels,
    Shape,
    around_ellipse,
    choose_film,
    gather,
    name_of,
)
from castmap.formats.picture_names import frames_of_pictures

_NO_REGIONS = ("polyline", "points", "cuboid", "skeleton", "tag")
# A label of castmap's own export is a character, in as many places of a frame as it says.
_OWN_ATTRIBUTES = {"number", "track", "confidence"}


class _Picture(NamedTuple):
    name: str
    size: tuple[int, int]
    drawn: list[tuple[Box, dict[str, str], str]]


def read_cvat(text: str, film: str | None = None) -> Labels:
    """CVAT 1.1: for video, tracks of regions; for images, regions on pictures of frames.

    What is marked outside is not seen; pictures are named as in frames_of_pictures. The person is
    an attribute that names one (name, identity, ...), else the label. Regions are boxes, and the
    boxes around polygons, ellipses and masks. The frames of the task, or the pictures, are those
    that were looked at.

    Args:
        text: of the file.
        film: the task that is meant, by name or number, in a file of several.

    Raises:
        ValueError: the text is not such XML, or of several films.
    """
    tasks: dict[str, Element] = {}
    shapes: dict[str | None, list[Shape]] = {}
    pictures: dict[str | None, list[_Picture]] = {}
    left_out: dict[str | None, Counter] = {}
    for element in children_of(text):
        task = element.get("task_id")
        if element.tag == "meta":
            tasks = {_text(task, "id") or "": task for task in _tasks(element)}
        elif element.tag in ("track", "image"):
            skipped = left_out.setdefault(task, Counter())
            if element.tag == "track":
                shapes.setdefault(task, []).extend(_shapes_of_track(element, skipped))
            else:
                pictures.setdefault(task, []).append(_picture(element, skipped))
    task = _choose_task(film, tasks, set(left_out), bool(pictures))
    film = None if len(tasks) > 1 else film
    about = tasks.get(task or "", next(iter(tasks.values()), None) if len(tasks) == 1 else None)
    own, skipped = shapes.get(task, []), left_out.get(task, Counter())
    judged, size = _task_frames(about), _size(about)
    if task in pictures:
        drawn, judged, sizes = _shapes_of_pictures(pictures[task], film)
        own = own + drawn
        size = sizes.pop() if len(sizes) == 1 else size
    faces, skipped = gather(own, skipped)
    return Labels(faces, judged, size, skipped)


def children_of(text: str) -> Iterator[Element]:
    """The children of the outermost element, one by one: a film may have a million boxes."""
    depth, root = 0, None
    try:
        for event, element in ElementTree.iterparse(StringIO(text), ("start", "end")):
            depth += 1 if event == "start" else -1
            if root is None:
                root = element
                if root.tag != "annotations":
                    raise ValueError(
                        f"the outermost element is {root.tag!r}; CVAT's is 'annotations'"
                    )
            if event == "end" and depth == 1:
                yield element
                root.clear()
    except ElementTree.ParseError as error:
        raise ValueError(f"not XML: {error}") from error


def _tasks(meta: Element) -> list[Element]:
    """What is said of each task; of a job, as of a task."""
    return [*meta.iterfind("project/tasks/task"), *meta.iterfind("task"), *meta.iterfind("job")]


def _choose_task(
    film: str | None, tasks: dict[str, Element], drawn_in: set[str | None], pictures: bool
) -> str | None:
    """The number of the task that is meant; None where the file does not number what is drawn."""
    names = {number: _text(task, "name") or number for number, task in tasks.items()}
    names |= {number: number for number in drawn_in if number and number not in names}
    if len(names) > 1:
        if None in drawn_in:
            raise ValueError(
                f"what is drawn does not say in which of {len(names)} tasks; export them one by one"
            )
        return choose_film(film, names, "tasks")
    if film is not None and names and not pictures:
        choose_film(film, names, "tasks")
    return next(iter(drawn_in), None)


def _task_frames(task: Element | None) -> np.ndarray | None:
    """The frames that a task shows."""
    if task is None:
        return None
    start, stop = _count(task, "start_frame") or 0, _count(task, "stop_frame")
    size, chosen = _count(task, "size"), _text(task, "frame_filter") or ""
    if stop is None and size is None:
        return None
    match = re.fullmatch(r"step=([1-9]\d{0,6})", chosen)
    step = int(match[1]) if match else 1
    end = stop + 1 if stop is not None else start + (size or 0) * step
    if end > MOST_FRAMES:
        raise ValueError(f"a task of {end} frames, which no film has")
    return np.arange(start, end, step)


def _size(task: Element | None) -> tuple[int, int] | None:
    if task is None:
        return None
    width, height = (_count(task, f"original_size/{side}") for side in ("width", "height"))
    return (width, height) if width and height else None


def _text(element: Element, path: str) -> str | None:
    text = (element.findtext(path) or "").strip()
    return text or None


def _count(element: Element, path: str) -> int | None:
    text = _text(element, path)
    if text is not None and not text.isdecimal():
        raise ValueError(f"<{path}> with {text!r}, which is no whole number")
    return None if text is None else int(text)


def _shapes_of_track(track: Element, left_out: Counter) -> Iterator[Shape]:
    label = track.get("label") or ""
    for element in track:
        if element.get("outside") != "1" and (box := _region(element, left_out)):
            attributes = {**_attributes(track), **_attributes(element)}
            frame = element.get("frame") or ""
            if not frame.isdecimal():
                raise ValueError(f"<{element.tag}> with frame {frame!r}, which is no whole number")
            yield Shape(int(frame), box, _name(attributes, label), label)


def _picture(image: Element, left_out: Counter) -> _Picture:
    drawn = [
        (box, _attributes(element), element.get("label") or "")
        for element in image
        if (box := _region(element, left_out))
    ]
    size = int(_number(image, "width", 0.0)), int(_number(image, "height", 0.0))
    return _Picture(image.get("name") or "", size, drawn)


def _shapes_of_pictures(
    pictures: list[_Picture], film: str | None
) -> tuple[list[Shape], np.ndarray, set[tuple[int, int]]]:
    """What is drawn on the pictures of one film, which frames they show, and their sizes."""
    frames = frames_of_pictures((picture.name for picture in pictures), film)
    own = [picture for picture in pictures if picture.name in frames]
    shapes = [
        Shape(frames[picture.name], box, _name(attributes, label), label)
        for picture in own
        for box, attributes, label in picture.drawn
    ]
    sizes = {picture.size for picture in own if all(picture.size)}
    return shapes, np.unique(list(frames.values())), sizes


def _attributes(element: Element) -> dict[str, str]:
    return {a.get("name") or "": a.text or "" for a in element.iterfind("attribute")}


def _name(attributes: dict[str, str], label: str) -> str | None:
    return name_of(attributes) or (label if attributes.keys() >= _OWN_ATTRIBUTES else None)


def _region(element: Element, left_out: Counter) -> Box | None:
    """The box around what is drawn; None, and counted, where it is no region."""
    if element.tag in _REGIONS:
        return _REGIONS[element.tag](element)
    if element.tag in _NO_REGIONS:
        left_out[f"that are no regions ({element.tag})"] += 1
    return None


def _box(element: Element) -> Box:
    x1, y1, x2, y2 = (_number(element, edge) for edge in ("xtl", "ytl", "xbr", "ybr"))
    angle = math.radians(_number(element, "rotation", 0.0))
    if not angle:
        return x1, y1, x2, y2
    x, y, half_width, half_height = (x1 + x2) / 2, (y1 + y2) / 2, (x2 - x1) / 2, (y2 - y1) / 2
    across, along = abs(math.cos(angle)), abs(math.sin(angle))
    dx, dy = half_width * across + half_height * along, half_width * along + half_height * across
    return x - dx, y - dy, x + dx, y + dy


def _ellipse(element: Element) -> Box:
    x, y, rx, ry = (_number(element, name) for name in ("cx", "cy", "rx", "ry"))
    return around_ellipse(x, y, rx, ry, math.radians(_number(element, "rotation", 0.0)))


def _polygon(element: Element) -> Box:
    try:
        points = [
            tuple(float(value) for value in point.split(","))
            for point in (element.get("points") or "").split(";")
        ]
        xs, ys = zip(*points, strict=True)
    except ValueError as error:
        raise ValueError(f"<polygon> with points {element.get('points')!r}") from error
    return min(xs), min(ys), max(xs), max(ys)


def _mask(element: Element) -> Box:
    left, top, width, height = (_number(element, n) for n in ("left", "top", "width", "height"))
    return left, top, left + width, top + height


_REGIONS: MappingProxyType[str, Callable[[Element], Box]] = MappingProxyType(
    {"box": _box, "polygon": _polygon, "ellipse": _ellipse, "mask": _mask}
)


def _number(element: Element, name: str, default: float | None = None) -> float:
    value = element.get(name)
    if value is None and default is not None:
        return default
    try:
        return float(value or "")
    except ValueError as error:
        raise ValueError(f"<{element.tag}> with {name} {value!r}, which is no number") from error
