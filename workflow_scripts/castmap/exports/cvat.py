"""CVAT for video 1.1: a track of boxes for each face track, labelled with its character."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any
from xml.etree import ElementTree
from xml.etree.ElementTree import Element, SubElement

import pandas as pd

from castmap.exports.film import Film
from castmap.files.whole import write_text
from castmap.formats.names import one_line
from castmap.formats.tables import rows_of

MEMBER = {
    "order": 120,
    "files": ["tracks.cvat.xml"],
    "opens_in": "[CVAT](https://www.cvat.ai)",
    "how": (
        "make a task of the film with the labels listed at the top of the file, then Upload "
        "annotations, CVAT 1.1. `castmap import-labels --format cvat` reads it back exactly, as it "
        "does `tracks.mot.txt`"
    ),
    "frames": "from 0",
    "pixels": "from 0",
}

_ATTRIBUTES = ("number", "track", "confidence")


def write(film: Film, path: Path) -> None:
    """Write the document."""
    write_text(path, build_cvat(film.info, film.labels.values(), film.faces))


def build_cvat(info: Mapping, labels: Iterable[str], faces: pd.DataFrame) -> str:
    """A CVAT document.

    Boxes that were filled in between two detections are no key frames: CVAT fills them in again. A
    track is outside from the frame after its last box, if the film has one.

    Args:
        info: movie.json.
        labels: of the characters.
        faces: see cast.faces_of_cast.
    """
    root = Element("annotations")
    SubElement(root, "version").text = "1.1"
    n_frames = info["n_frames"] or 0
    _add_task(SubElement(SubElement(root, "meta"), "task"), info, n_frames, labels)
    for number, own in faces.groupby("track"):
        first = own.iloc[0]
        track = SubElement(root, "track", id=str(number), label=first["label"], source="auto")
        values = (first["character"], str(number), f"{first['confidence']:.3f}")
        boxes = list(rows_of(own))
        for face in boxes:
            _add_box(track, face, face.frame, values, keyframe=not face.interpolated)
        if boxes[-1].frame + 1 < n_frames:
            _add_box(track, boxes[-1], boxes[-1].frame + 1, values, outside=True)
    ElementTree.indent(root)
    text = ElementTree.tostring(root, encoding="unicode")
    return f'<?xml version="1.0" encoding="utf-8"?>\n{text}\n'


def _add_task(task: Element, info: Mapping, n_frames: int, labels: Iterable[str]) -> None:
    SubElement(task, "name").text = one_line(info["title"] or "") or info["movie"]
    SubElement(task, "size").text = str(n_frames)
    SubElement(task, "mode").text = "interpolation"
    SubElement(task, "start_frame").text = "0"
    SubElement(task, "stop_frame").text = str(max(n_frames - 1, 0))
    listed = SubElement(task, "labels")
    for label in labels:
        entry = SubElement(listed, "label")
        SubElement(entry, "name").text = label
        SubElement(entry, "type").text = "rectangle"
        attributes = SubElement(entry, "attributes")
        for name in _ATTRIBUTES:
            attribute = SubElement(attributes, "attribute")
            SubElement(attribute, "name").text = name
            SubElement(attribute, "mutable").text = "False"
            SubElement(attribute, "input_type").text = "text"
            SubElement(attribute, "default_value").text = ""
            SubElement(attribute, "values").text = ""
    size = SubElement(task, "original_size")
    SubElement(size, "width").text = str(info["stored_width"] or 0)
    SubElement(size, "height").text = str(info["stored_height"] or 0)


def _add_box(
    track: Element,
    face: Any,
    frame: int,
    values: tuple[str, ...],
    keyframe: bool = True,
    outside: bool = False,
) -> None:
    edges = {"xtl": face.x1, "ytl": face.y1, "xbr": face.x2, "ybr": face.y2}
    flags = {"outside": outside, "occluded": False, "keyframe": keyframe}
    box = SubElement(
        track,
        "box",
        {
            "frame": str(frame),
            **{name: str(int(flag)) for name, flag in flags.items()},
            **{name: f"{edge:.2f}" for name, edge in edges.items()},
            "z_order": "0",
        },
    )
    for name, value in zip(_ATTRIBUTES, values, strict=True):
        SubElement(box, "attribute", name=name).text = value
