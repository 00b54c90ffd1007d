"""The content of a film's page on mistakes: what is wrong, as pictures, and why, in words."""

from collections.abc import Iterable
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from castmap.clustering.characters import screen_time
from castmap.evaluation import mistakes
from castmap.evaluation.mistakes import Misplaced, Part
from castmap.formats.tables import UNASSIGNED_LABELS, rows_of
from castmap.pages import layout

MOST_CARDS = 12  # of each kind of mistake
_MOST_TRACKS = 8  # shown of one person in one place
_WORDS = {
    mistakes.NO_FACE: "Not a face: the detector was seldom sure of it",
    mistakes.MIXED: "The track itself mixes people: {n_second_faces} of its {n_faces} faces are "
    "somebody else's",
    mistakes.KEPT_OUT: "Could not join {home}, where {person} is: seen at the same time as one "
    "of its tracks",
    mistakes.SMALL: "Small face: {size_px:.0f} pixels at best",
    mistakes.BLURRED: "Blurred: sharpness {blur:.0f} at best, where 100 is sharp",
    mistakes.TURNED: "Turned away: its landmarks miss those of a frontal face by {misfit:.2f}",
    mistakes.FEW_FACES: "Too few faces: {n_faces}",
    mistakes.NO_HOME: "{person} has no {other}character that it could join",
    mistakes.LOOKALIKE: "Looks more like {with_person} than like its own person",
    mistakes.TOO_FAR: "Too different from the rest of {person} in {home}",
    mistakes.IN_A_GROUP: "No single cause: its own person is near, but whole groups of tracks "
    "are merged, and its group {went}",
}
_ELSEWHERE = {"other": "other ", "went": "came here"}
_IN_NONE = {"other": "", "went": "joined nobody"}


class Film(NamedTuple):
    """What the page is made of.

    Attributes:
        table: what evaluation.mistakes.describe_tracks returns.
        faces: every detected face of a track; see layout.contact_sheet.
        distances: float [t, t], between the tracks, in the table's order.
        links: int [k, 2], the cannot-links, as rows of the table.
        stop_distance: where joining stopped, by the embedding of the distances.
    """

    table: pd.DataFrame
    faces: pd.DataFrame
    distances: np.ndarray
    links: np.ndarray
    stop_distance: float


def sections(film: Film) -> dict[str, list[dict]]:
    """The cards of each kind of mistake, the worst first; all of them.

    Returns:
        ``mixed``, ``split``, ``lost`` and ``nobody``. A card has title, anchor (of a character on
        the film's page, or None), facts, and groups of faces, each with title, note, faces and
        more (how many tracks are not shown). A face has detection, time_s, label and lines: the
        reason, and the numbers behind it; none where nothing is wrong with it.
    """
    misplaced = mistakes.find_misplaced(film.table, film.distances, film.links)
    return {
        "mixed": _mixed(film, [track for track in misplaced if track.with_person is not None]),
        "split": [
            _split_card(film, parts)
            for parts in mistakes.find_splits(film.table, film.distances, film.links)
        ],
        "lost": _lost(film, [track for track in misplaced if track.with_person is None]),
        "nobody": [_nobody_card(film, name) for name in mistakes.characters_of_nobody(film.table)],
    }


def shown_faces(cards: Iterable[dict]) -> list[int]:
    """The detections on some cards, sorted."""
    return sorted(
        {face["detection"] for card in cards for group in card["groups"] for face in group["faces"]}
    )


def clicks_in_words(metrics: dict) -> str:
    """What the operator's clicks are for.

    Args:
        metrics: what evaluation.clustering.evaluate_clusters returns.
    """
    unassigned, named = metrics["n_tracks_unassigned"], metrics["k_pred"]
    moved = metrics["operator_clicks"] - named - unassigned
    return (
        f"{_count(metrics['operator_clicks'], 'click')} would correct everything: {named} to "
        f"name the characters, {moved} to move tracks out of the wrong character, {unassigned} to "
        "assign tracks that have no character."
    )


def _mixed(film: Film, intruders: list[Misplaced]) -> list[dict]:
    """A card per character that mixes people: most misplaced tracks first, then most faces."""
    by_character = _grouped(intruders, "character")
    return [_mixed_card(film, name, own) for name, own in by_character.items()]


def _mixed_card(film: Film, character: str, intruders: list[Misplaced]) -> dict:
    table = film.table
    person = intruders[0].with_person
    inside = table[(table["character"] == character) & table["person"].notna()]
    own = inside.loc[inside["person"] == person, "track"].tolist()
    title = f"{person}, {_count(len(own), 'track')}"
    by_person = _grouped(intruders, "person")
    return _card(
        character,
        [
            f"mostly {person}: {len(own)} of {_count(len(inside), 'track')}",
            f"{_count(len(intruders), 'click')} to correct",
        ],
        [_typical(film, own, title)]
        + [_explained(film, tracks, name, "click") for name, tracks in by_person.items()],
        anchor=character,
    )


