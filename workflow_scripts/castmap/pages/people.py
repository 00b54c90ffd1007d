"""The page of people: who is in which films, for how long, and with whom."""

import itertools
from collections import defaultdict
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import NamedTuple

import pandas as pd

from castmap.clustering.characters import screen_time
from castmap.clustering.pooling import quality
from castmap.faces.portraits import face_sprite
from castmap.pages import layout
from castmap.pages.movie import faces_by_character
from castmap.pages.rendering import render

_FACE_PX = 72
_MOST_TOGETHER = 8  # people that are listed as seen together with one


class Film(NamedTuple):
    """What is known of a film.

    Attributes:
        info: movie.json.
        detections: the DETECTIONS table.
        tracks: the TRACKS table.
        characters: the CHARACTERS table.
        faces: the archive of crops.
    """

    info: Mapping
    detections: pd.DataFrame
    tracks: pd.DataFrame
    characters: pd.DataFrame
    faces: Path


def write_page(films: Iterable[Film], people: pd.DataFrame, *, show_faces: str) -> str:
    """The page of everybody who has a name, or is seen in two films or more.

    Args:
        films: in order; each is looked at once.
        people: the PEOPLE table. What it says of other films, or of characters that there are not,
            is left out.
        show_faces: one of faces.redaction.WAYS.
    """
    seen: dict[str, list[dict]] = defaultdict(list)
    together: dict[str, dict[str, float]] = defaultdict(lambda: defaultdict(float))
    sprites, n_films = [], 0
    listed = _is_listed(people)
    for number, film in enumerate(films):
        n_films += film.info["status"] != "rejected"
        own = people[listed & (people["movie"] == film.info["movie"])]
        found = _appearances(film, own)
        pictures = [person["detection"] for person in found.values()]
        sprite = face_sprite(film.faces, pictures, _FACE_PX, show_faces)
        sprites += [{"number": number, "sprite": sprite}] * bool(sprite)
        for place, (person, one) in enumerate(found.items()):
            position = sprite.position(place) if sprite else ""
            seen[person].append(one | {"sprite": number, "position": position})
        for first, second in itertools.combinations(found, 2):
            seconds = _seconds_together(found[first]["shown"], found[second]["shown"])
            together[first][second] += seconds
            together[second][first] += seconds
    names = people.drop_duplicates("person").set_index("person")["name"]
    titles = {
        person: names[person] if isinstance(names[person], str) else person for person in seen
    }
    cards = [_card(person, seen[person], together[person], titles) for person in seen]
    cards.sort(key=lambda card: (-len(card["films"]), -card["seconds"], card["id"]))
    numbers = [
        (f"{len(cards):,}", "person" if len(cards) == 1 else "people"),
        (f"{sum(card['named'] for card in cards):,}", "with a name"),
        (f"{n_films:,}", "film" if n_films == 1 else "films"),
    ]
    groups = [
        ("In several films", [card for card in cards if len(card["films"]) > 1]),
        ("In one film", [card for card in cards if len(card["films"]) == 1]),
    ]
    return render("people.html", numbers=numbers, groups=groups, sprites=sprites)


def _is_listed(people: pd.DataFrame) -> pd.Series:
    """Whether the page says who a character is, bool: others are on the page of their film only."""
    n_films = people.groupby("person")["movie"].transform("nunique")
    return people["name"].notna() | (n_films > 1)


def _appearances(film: Film, people: pd.DataFrame) -> dict[str, dict]:
    """How each person is seen in a film; several characters may be one."""
    faces = faces_by_character(film.tracks, film.characters, quality(film.detections))
    found: dict[str, dict] = {}
    for person, own in people.groupby("person", sort=False):
        shown = film.characters[film.characters["character"].isin(own["character"])]
        if shown.empty:
            continue
        best = faces[faces["track"].isin(shown["track"])].nlargest(1, "quality").iloc[0]
        found[str(person)] = {
            "movie": film.info["movie"],
            "film": layout.title_of(film.info),
            "character": best["character"],
            "shown": shown,
            "seconds": screen_time(shown),
            "detection": int(best["detection"]),
            "quality": float(best["quality"]),
        }
    return found


def _seconds_together(one: pd.DataFrame, other: pd.DataFrame) -> float:
    """For how long two people of a film are on screen at once."""
    return screen_time(one) + screen_time(other) - screen_time(pd.concat([one, other]))


def _card(
    person: str, films: list[dict], together: Mapping[str, float], titles: Mapping[str, str]
) -> dict:
    """What the page says of a person.

    Args:
        person: the number.
        films: how they are seen in each film.
        together: seconds with each other person.
        titles: what to call each person.
    """
    best = max(films, key=lambda film: film["quality"])
    seconds = sum(film["seconds"] for film in films)
    with_whom = sorted(together.items(), key=lambda pair: (-pair[1], pair[0]))
    rows = [
        {key: film[key] for key in ("movie", "film", "character", "sprite", "position")}
        | {
            "time": layout.length(film["seconds"]),
            "count": layout.count(len(film["shown"]), "appearance"),
        }
        for film in films
    ]
    return {
        "id": person,
        "title": titles[person],
        "named": titles[person] != person,
        "seconds": seconds,
        "facts": [layout.length(seconds), layout.count(len(films), "film")],
        "portrait": {key: best[key] for key in ("sprite", "position")},
        "films": rows,
        "together": [
            {"id": other, "title": titles[other], "time": layout.length(shared)}
            for other, shared in with_whom[:_MOST_TOGETHER]
            if round(shared) >= 1
        ],
    }
