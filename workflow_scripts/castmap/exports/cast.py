"""What every export says: who is called what, who appears when, and where each face is."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from itertools import pairwise
from typing import NamedTuple

import pandas as pd

from castmap.clustering.characters import is_character
from castmap.formats.names import one_line
from castmap.formats.tables import BOX_COLUMNS, CAST_MAP, rows_of


def label_characters(cast: pd.DataFrame) -> dict[str, str]:
    """What each character is called in every export: its name, else its number.

    Names that two characters share, or that are another's number, get their character's number
    behind them: "Ann (C02)".

    Args:
        cast: rows with ``character`` and ``name``, which may be missing.

    Returns:
        The label of each character, all different, in order of their numbers.
    """
    names = cast.dropna(subset="name").drop_duplicates("character").set_index("character")["name"]
    numbers = sorted(cast["character"].unique(), key=lambda number: (len(number), number))
    labels = {number: one_line(names.get(number, "")) or number for number in numbers}
    # A label made longer may be somebody's name, too. No label is made longer twice for one reason,
    # so this ends.
    while shared := {label for label, count in Counter(labels.values()).items() if count > 1}:
        labels = {
            number: f"{label} ({number})" if label in shared and label != number else label
            for number, label in labels.items()
        }
    return labels


def cast_map(characters: pd.DataFrame) -> pd.DataFrame:
    """The CAST_MAP table of a CHARACTERS table, in order of time, character and track."""
    cast = characters.loc[is_character(characters["character"]), CAST_MAP.columns]
    return cast.sort_values(["start_s", "character", "track"], ignore_index=True)


def label_appearances(cast: pd.DataFrame, labels: dict[str, str]) -> pd.DataFrame:
    """Appearances as formats of labels and whole milliseconds take them.

    Args:
        cast: the CAST_MAP table.
        labels: of each character, in order; see label_characters.

    Returns:
        ``cast`` with ``id`` (1 for the first character), ``label``, ``start_ms`` and ``end_ms``;
        an appearance lasts a millisecond at least.
    """
    ids = {number: rank for rank, number in enumerate(labels, start=1)}
    start_ms = (1000 * cast["start_s"]).round().astype(int)
    end_ms = (1000 * cast["end_s"]).round().astype(int)
    return cast.assign(
        id=cast["character"].map(ids).astype(int),
        label=cast["character"].map(labels).astype(object),
        start_ms=start_ms,
        end_ms=end_ms.clip(lower=start_ms + 1),
    )


def on_browser_clock(appearances: pd.DataFrame, clock_start_s: float | None) -> pd.DataFrame:
    """Appearances as players in browsers count time: by the film's own clock, which may start late.

    Args:
        appearances: see label_appearances.
        clock_start_s: of movie.json; None of a film that was turned away.
    """
    start_ms = round(1000 * (clock_start_s or 0.0))
    return appearances.assign(
        start_ms=appearances["start_ms"] + start_ms, end_ms=appearances["end_ms"] + start_ms
    )


class Spell(NamedTuple):
    """A time during which one character is seen without a break.

    Attributes:
        id: of the character, from 1.
        label: what it is called.
        start_ms: milliseconds.
        end_ms: milliseconds, exclusive.
        tracks: the appearances it is made of.
    """

    id: int
    label: str
    start_ms: int
    end_ms: int
    tracks: tuple[int, ...]


def find_spells(appearances: pd.DataFrame, join_touching: bool) -> list[Spell]:
    """Join what overlaps of each character: a tier or a track of most tools holds one thing a time.

    Args:
        appearances: see label_appearances.
        join_touching: also join what begins when the one before ends.

    Returns:
        Spells by character, then time.
    """
    spells: list[Spell] = []
    for row in rows_of(appearances.sort_values(["id", "start_ms", "track"])):
        last = spells[-1] if spells and spells[-1].id == row.id else None
        if last and row.start_ms < last.end_ms + join_touching:
            end_ms = max(last.end_ms, row.end_ms)
            spells[-1] = last._replace(end_ms=end_ms, tracks=(*last.tracks, row.track))
        else:
            spells.append(Spell(row.id, row.label, row.start_ms, row.end_ms, (row.track,)))
    return spells


def on_screen(spells: Iterable[Spell]) -> Iterator[tuple[int, int, list[str]]]:
    """Who is seen from when to when: times during which the same characters are, and somebody is.

    Args:
        spells: touching ones joined, so that each begins and ends where somebody comes and goes.

    Yields:
        Start and end in milliseconds, and the labels of the characters in order of their ids.
    """
    coming: defaultdict[int, dict[int, str]] = defaultdict(dict)
    going: defaultdict[int, set[int]] = defaultdict(set)
    for spell in spells:
        coming[spell.start_ms][spell.id] = spell.label
        going[spell.end_ms].add(spell.id)
    present: dict[int, str] = {}
    for start, end in pairwise(sorted({*coming, *going})):
        present = {i: label for i, label in present.items() if i not in going[start]}
        present |= coming[start]
        if present:
            yield start, end, [present[i] for i in sorted(present)]


def faces_of_cast(
    info: Mapping, tracks: pd.DataFrame, detections: pd.DataFrame, appearances: pd.DataFrame
) -> pd.DataFrame:
    """Every box of the characters' tracks, on frames as the tools that take boxes decode them.

    Those are upright, but ignore that a pixel may not be square.

    Args:
        info: movie.json.
        tracks: the TRACKS table.
        detections: the DETECTIONS table.
        appearances: see label_appearances.

    Returns:
        By track and frame: id, character, label, confidence, track, frame, time_s, x1, y1, x2, y2
        (float64, hundredths of a stored pixel), interpolated, and ``score``: the detector's, and of
        a box that was filled in the lowest of its track.
    """
    who = appearances[["track", "id", "character", "label", "confidence"]]
    faces = tracks.merge(who, on="track").sort_values(["track", "frame"], ignore_index=True)
    scores = faces["detection"].map(detections.set_index("detection")["score"]).astype(float)
    lowest = scores.groupby(faces["track"]).transform("min")
    boxes = faces[list(BOX_COLUMNS)].astype(float)
    if len(boxes):
        across, down = (info[f"stored_{side}"] / info[side] for side in ("width", "height"))
        boxes *= [across, down] * 2
    return faces.assign(score=scores.fillna(lowest).round(4), **boxes.round(2))
