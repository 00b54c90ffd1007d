"""How much a character's faces speak for a known person.

Faces have much in common, and more of it stays the more faces are averaged. What all faces share is
therefore taken from the mean face of a character and of a person before they are compared: the mean
of all people at hand, beside the mean of many others. The cosine of what is left, and how many
faces it rests on, give a log likelihood ratio by a logistic regression.
"""

from functools import cache
from pathlib import Path

import numpy as np

from castmap.people.known import KnownPeople

_MEAN_FACE = Path(__file__).with_name("mean_face.csv")
_MEAN_WEIGHT = 20  # people at hand that count as much as the mean of many others
# Fitted on the people, layouts and photographs that choose constants: benchmarks/naming.py --fit.
_COSINE, _PICTURES, _TRACKS, _OFFSET = 34.0, 1.0, 3.4, -9.0


def likelihood_ratios(
    vectors: np.ndarray, character: np.ndarray, n_characters: int, known: KnownPeople
) -> np.ndarray:
    """The log likelihood ratios of each character being each person against being another.

    Args:
        vectors: float [t, d], unit rows: tracks.
        character: int [t], the character of each, 0...
        n_characters: k.
        known: people.

    Returns:
        float [k, p].
    """
    if not n_characters or not known.names:
        return np.zeros((n_characters, len(known.names)))
    cosines, pictures, tracks = likeness(vectors, character, known)
    return _COSINE * cosines + _PICTURES * pictures + _TRACKS * tracks + _OFFSET


def likeness(
    vectors: np.ndarray, character: np.ndarray, known: KnownPeople
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """What the likelihood ratio is a function of.

    Args:
        vectors: float [t, d], unit rows: tracks.
        character: int [t], the character of each, 0.. without gaps.
        known: at least one person.

    Returns:
        float [k, p] each: the cosine of the mean faces without what all share; 1 / the number of
        faces of the person; 1 / the number of tracks of the character.
    """
    characters, n_tracks = _means(vectors, character)
    people, n_faces = _means(known.vectors, known.person)
    shared = _shared_face(np.concatenate([characters, people]))
    one, other = (_unit(rows - shared) for rows in (characters, people))
    ones = np.ones((len(one), len(other)))
    return one @ other.T, ones / n_faces, ones / n_tracks[:, None]


def _means(vectors: np.ndarray, group: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The mean of each group, and how many rows it has."""
    sizes = np.bincount(group)
    means = np.zeros((len(sizes), vectors.shape[1]))
    np.add.at(means, group, vectors)
    return means / sizes[:, None], sizes


def _shared_face(people: np.ndarray) -> np.ndarray:
    """What all faces share, by the people at hand and many others."""
    many = _mean_face()
    if len(many) != people.shape[1]:  # of another network
        many = np.zeros(people.shape[1])
    return (_MEAN_WEIGHT * many + people.sum(axis=0)) / (_MEAN_WEIGHT + len(people))


@cache
def _mean_face() -> np.ndarray:
    """The mean of the mean faces of many people by SFace; see benchmarks/mean_face.py."""
    return np.loadtxt(_MEAN_FACE)


def _unit(rows: np.ndarray) -> np.ndarray:
    return rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-12)
