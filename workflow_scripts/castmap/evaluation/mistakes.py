"""Which tracks ended up in the wrong character, and why.

The reasons are heuristics of ours, tried in a fixed order: the first that holds is given.
docs/evaluation.md lists them.
"""

from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from castmap.clustering.characters import is_character
from castmap.clustering.pooling import misfit, quality, quality_factors
from castmap.formats.tables import NOT_A_FACE, rows_of

_FEW_FACES = 5
_POOR = 0.5  # a face's size, sharpness or frontality, where 1 is as good as needed
_STRAY_FACES = 2  # of a second person: one may be a slip of the labels

NO_FACE, MIXED, KEPT_OUT, FEW_FACES = "no_face", "mixed", "kept_out", "few_faces"
SMALL, BLURRED, TURNED = "small", "blurred", "turned"
NO_HOME, LOOKALIKE, TOO_FAR, IN_A_GROUP = "no_home", "lookalike", "too_far", "in_a_group"
_WEAKNESSES = {"large": SMALL, "sharp": BLURRED, "frontal": TURNED}


class Misplaced(NamedTuple):
    """A labelled track that is not in a character of its person.

    Attributes:
        track: its number.
        person: whose it is.
        character: where it is; see formats.tables for those of no character.
        with_person: the person of most tracks of that character; None where it is no character.
        home: the other character that holds most tracks of its person; None if there is none.
        here_distance: mean distance to the tracks of with_person in its character; NaN without.
        home_distance: mean distance to the tracks of its person at home; NaN without.
        kept_out: it is seen at once with a track of its home.
        n_faces: its detected faces.
        n_second_faces: those of a second person.
        weakness: what is poor about its best face: small, blurred or turned; "": nothing.
    """

    track: int
    person: str
    character: str
    with_person: str | None
    home: str | None
    here_distance: float
    home_distance: float
    kept_out: bool
    n_faces: int
    n_second_faces: int
    weakness: str


def describe_tracks(
    tracks: pd.DataFrame, detections: pd.DataFrame, clusters: pd.DataFrame, people: pd.DataFrame
) -> pd.DataFrame:
    """What is known of each track.

    Args:
        tracks: the TRACKS table.
        detections: the DETECTIONS table, row i being detection i.
        clusters: the CLUSTERS table.
        people: what matching.people_of_tracks returns.

    Returns:
        One row per track, by number: the columns of people, ``character``, ``confidence``,
        ``start_s`` and ``end_s``; and of its best face ``detection``, ``time_s``, ``size_px``,
        ``blur``, ``misfit``, ``quality`` and ``weakness``, see weaknesses.
    """
    faces = tracks.loc[~tracks["interpolated"], ["track", "detection"]]
    found = detections.iloc[faces["detection"]]
    faces = faces.assign(
        quality=quality(found), misfit=misfit(found), weakness=weaknesses(found)
    ).merge(detections[["detection", "time_s", "size_px", "blur"]], on="detection")
    ranked = faces.sort_values(["quality", "detection"], ascending=[False, True])
    columns = ["track", "character", "confidence", "start_s", "end_s"]
    table = people.merge(clusters[columns], on="track", validate="one_to_one")
    table = table.merge(ranked.drop_duplicates("track"), on="track")
    return table.sort_values("track", ignore_index=True)


def weaknesses(detections: pd.DataFrame) -> np.ndarray:
    """What is poor about each face: the least of its size, sharpness and frontality, if under half.

    Args:
        detections: rows of the DETECTIONS table.

    Returns:
        str [n]: small (below 30 px), blurred (sharpness below 50), turned (misfit above 0.2),
        or "" where none is poor.
    """
    factors = quality_factors(detections)[list(_WEAKNESSES)].to_numpy(float)
    names = np.array(list(_WEAKNESSES.values()))[factors.argmin(axis=1)]
    return np.where(factors.min(axis=1) < _POOR, names, "")


def majorities(table: pd.DataFrame) -> dict[str, str]:
    """The person of most tracks of each character; then of most faces, then the first by name.

    Args:
        table: columns character, person (missing: unlabelled) and n_faces; one row per track.

    Returns:
        Person by character; characters without a labelled track are left out.
    """
    named = table[is_character(table["character"]) & table["person"].notna()]
    counts = named.groupby(["character", "person"], as_index=False).agg(
        tracks=("n_faces", "size"), faces=("n_faces", "sum")
    )
    order = counts.sort_values(["tracks", "faces", "person"], ascending=[False, False, True])
    first = order.drop_duplicates("character").sort_values("character")
    return dict(zip(first["character"], first["person"], strict=True))


def find_misplaced(
    table: pd.DataFrame, distances: np.ndarray, links: np.ndarray
) -> list[Misplaced]:
    """Every labelled track that is in another person's character, or in none.

    Args:
        table: what describe_tracks returns.
        distances: float [t, t], between the tracks, in the table's order.
        links: int [k, 2], the cannot-links, as rows of the table.

    Returns:
        In order of track number.
    """
    majority = majorities(table)
    named = table[table["person"].notna()]
    wrong = named[named["person"] != named["character"].map(majority)]
    homes = _homes(named)
    return [
        _misplaced(row, table, distances, links, (majority.get(str(row.character)), homes))
        for row in rows_of(wrong)
    ]


