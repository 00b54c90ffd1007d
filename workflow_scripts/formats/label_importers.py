"""Face labels that other tools wrote, as castmap's own: one row per labelled box.

Each reader takes a file's text and returns the TRUE_FACES table. Frames become 0-based, boxes
half-open pixels. A box without a name is somebody's whose name nobody wrote down; such boxes are
left out, as castmap could not tell whether two of them are one person.
"""

import json
import re
from collections.abc import Callable, Iterable
from io import StringIO
from types import MappingProxyType
from xml.etree import ElementTree

import pandas as pd

from workflow_scripts.formats.tables import TRUE_FACES

_NAME_ATTRIBUTES = ("name", "person", "character")


def read_mot(text: str) -> pd.DataFrame:
    """MOTChallenge ground truth: frame, id, left, top, width, height, flag[, class, visibility].

    Frames count from 1. The id is the person, called by it; rows whose flag is 0 are not labels.

    Raises:
        ValueError: a line has fewer than six numbers.
    """
    rows = []
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip():
            continue
        try:
            fields = [float(field) for field in line.split(",")]
            frame, person, left, top, width, height = fields[:6]
        except ValueError as error:
            raise ValueError(
                f"line {number}: {line!r} is not frame,id,left,top,width,height,..."
            ) from error
        if len(fields) < 7 or fields[6] != 0:
            box = (left, top, left + width, top + height)
            rows.append((f"{person:g}", int(frame) - 1, *box))
    return _table(rows)


def read_cvat(text: str) -> pd.DataFrame:
    """CVAT for video 1.1: tracks of boxes; those marked outside are not seen.

    The person is the attribute name, person or character of the box, else the track's label.

    Raises:
        ValueError: the text is not such XML.
    """
    try:
        root = ElementTree.parse(StringIO(text)).getroot()
    except ElementTree.ParseError as error:
        raise ValueError(f"not XML: {error}") from error
    if root.tag != "annotations":
        raise ValueError(f"the outermost element is {root.tag!r}; CVAT's is 'annotations'")
    rows = []
    for track in root.iter("track"):
        for box in track.iter("box"):
            if box.get("outside") == "1":
                continue
            attributes = {a.get("name"): (a.text or "").strip() for a in box.iter("attribute")}
            person = _person(attributes) or track.get("label")
            edges = (float(box.get(edge)) for edge in ("xtl", "ytl", "xbr", "ybr"))
            rows.append((person, int(box.get("frame")), *edges))
    return _table(rows)


def read_via(text: str) -> pd.DataFrame:
    """VGG Image Annotator 2, a project or its annotations as JSON: rectangles on frame pictures.

    The frame is the last number in a picture's file name, and counts from 0. The person is the
    region's attribute name, person or character.

    Raises:
        ValueError: the text is not such JSON, or a file name holds no number.
    """
    try:
        content = json.loads(text)
    except json.JSONDecodeError as error:
        raise ValueError(f"not JSON: {error}") from error
    pictures = content.get("_via_img_metadata", content) if isinstance(content, dict) else None
    if not pictures or not all("regions" in picture for picture in pictures.values()):
        raise ValueError("no pictures with regions in the file; save VIA's project, or export JSON")
    rows = []
    for picture in pictures.values():
        numbers = re.findall(r"\d+", picture["filename"].rsplit(".", 1)[0])
        if not numbers:
            raise ValueError(f"{picture['filename']}: no frame number in the file name")
        for region in picture["regions"]:
            shape, person = region["shape_attributes"], _person(region["region_attributes"])
            if shape["name"] == "rect" and person:
                x, y = float(shape["x"]), float(shape["y"])
                box = (x, y, x + float(shape["width"]), y + float(shape["height"]))
                rows.append((person, int(numbers[-1]), *box))
    return _table(rows)


def faces_of_tracks(tracks: pd.DataFrame, people: pd.Series) -> pd.DataFrame:
    """The labels that named tracks make; tracks without a name are left out.

    Args:
        tracks: the TRACKS table.
        people: by track number, the name of its person or a missing value.
    """
    named = tracks.assign(person=tracks["track"].map(people)).dropna(subset="person")
    return _table(named[["person", "frame", "x1", "y1", "x2", "y2"]].itertuples(index=False))


READERS: MappingProxyType[str, Callable[[str], pd.DataFrame]] = MappingProxyType(
    {"mot": read_mot, "cvat": read_cvat, "via": read_via}
)


def _person(attributes: dict[str, str]) -> str | None:
    return next((attributes[name] for name in _NAME_ATTRIBUTES if attributes.get(name)), None)


def _table(rows: Iterable[tuple]) -> pd.DataFrame:
    """The labels of (person, frame, x1, y1, x2, y2); of two in one frame the first counts."""
    columns = ["person", "start_frame", "x1", "y1", "x2", "y2"]
    table = pd.DataFrame(list(rows), columns=columns)
    table["end_frame"] = table["start_frame"] + 1
    table = table.drop_duplicates(["person", "start_frame"])
    return table.sort_values(["person", "start_frame"])[TRUE_FACES.columns].reset_index(drop=True)
