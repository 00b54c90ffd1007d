"""What clustering needs to know of a film's tracks, and the table of what it found."""

from typing import NamedTuple

import numpy as np
import pandas as pd

from castmap.clustering.calibration import Calibration
from castmap.clustering.cast import Cast, calibrate_film
from castmap.clustering.characters import name_characters, name_nobody
from castmap.clustering.pooling import judge_tracks, pool_tracks
from castmap.tracks.cooccurrence import find_cannot_links
from castmap.tracks.examined import track_intervals


class FilmTracks(NamedTuple):
    """The tracks of a film, by row: in order of their numbers.

    Attributes:
        intervals: see track_intervals.
        reference: float [n, e], unit rows: the tracks by the embedding that was calibrated.
        strangers: int [k, 2], the cannot-links: pairs of rows.
        usable: bool [n], tracks that may found a character.
        faceless: bool [n], tracks that show no face.
        n_frames: int [n], in how many examined frames each track is seen.
        calibration: of the stop distance.
    """

    intervals: pd.DataFrame
    reference: np.ndarray
    strangers: np.ndarray
    usable: np.ndarray
    faceless: np.ndarray
    n_frames: np.ndarray
    calibration: Calibration


def describe_film(
    *,
    tracks: pd.DataFrame,
    shots: pd.DataFrame,
    frames: pd.DataFrame,
    detections: pd.DataFrame,
    meant_for: np.ndarray,
    examined: pd.DataFrame,
    prior_stop_distance: float,
    seed: int,
) -> FilmTracks:
    """Pool a film's tracks, judge them, and find its stop distance.

    Args:
        tracks: the TRACKS table.
        shots: the SHOTS table.
        frames: the FRAMES table.
        detections: the DETECTIONS table.
        meant_for: float [d, e], embeddings of the detections that the prior is meant for.
        examined: the EXAMINED table.
        prior_stop_distance: cosine distance; see calibration.
        seed: of the folds of calibration.
    """
    intervals = track_intervals(tracks, shots, frames, examined)
    reference = pool_tracks(tracks, detections, meant_for)
    strangers = np.searchsorted(intervals["track"], find_cannot_links(tracks))
    usable, faceless = judge_tracks(tracks, detections)
    n_frames = tracks.groupby("track").size().to_numpy()
    calibration = calibrate_film(reference, strangers, usable, prior_stop_distance, seed)
    return FilmTracks(intervals, reference, strangers, usable, faceless, n_frames, calibration)


def clusters_table(film: FilmTracks, cast: Cast) -> pd.DataFrame:
    """The CLUSTERS table of a cast."""
    names = name_characters(film.intervals, cast.characters)
    character = pd.Series(cast.characters).map(names)
    nobody = name_nobody(film.usable, film.faceless)
    return film.intervals.assign(
        character=character.where(character.notna(), nobody).astype(str),
        confidence=cast.confidence,
        second_character=pd.Series(cast.second).map(names).astype(object),
        joined=cast.joined,
    )
