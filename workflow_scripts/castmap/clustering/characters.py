"""From clusters of tracks to characters with names."""

import numpy as np
import pandas as pd

from castmap.formats.tables import BACKGROUND, NOT_A_FACE, UNASSIGNED_LABELS, UNCERTAIN
from castmap.tracks.examined import union_length

UNASSIGNED = -1  # in place of a character's number: the track is in none


def name_characters(intervals: pd.DataFrame, characters: np.ndarray) -> dict[int, str]:
    """Name characters C01, C02, ... by screen time, longest first; ties by first appearance.

    Args:
        intervals: one row per track, with start_s and end_s.
        characters: int [t], the character of each row; UNASSIGNED has no name.

    Returns:
        The name of each character.
    """
    ranked = sorted(
        (-screen_time(rows), float(rows["start_s"].min()), character)
        for character in np.unique(characters).tolist()
        for rows in [intervals[characters == character]]
        if character != UNASSIGNED
    )
    digits = max(2, len(str(len(ranked))))
    return {number: f"C{rank:0{digits}d}" for rank, (_, _, number) in enumerate(ranked, start=1)}


def label_unassigned(usable: np.ndarray, faceless: np.ndarray) -> np.ndarray:
    """What tracks are, if they are in no character.

    Args:
        usable: bool [t], whether a track's faces are good enough to say whose they are.
        faceless: bool [t], whether it shows no face at all.

    Returns:
        str [t]: not_a_face; background, a person seen too little to be a character; uncertain, a
        face too poor to say whose.
    """
    return np.where(faceless, NOT_A_FACE, np.where(usable, BACKGROUND, UNCERTAIN))


def is_character(names: pd.Series) -> pd.Series:
    """Whether each name is a character's, bool."""
    return ~names.isin(UNASSIGNED_LABELS)


def count_characters(clusters: pd.DataFrame) -> int:
    """How many characters there are in a CLUSTERS table."""
    return int(clusters.loc[is_character(clusters["character"]), "character"].nunique())


def screen_time(intervals: pd.DataFrame) -> float:
    """Seconds covered by the union of half-open intervals [start_s, end_s)."""
    return union_length(intervals["start_s"].to_numpy(), intervals["end_s"].to_numpy())
