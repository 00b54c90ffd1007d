"""Cast maps that people edited in other programs, as those programs save them.

Each reader takes a file's text and says what stands in it, and nothing of what castmap makes of it;
all raise ValueError where the text is no such file.
"""

import csv
import io
import json
import math
import re
import tempfile
from collections import Counter
from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import NamedTuple
from urllib.parse import unquote
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

from castmap.formats.corrections import LATEST_S
from castmap.formats.labels_cvat import children_of
from castmap.formats.names import shorten
from castmap.formats.spreadsheets import unescape_formula

_EDGES = ("xtl", "ytl", "xbr", "ybr")
_NEEDED = ("character", "name", "start_s", "end_s", "track")


class Annotation(NamedTuple):
    """An annotation of ELAN.

    Attributes:
        identifier: its own.
        tier: the name of its tier.
        participant: of that tier; castmap writes the tier's name.
        kind: the linguistic type of that tier.
        value: its text.
        start_ms: None where it has no time of its own.
        end_ms: likewise.
    """

    identifier: str
    tier: str
    participant: str
    kind: str
    value: str
    start_ms: int | None
    end_ms: int | None


class Row(NamedTuple):
    """A row of cast_map.csv; ``track`` is None where the cell is empty."""

    line: int
    character: str
    name: str
    start_s: float
    end_s: float
    track: int | None


class Segment(NamedTuple):
    """A temporal segment of VIA, by the clock of browsers; ``track`` as its number in the file."""

    identifier: str
    label: str
    start_s: float
    end_s: float
    track: int | None


class DrawnBox(NamedTuple):
    """A box of CVAT in pixels of the frame as it is stored."""

    frame: int
    x1: float
    y1: float
    x2: float
    y2: float


class Drawn(NamedTuple):
    """What CVAT shows without a break: boxes by frame, and the first frame without one.

    Attributes:
        identifier: of CVAT's track.
        label: of the track.
        track: castmap's, by its attribute; None where it has none.
        boxes: in order of frames.
        end_frame: exclusive.
    """

    identifier: str
    label: str
    track: int | None
    boxes: list[DrawnBox]
    end_frame: int


def read_elan(text: str) -> tuple[set[str], list[Annotation]]:
    """The file names of the media, and every annotation that has times of its own."""
    from pympi.Elan import Eaf  # noqa: PLC0415

    root = _parse_xml(text)
    if root.tag != "ANNOTATION_DOCUMENT":
        raise ValueError(f"the outermost element is {root.tag!r}; ELAN's is 'ANNOTATION_DOCUMENT'")
    # pympi keeps the last of several, and says nothing.
    _check_unique("tiers", [tier.get("TIER_ID") for tier in root.iter("TIER")])
    _check_unique("annotations", [one.get("ANNOTATION_ID") for one in _annotations(root)])
    with tempfile.NamedTemporaryFile("w", suffix=".eaf", encoding="utf-8") as file:
        file.write(re.sub(r"^\s*<\?xml.*?\?>", "", text, count=1, flags=re.DOTALL))
        file.flush()
        try:
            document = Eaf(file.name, suppress_version_warning=True)
            found = [
                Annotation(
                    *(identifier, tier, about.get("PARTICIPANT", "")),
                    *(about.get("LINGUISTIC_TYPE_REF", ""), value),
                    *(document.timeslots[slot] for slot in (start, end)),
                )
                for tier, (aligned, _, about, _) in document.tiers.items()
                for identifier, (start, end, value, _) in aligned.items()
            ]
        except (KeyError, IndexError, ValueError, TypeError, AttributeError) as error:
            raise ValueError(f"not as ELAN writes it: {type(error).__name__}: {error}") from error
    media = [
        url for about in document.media_descriptors for key, url in about.items() if "URL" in key
    ]
    return {_file_name(url) for url in media}, found


def read_rows(text: str) -> list[Row]:
    """The rows of cast_map.csv; spreadsheets may have put semicolons or tabs between the cells."""
    header = text.partition("\n")[0]
    delimiter = max(",;\t", key=header.count)
    rows = csv.DictReader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        missing = [name for name in _NEEDED if name not in (rows.fieldnames or [])]
        if missing:
            raise ValueError(f"line 1 has no column {', '.join(missing)}")
        return [
            _row(rows.line_num, cells, delimiter) for cells in rows if any(filter(None, _of(cells)))
        ]
    except csv.Error as error:
        raise ValueError(f"line {rows.line_num}: {error}") from error


def read_segments(text: str) -> tuple[set[str], list[Segment]]:
    """The film's names in a project of VIA 3, and its temporal segments that say who is seen."""
    try:
        content = json.loads(text)
    except (json.JSONDecodeError, RecursionError) as error:
        raise ValueError(f"not JSON: {error}") from error
    try:
        names = {str(content["project"]["pname"])}
        names |= {_file_name(str(file["fname"])) for file in content["file"].values()}
        who = next(key for key, about in content["attribute"].items() if _is_who(about))
        segments = [
            _segment(identifier, about, who)
            for identifier, about in content["metadata"].items()
            if about["z"] and who in about["av"]
        ]
    except (KeyError, TypeError, AttributeError, IndexError) as error:
        raise ValueError(f"not as VIA 3 writes it: {type(error).__name__}: {error}") from error
    except StopIteration as error:
        raise ValueError("no attribute is called 'character'; it says who is seen") from error
    return names, segments


