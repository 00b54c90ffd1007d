"""Which characters of a film are which known people: one assignment, with what speaks for it."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd

from castmap.clustering.characters import is_character
from castmap.corrections.replay import HELD
from castmap.formats.corrections import REFUSE
from castmap.formats.tables import (
    CERTAIN,
    GIVEN,
    NAME_EVIDENCE,
    NAMES,
    PROPOSED,
    UNKNOWN,
    rows_of,
)
from castmap.people.assignment import NOBODY, most_probable, probabilities
from castmap.people.known import KnownPeople
from castmap.people.likeness import likelihood_ratios
from castmap.settings.cast_list import LEAD

_LEAST_CERTAIN = 0.9  # a name that is less probable is not used, however sure the others are
LEAST = 0.05  # a name that is less probable is not proposed
_SHOWN = 3  # known faces that are shown for a name
_MOST_OF_A_LEAD = 4.0  # how much more, or less, probable a lead is for one character than another


class FilmCast(NamedTuple):
    """The characters of a film.

    Attributes:
        characters: of the film, sorted.
        given: the name that somebody gave each, or None.
        refused: the names that somebody refused for each.
        seconds: float [k], how long each is on screen.
        tracks: int [t], the numbers of the tracks that are a character's.
        vectors: float [t, d], unit rows: these tracks.
        character: int [t], the place of each one's character.
        conflicts: int [c, 2], pairs of characters that are seen at once.
    """

    characters: list[str]
    given: list[str | None]
    refused: list[set[str]]
    seconds: np.ndarray
    tracks: np.ndarray
    vectors: np.ndarray
    character: np.ndarray
    conflicts: np.ndarray


def describe_cast(
    corrected: pd.DataFrame,
    vectors: np.ndarray,
    cannot_links: np.ndarray,
    journal: Sequence[Mapping],
) -> FilmCast:
    """What naming needs to know of a film's characters.

    A name was refused for the character that holds most of the tracks of the refusal.

    Args:
        corrected: the CORRECTED table.
        vectors: float [n, d], unit rows: its tracks.
        cannot_links: int [c, 2], pairs of rows of the table.
        journal: what became of each correction; see describe_journal.
    """
    own = np.flatnonzero(is_character(corrected["character"]))
    table = corrected.iloc[own]
    characters = sorted(table["character"].unique())
    place = np.full(len(corrected), -1)
    place[own] = np.searchsorted(characters, table["character"])
    pairs = place[cannot_links].reshape(-1, 2)
    pairs = np.sort(pairs[(pairs >= 0).all(axis=1) & (pairs[:, 0] != pairs[:, 1])], axis=1)
    named = table.drop_duplicates("character").sort_values("character")["name"]
    lengths = (table["end_s"] - table["start_s"]).to_numpy(float)
    return FilmCast(
        characters,
        [name if isinstance(name, str) else None for name in named],
        _refused(dict(zip(table["track"], place[own], strict=True)), journal, len(characters)),
        np.bincount(place[own], lengths, len(characters)),
        table["track"].to_numpy(),
        vectors[own],
        place[own],
        np.unique(pairs, axis=0).reshape(-1, 2),
    )


def _refused(
    character_of: Mapping[int, int], journal: Sequence[Mapping], n_characters: int
) -> list[set[str]]:
    """The names that were refused for each character."""
    operations: dict[tuple[int, str], list[int]] = {}
    for row in journal:
        if row["action"] == REFUSE and row["status"] == HELD and row["track"] in character_of:
            of_operation = operations.setdefault((row["operation"], row["name"]), [])
            of_operation.append(character_of[row["track"]])
    refused: list[set[str]] = [set() for _ in range(n_characters)]
    for (_, name), places in operations.items():
        refused[int(np.bincount(places).argmax())].add(name)
    return refused


def name_cast(
    cast: FilmCast,
    known: KnownPeople,
    roles: Mapping[str, str] | None,
    expected_error: float,
) -> pd.DataFrame:
    """The NAMES table: one assignment of known people to the characters of a film.

    A name that somebody gave is nobody else's who is seen beside that character. The most probable
    names are certain, as many as are expected to be wrong in no larger share than the expected
    error; none is less probable than 90 %.

    Args:
        cast: the characters.
        known: the people.
        roles: of those who may be in the film; None if nobody has said.
        expected_error: of the names that are used, 0..1.
    """
    odds = _log_odds(cast, known, roles or {})
    assigned = most_probable(odds, cast.conflicts)
    likely = probabilities(odds, cast.conflicts)
    certain = _certain(assigned, likely, expected_error)
    rows = []
    for place, character in enumerate(cast.characters):
        own = np.append(likely[place], 0.0)  # for those who know nobody
        order = np.argsort(-own, kind="stable")
        best = assigned[place] if assigned[place] != NOBODY else order[0]
        second = order[1] if best == order[0] and len(order) > 1 else order[0]
        row = {
            "character": character,
            "none_probability": 1 - min(1.0, float(own.sum())),
            **_said("", best, own, known.names),
            **_said("second_", second, own, known.names),
        }
        row["status"] = UNKNOWN if row["name"] is None else PROPOSED
        if certain[place]:
            row["status"] = CERTAIN
        if cast.given[place] is not None:
            row |= {"status": GIVEN, "name": cast.given[place], "probability": 1.0}
            row |= {"second_name": None, "second_probability": 0.0, "none_probability": 0.0}
        rows.append(row)
    return pd.DataFrame(rows, columns=NAMES.columns).astype({"name": object, "second_name": object})


def _certain(assigned: np.ndarray, likely: np.ndarray, expected_error: float) -> np.ndarray:
    """Whose names are used: the most probable ones, within the expected error; bool [k]."""
    named = np.flatnonzero(assigned != NOBODY)
    wrong = 1 - likely[named, assigned[named]]
    order = np.argsort(wrong, kind="stable")
    expected = np.cumsum(wrong[order]) / np.arange(1, len(named) + 1)
    used = (expected <= expected_error) & (wrong[order] <= 1 - _LEAST_CERTAIN)
    certain = np.zeros(len(assigned), bool)
    certain[named[order[used]]] = True
    return certain


def _said(prefix: str, person: int, own: np.ndarray, names: Sequence[str]) -> dict:
    """A name and its probability, if it is worth a proposal."""
    worth = own[person] >= LEAST
    return {
        f"{prefix}name": names[person] if worth else None,
        f"{prefix}probability": float(own[person]) if worth else 0.0,
    }


def _log_odds(cast: FilmCast, known: KnownPeople, roles: Mapping[str, str]) -> np.ndarray:
    """Of each character being each person against being nobody, float [k, p].

    As likely as not, a character is a known person, and each of these with the same probability.
    """
    ratios = likelihood_ratios(cast.vectors, cast.character, len(cast.characters), known)
    odds = ratios - np.log(max(1, len(known.names)))
    for person, name in enumerate(known.names):
        if roles.get(name) == LEAD:
            odds[:, person] += _of_a_lead(cast.seconds)
    for place, (given, refused) in enumerate(zip(cast.given, cast.refused, strict=True)):
        for name in refused.intersection(known.names):
            odds[place, known.names.index(name)] = -np.inf
        if given is None:
            continue
        odds[place] = -np.inf
        if given in known.names:
            beside = cast.conflicts[(cast.conflicts == place).any(axis=1)]
            others = np.setdiff1d(beside, [place])
            odds[others, known.names.index(given)] = -np.inf
    return odds


def _of_a_lead(seconds: np.ndarray) -> np.ndarray:
    """What a role adds to the log odds of characters: leads are seen longer than others."""
    share = seconds * len(seconds) / max(seconds.sum(), 1e-9)
    return np.log(np.clip(share, 1 / _MOST_OF_A_LEAD, _MOST_OF_A_LEAD))


def find_evidence(names: pd.DataFrame, cast: FilmCast, known: KnownPeople) -> pd.DataFrame:
    """The NAME_EVIDENCE table: the known faces that are most like the tracks of a character.

    Args:
        names: the NAMES table.
        cast: the characters.
        known: the people.
    """
    rows = []
    for place, row in enumerate(rows_of(names)):
        tracks = np.flatnonzero(cast.character == place)
        for name in dict.fromkeys((row.name, row.second_name)):
            if row.status not in (CERTAIN, PROPOSED) or not isinstance(name, str):
                continue
            faces = np.flatnonzero(known.person == known.names.index(name))
            likeness = known.vectors[faces] @ cast.vectors[tracks].T
            best = np.argsort(-likeness.max(axis=1), kind="stable")[:_SHOWN]
            for rank, face in enumerate(best, start=1):
                of_face = known.faces.iloc[faces[face]]
                rows.append(
                    {
                        "character": row.character,
                        "name": name,
                        "rank": rank,
                        "track": cast.tracks[tracks[likeness[face].argmax()]],
                        "similarity": likeness[face].max(),
                        **of_face[["origin", "time_s", "crop"]],
                    }
                )
    return pd.DataFrame(rows, columns=NAME_EVIDENCE.columns)


def apply_names(corrected: pd.DataFrame, names: pd.DataFrame) -> pd.DataFrame:
    """The CHARACTERS table: characters with the names that were given, or are certain.

    Args:
        corrected: the CORRECTED table.
        names: the NAMES table.
    """
    used = names[names["status"].isin([GIVEN, CERTAIN])].set_index("character")
    table = corrected.assign(
        name=corrected["character"].map(used["name"]),
        named_by=corrected["character"].map(used["status"]),
    )
    return table.astype({"name": object, "named_by": object})
