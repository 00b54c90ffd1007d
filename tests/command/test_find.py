"""`castmap find`: the person of a picture, in the demo films."""

import cv2
import numpy as np
import pandas as pd
import pytest

from castmap.command import find
from castmap.console import InputError
from castmap.formats.tables import BOX_COLUMNS
from tests.conftest import call
from tests.crawling import crawl

FILM = "demo_debate"


def picture_of(demo, character, path):
    """A head cut out of a frame of a film, as a photograph; returns all tracks of the character."""
    folder = demo.path(f"results/{FILM}")
    tracks, detections, characters = (
        pd.read_parquet(folder / f"{name}.parquet")
        for name in ("tracks", "detections", "characters")
    )
    own = characters.loc[characters["character"] == character, "track"]
    shown = tracks[tracks["track"].isin(own) & ~tracks["interpolated"]]
    best = detections.loc[shown["detection"]].nlargest(1, "size_px").iloc[0]
    film = cv2.VideoCapture(str(demo.path(f"resources/demo/films/{FILM}.mp4")))
    film.set(cv2.CAP_PROP_POS_FRAMES, int(best["frame"]))
    frame = film.read()[1]
    x1, y1, x2, y2 = best[list(BOX_COLUMNS)].astype(int)
    margin = (y2 - y1) // 2
    head = frame[max(0, y1 - margin) : y2 + margin, max(0, x1 - margin) : x2 + margin]
    cv2.imwrite(str(path), head)
    return own


@pytest.fixture
def here(demo, monkeypatch):
    """The demo as the current folder; the page of a search does not stay."""
    monkeypatch.chdir(demo.folder)
    yield demo
    demo.path("results/report/find.html").unlink(missing_ok=True)


def test_a_person_is_found_first_in_the_film_that_the_picture_is_of(here, tmp_path, capsys):
    picture_of(here, "C02", tmp_path / "photo.jpg")
    assert call(find, tmp_path / "photo.jpg") == 0
    head, *rows, last = capsys.readouterr().out.splitlines()
    assert head.split() == ["film", "from", "to", "who", "probability"]
    assert last == "Open results/report/find.html"
    cells = [row.split() for row in rows]
    likely = [float(row[-1]) for row in cells]
    assert likely == sorted(likely, reverse=True) and likely[0] > 0.9
    assert {row[3] for row in cells if row[0] == FILM and float(row[-1]) > 0.5} == {"C02"}
    page = here.path("results/report/find.html")
    assert crawl(page).dead == []
    assert f'href="{FILM}.html#track=' in page.read_text()


def test_a_film_that_cannot_be_read_is_left_out_and_the_others_are_searched(here, tmp_path, capsys):
    picture_of(here, "C02", tmp_path / "photo.jpg")
    damaged = here.path("results/demo_visitors/corrected_tracks.parquet")
    content = damaged.read_bytes()
    missing = here.path("results/demo_evening/characters.parquet")
    missing.rename(tmp_path / "kept")
    damaged.write_bytes(b"no table")
    try:
        assert call(find, tmp_path / "photo.jpg") == 0
    finally:
        damaged.write_bytes(content)
        (tmp_path / "kept").rename(missing)
    said = capsys.readouterr()
    assert "left out: results/demo_visitors/corrected_tracks.parquet cannot be read" in said.err
    assert "left out: results/demo_evening/characters.parquet is missing" in said.err
    assert {row.split()[0] for row in said.out.splitlines()[1:-1]} == {FILM}


def test_faces_are_not_shown_where_pages_must_not_show_them(here, tmp_path):
    picture_of(here, "C02", tmp_path / "photo.jpg")
    call(find, tmp_path / "photo.jpg")
    shown = here.path("results/report/find.html").read_text()
    config = here.path("config.yaml")
    before = config.read_text()
    config.write_text(before.replace("faces: shown", "faces: left_out"))
    try:
        call(find, tmp_path / "photo.jpg")
    finally:
        config.write_text(before)
    hidden = here.path("results/report/find.html").read_text()
    assert len(hidden) < 0.8 * len(shown)
    assert hidden.count("<li>") == shown.count("<li>")


@pytest.mark.parametrize(
    ("picture", "fault"),
    [
        (None, "cannot be read: No such file or directory"),
        (b"no picture", "is no picture that can be read; save it as JPEG or PNG"),
        (np.zeros((90, 90, 3), np.uint8), "shows no face that can be found"),
    ],
)
def test_a_picture_that_shows_nobody_is_refused_in_a_sentence(here, tmp_path, picture, fault):
    path = tmp_path / "photo.png"
    if isinstance(picture, bytes):
        path.write_bytes(picture)
    elif picture is not None:
        cv2.imwrite(str(path), picture)
    with pytest.raises(InputError, match=fault):
        call(find, path)
    assert not here.path("results/report/find.html").exists()
