"""Pages as a reader meets them: what is shown, where, and that nothing leaves the file."""

import json
import zipfile

import cv2
import numpy as np
import pandas as pd
import pytest

from castmap.formats.face_archive import read_crop
from castmap.pages.layout import time_code
from tests.browser.accessibility import faults, focus_faults
from tests.conftest import HOSTILE_TITLE

FILMS = ("demo_debate", "demo_visitors", "demo_evening")
MISTAKES = tuple(f"{film}.mistakes" for film in FILMS)
MINING = tuple(f"{film}.mining" for film in FILMS)
PAGES = ("index", *FILMS, "notes", "adaptation", *MISTAKES, *MINING)


def screenshot(element) -> np.ndarray:
    """What an element looks like, uint8 [height, width, 3], RGB."""
    png = np.frombuffer(element.screenshot(), np.uint8)
    return cv2.cvtColor(cv2.imdecode(png, cv2.IMREAD_COLOR), cv2.COLOR_BGR2RGB)


@pytest.mark.parametrize("name", PAGES)
def test_a_page_asks_for_nothing_but_itself_and_complains_of_nothing(visit, name):
    page = visit(name)
    fetched = [url for url in page.requested if not url.startswith("data:")]
    assert fetched == [page.url]
    assert page.complaints == []


@pytest.mark.parametrize("width", [390, 768, 1280])
@pytest.mark.parametrize("name", PAGES)
def test_no_page_is_wider_than_its_window(visit, name, width):
    page = visit(name, width)
    assert page.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize("name", FILMS)
def test_a_person_is_seen_for_as_long_on_the_index_as_on_the_films_page(visit, demo, name):
    page = visit(name)
    data = page.evaluate("JSON.parse(document.getElementById('data').textContent)")
    characters = pd.read_parquet(demo.path(f"results/{name}/characters.parquet"))
    exact = characters[["start_s", "end_s"]].to_numpy()
    assert np.abs([a["seen"] for a in data["appearances"]] - exact).max() < 1e-6
    said = page.locator(".person:not(.nobody)").all_inner_texts()
    card = visit("index").locator(f".film:has(a[href='{name}.html']) .cast li")
    assert [text.split(",")[0].split() for text in said] == [
        text.split() for text in card.all_inner_texts()
    ]


def test_a_hostile_title_is_only_text(visit):
    page = visit("demo_evening")
    assert page.locator("h1").inner_text().startswith(HOSTILE_TITLE)
    assert "cast map" in page.title()
    index = visit("index")
    assert HOSTILE_TITLE in index.locator(".film h3").all_inner_texts()
    assert index.locator("img, b b").count() == 0


def test_the_index_leads_to_every_film_and_says_what_was_turned_away(visit):
    index = visit("index")
    links = {link.get_attribute("href") for link in index.locator(".film h3 a").all()}
    assert links == {f"{film}.html" for film in FILMS}
    notice = index.locator(".notice")
    assert "notes.mp4 has fewer than 2 decodable frames" in notice.inner_text()
    notice.get_by_role("link").click()
    assert "This film was turned away." in index.locator("main").inner_text()


@pytest.mark.parametrize("name", FILMS)
def test_bars_stand_where_the_cast_map_says(visit, demo, name):
    page = visit(name)
    cast = pd.read_csv(demo.path(f"results/exports/{name}/cast_map.csv"))
    duration_s = pd.read_parquet(demo.path(f"results/{name}/shots.parquet"))["end_s"].max()
    rows = page.locator("#timeline-rows .row").all()
    assert {row.get_attribute("data-id") for row in rows} == set(cast["character"])
    for row in rows:
        own = cast[cast["character"] == row.get_attribute("data-id")]
        drawn = bars_drawn(page, row)
        centres_s = (np.arange(len(drawn)) + 0.5) * duration_s / len(drawn)
        pixel_s = duration_s / len(drawn)
        inside, near = (
            np.any(
                [
                    (start - margin < centres_s) & (centres_s < end + margin)
                    for start, end in zip(own["start_s"], own["end_s"], strict=True)
                ],
                axis=0,
            )
            for margin in (-2 * pixel_s, 3 * pixel_s)
        )
        assert drawn[inside].all()
        assert not drawn[~near].any()


