"""What a person should review first: the questions whose answers save most clicks."""

import itertools
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd

from castmap.clustering.characters import is_character
from castmap.corrections.replay import HELD
from castmap.formats.corrections import DIFFERENT, SPLIT
from castmap.formats.tables import NOT_A_FACE, PROPOSED, REVIEW, rows_of
from castmap.tracks.cooccurrence import HANDOVER, IMPOSSIBLE, cooccurring_pairs, linked_tracks

_WIDTH = 1 / 8  # of the stop distance: how fast two characters become two people beyond it
_LEAST = 0.02  # clicks that are worth a question
_TWICE = 0.0014  # of pairs seen at once in ten real episodes: the share that are one person


class Pairs(NamedTuple):
    """What is known of pairs of rows; each int [k, 2].

    Attributes:
        seen_at_once: the cannot-links.
        handovers: seen at once, but not kept apart; see cooccurring_pairs.
        impossible: of these, those that seem to be one person: a mirror, a split screen.
        different: pairs that were corrected to be two people.
    """

    seen_at_once: np.ndarray
    handovers: np.ndarray
    impossible: np.ndarray
    different: np.ndarray


def known_pairs(
    numbers: np.ndarray,
    tracks: pd.DataFrame,
    cooccurrence: pd.DataFrame,
    journal: Sequence[Mapping],
) -> Pairs:
    """What is known of pairs of tracks, by their rows.

    Args:
        numbers: int [n], of the tracks, row by row, ascending.
        tracks: the TRACKS table, as it was cut.
        cooccurrence: the COOCCURRENCE table, of the tracks as found.
        journal: what became of each correction; see describe_journal.
    """
    different = [
        (row["track"], row["other_track"])
        for row in journal
        if row["action"] in (DIFFERENT, SPLIT)
        and row["status"] == HELD
        and row["other_track"] is not None
    ]
    met = cooccurring_pairs(tracks)
    doubtful = cooccurrence.loc[cooccurrence["kind"] == IMPOSSIBLE, ["track", "other_track"]]
    pairs = (
        linked_tracks(met),
        met.loc[met["kind"] == HANDOVER, ["track", "other_track"]].to_numpy(int),
        doubtful.merge(met)[["track", "other_track"]].to_numpy(int),  # and seen at once as cut, too
        np.array(different, int),
    )
    return Pairs(*(np.searchsorted(numbers, own.reshape(-1, 2)) for own in pairs))


def questions(
    characters: pd.DataFrame,
    distances: np.ndarray,
    pairs: Pairs,
    stop_distance: float,
    names: pd.DataFrame,
) -> pd.DataFrame:
    """Order what is uncertain by the clicks that an answer is expected to save.

    A track that is in the wrong place costs a click, to move it. Two characters that are one person
    cost a click for each track of the smaller, unless they are merged. The expected saving is that
    cost times how likely it is: 1 - confidence for a track of a character; for two
    characters, and for an unassigned track and the nearest character,
    1 / (1 + exp((d - s) / (s / 8))), d being the mean distance of their tracks and s the stop
    distance. Of impossible pairs, d is that of the two tracks; one pair of two characters is asked
    about. Of other pairs that are seen at once and within the stop distance, likewise, but one in
    700 is one person, however alike they are: the odds are that much lower. A handover within a
    character is doubtful in any case: it saves a click. That two characters with one name are one
    person is certain until denied. A name that is proposed saves a click if it is right.

    Characters that are seen at once are not asked about for any other reason. Neither are
    characters that have two names or were corrected to be two people, tracks that were corrected,
    and the only track of a character.

    Args:
        characters: the CHARACTERS table.
        distances: float [n, n], of its rows.
        pairs: of its rows.
        stop_distance: where agglomeration stopped.
        names: the NAMES table.

    Returns:
        The REVIEW table, most clicks first; those that save next to none are left out.
    """
    rows = [
        *_merges(characters, distances, pairs, stop_distance),
        *_twice(characters, distances, pairs, stop_distance),
        *_handovers(characters, pairs),
        *_tracks(characters, distances, stop_distance),
    ]
    of_tracks = [c for c in REVIEW.columns if c not in ("question", "name")]
    table = pd.concat([pd.DataFrame(rows, columns=of_tracks), _proposals(names)])
    table = table[table["clicks_saved"] >= _LEAST]
    order = ["clicks_saved", "kind", "track", "other_track", "character", "other_character"]
    table = table.sort_values(order, ascending=[False, *[True] * 5])
    return table.assign(question=np.arange(1, len(table) + 1)).astype({"clicks_saved": float})


def _proposals(names: pd.DataFrame) -> pd.DataFrame:
    """The names that are proposed, as rows of the REVIEW table."""
    proposed = names[names["status"] == PROPOSED]
    table = proposed[["character", "name"]].assign(kind="name", track=None, other_track=None)
    return table.assign(other_character=None, clicks_saved=proposed["probability"])


