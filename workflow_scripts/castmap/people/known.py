"""What is known of people: their faces, as vectors, and where each comes from."""

from collections.abc import Collection, Iterable
from typing import NamedTuple

import numpy as np
import pandas as pd

from castmap.formats.tables import KNOWN_FACES, rows_of


class KnownPeople(NamedTuple):
    """People and their faces.

    Attributes:
        names: of the people, sorted.
        faces: the KNOWN_FACES rows that are theirs, numbered anew.
        vectors: float64 [n, d], unit rows: the faces.
        person: int [n], the place of each face's person among the names.
    """

    names: list[str]
    faces: pd.DataFrame
    vectors: np.ndarray
    person: np.ndarray


def gather_people(tables: Iterable[pd.DataFrame], wanted: Collection[str] | None) -> KnownPeople:
    """The people of several KNOWN_FACES tables.

    Args:
        tables: whose embeddings are by one network.
        wanted: the names that count; None for all.

    Raises:
        ValueError: embeddings have different lengths: the tables are of different networks.
    """
    faces = pd.concat([KNOWN_FACES.empty(), *tables], ignore_index=True)
    if wanted is not None:
        faces = faces[faces["name"].isin(list(wanted))].reset_index(drop=True)
    names = sorted(faces["name"].unique())
    vectors = np.array([row.embedding for row in rows_of(faces)], float)
    vectors = vectors.reshape(len(faces), -1) if len(faces) else np.zeros((0, 0))
    return KnownPeople(names, faces, vectors, np.searchsorted(names, faces["name"]))
