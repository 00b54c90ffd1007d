"""OpenTimelineIO: a track for each character, with a clip of the film wherever it is seen."""

from pathlib import Path

from castmap.exports.cast import find_spells
from castmap.exports.film import Film
from castmap.exports.frame_rate import MILLISECONDS
from castmap.exports.timeline import build_timeline, parts_of_cast
from castmap.files.whole import write_text

MEMBER = {
    "order": 60,
    "files": ["cast_map.otio"],
    "opens_in": "OpenTimelineIO, and editors that take it",
    "how": "a track for each character, with a clip of the film wherever it is seen",
    "frames": "from 0, if the rate is constant",
    "times": "`RationalTime` of the film's rate; else of rate 1000: milliseconds",
}


def write(film: Film, path: Path) -> None:
    """Write the timeline; its film is found relative to it.

    Frames of a variable rate have no common length: such a film is counted in milliseconds.
    """
    rate = film.rate or MILLISECONDS
    tracks = parts_of_cast(find_spells(film.appearances, join_touching=False), rate)
    timeline = build_timeline(film.title, tracks.items(), film.length(rate), film.file, rate)
    write_text(path, timeline.to_json_string(indent=2) + "\n")
