"""What clustering needs to know of a film's tracks."""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
import pandas as pd

from castmap.clustering.agglomeration import connected, links_among
from castmap.clustering.calibration import Calibration, calibrate_film
from castmap.clustering.pooling import judge_tracks, pool_tracks
from castmap.tracks.cooccurrence import find_cannot_links
from castmap.tracks.must_links import NO_PAIRS


class FilmTracks(NamedTuple):
    """The tracks of a film, by row: in order of their numbers.

    Or its items, by row: tracks that must-links join are one item.

    Attributes:
        calibration_vectors: float [n, e], unit rows: the tracks by the embedding that the stop
            distance was calibrated on.
        cannot_links: int [k, 2], pairs of rows.
        usable: bool [n], tracks that may found a character.
        faceless: bool [n], tracks that show no face.
        n_frames: int [n], in how many examined frames each track is seen.
        calibration: of the stop distance.
        must_links: int [m, 2], pairs of rows that are one person; none contradicts a cannot-link.
        n_tracks: int [n], how many tracks each row is, or one number for all.
    """

    calibration_vectors: np.ndarray
    cannot_links: np.ndarray
    usable: np.ndarray
    faceless: np.ndarray
    n_frames: np.ndarray
    calibration: Calibration
    must_links: np.ndarray = NO_PAIRS
    n_tracks: np.ndarray | int = 1

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
            links_among(self.must_links, kept),
            np.broadcast_to(self.n_tracks, len(kept))[kept],
        )

    def item_of_track(self) -> np.ndarray:
        """Which item each track is in, int [n]: numbers 0.. in order of first tracks."""
        return connected(len(self.usable), self.must_links)

    def items(self) -> "FilmTracks":
        """The tracks that must-links join as one item; what holds for one of them holds for it."""
        item = self.item_of_track()
        return FilmTracks(
            pool_items(self.calibration_vectors, item),
            links_of_items(self.cannot_links, item),
            _any(self.usable, item),
            ~_any(~self.faceless, item),
            np.bincount(item, self.n_frames).astype(int),
            self.calibration,
            n_tracks=np.bincount(item),
        )


def pool_items(vectors: np.ndarray, item: np.ndarray) -> np.ndarray:
    """The mean of each item's tracks at unit length, float64 [m, d].

    Args:
        vectors: float [n, d], unit rows: the tracks.
        item: int [n], which item each is in, 0.. without gaps.
    """
    pooled = np.zeros((item.max(initial=-1) + 1, vectors.shape[1]))
    np.add.at(pooled, item, vectors)
    return pooled / np.maximum(np.linalg.norm(pooled, axis=1, keepdims=True), 1e-12)


def links_of_items(links: np.ndarray, item: np.ndarray) -> np.ndarray:
    """Which items links of tracks hold between, int [k, 2], sorted, each once.

    Args:
        links: int [j, 2], pairs of tracks of different items.
        item: int [n], which item each track is in.
    """
    return np.unique(np.sort(item[links], axis=1), axis=0).reshape(-1, 2)


def _any(flags: np.ndarray, item: np.ndarray) -> np.ndarray:
    return np.bincount(item, flags) > 0


def describe_film(
    tracks: pd.DataFrame,
    detections: pd.DataFrame,
    calibration_embeddings: np.ndarray,
    must_links: np.ndarray = NO_PAIRS,
    *,
    prior_distance: float,
) -> FilmTracks:
    """Pool a film's tracks, judge them, and calibrate its stop distance.

    Args:
        tracks: the TRACKS table.
        detections: the DETECTIONS table.
        calibration_embeddings: float [d, e], unit rows, row i for detection i: by the embedding
            that the prior belongs to, which was not adapted to the film.
        must_links: int [m, 2], track numbers; see must_links.kept_links.
        prior_distance: cosine distance of two people; see calibration.
    """
    vectors = pool_tracks(tracks, detections, calibration_embeddings)
    numbers = np.sort(tracks["track"].unique())
    cannot_links, must_links = (
        np.searchsorted(numbers, links) for links in (find_cannot_links(tracks), must_links)
    )
    usable, faceless = judge_tracks(tracks, detections)
    n_frames = tracks.groupby("track").size().to_numpy()
    item = connected(len(numbers), must_links)
    calibration = calibrate_film(
        pool_items(vectors, item),
        links_of_items(cannot_links, item),
        _any(usable, item),
        prior_distance,
    )
    return FilmTracks(vectors, cannot_links, usable, faceless, n_frames, calibration, must_links)


def pool_beside(
    tracks: pd.DataFrame,
    detections: pd.DataFrame,
    embeddings: Mapping[str, np.ndarray],
    model: str,
    pretrained: str,
) -> np.ndarray:
    """The tracks by the embedding that is clustered: an adapted one beside the pretrained one.

    Args:
        tracks: the TRACKS table.
        detections: the DETECTIONS table, row i being detection i.
        embeddings: by name of the model; float [n, d], unit rows, row i for detection i.
        model: which is clustered.
        pretrained: which it was adapted from; the same: it stands alone.

    Returns:
        float64 [t, d], unit rows, in order of track number.
    """
    vectors = pool_tracks(tracks, detections, embeddings[pretrained])
    if model == pretrained:
        return vectors
    return beside(vectors, pool_tracks(tracks, detections, embeddings[model]))


def beside(pretrained: np.ndarray, adapted: np.ndarray) -> np.ndarray:
    """The tracks by two embeddings at once: a cosine distance is the mean of those by the two.

    Each is wrong about other tracks. The adapted one knows who is seen with whom in the film, and
    may draw together what it was not trained on.

    Args:
        pretrained: float [t, d], unit rows.
        adapted: float [t, e], unit rows.

    Returns:
        float [t, d + e], unit rows.
    """
    return np.hstack([pretrained, adapted]) / np.sqrt(2)
