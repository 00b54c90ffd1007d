"""Labels of the VGG Image Annotator: 1 and 2, and projects of pictures of 3."""

import json
import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

import numpy as np

from castmap.formats.labels import (
    Box,
    Labels,
    Shape,
    around_ellipse,
    gather,
    label_of,
    name_of,
)
from castmap.formats.picture_names import frames_of_pictures

_NO_PICTURES = "no pictures with regions in the file; save VIA's project, or export JSON"
# The shapes of VIA 3, by number, as VIA 2 calls them.
_SHAPES_OF_3 = {1: "point", 2: "rect", 3: "circle", 4: "ellipse", 5: "line", 6: "polyline"}
_SHAPES_OF_3 |= {7: "polygon", 8: "rect", 9: "circle"}


class _Region(NamedTuple):
    picture: str
    shape: Mapping
    attributes: Mapping
    options: Mapping


def read_via(text: str, film: str | None = None) -> Labels:
    """VGG Image Annotator 1 or 2, a project or its annotations as JSON, or 3: regions on pictures.

    The frame stands in a picture's file name (see frames_of_pictures), and counts from 0. The
    person is the attribute of a region that names one (name, identity, ...): text, or what was
    chosen. Regions are rectangles, and the boxes around circles, ellipses and polygons. The
    pictures are the frames that were looked at.

    Args:
        text: of the file.
        film: part of the names of the pictures that are meant, where they are of several films.

    Raises:
        ValueError: the text is not such JSON, is of a video project of VIA 3, which has times and
            no frames, or of several films.
    """
    try:
        content = json.loads(text)
    except (json.JSONDecodeError, RecursionError) as error:
        raise ValueError(f"not JSON: {error}") from error
    if not isinstance(content, dict):
        raise ValueError(_NO_PICTURES)
    of_three = {"file", "view", "metadata"} <= content.keys()
    try:
        names, regions = _read_3(content) if of_three else _read_2(content)
        frames = frames_of_pictures(names, film)
        left_out: Counter[str] = Counter()
        shapes = list(_shapes(regions, frames, left_out))
    except (KeyError, TypeError, AttributeError, IndexError) as error:
        raise ValueError(f"not as VIA writes it: {type(error).__name__}: {error}") from error
    faces, left_out = gather(shapes, left_out)
    return Labels(faces, np.unique(list(frames.values())), left_out=left_out)


def _read_2(content: dict) -> tuple[list[str], list[_Region]]:
    pictures = content.get("_via_img_metadata", content)
    options = content.get("_via_attributes", {}).get("region", {})
    options = {name: about.get("options", {}) for name, about in options.items()}
    if not pictures or not all("regions" in picture for picture in pictures.values()):
        raise ValueError(_NO_PICTURES)
    regions = [
        _Region(
            picture["filename"], region["shape_attributes"], region["region_attributes"], options
        )
        for picture in pictures.values()
        for region in _listed(picture["regions"])
    ]
    return [picture["filename"] for picture in pictures.values()], regions


def _listed(regions: Sequence[dict] | Mapping[str, dict]) -> Sequence[dict]:
    """VIA 1 numbers the regions of a picture, VIA 2 lists them."""
    return list(regions.values()) if isinstance(regions, Mapping) else regions


def _read_3(content: dict) -> tuple[list[str], list[_Region]]:
    files = {number: file["fname"] for number, file in content["file"].items()}
    shown = {number: files[str(view["fid_list"][0])] for number, view in content["view"].items()}
    names = {number: about["aname"] for number, about in content.get("attribute", {}).items()}
    options = {
        about["aname"]: about.get("options") or {}
        for about in content.get("attribute", {}).values()
    }
    regions = []
    for drawn in content["metadata"].values():
        if drawn["z"]:
            raise ValueError(
                "a video project of VIA 3, which has times and no frames; annotate pictures of "
                "frames, or in CVAT"
            )
        if drawn["xy"]:
            attributes = {names[number]: value for number, value in drawn["av"].items()}
            shape = _shape_of_3(drawn["xy"])
            regions.append(_Region(shown[str(drawn["vid"])], shape, attributes, options))
    return list(shown.values()), regions


def _shape_of_3(numbers: Sequence[float]) -> dict:
    """A shape of VIA 3 as VIA 2 writes it."""
    kind, values = _SHAPES_OF_3.get(int(numbers[0]), "unknown"), numbers[1:]
    if kind == "polygon":
        return {"name": kind, "all_points_x": values[::2], "all_points_y": values[1::2]}
    names = {"rect": ("x", "y", "width", "height"), "circle": ("cx", "cy", "r")}
    names["ellipse"] = ("cx", "cy", "rx", "ry")
    return {"name": kind, **dict(zip(names.get(kind, ()), values, strict=False))}


def _shapes(
    regions: list[_Region], frames: Mapping[str, int], left_out: Counter
) -> Iterator[Shape]:
    for region in regions:
        if region.picture not in frames:
            continue
        box = _box(region.shape)
        chosen = {
            name: _chosen(value, region.options.get(name) or {})
            for name, value in region.attributes.items()
        }
        one = {name: values[0] for name, values in chosen.items() if len(values) == 1}
        name, label = name_of(one), label_of(one)
        several = name is None and any(
            name_of({attribute: values[0]}) for attribute, values in chosen.items() if values
        )
        if box is None:
            left_out[f"that are no regions ({region.shape['name']})"] += 1
        elif several:
            left_out["with several names ticked"] += 1
        elif name is None and label is None:
            found = ", ".join(sorted(region.attributes)) or "none"
            left_out[f"without a name (attributes: {found})"] += 1
        else:
            yield Shape(frames[region.picture], box, name, label)


def _chosen(value: object, options: Mapping[str, str]) -> list[str]:
    """What was typed, chosen, or ticked; an option is called as the annotator sees it."""
    if isinstance(value, dict):  # checkboxes of VIA 2
        ticked = [name for name, on in value.items() if on is True or on in ("true", "1", 1)]
    elif isinstance(value, str) and options and value not in options:  # of VIA 3: "0,2"
        parts = value.split(",")
        ticked = parts if all(part in options for part in parts) else [value]
    else:
        ticked = [] if value is None else [str(value)]
    seen = Counter(options.values())
    called = [options.get(name) or name for name in ticked]
    return [text if seen[text] <= 1 else name for name, text in zip(ticked, called, strict=True)]


def _box(shape: Mapping) -> Box | None:
    """The box around a shape; None where it is no region."""
    kind = shape["name"]
    if kind == "rect":
        x, y = float(shape["x"]), float(shape["y"])
        return x, y, x + float(shape["width"]), y + float(shape["height"])
    if kind in ("circle", "ellipse"):
        rx, ry = (float(shape[name]) for name in (("r", "r") if kind == "circle" else ("rx", "ry")))
        angle = float(shape.get("theta") or 0.0)
        return around_ellipse(float(shape["cx"]), float(shape["cy"]), rx, ry, angle)
    if kind == "polygon":
        xs, ys = (list(map(float, shape[f"all_points_{axis}"])) for axis in "xy")
        return (min(xs), min(ys), max(xs), max(ys)) if xs and ys else (math.nan,) * 4
    return None
