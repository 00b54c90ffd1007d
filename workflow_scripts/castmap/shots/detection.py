"""The shots of a film, by any of the detectors."""

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from castmap.catalogues import SHOT_DETECTORS
from castmap.console import InputError
from castmap.formats.tables import SHOTS
from castmap.shots.boundaries import shots_table
from castmap.shots.footage import Footage
from castmap.shots.interruptions import Thumbnails, add_far_cuts, settle_interruptions


@dataclass(frozen=True)
class ShotSettings:
    """How shots are found.

    Attributes:
        detector: its name in the catalogue of shot detectors.
        parameters: of the detector's own, by name.
        threshold: of the score of a boundary, above 0 and below 1; lower finds more.
        min_length_s: the shortest shot, s; a boundary that makes a shorter one is dropped.
    """

    detector: str
    parameters: dict
    threshold: float
    min_length_s: float

    def __post_init__(self) -> None:
        """Refuse a threshold that no score is compared with.

        Raises:
            InputError: it is 0 or 1, or beyond.
        """
        if not 0 < self.threshold < 1:
            raise InputError(f"the threshold is {self.threshold}; it must be above 0 and below 1")


def find_shots(film: Footage, frames: pd.DataFrame, settings: ShotSettings) -> pd.DataFrame:
    """Find the shots of a film, decoding it once.

    Args:
        film: to be decoded; how far its frames are apart is taken from their table.
        frames: the FRAMES table of the film.
        settings: by which detector, and what counts as a shot.

    Returns:
        The SHOTS table; no rows for a film without frames, which is not decoded.

    Raises:
        ValueError: the detector has not read all frames.
    """
    if frames.empty:
        return SHOTS.empty()
    thumbnails = Thumbnails()
    times = frames["time_s"].to_numpy()
    watched = replace(
        film,
        decode=lambda size: thumbnails.watch(film.decode(size)),
        frame_s=float(np.median(np.diff(times))) if len(times) > 1 else film.frame_s,
    )
    detector = SHOT_DETECTORS[settings.detector].load()
    found = detector.find_boundaries(watched, settings.threshold, **settings.parameters)
    if len(thumbnails) != len(frames):
        raise ValueError(f"{settings.detector} has read {len(thumbnails)} of {len(frames)} frames")
    found = add_far_cuts(found, thumbnails, times, settings.threshold)
    found = settle_interruptions(found, thumbnails, times)
    return shots_table(found, frames, settings.min_length_s)
