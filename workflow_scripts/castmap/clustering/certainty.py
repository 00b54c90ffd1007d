"""How likely it is that a track is of the person whom its character mostly shows.

A logistic regression on how much more a track is like its own character than like another. Its two
numbers are fixed: fitted by ``benchmarks/track_confidence.py``, which prints them, and how well the
probabilities hold on people and films that they were not fitted on.
"""

from typing import NamedTuple

import numpy as np
from scipy.special import expit

from castmap.clustering.agglomeration import FARTHEST
from castmap.clustering.characters import UNASSIGNED

INTERCEPT = 0.29
SLOPE = 5.36  # of likeness


class Places(NamedTuple):
    """Where tracks lie between characters; every array has a row per track.

    Attributes:
        own: float [n], the mean distance to the other tracks of its character; of the only track
            of a character, and of one that is in none, half the stop distance.
        other: float [n], that to the tracks of the nearest character that no cannot-link forbids,
            and at most the largest distance, 2.
        nearest: float [n], the distance to the nearest other track of its character; of the only
            track of a character, and of one that is in none, half the stop distance.
        nearest_other: float [n], that to the nearest track of another character that no cannot-link
            keeps from it, and at most 2.
        second: int [n], which that is; UNASSIGNED if there is none.
        size: int [n], how many tracks its character has; 0 of one that is in none.
    """

    own: np.ndarray
    other: np.ndarray
    nearest: np.ndarray
    nearest_other: np.ndarray
    second: np.ndarray
    size: np.ndarray

    def margins(self) -> np.ndarray:
        """How much nearer each track is to its own character than to the next.

        Returns:
            float [n], (other - own) / max(own, other), clipped to 0..1; 0 of one that is in none.
        """
        larger = np.maximum(np.maximum(self.own, self.other), 1e-12)
        return np.where(self.size > 0, np.clip((self.other - self.own) / larger, 0, 1), 0.0)


def place_tracks(
    distances: np.ndarray, characters: np.ndarray, cannot_links: np.ndarray, stop_distance: float
) -> Places:
    """Where tracks lie between characters.

    Args:
        distances: float [n, n], symmetric.
        characters: int [n], numbers 0.., or UNASSIGNED.
        cannot_links: int [k, 2], pairs of tracks.
        stop_distance: where agglomeration stopped.
    """
    n, n_characters = len(characters), characters.max(initial=UNASSIGNED) + 1
    nowhere = np.full(n, stop_distance / 2)
    if not n_characters:
        second, size = np.full(n, UNASSIGNED), np.zeros(n, int)
        far = np.full(n, FARTHEST)
        return Places(nowhere, far, nowhere, far, second, size)
    assigned = characters != UNASSIGNED
    member = characters[:, None] == np.arange(n_characters)
    total = (distances @ member.astype(distances.dtype)).astype(float)
    sizes = member.sum(axis=0)
    others = (member * (sizes - 1)).sum(axis=1)
    own = np.where(others > 0, (total * member).sum(axis=1) / np.maximum(others, 1), nowhere)
    blocked = member.copy()
    for one, other in ((0, 1), (1, 0)):
        linked = cannot_links[assigned[cannot_links[:, other]]]
        blocked[linked[:, one], characters[linked[:, other]]] = True
    to_others = np.where(blocked, np.inf, total / sizes)
    other = to_others.min(axis=1)
    second = np.where(np.isinf(other), UNASSIGNED, to_others.argmin(axis=1))
    nearest, nearest_other = _nearest_tracks(distances, characters, cannot_links)
    return Places(
        own,
        np.minimum(other, FARTHEST),
        np.where(others > 0, nearest, nowhere),
        nearest_other,
        second,
        (member * sizes).sum(axis=1),
    )


def _nearest_tracks(
    distances: np.ndarray, characters: np.ndarray, cannot_links: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """How far the nearest other track of its own and of another character is, at most 2."""
    apart = distances.copy()
    np.fill_diagonal(apart, np.inf)
    apart[cannot_links[:, 0], cannot_links[:, 1]] = np.inf
    apart[cannot_links[:, 1], cannot_links[:, 0]] = np.inf
    apart[:, characters == UNASSIGNED] = np.inf
    nearest = np.full((2, len(characters)), FARTHEST)
    for character in np.unique(characters):
        rows = characters == character
        for kind, columns in enumerate((rows, ~rows)):
            some = apart[np.ix_(rows, columns)]
            nearest[kind, rows] = some.min(axis=1, initial=FARTHEST)
    return nearest[0], nearest[1]


def likeness(places: Places) -> np.ndarray:
    """How much nearer the nearest track of its own character is than that of another.

    Who is like nobody else there may be somebody else.

    Args:
        places: of the tracks.

    Returns:
        float [n], (other - own) / max(own, other), -1..1.
    """
    own, other = places.nearest, places.nearest_other
    return (other - own) / np.maximum(np.maximum(own, other), 1e-12)


def track_confidence(places: Places) -> np.ndarray:
    """The probability that each track is of the person whom its character mostly shows.

    Args:
        places: of the tracks.

    Returns:
        float [n], 0..1; 0 of a track that is in no character.
    """
    return np.where(places.size > 0, expit(INTERCEPT + SLOPE * likeness(places)), 0.0)