def _merges(
    characters: pd.DataFrame, distances: np.ndarray, pairs: Pairs, stop_distance: float
) -> list[tuple]:
    own = characters[is_character(characters["character"])]
    members = {name: group.index.to_numpy() for name, group in own.groupby("character")}
    called = own.drop_duplicates("character").set_index("character")["name"].dropna().to_dict()
    met, different = (_who(characters, some) for some in (pairs.seen_at_once, pairs.different))
    found = []
    for one, other in itertools.combinations(members, 2):
        both = frozenset((one, other))
        names = {called[name] for name in both if name in called}
        one_name = len(names) == 1 and both <= called.keys()
        if both in different or len(names) > 1 or (both in met and not one_name):
            continue
        distance = distances[np.ix_(members[one], members[other])].mean()
        smaller = min(len(members[one]), len(members[other]))
        saved = smaller * (1.0 if one_name else _likelihood(distance, stop_distance))
        found.append(("merge", None, None, one, other, saved))
    return found


def _twice(
    characters: pd.DataFrame, distances: np.ndarray, pairs: Pairs, stop_distance: float
) -> list[tuple]:
    """Pairs seen at once: of two characters, or of one and an unassigned track, the likeliest."""
    who, names = characters["character"].to_numpy(object), characters["name"].to_numpy(object)
    sizes = characters["character"].map(characters["character"].value_counts()).to_numpy()
    known = is_character(characters["character"]).to_numpy()
    different = _who(characters, pairs.different)
    settled = (who == NOT_A_FACE) | (~known & characters["corrected"].to_numpy())
    impossible = set(map(tuple, pairs.impossible.tolist()))
    found: dict[frozenset, tuple] = {}
    for a, b in sorted(impossible.union(map(tuple, pairs.seen_at_once.tolist()))):
        likelihood = _likelihood(distances[a, b], stop_distance)
        if (a, b) not in impossible:
            odds = _TWICE * likelihood / (1 - likelihood)
            likelihood = odds / (1 + odds) if distances[a, b] < stop_distance else 0.0
        both = frozenset(who[row] if known[row] else row for row in (a, b))
        two_names = isinstance(names[a], str) and isinstance(names[b], str)
        if len(both) < 2 or settled[[a, b]].any() or both in different or two_names:
            continue
        smaller = min(sizes[row] if known[row] else 1 for row in (a, b))
        tracks = (int(characters["track"].to_numpy()[row]) for row in (a, b))
        question = ("twice", *tracks, who[a], who[b], smaller * likelihood)
        found[both] = max(question, found.get(both, question), key=lambda asked: asked[-1])
    return list(found.values())


def _handovers(characters: pd.DataFrame, pairs: Pairs) -> list[tuple]:
    """Handovers between two tracks of one character, of which none was corrected."""
    who, tracks = characters["character"].to_numpy(object), characters["track"].to_numpy()
    open_ = (is_character(characters["character"]) & ~characters["corrected"]).to_numpy()
    different = set(map(frozenset, pairs.different.tolist()))
    return [
        ("twice", int(tracks[a]), int(tracks[b]), who[a], who[b], 1.0)
        for a, b in pairs.handovers.tolist()
        if who[a] == who[b] and open_[[a, b]].all() and frozenset((a, b)) not in different
    ]


def _who(characters: pd.DataFrame, pairs: np.ndarray) -> set[frozenset]:
    """The two characters of each pair of rows; for an unassigned row, the row."""
    known = is_character(characters["character"]).to_numpy()
    who = characters["character"].to_numpy(object)
    return {frozenset(who[row] if known[row] else row for row in pair) for pair in pairs.tolist()}


def _tracks(characters: pd.DataFrame, distances: np.ndarray, stop_distance: float) -> list[tuple]:
    names = characters["character"].to_numpy(object)
    sizes = characters["character"].map(characters["character"].value_counts())
    known = is_character(characters["character"])
    found = []
    for row, track in enumerate(rows_of(characters)):
        # The only track of a character is that character's: there is no other to compare it with.
        if track.corrected or track.character == NOT_A_FACE or (known[row] and sizes[row] == 1):
            continue
        second = track.second_character if isinstance(track.second_character, str) else None
        if known[row]:
            saved = 1 - track.confidence
        elif second is None:
            continue
        else:
            saved = _likelihood(distances[row, names == second].mean(), stop_distance)
        found.append(("track", track.track, None, track.character, second, saved))
    return found


def _likelihood(distance: float, stop_distance: float) -> float:
    """How likely tracks so far apart are one person; a half at the stop distance."""
    beyond = (distance - stop_distance) / (_WIDTH * stop_distance)
    return float(1 / (1 + np.exp(np.clip(beyond, -50, 50))))
