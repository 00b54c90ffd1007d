"""A film and its cast, as every export takes them."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import pandas as pd

from castmap.clustering.screen_time import screen_times
from castmap.exports import cast
from castmap.formats.names import one_line


@dataclass(frozen=True)
class Film:
    """What was found in a film, and what all exports derive from it.

    Attributes:
        info: movie.json.
        file: the video file, relative to the folder of the exports. It is not read.
        frames: the FRAMES table.
        examined: the EXAMINED table.
        shots: the SHOTS table.
        detections: the DETECTIONS table.
        tracks: the TRACKS table.
        characters: the CHARACTERS table.
        face_crops: faces.zip.
        show_faces: how pictures may show faces (see faces.redaction).
        record: the provenance, for files that have a place for it.
    """

    info: Mapping
    file: str
    frames: pd.DataFrame
    examined: pd.DataFrame
    shots: pd.DataFrame
    detections: pd.DataFrame
    tracks: pd.DataFrame
    characters: pd.DataFrame
    face_crops: Path
    show_faces: str
    record: Mapping

    @cached_property
    def title(self) -> str:
        """The title on one line; the film's name if it has none."""
        return one_line(self.info["title"] or "") or self.info["movie"]

    @cached_property
    def cast(self) -> pd.DataFrame:
        """The CAST_MAP table."""
        return cast.cast_map(self.characters)

    @cached_property
    def labels(self) -> dict[str, str]:
        """The label of each character; see cast.label_characters."""
        return cast.label_characters(self.cast)

    @cached_property
    def appearances(self) -> pd.DataFrame:
        """The CAST_MAP with labels and milliseconds; see cast.label_appearances."""
        return cast.label_appearances(self.cast, self.labels)

    @cached_property
    def screen_times(self) -> pd.DataFrame:
        """Each character's time on screen, with its interval; see screen_time.screen_times."""
        return screen_times(self.characters)

    @cached_property
    def played(self) -> pd.DataFrame:
        """The appearances by the clock of browsers; see cast.on_browser_clock."""
        return cast.on_browser_clock(self.appearances, self.info["clock_start_s"])

    @cached_property
    def faces(self) -> pd.DataFrame:
        """Every box of the characters, in stored pixels; see cast.faces_of_cast."""
        return cast.faces_of_cast(self.info, self.tracks, self.detections, self.appearances)
