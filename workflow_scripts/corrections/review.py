"""What a person should look at first: questions whose answers save most clicks."""

import itertools

import numpy as np
import pandas as pd

from workflow_scripts.clustering.characters import NOT_A_FACE, is_character
from workflow_scripts.formats.tables import REVIEW

_WIDTH = 1 / 8  # of the stop distance: how fast two characters become two people beyond it
_STEEPNESS = 3  # how fast doubt about a track falls with its confidence
_LEAST = 0.02  # clicks that are worth a question


def questions(
    characters: pd.DataFrame, distances: np.ndarray, forbidden: np.ndarray, stop_distance: float
) -> pd.DataFrame:
    """Order what is uncertain by the clicks that an answer is expected to save.

    A track that is in the wrong place costs a click, to move it. Two characters that are one person
    cost a click for each track of the smaller, unless they are merged. The expected saving is that
    cost times how likely it is: (1 - confidence)^3 / 2 for a track of a character; for two
    characters, and for a track that is nobody's and the nearest character,
    1 / (1 + exp((d - s) / (s / 8))), d being the mean distance of their tracks and s the stop
    distance. Characters that are seen at once are not asked about, nor what was corrected,
    nor whether the only track of a character is its own.

    Args:
        characters: the CHARACTERS table.
        distances: float [n, n], of its rows.
        forbidden: int [k, 2], pairs of rows that are seen at once.
        stop_distance: where agglomeration stopped.

    Returns:
        The REVIEW table, most clicks first; those that save next to none are left out.
    """
    rows = [
        *_merges(characters, distances, forbidden, stop_distance),
        *_tracks(characters, distances, stop_distance),
    ]
    table = pd.DataFrame(rows, columns=[c for c in REVIEW.columns if c != "question"])
    table = table[table["clicks_saved"] >= _LEAST]
    order = ["clicks_saved", "kind", "track", "character", "other_character"]
    table = table.sort_values(order, ascending=[False, True, True, True, True])
    return table.assign(question=np.arange(1, len(table) + 1)).astype({"clicks_saved": float})


def _merges(
    characters: pd.DataFrame, distances: np.ndarray, forbidden: np.ndarray, stop_distance: float
) -> list[tuple]:
    own = characters[is_character(characters["character"])]
    members = {name: group.index.to_numpy() for name, group in own.groupby("character")}
    who = characters["character"].to_numpy(object)
    met = {frozenset((who[one], who[other])) for one, other in forbidden}
    found = []
    for one, other in itertools.combinations(members, 2):
        if frozenset((one, other)) in met:
            continue
        distance = distances[np.ix_(members[one], members[other])].mean()
        smaller = min(len(members[one]), len(members[other]))
        saved = smaller * _likelihood(distance, stop_distance)
        found.append(("merge", None, one, other, saved))
    return found


def _tracks(characters: pd.DataFrame, distances: np.ndarray, stop_distance: float) -> list[tuple]:
    names = characters["character"].to_numpy(object)
    sizes = characters["character"].map(characters["character"].value_counts())
    known = is_character(characters["character"])
    found = []
    for row, track in enumerate(characters.itertuples()):
        # The only track of a character is that character's: there is no other to compare it with.
        if track.corrected or track.character == NOT_A_FACE or (known[row] and sizes[row] == 1):
            continue
        second = track.second_character if isinstance(track.second_character, str) else None
        if known[row]:
            saved = (1 - track.confidence) ** _STEEPNESS / 2
        elif second is None:
            continue
        else:
            saved = _likelihood(distances[row, names == second].mean(), stop_distance)
        found.append(("track", track.track, track.character, second, saved))
    return found


def _likelihood(distance: float, stop_distance: float) -> float:
    """How likely tracks so far apart are one person; a half at the stop distance."""
    beyond = (distance - stop_distance) / (_WIDTH * stop_distance)
    return float(1 / (1 + np.exp(np.clip(beyond, -50, 50))))
