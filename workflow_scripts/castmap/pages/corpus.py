"""The content of the corpus page."""

from collections.abc import Callable, Collection, Iterable, Mapping

import numpy as np
import pandas as pd

from castmap.clustering.characters import count_characters
from castmap.faces.sprites import make_sprite
from castmap.formats.failures import (
    FAILED,
    NO_CHARACTERS,
    NO_FACES,
    NO_TRACKS,
    REJECTED,
)
from castmap.formats.tables import rows_of
from castmap.pages import layout
from castmap.pages.movie import character_titles

_SHOWN_CAST = 6
_FACE_PX = 72
_MINI_HEIGHT = 54
_MINI_ROWS = 8
_FAILURE_HEADINGS = {
    FAILED: "Films that failed; the next run tries them again",
    REJECTED: "Files that were turned away",
    NO_FACES: "Films without faces",
    NO_TRACKS: "Films whose faces form no track",
    NO_CHARACTERS: "Films without characters",
}


def film_card(
    number: int,
    info: Mapping,
    shots: pd.DataFrame,
    characters: pd.DataFrame,
    faces: pd.DataFrame,
    read_face: Callable[[int], np.ndarray],
) -> dict:
    """One film of the list: its title, a line of numbers, its main cast, a small timeline.

    Args:
        number: which film of the page, from 0.
        info: movie.json.
        shots: the SHOTS table.
        characters: the CHARACTERS table.
        faces: see movie.faces_by_character.
        read_face: gives a detection's crop.
    """
    card = {
        "number": number,
        "movie": info["movie"],
        "title": layout.title_of(info),
        "shown": info["status"] != "rejected",
        "reason": info["reason"],
        "sprite": None,
    }
    if not card["shown"]:
        return card
    titles = character_titles(characters)
    names = list(titles)
    summary = f"{layout.time_code(info['duration_s'])}, {len(shots)} shots, {len(names)} characters"
    card["summary"] = f"{info['year']}, {summary}" if info["year"] else summary
    shown = names[:_SHOWN_CAST]
    best = [faces[faces["character"] == name].nlargest(1, "quality") for name in shown]
    card["cast"] = [
        {"name": titles[name], "colour": layout.colour(rank)} for rank, name in enumerate(shown)
    ]
    pictures = [read_face(int(face["detection"].iloc[0])) for face in best]
    card["sprite"] = make_sprite(pictures, _FACE_PX, _FACE_PX)
    card["bars"] = _mini_bars(characters, names[:_MINI_ROWS], info["duration_s"])
    return card


def _mini_bars(characters: pd.DataFrame, names: list[str], duration_s: float) -> list[dict]:
    """Bars of a small timeline, 1000 wide."""
    height = _MINI_HEIGHT / max(len(names), 4)
    scale = 1000 / duration_s
    return [
        {
            "x": round(track.start_s * scale, 2),
            "y": round(rank * height, 2),
            "width": round((track.end_s - track.start_s) * scale, 2),
            "height": round(height * 0.72, 2),
            "colour": layout.colour(rank),
        }
        for rank, name in enumerate(names)
        for track in rows_of(characters[characters["character"] == name])
    ]


def corpus_numbers(
    infos: Iterable[Mapping], shots: Iterable[pd.DataFrame], characters: Collection[pd.DataFrame]
) -> list[tuple[object, str]]:
    """The head of the page."""
    accepted = [info for info in infos if info["status"] != "rejected"]
    return [
        (len(accepted), "films"),
        (layout.time_code(sum(info["duration_s"] for info in accepted)), "in total"),
        (sum(map(len, shots)), "shots"),
        (sum(map(count_characters, characters)), "characters"),
        (sum(map(len, characters)), "appearances"),
    ]


def failure_notices(failures: pd.DataFrame, titles: Mapping[str, str]) -> list[dict]:
    """What to say of the films without a cast map: a notice for each way to fail.

    Args:
        failures: the FAILURES table.
        titles: titles of the films that have a page, by name.
    """
    notices = []
    for status, heading in _FAILURE_HEADINGS.items():
        rows = failures[failures["status"] == status].sort_values("movie")
        films = [
            {
                "title": titles.get(row.movie, row.movie),
                "page": f"{row.movie}.html" if row.movie in titles else None,
                "reason": row.reason,
                "stage": row.stage,
                "log": row.log,
            }
            for row in rows_of(rows)
        ]
        if films:
            notices.append({"heading": f"{heading}: {len(films)}", "films": films})
    return notices


def measured_row(title: str, metrics: Mapping) -> dict:
    """One film's measures, from its clustering metrics."""
    score = metrics["track"]
    words = {
        name: "–" if score[key] is None else f"{score[key]:.3f}"
        for name, key in (("v_measure", "v_measure"), ("purity", "weighted_purity"))
    }
    return {
        "title": title,
        "tracks": metrics["n_tracks"],
        "found": metrics["k_pred"],
        "true": metrics["k_true"],
        **words,
    }
