"""How much a character's faces speak for a known person.

All faces have something in common, and the more faces are averaged, the more of the mean it is. It
is therefore subtracted from the mean face of a character and of a person before they are compared.
The cosine of what is left is distributed normally for pairs of strangers, and more broadly, and
higher, for faces of one person. The ratio of the two densities says how much a cosine is worth.
Nearly all pairs of a character and a known person are strangers: the film's own cosines move what
is known of strangers from other films.
"""

from functools import cache
from pathlib import Path

import numpy as np

from castmap.people.known import KnownPeople

_MEAN_FACE = Path(__file__).with_name("mean_face.csv")
_MEAN_WEIGHT = 20  # people at hand that count as much as the mean of many others
# Means and standard deviations of cosines, of the people, layouts and photographs that choose
# constants: benchmarks/naming.py --fit.
SAME = (0.44, 0.2)
STRANGERS = (-0.05, 0.1)
_PAIRS_OF_STRANGERS = 100  # of a film that count as much as those of other films
_LOOKALIKES = 1e-4  # of strangers: the share whose cosine is like that of one person
_SPREAD_OF_MAD = 1.4826  # of a normal distribution: its standard deviation, in deviations' medians


def likelihood_ratios(
    vectors: np.ndarray, character: np.ndarray, n_characters: int, known: KnownPeople
) -> np.ndarray:
    """The log likelihood ratios of each character being each person against being another.

    Args:
        vectors: float [t, d], unit rows: tracks.
        character: int [t], the character of each, 0.. without gaps.
        n_characters: k.
        known: people.

    Returns:
        float [k, p], rising with the cosine.
    """
    if not n_characters or not known.names:
        return np.zeros((n_characters, len(known.names)))
    cosines = likeness(vectors, character, known)
    mean, deviation = _strangers(cosines)
    above = np.maximum(cosines, mean)  # whoever is less like than strangers are is a stranger
    same, strangers = _log_density(above, *SAME), _log_density(above, mean, deviation)
    lookalikes = np.log(_LOOKALIKES) + same
    return same - np.logaddexp(np.log1p(-_LOOKALIKES) + strangers, lookalikes)


def likeness(vectors: np.ndarray, character: np.ndarray, known: KnownPeople) -> np.ndarray:
    """The cosine of the mean faces of characters and people, without what all faces share.

    Args:
        vectors: float [t, d], unit rows: tracks.
        character: int [t], the character of each, 0.. without gaps.
        known: at least one person.

    Returns:
        float [k, p].
    """
    characters, people = _means(vectors, character), _means(known.vectors, known.person)
    shared = _shared_face(np.concatenate([characters, people]))
    return _unit(characters - shared) @ _unit(people - shared).T


def _log_density(cosines: np.ndarray, mean: float, deviation: float) -> np.ndarray:
    """Of the normal distribution, but for what all of them have in common."""
    return -0.5 * ((cosines - mean) / deviation) ** 2 - np.log(deviation)


def _strangers(cosines: np.ndarray) -> tuple[float, float]:
    """Mean and standard deviation of the cosines of strangers, by this film and others."""
    weight = cosines.size / (cosines.size + _PAIRS_OF_STRANGERS)
    median = np.median(cosines)
    deviation = _SPREAD_OF_MAD * np.median(np.abs(cosines - median))
    mean = weight * median + (1 - weight) * STRANGERS[0]
    return float(mean), float(weight * deviation + (1 - weight) * STRANGERS[1])


def _means(vectors: np.ndarray, group: np.ndarray) -> np.ndarray:
    """The mean of each group."""
    means = np.zeros((group.max() + 1, vectors.shape[1]))
    np.add.at(means, group, vectors)
    return means / np.bincount(group)[:, None]


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
