"""Names by known faces, as a user meets them: name, run, confirm, refuse, run, the next film."""

import pytest

from castmap.files.results import read_table
from castmap.formats.corrections import read_journal
from castmap.formats.tables import CHARACTERS, NAMES
from tests.browser.test_corrections import answer, look_at, named

BEFORE, BETWEEN, FILM = "demo_debate", "demo_evening", "demo_visitors"
PANEL = "#proposal"


@pytest.fixture(scope="module")
def series(chromium, demo, tmp_path_factory):
    """A copy of the processed films; the people of the first have been given names since."""
    copy = demo.copied_to(tmp_path_factory.mktemp("series") / "castmap")
    page = open_page(chromium, copy, BEFORE)
    assert not known_characters(page) and page.locator(PANEL).is_hidden()
    for character, name in (("C01", "Ann"), ("C02", "Ben"), ("C03", "Cid")):
        named(page, character, name)
    save(page, copy, BEFORE)
    page.close()
    return copy


def open_page(chromium, copy, film):
    page = chromium.new_page(viewport={"width": 1366, "height": 768})
    page.complaints = []
    page.on("pageerror", lambda error: page.complaints.append(str(error)))
    page.on("console", lambda message: page.complaints.append(message.text))
    page.goto(copy.path(f"results/report/{film}.html").as_uri())
    return page


def save(page, copy, film):
    """Put the corrections of a page where castmap finds them; what they say."""
    with page.expect_download() as download:
        page.get_by_role("button", name="Download corrections").click()
    text = download.value.path().read_bytes()
    path = copy.path(f"resources/corrections/{film}.csv")
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(text)
    return read_journal(text).corrections


def run(copy, *films):
    done = copy.snakemake(*(f"results/report/{film}.html" for film in films))
    assert done.returncode == 0, done.stdout


def known_characters(page):
    """The characters that known faces speak for, and what the cast calls them."""
    people = page.locator(".person.known").all()
    return {person.get_attribute("data-id"): person.locator("b").inner_text() for person in people}


def test_a_series_knows_again_whom_somebody_named(chromium, series):
    run(series, BEFORE, FILM)
    first = series.path(f"results/report/{BEFORE}.html").read_bytes()

    page = open_page(chromium, series, FILM)
    known = known_characters(page)
    assert {name.rstrip("?") for name in known.values()} == {"Ann", "Ben", "Cid"}
    (one, its_name), (other, refused), *_ = known.items()
    look_at(page, one)
    panel = page.locator(PANEL)
    assert its_name.rstrip("?") in panel.inner_text() and " %" in panel.inner_text()
    assert panel.locator("figure").first.get_attribute("title").startswith(its_name.rstrip("?"))
    tiles = page.locator("#tiles").bounding_box()
    assert panel.bounding_box()["y"] + panel.bounding_box()["height"] <= tiles["y"] + 1
    page.keyboard.press("y")
    assert panel.is_hidden() and page.locator("#unsaved").inner_text().startswith("1 correction")
    look_at(page, other)
    page.keyboard.press("r")
    assert refused.rstrip("?") not in page.locator(f".person[data-id='{other}'] b").inner_text()
    page.keyboard.press("Control+z")
    assert known_characters(page)[other] == refused
    page.keyboard.press("r")
    said = save(page, series, FILM)
    assert {(row.action, row.name) for row in said} == {
        ("name", its_name.rstrip("?")),
        ("refuse", refused.rstrip("?")),
    }
    assert page.complaints == []
    page.close()
    run(series, BEFORE, FILM)

    page = open_page(chromium, series, FILM)
    known = known_characters(page)
    assert one not in known and refused.rstrip("?") not in known.get(other, "")
    assert page.locator(f".person[data-id='{one}'] b").inner_text() == its_name.rstrip("?")
    page.get_by_role("tab", name="Corrections").click()
    assert page.locator("#journal .status.held").count() == 2
    page.close()
    assert series.path(f"results/report/{BEFORE}.html").read_bytes() == first


def seen_once(copy, film):
    """Who has one appearance and a name that known faces speak for: the number, track and name."""
    folder = copy.path(f"results/{film}")
    shown = read_table(folder / "characters.parquet", CHARACTERS)
    once = shown[~shown["character"].duplicated(keep=False)].set_index("character")["track"]
    names = read_table(folder / "names.parquet", NAMES).dropna(subset="name")
    return [
        (who, once[who], name)
        for who, name in zip(names["character"], names["name"], strict=True)
        if who in once
    ]


def test_yes_names_a_character_of_a_single_appearance(chromium, series):
    page = open_page(chromium, series, BETWEEN)
    look_at(page, "C01")
    page.locator(".tile").first.click()
    page.keyboard.press("s")
    save(page, series, BETWEEN)
    page.close()
    run(series, BETWEEN)

    (character, track, name), *_ = seen_once(series, BETWEEN)
    page = open_page(chromium, series, BETWEEN)
    look_at(page, character)
    assert name in page.locator(PANEL).inner_text()
    page.keyboard.press("y")
    if page.locator("#ask").is_visible():  # whom it was split from has the name, too
        answer(page, "Decide later")
    assert page.locator("#unsaved").inner_text().startswith("1 correction")
    assert [(row.action, row.name) for row in save(page, series, BETWEEN)][1:] == [("name", name)]
    assert page.complaints == []
    page.close()
    run(series, BETWEEN)
    shown = read_table(series.path(f"results/{BETWEEN}/characters.parquet"), CHARACTERS)
    said = shown.set_index("track").loc[track, ["name", "named_by"]]
    assert said.tolist() == [name, "given"]
