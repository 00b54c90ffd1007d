"""Whether somebody, known by one picture, is seen in a film, and where.

Every character of the film may be the person, and every track that is no character's. The cosine of
mean faces without what all faces share (people/likeness.py) gives a log likelihood ratio by a
logistic regression. One of all that may be the person is as likely as any other, and one in a film
is expected: where the person is several characters, or one and tracks without one, probabilities
are too low rather than too high.
"""

import numpy as np
import pandas as pd

from castmap.clustering.characters import is_character
from castmap.formats.tables import NOT_A_FACE
from castmap.people.known import KnownPeople
from castmap.people.likeness import likeness

# Fitted on the people, layouts and photographs that choose constants: benchmarks/finding.py --fit.
_COSINE, _OFFSET = 14.1, -1.0


def probabilities(whose: pd.Series, vectors: np.ndarray, picture: np.ndarray) -> np.ndarray:
    """The probability of each track to be the person of a picture; of a character's tracks, its.

    Args:
        whose: str [t], the character of each track, or background, ... where it has none.
        vectors: float [t, d], unit rows: the tracks.
        picture: float [d], of unit length.

    Returns:
        float [t]; 0 of what is not a face.
    """
    faces, group = find_groups(whose)
    found = np.zeros(len(whose))
    if len(faces):
        cosines = group_cosines(vectors[faces], group, picture)
        odds = np.exp(_COSINE * cosines + _OFFSET) / len(cosines)
        found[faces] = (odds / (1 + odds))[group]
    return found


def find_groups(whose: pd.Series) -> tuple[np.ndarray, np.ndarray]:
    """Which tracks may be a person, and which of them are one: a character's are.

    Args:
        whose: see probabilities.

    Returns:
        int [m], the rows that are faces; int [m], the group of each, 0.. without gaps.
    """
    faces = np.flatnonzero(whose != NOT_A_FACE)
    alone = np.arange(len(whose)).astype(str)
    names = np.where(is_character(whose), whose, alone)[faces]
    return faces, np.unique(names.astype(str), return_inverse=True)[1]


def group_cosines(vectors: np.ndarray, group: np.ndarray, picture: np.ndarray) -> np.ndarray:
    """The likeness of the mean face of each group to a picture, without what all faces share.

    Args:
        vectors: float [m, d], unit rows: tracks.
        group: int [m], 0.. without gaps.
        picture: float [d], of unit length.

    Returns:
        float [g], -1..1.
    """
    person = KnownPeople([""], pd.DataFrame(), picture[None].astype(float), np.zeros(1, int))
    return likeness(vectors, group, person)[0][:, 0]
