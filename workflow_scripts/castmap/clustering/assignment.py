"""Which clusters are characters, and which character the remaining tracks are assigned to."""

from typing import NamedTuple

import numpy as np

from castmap.clustering.agglomeration import in_order_of_first
from castmap.clustering.characters import UNASSIGNED

MIN_TRACKS = 3  # a cluster of so many tracks is a character,
MIN_SHARE = 0.005  # and so is one that holds this share of the faces of all tracks


class Assignment(NamedTuple):
    """Which track is in which character.

    Attributes:
        characters: int [n], numbers 0.. in order of each character's first founding track,
            UNASSIGNED where a track is in none.
        joined: bool [n], whether the track was added to a character that others had founded.
    """

    characters: np.ndarray
    joined: np.ndarray


def assign_all(labels: np.ndarray) -> Assignment:
    """Every cluster is a character, and so is each track that is labelled -1, by itself.

    Args:
        labels: int [n], as of scikit-learn.
    """
    noise = labels < 0
    labels = np.where(noise, labels.max(initial=-1) + 1 + np.arange(len(labels)), labels)
    return Assignment(in_order_of_first(labels), np.zeros(len(labels), bool))


def assign_remaining(
    distances: np.ndarray,
    clusters: np.ndarray,
    cannot_links: np.ndarray,
    n_frames: np.ndarray,
    stop_distance: float,
    reach: float,
    n_tracks: np.ndarray | int = 1,
) -> Assignment:
    """Make the large clusters characters, and assign the remaining tracks to them or to none.

    A cluster of MIN_TRACKS tracks, or of MIN_SHARE of the faces of all tracks, is a character.
    Smaller clusters and single tracks remain. Each joins the character that it is nearest to, or
    none: where a cannot-link forbids the nearest, the next would be a guess. The nearest join
    first. The distance is the mean over pairs of a remaining track and a track that founded the
    character, so that what joined attracts nothing further; nothing joins beyond stop_distance, nor
    where the nearest founding tracks are farther than reach.

    Args:
        distances: float [n, n], symmetric.
        clusters: int [n], cluster numbers; UNASSIGNED for a track that must not found a character.
        cannot_links: int [k, 2], pairs of tracks; they are kept.
        n_frames: int [n], in how many examined frames each track is seen.
        stop_distance: of the mean distance.
        reach: of the distance to the nearest founding track, in the mean over a cluster's tracks.
        n_tracks: int [n], how many tracks each row is, or one number for all: must-links make one
            row of several.
    """
    n = len(clusters)
    founded = np.unique(clusters[clusters != UNASSIGNED])
    member = clusters[:, None] == founded
    large = np.broadcast_to(n_tracks, n) @ member >= MIN_TRACKS
    large |= n_frames @ member >= MIN_SHARE * n_frames.sum()
    found = np.full(n, UNASSIGNED)
    kept = clusters[np.isin(clusters, founded[large])]
    for number, cluster in enumerate(dict.fromkeys(kept.tolist())):
        found[clusters == cluster] = number
    founders = found != UNASSIGNED
    groups = [np.flatnonzero(column) for column in member[:, ~large].T]
    groups += list(np.flatnonzero(clusters == UNASSIGNED)[:, None])
    if not founders.any() or not groups:
        return Assignment(found, np.zeros(n, bool))
    founded_by = (found[:, None] == np.arange(found.max() + 1)).astype(distances.dtype)
    to_character = distances @ founded_by / founded_by.sum(axis=0)
    means = np.array([to_character[group].mean(axis=0) for group in groups])
    apart = np.zeros((n, n), bool)
    apart[cannot_links[:, 0], cannot_links[:, 1]] = apart[
        cannot_links[:, 1], cannot_links[:, 0]
    ] = True
    for group in np.argsort(means.min(axis=1), kind="stable"):
        tracks, character = groups[group], means[group].argmin()
        if means[group, character] > stop_distance:
            break
        members = found == character
        nearest = distances[tracks][:, members & founders].min(axis=1).mean()
        if nearest <= reach and not apart[tracks][:, members].any():
            found[tracks] = character
    return Assignment(found, (found != UNASSIGNED) & ~founders)
