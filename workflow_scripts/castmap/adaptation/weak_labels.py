"""The weak labels of many films as arrays, and the batches drawn from them."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import pandas as pd
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from castmap.tracks.cooccurrence import linked_tracks


@dataclass(frozen=True)
class FilmLabels:
    """The weak labels of one film.

    Attributes:
        embeddings: float32 [n, d], unit rows: the pretrained ones, row i for detection i.
        tracklets: the TRACKLETS table.
        hard_examples: the HARD_EXAMPLES table.
        crops: the archive of its faces; needed only where a backbone is trained.
    """

    embeddings: np.ndarray = field(repr=False)
    tracklets: pd.DataFrame = field(repr=False)
    hard_examples: pd.DataFrame = field(repr=False)
    crops: Path | None = None


@dataclass(frozen=True)
class WeakLabels:
    """Faces of split tracks by tracklet, and hard triplets, over all films.

    Attributes:
        embeddings: float32 [n, d], the faces of all films.
        faces: rows of ``embeddings``, ordered by tracklet.
        starts: int [k, v + 1], of each of k tracks, where each of its v tracklets starts in
            ``faces``; the last column is where the track ends.
        triplets: int [h, 5]: a track (row of ``starts``), one of its tracklets, the track and the
            tracklet of the same person that is farthest from that one, and the row in
            ``embeddings`` of the nearest face of people that it has a cannot-link with.
    """

    embeddings: np.ndarray = field(repr=False)
    faces: np.ndarray = field(repr=False)
    starts: np.ndarray = field(repr=False)
    triplets: np.ndarray = field(repr=False)


def split_into_folds(
    tracklets: pd.DataFrame, pairs: pd.DataFrame, n_folds: int
) -> list[np.ndarray]:
    """Split a film's tracks into folds for cross-fitting: stretches of the film, equally many each.

    What a network has learnt of a scene helps it in that scene, whatever it does to others. So it
    is judged on other scenes than it was trained on. Tracks with a cannot-link, directly or through
    other tracks, share a fold.

    Args:
        tracklets: the TRACKLETS table of a film.
        pairs: its COOCCURRENCE table.
        n_folds: how many; some may be empty.

    Returns:
        Of each fold, int [h]: sorted track numbers. Every track that has tracklets or a cannot-link
        is in one.
    """
    cannot_links = linked_tracks(pairs)
    numbers = np.union1d(tracklets["track"], cannot_links).astype(int)
    group = groups_of_tracks(numbers, cannot_links)
    _, first, sizes = np.unique(group, return_index=True, return_counts=True)
    order = np.argsort(first)  # tracks are numbered as they begin
    fold = np.zeros(len(order), int)
    fold[order] = (np.cumsum(sizes[order]) - sizes[order]) * n_folds // max(len(numbers), 1)
    return [numbers[fold[group] == number] for number in range(n_folds)]


def groups_of_tracks(numbers: np.ndarray, cannot_links: np.ndarray) -> np.ndarray:
    """The groups of tracks that have a cannot-link, directly or through other tracks.

    Args:
        numbers: int [k], track numbers, ascending.
        cannot_links: int [p, 2], pairs of these numbers.

    Returns:
        int [k], the group of each track, 0..; a track without a cannot-link is alone in its group.
    """
    ends = np.searchsorted(numbers, cannot_links)
    links = coo_array((np.ones(len(ends)), (ends[:, 0], ends[:, 1])), shape=(len(numbers),) * 2)
    return connected_components(links, directed=False)[1].astype(int)


def without_tracks(film: FilmLabels, tracks: np.ndarray) -> FilmLabels:
    """The film's weak labels without those of some tracks, nor examples that hold one of them."""
    roles = film.hard_examples[["track", "positive_track", "negative_track"]]
    return replace(
        film,
        tracklets=film.tracklets[~film.tracklets["track"].isin(tracks)],
        hard_examples=film.hard_examples[~roles.isin(tracks).any(axis=1)],
    )