def _split_card(film: Film, parts: list[Part]) -> dict:
    n_tracks = sum(len(part.tracks) for part in parts)
    groups = []
    for part in parts:
        title = f"{part.character}, {len(part.tracks)} of {_count(n_tracks, 'track')}"
        note = "" if part.character == part.home else _why_apart(part, film.stop_distance)
        groups.append(_typical(film, part.tracks, title, note))
    return _card(parts[0].person, [f"in {len(parts)} characters"], groups)


def _why_apart(part: Part, stop_distance: float) -> str:
    """What kept a part of a person apart: cannot-links, distance, or the order of merging."""
    between = f"distance {part.distance:.2f}, and merging stopped at {stop_distance:.2f}"
    if part.n_links:
        links = _count(part.n_links, "cannot-link")
        return f"Kept apart from {part.home} by {links}: their tracks are seen at the same time."
    if part.distance > stop_distance:
        return f"Too different from {part.home}: {between}."
    return (
        f"Near {part.home} ({between}), but not when it was clustered: with another embedding, or "
        "before the last tracks joined."
    )


def _lost(film: Film, tracks: list[Misplaced]) -> list[dict]:
    """A card per person with tracks of no character: most such tracks first."""
    cards = []
    for person, own in _grouped(tracks, "person").items():
        kinds = {kind: [t for t in own if t.character == kind] for kind in UNASSIGNED_LABELS}
        groups = [
            _explained(film, found, kind.replace("_", " ").capitalize(), "track")
            for kind, found in kinds.items()
            if found
        ]
        n_tracks = int((film.table["person"] == person).sum())
        facts = [f"{len(own)} of {_count(n_tracks, 'track')} without a character"]
        cards.append(_card(person, facts, groups))
    return cards


def _nobody_card(film: Film, character: str) -> dict:
    own = film.table[film.table["character"] == character]
    facts = [
        f"{layout.time_code(screen_time(own), 1)} on screen",
        _count(len(own), "track"),
    ]
    group = _typical(film, own["track"].tolist(), "")
    return _card(character, facts, [group], anchor=character)


def _card(title: str, facts: list[str], groups: list[dict], anchor: str | None = None) -> dict:
    return {"title": title, "anchor": anchor, "facts": facts, "groups": groups}


def _typical(film: Film, tracks: list[int], title: str, note: str = "") -> dict:
    """Up to four faces that castmap is surest of, of as many tracks as there are."""
    faces = film.faces[film.faces["track"].isin(tracks)]
    best = layout.contact_sheet(faces)["best"]
    return {
        "title": title,
        "note": note,
        "faces": [
            {"detection": int(face.detection), "time_s": face.time_s, "lines": []}
            for face in rows_of(best)
        ],
        "more": 0,
    }


def _explained(film: Film, tracks: list[Misplaced], name: str, unit: str) -> dict:
    """The best face of each track, those of most faces first, with what went wrong."""
    ranked = sorted(tracks, key=lambda track: (-track.n_faces, track.track))
    rows: Any = film.table.set_index("track")
    shown = [(track, rows.loc[track.track]) for track in ranked[:_MOST_TRACKS]]
    return {
        "title": f"{name}, {_count(len(tracks), unit)}",
        "note": "",
        "faces": [
            {
                "detection": int(row["detection"]),
                "time_s": row["time_s"],
                "lines": explain(track, row, film.stop_distance),
            }
            for track, row in shown
        ],
        "more": max(len(ranked) - _MOST_TRACKS, 0),
    }


def explain(track: Misplaced, row: pd.Series, stop_distance: float) -> list[str]:
    """Why a track is not with its person, and the numbers behind it.

    Args:
        track: of evaluation.mistakes.find_misplaced.
        row: the track in the table of describe_tracks.
        stop_distance: see evaluation.mistakes.reason.
    """
    why = _WORDS[mistakes.reason(track, stop_distance)].format(
        **track._asdict(),
        **row[["size_px", "blur", "misfit"]],
        **_IN_NONE if track.with_person is None else _ELSEWHERE,
    )
    numbers = []
    if track.with_person is not None:
        numbers.append(f"confidence {row['confidence']:.2f}")
        numbers.append(f"{track.here_distance:.2f} from {track.with_person} here")
    if track.home is not None:
        numbers.append(f"{track.home_distance:.2f} from {track.person} in {track.home}")
    numbers.append(f"best face {row['size_px']:.0f} pixels, quality {row['quality']:.2f}")
    numbers.append(_count(track.n_faces, "face"))
    return [why + ".", f"Track {track.track}: {'; '.join(numbers)}"]


def _grouped(tracks: list[Misplaced], field: str) -> dict[str, list[Misplaced]]:
    """Tracks by one of their fields: most tracks first, then most faces, then by name."""
    groups: dict[str, list[Misplaced]] = {}
    for track in tracks:
        groups.setdefault(getattr(track, field), []).append(track)

    def order(item: tuple[str, list[Misplaced]]) -> tuple:
        name, own = item
        return -len(own), -sum(track.n_faces for track in own), name

    return dict(sorted(groups.items(), key=order))


def _count(number: int, unit: str) -> str:
    return f"{number} {unit}{'s' if number != 1 else ''}"
