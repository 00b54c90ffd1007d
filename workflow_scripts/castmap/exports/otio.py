"""OpenTimelineIO: a track for each character, with a clip of the film wherever it is seen.

Times count milliseconds (rate 1000), not frames: frames of a variable rate have no common length.
"""

from collections.abc import Iterable
from itertools import groupby
from pathlib import Path
from urllib.parse import quote

from opentimelineio.opentime import RationalTime, TimeRange
from opentimelineio.schema import Clip, ExternalReference, Gap, Timeline, Track, TrackKind

from castmap.exports.cast import Spell, find_spells
from castmap.exports.film import Film
from castmap.files.whole import write_text

MEMBER = {
    "order": 60,
    "files": ["cast_map.otio"],
    "opens_in": "OpenTimelineIO, and editors that take it",
    "how": "a track for each character, with a clip of the film wherever it is seen",
    "times": "`RationalTime` of rate 1000: milliseconds",
}

_RATE = 1000


def write(film: Film, path: Path) -> None:
    """Write the timeline; its film is found relative to it."""
    spells = find_spells(film.appearances, join_touching=False)
    write_text(path, build_otio(film.title, film.info["duration_s"] or 0.0, spells, film.file))


def build_otio(title: str, duration_s: float, spells: Iterable[Spell], film: str) -> str:
    """A timeline as JSON.

    Args:
        title: of the film, one line.
        duration_s: its length.
        spells: by character and time, of which those of one character do not overlap.
        film: the video file, relative to the document.
    """
    timeline = Timeline(title)
    available = _range(0, round(duration_s * _RATE))
    for label, own in groupby(spells, key=lambda spell: spell.label):
        track = Track(label, kind=TrackKind.Video)
        reached_ms = 0
        for spell in own:
            if spell.start_ms > reached_ms:
                track.append(Gap(source_range=_range(0, spell.start_ms - reached_ms)))
            clip = Clip(
                label,
                ExternalReference(quote(film, errors="surrogateescape"), available),
                _range(spell.start_ms, spell.end_ms - spell.start_ms),
                metadata={"castmap": {"tracks": list(spell.tracks)}},
            )
            track.append(clip)
            reached_ms = spell.end_ms
        timeline.tracks.append(track)
    return timeline.to_json_string(indent=2) + "\n"


def _range(start_ms: int, length_ms: int) -> TimeRange:
    return TimeRange(RationalTime(start_ms, _RATE), RationalTime(length_ms, _RATE))