def read_drawn(text: str) -> tuple[set[str], list[Drawn]]:
    """The names of the tasks of a file of CVAT 1.1 for video, and what its tracks show."""
    _check_plain(text)
    names, drawn = set[str](), list[Drawn]()
    for element in children_of(text):
        if element.tag == "meta":
            names |= {(name.text or "").strip() for name in element.iterfind(".//task/name")}
        elif element.tag == "track":
            drawn += _drawn(element)
        elif element.tag == "image":
            raise ValueError("CVAT for images; export the task as CVAT for video 1.1")
    return names, drawn


def _check_plain(text: str) -> None:
    """Refuse what makes entities: no program that castmap knows writes them."""
    found = re.search(r"<!(DOCTYPE|ENTITY)", text)
    if found:
        raise ValueError(f"it declares entities ({found[0]}), which castmap does not read")


def _parse_xml(text: str) -> Element:
    _check_plain(text)
    try:
        return ElementTree.fromstring(text)
    except ElementTree.ParseError as error:
        raise ValueError(f"not XML: {error}") from error


def _annotations(root: Element) -> list[Element]:
    return [*root.iter("ALIGNABLE_ANNOTATION"), *root.iter("REF_ANNOTATION")]


def _check_unique(what: str, names: list[str | None]) -> None:
    twice = [name for name, count in Counter(names).items() if count > 1]
    if twice:
        raise ValueError(f"two {what} are called {shorten(str(twice[0]))!r}; rename one")


def _file_name(url: str) -> str:
    return PurePosixPath(unquote(url).replace("\\", "/")).name


def _of(cells: Mapping) -> list[str]:
    return [str(cell).strip() for cell in cells.values() if cell is not None]


def _row(line: int, cells: Mapping[str, str | None], delimiter: str) -> Row:
    if None in cells or None in cells.values():
        raise ValueError(f"line {line} has another number of cells than line 1")
    values = {name: unescape_formula(str(cells[name])) for name in _NEEDED}
    times = [
        _seconds(f"line {line}: {name}", values[name], delimiter) for name in ("start_s", "end_s")
    ]
    track = values["track"].strip()
    if track and not re.fullmatch(r"\d{1,9}", track):
        raise ValueError(f"line {line}: track is {shorten(track)!r}, but must be a whole number")
    who = [values[name].strip() for name in ("character", "name")]
    return Row(line, who[0], who[1], times[0], times[1], int(track) if track else None)


def _seconds(what: str, value: object, delimiter: str = ",") -> float:
    """A time; where a comma does not part the cells, it may be a decimal comma."""
    text = str(value).strip()
    try:
        number = float(text if delimiter == "," else text.replace(",", "."))
    except ValueError:
        number = -1.0
    if not 0 <= number <= LATEST_S:
        raise ValueError(f"{what} is {shorten(text)!r}, but must be seconds of the film")
    return number


def _is_who(about: Mapping) -> bool:
    return about["aname"] == "character"


def _segment(identifier: str, about: Mapping, who: str) -> Segment:
    ends = about["z"]
    if len(ends) != 2:
        raise ValueError(f"segment {shorten(identifier)!r} has {len(ends)} times instead of 2")
    start_s, end_s = (_seconds(f"a time of segment {shorten(identifier)!r}", end) for end in ends)
    own = re.fullmatch(r"1_(\d{8,9})", identifier)
    return Segment(identifier, str(about["av"][who]), start_s, end_s, int(own[1]) if own else None)


def _drawn(track: Element) -> list[Drawn]:
    """The stretches in which a track of CVAT is seen: it may be outside in between."""
    identifier, label = track.get("id") or "", track.get("label") or ""
    boxes = [
        (_whole(box, "frame"), box.get("outside") == "1", box) for box in track.iterfind("box")
    ]
    numbers = [
        (one.text or "").strip() for one in track.iter("attribute") if one.get("name") == "track"
    ]
    own = next((int(number) for number in numbers if re.fullmatch(r"\d{1,9}", number)), None)
    found: list[Drawn] = []
    seen: list[DrawnBox] = []
    for frame, outside, box in sorted(boxes, key=lambda one: one[0]):
        if outside and seen:
            found.append(Drawn(identifier, label, own, seen, frame))
            seen = []
        elif not outside:
            seen.append(DrawnBox(frame, *(_edge(box, name) for name in _EDGES)))
    if seen:
        found.append(Drawn(identifier, label, own, seen, seen[-1].frame + 1))
    return found


def _whole(element: Element, name: str) -> int:
    value = element.get(name) or ""
    if not re.fullmatch(r"\d{1,9}", value):
        raise ValueError(
            f"<{element.tag}> with {name} {shorten(value)!r}, which is no whole number"
        )
    return int(value)


def _edge(element: Element, name: str) -> float:
    value = element.get(name) or ""
    try:
        number = float(value)
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        raise ValueError(f"<{element.tag}> with {name} {shorten(value)!r}, which is no number")
    return number
