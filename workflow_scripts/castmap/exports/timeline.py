"""A film as timelines of OpenTimelineIO: clips of the film where its shots and characters are."""

from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby
from typing import NamedTuple
from urllib.parse import quote

import pandas as pd
from opentimelineio.opentime import TimeRange
from opentimelineio.schema import Clip, ExternalReference, Gap, Timeline, Track, TrackKind

from castmap.exports.cast import Spell
from castmap.exports.frame_rate import FrameRate
from castmap.formats.tables import rows_of


class Part(NamedTuple):
    """A part of the film.

    Attributes:
        name: of the clip.
        start: its first frame, 0-based, or tick of another clock.
        end: the first after it.
        metadata: what OpenTimelineIO keeps of it.
    """

    name: str
    start: int
    end: int
    metadata: Mapping


def parts_of_shots(shots: pd.DataFrame) -> list[Part]:
    """The shots, in frames.

    Args:
        shots: the SHOTS table.
    """
    return [
        Part(f"shot {row.shot}", row.start_frame, row.end_frame, {"shot": row.shot})
        for row in rows_of(shots)
    ]


def parts_of_cast(spells: Iterable[Spell], rate: FrameRate) -> dict[str, list[Part]]:
    """Where each character is seen, by its label.

    Args:
        spells: by character and time, of which those of one character do not overlap.
        rate: what is counted.
    """
    return {
        label: [
            Part(
                label,
                *rate.span(spell.start_ms / 1000, spell.end_ms / 1000),
                {"tracks": list(spell.tracks)},
            )
            for spell in own
        ]
        for label, own in groupby(spells, key=lambda spell: spell.label)
    }


def build_timeline(
    title: str,
    tracks: Iterable[tuple[str, Sequence[Part]]],
    length: int,
    film: str,
    rate: FrameRate,
) -> Timeline:
    """A timeline that lasts as long as its film, in which every clip lies where it is in the film.

    Args:
        title: of the timeline, one line.
        tracks: of each its name, and its parts in order of time, not overlapping.
        length: of the film, in frames or ticks.
        film: the video file, relative to the document.
        rate: what is counted.
    """
    timeline = Timeline(title)
    for name, parts in tracks:
        track = Track(name, kind=TrackKind.Video)
        reached = 0
        for part in parts:
            if part.start > reached:
                track.append(Gap(source_range=_range(0, part.start - reached, rate)))
            media = ExternalReference(
                quote(film, errors="surrogateescape"), _range(0, length, rate)
            )
            source = _range(part.start, part.end - part.start, rate)
            clip = Clip(part.name, media, source, metadata={"castmap": dict(part.metadata)})
            track.append(clip)
            reached = part.end
        timeline.tracks.append(track)
    return timeline


def _range(start: int, length: int, rate: FrameRate) -> TimeRange:
    return TimeRange(rate.time(start), rate.time(length))
