"""A film and its cast, as every export takes them."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import pandas as pd

from castmap.clustering.screen_time import screen_times
from castmap.exports import cast
from castmap.exports.frame_rate import RATES, FrameRate, find_rate
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
    def rate(self) -> FrameRate | None:
        """The film's constant frame rate; None if it has none that time codes are counted at."""
        return find_rate(self.frames["time_s"].to_numpy())

    @property
    def refusal(self) -> str:
        """Why a film without a rate is in no format that counts frames, behind its title."""
        if self.info["status"] != "ok":
            why = f"the film was turned away: {one_line(self.info['reason'] or '').rstrip('.')}."
        else:
            *others, last = (FrameRate(rate, 0.0).name for rate in RATES)
            why = (
                f"this format counts frames at {', '.join(others)} or {last} frames/s, and the "
                "film's frames are not shown at one of these rates throughout. cast_map.csv, "
                "cast_map.eaf and cast_map.otio hold the same in seconds."
            )
        return f"{self.title}: Nothing is listed here: {why}"

    def length(self, rate: FrameRate) -> int:
        """How long the film is, in frames of a rate."""
        return rate.frame(self.info["duration_s"] or 0.0)

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