def gather(films: Sequence[FilmLabels], n_tracklets: int) -> WeakLabels:
    """Join the weak labels of films; tracks of different films are different tracks.

    Args:
        films: at least one.
        n_tracklets: of each split track, v.
    """
    faces, starts = [], []
    triplets: list[np.ndarray] = []
    n_faces, n_rows, n_tracks = 0, 0, 0
    for film in films:
        table = film.tracklets.sort_values(["track", "tracklet", "detection"])
        numbers, first = np.unique(table["track"], return_index=True)
        sizes = table.groupby(["track", "tracklet"]).size().to_numpy().reshape(-1, n_tracklets)
        ends = np.cumsum(sizes, axis=1) + first[:, None]
        starts.append(np.column_stack([first, ends]).astype(int) + n_faces)
        faces.append(table["detection"].to_numpy(int) + n_rows)
        kept = film.hard_examples[film.hard_examples["kept"]]
        rows, positive_rows = (
            np.searchsorted(numbers, kept[name]) + n_tracks for name in ("track", "positive_track")
        )
        triplets.append(
            np.column_stack(
                [
                    *(rows, kept["tracklet"], positive_rows, kept["positive_tracklet"]),
                    kept["negative_detection"] + n_rows,
                ]
            )
        )
        n_faces += len(table)
        n_rows += len(film.embeddings)
        n_tracks += len(numbers)
    return WeakLabels(
        np.concatenate([film.embeddings for film in films]).astype(np.float32),
        np.concatenate(faces),
        np.concatenate(starts),
        np.concatenate(triplets).astype(int),
    )


def missing_for(draws: str, labels: WeakLabels) -> str | None:
    """What the films lack for batches of a kind, in words; None if nothing.

    Args:
        draws: a key of DRAWS.
        labels: of all films.
    """
    if draws == "views" and len(labels.starts) < 2:
        return "fewer than two tracks were split into tracklets"
    if draws == "triplets" and not len(labels.triplets):
        return "no track that was split into tracklets is seen together with another person"
    return None


def draw_views(labels: WeakLabels, n_tracks: int, random: np.random.Generator) -> np.ndarray:
    """Draw tracks, and one face of each of their tracklets: the views of the track.

    Which tracklet is which view is drawn anew for each track, as tracklets have no order.

    Args:
        labels: of all films.
        n_tracks: in the batch; fewer where there are not so many.
        random: decides the draw.

    Returns:
        int [v, m], rows of the embeddings.
    """
    n_views = labels.starts.shape[1] - 1
    tracks = random.permutation(len(labels.starts))[:n_tracks]
    order = random.permuted(np.tile(np.arange(n_views), (len(tracks), 1)), axis=1)
    return np.stack([_draw_faces(labels, tracks, view, random) for view in order.T])


def draw_triplets(labels: WeakLabels, n_triplets: int, random: np.random.Generator) -> np.ndarray:
    """Draw hard examples: a face of a tracklet, one of the farthest tracklet, the nearest negative.

    Args:
        labels: of all films; at least one triplet.
        n_triplets: in the batch, drawn with replacement.
        random: decides the draw.

    Returns:
        int [3, n_triplets]: anchors, positives and negatives, rows of the embeddings.

    Raises:
        ValueError: the films have no hard example.
    """
    if not len(labels.triplets):
        raise ValueError(f"no hard examples: {missing_for('triplets', labels)}")
    drawn = labels.triplets[random.integers(len(labels.triplets), size=n_triplets)]
    track, tracklet, other_track, other, negatives = drawn.T
    anchors = _draw_faces(labels, track, tracklet, random)
    return np.stack([anchors, _draw_faces(labels, other_track, other, random), negatives])


def _draw_faces(
    labels: WeakLabels, tracks: np.ndarray, tracklets: np.ndarray, random: np.random.Generator
) -> np.ndarray:
    """One face of each of these tracklets."""
    start, end = labels.starts[tracks, tracklets], labels.starts[tracks, tracklets + 1]
    return labels.faces[start + (random.random(len(tracks)) * (end - start)).astype(int)]


# The kinds of batches that a loss may ask for (see castmap.adaptation.losses).
DRAWS = {"triplets": draw_triplets, "views": draw_views}
