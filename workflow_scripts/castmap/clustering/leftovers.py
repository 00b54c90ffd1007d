"""What becomes of the tracks and clusters that are too poor or too small to be a character."""

from typing import NamedTuple

import numpy as np

MIN_TRACKS = 3  # a cluster of so many tracks is a character,
MIN_SHARE = 0.005  # and so is one that holds this share of the faces of all tracks
NOBODY = -1


class Leftovers(NamedTuple):
    """Who is whom once leftovers have joined characters.

    Attributes:
        clusters: int [n], character numbers 0.., NOBODY where a track is none's.
        joined: bool [n], whether the track was added after the character was made.
    """

    clusters: np.ndarray
    joined: np.ndarray


def settle_leftovers(
    distances: np.ndarray,
    clusters: np.ndarray,
    forbidden: np.ndarray,
    n_frames: np.ndarray,
    stop_distance: float,
) -> Leftovers:
    """Keep the clusters that are characters, and give the rest to them or to nobody.

    A cluster of MIN_TRACKS tracks, or of MIN_SHARE of the faces of all tracks, is a character. A
    leftover is a smaller cluster, or a track in no cluster. The leftover that is nearest to a
    character it may join is joined first; none is joined beyond stop_distance. The distance is the
    mean over pairs of the leftover and the tracks the character was made of, so that what is joined
    draws nothing after it.

    Args:
        distances: float [n, n], symmetric.
        clusters: int [n], cluster numbers; NOBODY for a track too poor to found a character.
        forbidden: int [k, 2], the cannot-links; they are kept.
        n_frames: int [n], in how many examined frames each track is seen.
        stop_distance: beyond it a leftover is nobody's.

    Returns:
        Characters numbered 0.. in order of their first founding track.
    """
    n = len(clusters)
    founded = np.unique(clusters[clusters != NOBODY])
    member = clusters[:, None] == founded
    large = member.sum(axis=0) >= MIN_TRACKS
    large |= n_frames @ member >= MIN_SHARE * n_frames.sum()
    found = np.full(n, NOBODY)
    kept = clusters[np.isin(clusters, founded[large])]
    for number, cluster in enumerate(dict.fromkeys(kept.tolist())):
        found[clusters == cluster] = number
    founders = found != NOBODY
    groups = [np.flatnonzero(column) for column in member[:, ~large].T]
    groups += list(np.flatnonzero(clusters == NOBODY)[:, None])
    if not founders.any() or not groups:
        return Leftovers(found, np.zeros(n, bool))
    of_character = np.eye(found.max() + 1)[found[founders]]
    to_character = distances[:, founders] @ of_character / of_character.sum(axis=0)
    reach = np.array([to_character[group].mean(axis=0) for group in groups])
    apart = np.zeros((n, n), bool)
    apart[forbidden[:, 0], forbidden[:, 1]] = apart[forbidden[:, 1], forbidden[:, 0]] = True
    for place in np.argsort(reach, axis=None, kind="stable"):
        group, character = np.unravel_index(place, reach.shape)
        tracks = groups[group]
        if reach[group, character] > stop_distance:
            break
        if (found[tracks] == NOBODY).all() and not apart[tracks][:, found == character].any():
            found[tracks] = character
    return Leftovers(found, (found != NOBODY) & ~founders)
