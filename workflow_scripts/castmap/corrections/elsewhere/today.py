"""A film and its characters as they are, which an edited file is held against."""

import unicodedata
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple, cast

import numpy as np
import pandas as pd

from castmap.clustering.characters import is_character
from castmap.corrections.anchors import find_tracks
from castmap.exports.cast import cast_map, find_spells, label_appearances, label_characters
from castmap.formats.corrections import NAME, Correction, Face, read_journal
from castmap.formats.names import one_line
from castmap.formats.tables import BOX_COLUMNS, rows_of


class Faces(NamedTuple):
    """The detected faces of a track, in order of time.

    Attributes:
        frames: int [k].
        times: float [k], s.
        boxes: float [k, 4], shares of the frame.
    """

    frames: np.ndarray
    times: np.ndarray
    boxes: np.ndarray

    def anchor(self, index: int) -> Face:
        """The face as a correction names it."""
        return Face(float(self.times[index]), *map(float, self.boxes[index]))


@dataclass(frozen=True, repr=False)
class Today:
    """What castmap has found in a film, and what people have said of it.

    Attributes:
        info: movie.json.
        frames: the FRAMES table.
        examined: the EXAMINED table.
        tracks: the TRACKS table, as people cut them.
        characters: the CHARACTERS table.
        found: the character of each track without corrections; see characters_as_found.
        journal: corrections.json.
    """

    info: Mapping
    frames: pd.DataFrame
    examined: pd.DataFrame
    tracks: pd.DataFrame
    characters: pd.DataFrame
    found: Mapping[int, str]
    journal: Mapping

    @cached_property
    def labels(self) -> dict[str, str]:
        """What exports call each character."""
        return label_characters(cast_map(self.characters))

    def label(self, text: str) -> str:
        """A label of an export in a text that another program wrote, or the text on one line.

        Programs compose letters in ways of their own; and the export may be of before somebody gave
        a character another name.
        """
        line = one_line(text)
        composed = unicodedata.normalize("NFC", line)
        same = self._labels_composed.get(composed, [])
        if not same and composed in self.old_names:
            return self.labels[self.old_names[composed]]
        return line if line in same else next(iter(same), composed)

    def name(self, text: str) -> str:
        """A name that a character has today, in a text as in ``label``; else the text."""
        line = one_line(text)
        composed = unicodedata.normalize("NFC", line)
        same = [n for n in self.names.values() if unicodedata.normalize("NFC", n) == composed]
        if not same and composed in self.old_names:
            return self.names.get(self.old_names[composed], composed)
        return line if line in same else next(iter(same), composed)

    @cached_property
    def _labels_composed(self) -> dict[str, list[str]]:
        labels = defaultdict(list)
        for label in self.labels.values():
            labels[unicodedata.normalize("NFC", label)].append(label)
        return labels

    @cached_property
    def names(self) -> dict[str, str]:
        """The name of each character that has one, as exports write it."""
        named = cast_map(self.characters).dropna(subset="name").drop_duplicates("character")
        names = dict(zip(named["character"], named["name"].map(one_line), strict=True))
        return {character: name for character, name in names.items() if name}

    @cached_property
    def said(self) -> list[Correction]:
        """All that people have said, whether it holds or not."""
        return read_journal(self.journal["text"].encode()).corrections

    @cached_property
    def track_of(self) -> dict[Face, int | None]:
        """The track of each face that people spoke of."""
        faces = [face for row in self.said for face in (row.face, row.other) if face]
        size = (self.info["width"] or 1, self.info["height"] or 1)
        return find_tracks(faces, self.tracks, *size)

    @cached_property
    def old_names(self) -> dict[str, str]:
        """The character that each name was given to which nobody has now."""
        taken = {*self.labels.values(), *self.names.values()}
        return {
            one_line(row.name): character
            for row in self.said
            if row.action == NAME
            and row.name
            and row.face
            and (character := self.cast_of(self.track_of[row.face]))
            and one_line(row.name) not in taken
        }

    @cached_property
    def who(self) -> dict[int, str]:
        """The character of each track; background, ... where it has none."""
        return dict(zip(self.characters["track"], self.characters["character"], strict=True))

    @cached_property
    def cast(self) -> dict[int, str]:
        """The character of each track that has one."""
        own = self.characters[is_character(self.characters["character"])]
        return dict(zip(own["track"], own["character"], strict=True))

    def cast_of(self, track: int | None) -> str | None:
        """The character of a track, if it has one."""
        return None if track is None else self.cast.get(track)

    @cached_property
    def corrected(self) -> set[int]:
        """The tracks that somebody corrected."""
        return set(self.characters.loc[self.characters["corrected"].astype(bool), "track"])

    @cached_property
    def members(self) -> dict[str, list[int]]:
        """The tracks of each character, the most certain first."""
        ordered = self.characters.sort_values(
            ["confidence", "n_faces", "track"], ascending=[False, False, True]
        )
        own = ordered[is_character(ordered["character"])]
        return {str(name): rows["track"].tolist() for name, rows in own.groupby("character")}

    def members_seen(self, character: str | None, start_s: float, end_s: float) -> list[int]:
        """The tracks of a character that may have a face in some time."""
        return [
            track
            for track in self.members.get(character or "", [])
            if self.bounds[track][0] < end_s and self.bounds[track][1] > start_s
        ]

    @cached_property
    def faces(self) -> dict[int, Faces]:
        """The detected faces of each track."""
        size = np.array([self.info["width"] or 1, self.info["height"] or 1] * 2)
        detected = self.tracks[~self.tracks["interpolated"].astype(bool)].sort_values("frame")
        return {
            int(cast("int", track)): Faces(
                own["frame"].to_numpy(),
                own["time_s"].to_numpy(),
                own[list(BOX_COLUMNS)].to_numpy(float) / size,
            )
            for track, own in detected.groupby("track")
        }

    @cached_property
    def bounds(self) -> dict[int, tuple[float, float]]:
        """When each track is seen, s, rounded to milliseconds as exports are."""
        table = self.characters
        labelled = label_appearances(
            table[["track", "character", "start_s", "end_s"]],
            dict.fromkeys(table["character"].unique(), ""),
        )
        return {row.track: (row.start_ms / 1000, row.end_ms / 1000) for row in rows_of(labelled)}

    @cached_property
    def spells(self) -> list[tuple[int, ...]]:
        """The tracks of what is one annotation on a tier: those of a character that overlap."""
        appearances = label_appearances(cast_map(self.characters), self.labels)
        return [spell.tracks for spell in find_spells(appearances, join_touching=False)]

    @cached_property
    def frame_times(self) -> np.ndarray:
        """When each frame is shown, and when the last one ends, float [n + 1], s."""
        times = self.frames["time_s"].to_numpy()
        return np.append(times, (self.frames["time_s"] + self.frames["duration_s"])[-1:])

    @cached_property
    def examined_times(self) -> np.ndarray:
        """When the examined frames are shown, s."""
        return self.frames["time_s"].to_numpy()[self.examined["frame"]]


def characters_as_found(
    clusters: pd.DataFrame, found: pd.DataFrame, tracks: pd.DataFrame
) -> dict[int, str]:
    """The character of each track without corrections; a part of one has that of the whole.

    Args:
        clusters: the CLUSTERS table, of the tracks as found.
        found: the TRACKS table, as found.
        tracks: the TRACKS table, as people cut them.
    """
    detected = [table[table["detection"] >= 0] for table in (tracks, found)]
    whole = detected[0].merge(detected[1], on="detection").groupby("track_x")["track_y"].first()
    characters = whole.map(clusters.set_index("track")["character"])
    return {int(cast("int", track)): str(who) for track, who in characters.items()}
