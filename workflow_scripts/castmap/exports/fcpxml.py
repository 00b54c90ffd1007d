"""Final Cut Pro X: the film with a keyword for each character, and a project cut at the shots."""

from collections.abc import Iterable, Sequence
from fractions import Fraction
from pathlib import Path, PurePosixPath
from urllib.parse import quote
from xml.etree import ElementTree
from xml.etree.ElementTree import Element, SubElement

from castmap.exports.cast import find_spells
from castmap.exports.film import Film
from castmap.exports.frame_rate import FrameRate
from castmap.exports.timeline import Part, parts_of_cast, parts_of_shots
from castmap.files.whole import write_text
from castmap.formats.names import one_line

MEMBER = {
    "order": 62,
    "files": ["cast_map.fcpxml"],
    "opens_in": "Final Cut Pro X, DaVinci Resolve",
    "how": (
        "File, Import, XML; then relink the film. An event with the film, in which each character "
        "is a keyword wherever it is seen, and with a project in which the film is cut at the shots"
    ),
    "times": "exact fractions of a second: whole frames",
}

_VERSION = "1.8"


def write(film: Film, path: Path) -> None:
    """Write the event; of a film without a constant rate an empty one, whose name says why."""
    root = Element("fcpxml", version=_VERSION)
    resources = SubElement(root, "resources")
    if film.rate:
        _add_resources(resources, film, film.rate)
        cast = parts_of_cast(find_spells(film.appearances, join_touching=False), film.rate)
        seen = [part for parts in cast.values() for part in parts]
        event = SubElement(root, "event", name=film.title)
        whole = Part(film.title, 0, film.length(film.rate), {})
        _add_clip(event, whole, seen, film.rate)
        _add_project(event, film.title, parts_of_shots(film.shots), seen, film.rate)
    else:
        SubElement(root, "event", name=film.refusal)
    ElementTree.indent(root)
    text = ElementTree.tostring(root, encoding="unicode")
    write_text(path, f'<?xml version="1.0" encoding="UTF-8"?>\n<!DOCTYPE fcpxml>\n{text}\n')


# OpenTimelineIO's adapter is not used: it takes 23.976 frames/s for 23 where it places clips, cuts
# off fractions of frames, asks ffprobe about the film, and knows no keywords of a range.


def _add_resources(resources: Element, film: Film, rate: FrameRate) -> None:
    width, height = (str(film.info[side]) for side in ("width", "height"))
    frame = _seconds(1, rate)
    SubElement(resources, "format", id="r1", frameDuration=frame, width=width, height=height)
    SubElement(
        resources,
        "asset",
        id="r2",
        name=one_line(PurePosixPath(film.file).name),
        src=quote(film.file, errors="surrogateescape"),
        start="0s",
        duration=_seconds(film.length(rate), rate),
        hasVideo="1",
        format="r1",
    )


def _add_project(
    event: Element, title: str, shots: Sequence[Part], seen: Sequence[Part], rate: FrameRate
) -> None:
    sequence = SubElement(
        SubElement(event, "project", name=title),
        "sequence",
        format="r1",
        duration=_seconds(shots[-1].end - shots[0].start, rate),
        tcStart="0s",
        tcFormat="DF" if rate.drops_frames else "NDF",
    )
    spine = SubElement(sequence, "spine")
    for shot in shots:
        _add_clip(spine, shot, seen, rate)


def _add_clip(parent: Element, part: Part, seen: Iterable[Part], rate: FrameRate) -> None:
    """A part of the film, and the keywords of whoever is seen in it."""
    start, duration = _seconds(part.start, rate), _seconds(part.end - part.start, rate)
    times = {"name": part.name, "start": start, "duration": duration}
    if parent.tag == "spine":
        times["offset"] = start
    clip = SubElement(parent, "asset-clip", {"ref": "r2", "format": "r1", **times})
    for spell in seen:
        first, end = max(spell.start, part.start), min(spell.end, part.end)
        if first < end:
            SubElement(
                clip,
                "keyword",
                start=_seconds(first, rate),
                duration=_seconds(end - first, rate),
                value=spell.name.replace(",", ";"),  # a comma would make two keywords of it
            )


def _seconds(frames: int, rate: FrameRate) -> str:
    time = Fraction(frames) / rate.rate
    return f"{time.numerator}s" if time.denominator == 1 else f"{time}s"