def bars_drawn(page, row) -> np.ndarray:
    """Where a lane's bars are: of each column, whether its middle is coloured as no mark is."""
    canvas = row.locator("canvas")
    pixels = canvas.evaluate(
        """canvas => [...canvas.getContext('2d')
            .getImageData(0, canvas.height / 2, canvas.width, 1).data]"""
    )
    ink = canvas.evaluate(
        """canvas => {
            const probe = document.createElement('i');
            canvas.closest('.row').append(probe);
            probe.style.color = 'var(--c)';
            const ink = getComputedStyle(probe).color;
            probe.remove();
            return ink;
        }"""
    )
    wanted = np.array([int(part) for part in ink[4:-1].split(",")])
    return (np.abs(np.array(pixels).reshape(-1, 4)[:, :3] - wanted) < 12).all(axis=1)


def test_pointing_at_a_bar_names_it_and_a_click_shows_its_moment(visit, demo):
    page = visit("demo_debate")
    cast = pd.read_csv(demo.path("results/exports/demo_debate/cast_map.csv"))
    duration_s = pd.read_parquet(demo.path("results/demo_debate/shots.parquet"))["end_s"].max()
    last = cast[cast["character"] == "C02"].sort_values("start_s").iloc[-1]
    lane = page.locator(".lane[data-id='C02']")
    place = (last["start_s"] + last["end_s"]) / 2 / duration_s * lane.bounding_box()["width"]
    lane.hover(position={"x": place, "y": 12})
    assert page.locator("#tip").inner_text().startswith("C02")
    lane.click(position={"x": place, "y": 12})
    assert page.locator("#readout-code").inner_text().split() == [
        "C02",
        time_code(last["start_s"], 3),
        "–",
        time_code(last["end_s"], 3),
    ]
    assert page.locator("#readout-faces .face").first.is_visible()
    assert page.locator(".person[aria-selected=true]").get_attribute("data-id") == "C02"
    assert page.locator("#timeline-rows .row").first.get_attribute("data-id") == "C02"
    assert page.locator(".tile.at").get_attribute("data-row") in chosen_rows(demo, last["track"])


def chosen_rows(demo, track) -> list[str]:
    """The row of a track of demo_debate, as the page has it."""
    characters = pd.read_parquet(demo.path("results/demo_debate/characters.parquet"))
    return [str(row) for row in np.flatnonzero(characters["track"] == track)]


def test_the_keyboard_reaches_the_bars(visit):
    page = visit("demo_debate")
    for _ in range(60):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.classList.contains('lane')"):
            break
    page.keyboard.press("Home")
    code = page.locator("#readout-code").inner_text()
    assert " ".join(code.split()) in focused_words(page)
    page.keyboard.press("ArrowRight")
    after = page.locator("#readout-code").inner_text()
    assert after != code and after.split()[0] == code.split()[0]  # the next of the same character
    page.keyboard.press("ArrowDown")
    assert page.locator("#readout-code").inner_text().split()[0] != code.split()[0]
    assert page.evaluate("document.activeElement.classList.contains('lane')")


def focused_words(page) -> str:
    """What a screen reader says of the focused element, white space made equal."""
    return " ".join(page.evaluate("document.activeElement.ariaValueText").split())


def test_every_appearance_is_shown_by_a_face_of_its_track(visit, demo):
    page = visit("demo_visitors")
    folder = demo.path("results/demo_visitors")
    tracks = pd.read_parquet(folder / "tracks.parquet").query("not interpolated")
    characters = pd.read_parquet(folder / "characters.parquet")
    n_seen = 0
    with zipfile.ZipFile(folder / "faces.zip") as archive:
        crops = [read_crop(archive, detection) for detection in tracks["detection"]]
        for person in page.locator(".person").all():
            person.locator("b").click()
            for tile in page.locator(".tile").all():
                n_seen += 1
                track = characters["track"][int(tile.get_attribute("data-row"))]
                tile.locator(".face").evaluate("face => { face.style.opacity = 1; }")
                drawn = screenshot(tile.locator(".face"))
                size = drawn.shape[1::-1]
                errors = np.array(
                    [np.abs(cv2.resize(crop, size).astype(float) - drawn).mean() for crop in crops]
                )
                own = (tracks["track"] == track).to_numpy()
                assert errors[own].min() <= 1.25 * errors.min()  # another of the same person
    assert n_seen == len(characters)


