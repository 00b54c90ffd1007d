"""What the page on mistakes says, and how much of it."""

import numpy as np
import pandas as pd
import pytest

from castmap.evaluation.mistakes import Misplaced
from castmap.pages import mistakes

NAN = float("nan")
BEST = pd.Series(
    {"size_px": 24.4, "blur": 31.0, "misfit": 0.31, "quality": 0.125, "confidence": 0.5}
)
STRAY = Misplaced(7, "Ben", "C01", "Ann", "C02", 0.5, 0.4, False, 20, 0, "")
LOST = STRAY._replace(character="background", with_person=None, here_distance=NAN)


@pytest.mark.parametrize(
    ("track", "words"),
    [
        (LOST._replace(character="not_a_face"), "Not a face: the detector was seldom sure of it."),
        (STRAY._replace(n_second_faces=8), "mixes people: 8 of its 20 faces are somebody else's."),
        (
            STRAY._replace(kept_out=True),
            "Could not join C02, where Ben is: seen at the same time as",
        ),
        (STRAY._replace(weakness="small"), "Small face: 24 pixels at best."),
        (STRAY._replace(weakness="blurred"), "Blurred: sharpness 31 at best"),
        (STRAY._replace(weakness="turned"), "Turned away: its landmarks miss those of a frontal"),
        (STRAY._replace(n_faces=3), "Too few faces: 3."),
        (STRAY._replace(home=None), "Ben has no other character that it could join."),
        (LOST._replace(home=None), "Ben has no character that it could join."),
        (STRAY._replace(here_distance=0.3), "Looks more like Ann than like its own person."),
        (LOST._replace(home_distance=0.9), "Too different from the rest of Ben in C02."),
        (STRAY, "and its group came here."),
        (LOST, "and its group joined nobody."),
    ],
)
def test_every_reason_has_words(track, words):
    assert words in mistakes.explain(track, BEST, stop_distance=0.6)[0]


def test_the_numbers_behind_a_reason_are_those_there_are():
    assert mistakes.explain(STRAY, BEST, 0.6)[1] == (
        "Track 7: confidence 0.50; 0.50 from Ann here; 0.40 from Ben in C02; "
        "best face 24 pixels, quality 0.12; 20 faces"
    )
    alone = LOST._replace(home=None, home_distance=NAN)
    assert mistakes.explain(alone, BEST, 0.6)[1] == (
        "Track 7: best face 24 pixels, quality 0.12; 20 faces"
    )


def test_clicks_are_told_apart_by_what_they_are_for():
    words = mistakes.clicks_in_words({"operator_clicks": 12, "k_pred": 4, "n_tracks_unassigned": 3})
    assert words.startswith("12 clicks would correct everything: 4 to name the characters, 5 to")
    assert "3 to assign tracks that have no character" in words


def film(rows, distances=None, links=()):
    """Rows of character, person and n_faces, one track each; its faces are its detections."""
    table = pd.DataFrame(rows, columns=["character", "person", "n_faces"])
    table = table.assign(track=range(len(table)), n_second_faces=0, weakness="", size_px=60.0)
    table = table.assign(blur=100.0, misfit=0.0, quality=0.5, confidence=0.5, time_s=1.0)
    table = table.assign(start_s=0.0, end_s=2.0, detection=table["track"] * 100, judged=True)
    faces = table.loc[table.index.repeat(3), ["track", "time_s", "confidence", "quality"]]
    faces = faces.assign(detection=faces["track"] * 100 + np.tile(range(3), len(table)))
    distances = np.zeros((len(table),) * 2) if distances is None else distances
    return mistakes.Film(table, faces, distances, np.reshape(links, (-1, 2)).astype(int), 0.6)


def test_the_worst_character_comes_first_and_of_its_strays_eight_are_shown():
    rows = [("C01", "Ann", 9)] * 2 + [("C01", "Ben", 9)]
    rows += [("C02", "Ann", 9)] * 12 + [("C02", "Cid", 10 + n) for n in range(10)]
    cards = mistakes.sections(film(rows))["mixed"]
    assert [card["title"] for card in cards] == ["C02", "C01"]
    own, strays = cards[0]["groups"]
    assert (own["title"], len(own["faces"])) == ("Ann, 12 tracks", 4)
    assert (strays["title"], strays["more"]) == ("Cid, 10 clicks", 2)
    assert [face["detection"] for face in strays["faces"]] == [2400 - 100 * n for n in range(8)]
    assert cards[0]["facts"] == ["mostly Ann: 12 of 22 tracks", "10 clicks to correct"]


@pytest.mark.parametrize(
    ("distance", "links", "note"),
    [
        (0.3, [(0, 2), (1, 2)], "Kept apart from C01 by 2 cannot-links: their tracks"),
        (0.7, [(0, 1)], "Too different from C01: distance 0.70, and merging stopped at 0.60."),
        (0.3, [], "Near C01 (distance 0.30, and merging stopped at 0.60)"),
    ],
)
def test_what_keeps_a_person_in_two_is_named(distance, links, note):
    rows = [("C01", "Ann", 9), ("C01", "Ann", 9), ("C02", "Ann", 9)]
    (card,) = mistakes.sections(film(rows, np.full((3, 3), distance), links))["split"]
    assert card["facts"] == ["in 2 characters"]
    first, second = card["groups"]
    assert (first["title"], first["note"]) == ("C01, 2 of 3 tracks", "")
    assert second["note"].startswith(note)


def test_lost_tracks_are_told_apart_by_what_they_were_called():
    rows = [("C01", "Ann", 9), ("uncertain", "Ann", 9), ("background", "Ann", 9)]
    (card,) = mistakes.sections(film(rows))["lost"]
    assert [group["title"] for group in card["groups"]] == [
        "Background, 1 track",
        "Uncertain, 1 track",
    ]
    assert mistakes.shown_faces([card]) == [100, 200]