def _misplaced(
    row: Any,
    table: pd.DataFrame,
    distances: np.ndarray,
    links: np.ndarray,
    where: tuple[str | None, dict[str, list[str]]],
) -> Misplaced:
    """One misplaced track; ``where`` has the person it is with, and the homes of all people."""
    with_person, homes = where
    elsewhere = [home for home in homes.get(row.person, []) if home != row.character]
    home = elsewhere[0] if elsewhere else None
    at_home = (table["character"] == home).to_numpy()
    own = at_home & (table["person"] == row.person).to_numpy()
    around = (table["character"] == row.character) & (table["person"] == with_person)
    seen_with = links[(links == row.Index).any(axis=1)]
    return Misplaced(
        track=int(row.track),
        person=row.person,
        character=row.character,
        with_person=with_person,
        home=home,
        here_distance=_mean(distances[row.Index, around.to_numpy()]),
        home_distance=_mean(distances[row.Index, own]),
        kept_out=bool(at_home[seen_with].any()),
        n_faces=int(row.n_faces),
        n_second_faces=int(row.n_second_faces),
        weakness=row.weakness,
    )


def _homes(named: pd.DataFrame) -> dict[str, list[str]]:
    """The characters each person is in: most of its tracks first, then faces, then by name."""
    counts = (
        named[is_character(named["character"])]
        .groupby(["person", "character"], as_index=False)
        .agg(tracks=("n_faces", "size"), faces=("n_faces", "sum"))
        .sort_values(["tracks", "faces", "character"], ascending=[False, False, True])
    )
    return {str(person): own["character"].tolist() for person, own in counts.groupby("person")}


def _mean(values: np.ndarray) -> float:
    return float(values.mean()) if len(values) else float("nan")


def reason(track: Misplaced, stop_distance: float) -> str:
    """Why a track is not with its person: the first rule that holds.

    Args:
        track: of find_misplaced.
        stop_distance: where joining stopped, by the embedding of the track's distances.
    """
    nearer_here = track.here_distance < track.home_distance
    unlike = track.with_person is None and track.home_distance > stop_distance
    rules = {
        NO_FACE: track.character == NOT_A_FACE,
        MIXED: track.n_second_faces >= _STRAY_FACES,
        KEPT_OUT: track.kept_out,
        track.weakness: bool(track.weakness),
        FEW_FACES: track.n_faces < _FEW_FACES,
        NO_HOME: track.home is None,
        LOOKALIKE: nearer_here,
        TOO_FAR: unlike,
    }
    return next((name for name, holds in rules.items() if holds), IN_A_GROUP)


class Part(NamedTuple):
    """One of several characters of a person.

    Attributes:
        person: whose.
        character: its name.
        tracks: the numbers of the person's tracks in it.
        home: the one that holds most tracks of the person; the first part is home itself.
        distance: of the character and home: the mean over pairs of their tracks.
        n_links: pairs of a track here and one at home that are seen at once.
    """

    person: str
    character: str
    tracks: list[int]
    home: str
    distance: float
    n_links: int


def find_splits(table: pd.DataFrame, distances: np.ndarray, links: np.ndarray) -> list[list[Part]]:
    """The people who are split over several characters, and what keeps these apart.

    A character belongs to the person of most of its tracks. Tracks that strayed into another
    person's character are misplaced; they do not count as a split.

    Args:
        table: what describe_tracks returns.
        distances: float [t, t], between the tracks, in the table's order.
        links: int [k, 2], the cannot-links, as rows of the table.

    Returns:
        Of each such person its parts, home first; most parts first, then most tracks away from
        home, then by name.
    """
    own = table[table["person"] == table["character"].map(majorities(table))]
    split = [
        [_part(table, distances, links, person, (character, homes[0])) for character in homes]
        for person, homes in _homes(own).items()
        if len(homes) > 1
    ]
    return sorted(split, key=lambda parts: (-len(parts), -sum(len(p.tracks) for p in parts[1:])))


def _part(
    table: pd.DataFrame,
    distances: np.ndarray,
    links: np.ndarray,
    person: str,
    where: tuple[str, str],
) -> Part:
    character, home = where
    here, there = ((table["character"] == name).to_numpy() for name in where)
    own = table.loc[here & (table["person"] == person), "track"]
    one, other = links.T
    n_links = int(((here[one] & there[other]) | (there[one] & here[other])).sum())
    distance = _mean(distances[np.ix_(here, there)].ravel())
    return Part(person, character, own.tolist(), home, distance, n_links)


def characters_of_nobody(table: pd.DataFrame) -> list[str]:
    """Characters without a labelled track, as far as judged; most faces first, then by name."""
    judged = table[is_character(table["character"]) & table["judged"]]
    faces = judged.groupby("character")["n_faces"].sum()
    unknown = faces.drop(list(majorities(table)))
    return unknown.sort_index().sort_values(ascending=False, kind="stable").index.tolist()
