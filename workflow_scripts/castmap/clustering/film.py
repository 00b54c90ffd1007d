"""What clustering needs to know of a film's tracks."""

from typing import NamedTuple

import numpy as np
import pandas as pd

from castmap.clustering.agglomeration import links_among
from castmap.clustering.calibration import Calibration, calibrate_film
from castmap.clustering.pooling import judge_tracks, pool_tracks
from castmap.tracks.cooccurrence import find_cannot_links


class FilmTracks(NamedTuple):
    """The tracks of a film, by row: in order of their numbers.

    Attributes:
        calibration_vectors: float [n, e], unit rows: the tracks by the embedding that the stop
            distance was calibrated on.
        cannot_links: int [k, 2], pairs of rows.
        usable: bool [n], tracks that may found a character.
        faceless: bool [n], tracks that show no face.
        n_frames: int [n], in how many examined frames each track is seen.
        calibration: of the stop distance.
    """

    calibration_vectors: np.ndarray
    cannot_links: np.ndarray
    usable: np.ndarray
    faceless: np.ndarray
    n_frames: np.ndarray
    calibration: Calibration

    def only(self, kept: np.ndarray) -> "FilmTracks":
        """The same of some tracks; the calibration stays that of all.

        Args:
            kept: bool [n].
        """
        return FilmTracks(
            self.calibration_vectors[kept],
            links_among(self.cannot_links, kept),
            self.usable[kept],
            self.faceless[kept],
            self.n_frames[kept],
            self.calibration,
        )


def describe_film(
    tracks: pd.DataFrame,
    detections: pd.DataFrame,
    calibration_embeddings: np.ndarray,
    *,
    prior_stop_distance: float,
    seed: int,
) -> FilmTracks:
    """Pool a film's tracks, judge them, and calibrate its stop distance.

    Args:
        tracks: the TRACKS table.
        detections: the DETECTIONS table.
        calibration_embeddings: float [d, e], unit rows, row i for detection i: by the embedding
            that the prior belongs to, which was not adapted to the film.
        prior_stop_distance: cosine distance; see calibration.
        seed: of the folds of calibration.
    """
    vectors = pool_tracks(tracks, detections, calibration_embeddings)
    numbers = np.sort(tracks["track"].unique())
    cannot_links = np.searchsorted(numbers, find_cannot_links(tracks))
    usable, faceless = judge_tracks(tracks, detections)
    n_frames = tracks.groupby("track").size().to_numpy()
    calibration = calibrate_film(vectors, cannot_links, usable, prior_stop_distance, seed)
    return FilmTracks(vectors, cannot_links, usable, faceless, n_frames, calibration)
