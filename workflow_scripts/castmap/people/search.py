"""Whether somebody, known by one picture, is seen in a film, and where.

Every character of the film may be the person, and every track that is no character's. How much the
faces speak for it says people/likeness.py. One of all that may be the person is as likely as any
other, and one in a film is expected: where the person is several characters, or one and tracks
without one, probabilities are too low rather than too high.
"""

import numpy as np
import pandas as pd
from scipy.special import expit

from castmap.clustering.characters import is_character
from castmap.formats.tables import NOT_A_FACE
from castmap.people.known import KnownPeople
from castmap.people.likeness import likelihood_ratios


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
        person = KnownPeople([""], pd.DataFrame(), picture[None].astype(float), np.zeros(1, int))
        n_groups = int(group.max()) + 1
        ratios = likelihood_ratios(vectors[faces], group, n_groups, person)[:, 0]
        found[faces] = expit(ratios - np.log(n_groups))[group]
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
