"""The page of all films: a card for each, and what failed or was left out."""

from collections.abc import Collection, Iterable, Mapping
from pathlib import Path
from typing import NamedTuple

import pandas as pd

from castmap.clustering.characters import screen_time
from castmap.clustering.pooling import quality
from castmap.faces.portraits import face_sprite
from castmap.formats.failures import (
    FAILED,
    NO_CHARACTERS,
    NO_FACES,
    NO_TRACKS,
    REJECTED,
    films_without_cast_map,
)
from castmap.formats.tables import rows_of
from castmap.pages import layout
from castmap.pages.movie import UNSURE, character_titles, faces_by_character
from castmap.pages.rendering import render

MINING, MISTAKES = "mining", "mistakes"  # pages that a film may have besides its own
_SHOWN_CAST = 6
_FACE_PX = 112
_MINI_HEIGHT = 54
_MINI_ROWS = 8
_FAILURE_HEADINGS = {
    FAILED: "Films that failed; the next run tries them again",
    REJECTED: "Files that were turned away",
    NO_FACES: "Films without faces",
    NO_TRACKS: "Films whose faces were seen too briefly to follow",
    NO_CHARACTERS: "Films without characters",
}


class Film(NamedTuple):
    """What is known of a film.

    Attributes:
        info: movie.json.
        shots: the SHOTS table.
        detections: the DETECTIONS table.
        tracks: the TRACKS table.
        characters: the CHARACTERS table.
        review: the REVIEW table.
        faces: the archive of crops.
        metrics: of its clusters; None without labels.
        pages: which of MINING and MISTAKES there are.
    """

    info: Mapping
    shots: pd.DataFrame
    detections: pd.DataFrame
    tracks: pd.DataFrame
    characters: pd.DataFrame
    review: pd.DataFrame
    faces: Path
    metrics: Mapping | None
    pages: Collection[str]


def write_page(
    films: Iterable[Film],
    failed: pd.DataFrame | None,
    skipped: list[str],
    *,
    show_faces: str,
    has_adaptation: bool,
    has_people: bool,
) -> tuple[str, pd.DataFrame]:
    """The page, and the FAILURES table of what it says has no cast map.

    Args:
        films: in order; each is looked at once.
        failed: the FAILURES table of films that stages failed on; None if there are none.
        skipped: why entries of the sheet and the folder are no films.
        show_faces: one of faces.redaction.WAYS.
        has_adaptation: whether the page on adaptation is there to be linked to.
        has_people: whether the page of people is.
    """
    infos, n_faces, cast, cards, measured = {}, {}, {}, [], []
    for number, film in enumerate(films):
        movie = film.info["movie"]
        infos[movie], n_faces[movie] = film.info, len(film.detections)
        cast[movie] = film.characters
        cards.append(film_card(number, film, show_faces))
        if film.metrics:
            measured.append(measured_row(layout.title_of(film.info), film.metrics))
    failures = films_without_cast_map(infos, n_faces, cast)
    if failed is not None:
        failures = pd.concat([failures, failed])
    titles = {movie: layout.title_of(info) for movie, info in infos.items()}
    shown = [card for card in cards if card["shown"]]
    page = render(
        "corpus.html",
        numbers=corpus_numbers(shown),
        films=shown,
        failures=failure_notices(failures, titles),
        skipped=skipped,
        measured=measured,
        has_adaptation=has_adaptation,
        has_people=has_people,
    )
    return page, failures


def film_card(number: int, film: Film, show_faces: str) -> dict:
    """One film of the list: its title and numbers, its main cast, what is unsure, a timeline.

    Args:
        number: which film of the page, from 0.
        film: what is known of it.
        show_faces: one of faces.redaction.WAYS.
    """
    info, characters = film.info, film.characters
    card = {
        "number": number,
        "movie": info["movie"],
        "title": layout.title_of(info),
        "shown": info["status"] != "rejected",
        "pages": film.pages,
    }
    if not card["shown"]:
        return card
    titles = character_titles(characters)
    own = characters[characters["character"].isin(list(titles))]
    n_named = int(own.dropna(subset="name")["character"].nunique())
    card |= {
        "duration_s": info["duration_s"],
        "n_shots": len(film.shots),
        "n_people": len(titles),
        "n_appearances": len(characters),
        "n_unsure": int((own["confidence"] < UNSURE).sum()),
        "n_questions": len(film.review),
        "cast": _cast(own, titles),
        "n_others": max(len(titles) - _SHOWN_CAST, 0),
        "bars": _mini_bars(characters, list(titles)[:_MINI_ROWS], info["duration_s"]),
    }
    people = layout.count(len(titles), "person", "people")
    facts = [info["year"], layout.length(info["duration_s"]), people]
    facts += [f"{n_named:,} with a name"] if n_named else []
    card["summary"] = " · ".join(str(fact) for fact in facts if fact)
    faces = faces_by_character(film.tracks, characters, quality(film.detections))
    best = [faces[faces["character"] == c["id"]].nlargest(1, "quality") for c in card["cast"]]
    pictured = [int(face["detection"].iloc[0]) for face in best]
    card["sprite"] = face_sprite(film.faces, pictured, _FACE_PX, show_faces)
    return card


def _cast(characters: pd.DataFrame, titles: Mapping[str, str]) -> list[dict]:
    """The characters with most time on screen: what to call them, and how long they are seen."""
    return [
        {
            "id": name,
            "name": titles[name],
            "time": layout.length(screen_time(characters[characters["character"] == name])),
            "colour": layout.colour(rank),
        }
        for rank, name in enumerate(list(titles)[:_SHOWN_CAST])
    ]


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


def corpus_numbers(cards: Collection[Mapping]) -> list[tuple[str, str]]:
    """The head of the page.

    Args:
        cards: of the films that were not turned away.
    """
    total = {
        key: sum(card[key] for card in cards)
        for key in ("duration_s", "n_shots", "n_people", "n_appearances")
    }
    return [
        (f"{len(cards):,}", "film" if len(cards) == 1 else "films"),
        (layout.length(total["duration_s"]), "in total"),
        (f"{total['n_people']:,}", "people"),
        (f"{total['n_appearances']:,}", "appearances"),
        (f"{total['n_shots']:,}", "shots"),
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
        "appearances": metrics["n_tracks"],
        "found": metrics["k_pred"],
        "true": metrics["k_true"],
        **words,
    }