@pytest.mark.parametrize(("width", "scheme"), [(1366, "light"), (390, "dark")])
@pytest.mark.parametrize("name", PAGES)
def test_names_headings_contrast_and_focus_are_as_everybody_needs_them(visit, name, width, scheme):
    page = visit(name, width, scheme, height=768)
    paper = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert ("251" in paper) == (scheme == "light")
    for tab in page.locator("[role=tab]").all():
        tab.click()
        assert faults(page) == []
    assert faults(page) == []
    assert focus_faults(page) == []


def test_faults_are_noticed(visit):
    page = visit("index")
    page.locator("main").evaluate(
        """main => { main.innerHTML = `<h1>One</h1><h3>Three</h3><button></button><i id="a"></i>
            <i id="a" class="face"></i><p style="color: #999; background: #fff">Pale</p>
            <a href="#main" style="outline: 0">Where am I?</a>`; }"""
    )
    said = [fault.split(":")[0] for fault in faults(page)]
    assert said == [
        "no name",
        "a picture without words",
        "id twice",
        "heading out of order",
        "contrast 2.85",
    ]
    assert len(focus_faults(page)) == 1


def test_a_film_with_labels_leads_to_its_mistakes_and_back(visit):
    page = visit("demo_evening")
    page.get_by_role("tab", name="About").click()
    page.get_by_role("link", name="Why is it wrong?").click()
    assert page.locator("h1").inner_text() == f"{HOSTILE_TITLE}: why is it wrong?"
    assert page.locator("h2").count() == 5
    page.get_by_role("link", name="Cast map").click()
    assert page.url.endswith("/demo_evening.html")


def test_no_page_on_mistakes_is_empty(visit, demo):
    for film in FILMS:
        metrics = json.loads(
            demo.path(f"results/{film}/metrics/clustering.chosen.json").read_text()
        )
        page = visit(f"{film}.mistakes")
        shown = page.locator(".numbers li b").all_inner_texts()
        assert [int(shown[0]), int(shown[1])] == [metrics["k_true"], metrics["k_pred"]]
        perfect = metrics["operator_clicks"] == metrics["k_pred"] == metrics["k_true"]
        assert page.get_by_text("Nothing is wrong.").count() == perfect


def test_spoilt_clusters_are_found_and_shown_with_the_faces_of_their_tracks(visit, wrong, demo):
    page = visit("wrong", width=390)
    assert page.complaints == []
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    assert page.get_by_text("Nothing is wrong.").count() == 0
    spoilt = wrong[wrong["character"].isin(["C99", "uncertain"])]
    assert page.locator("#split + .lead + .sheets .sheet").count() == 1
    assert "C99, 1 of" in page.locator("#split ~ .sheets").first.inner_text()
    tracks = pd.read_parquet(demo.path("results/demo_debate/tracks.parquet"))
    tracks = tracks[~tracks["interpolated"]]
    lost = page.locator(".why li").last
    track = int(lost.locator("small").inner_text().split()[1].rstrip(":"))
    assert track == spoilt.loc[spoilt["character"] == "uncertain", "track"].item()
    drawn = screenshot(lost.locator(".face"))
    with zipfile.ZipFile(demo.path("results/demo_debate/faces.zip")) as archive:
        errors = {
            row.detection: np.abs(
                cv2.resize(read_crop(archive, row.detection), drawn.shape[1::-1]).astype(float)
                - drawn
            ).mean()
            for row in tracks.itertuples()
        }
    nearest = min(errors, key=errors.get)
    assert tracks.set_index("detection").loc[nearest, "track"] == track
    for picture in page.locator(".face").all():
        assert picture.get_attribute("aria-label")


def test_the_page_on_adaptation_says_what_clusters_each_film_and_draws_its_curves(visit, demo):
    page = visit("adaptation")
    rows = page.locator("#choices + div tbody tr").all()
    shown = {row.locator("a").get_attribute("href"): row.locator("td").nth(1) for row in rows}
    assert set(shown) == {f"{film}.html" for film in FILMS}
    for film in FILMS:
        choice = json.loads(demo.path(f"results/{film}/choice.json").read_text())
        assert shown[f"{film}.html"].inner_text() == choice["model"]
    n_models = len(choice["models"])
    charts = page.locator("#roc ~ .charts").first.locator("figure")
    assert charts.count() == len(FILMS)
    assert charts.first.locator("polyline").count() == n_models
    assert page.locator("#learning ~ .charts polyline").count() >= 3
    film = visit("index")
    film.get_by_role("link", name="What tuning the face model").click()
    assert film.locator("h1").inner_text() == "What tuning the face model was worth"
