"""The pages of people and of a search: everybody can read them, and their links lead somewhere."""

import contextlib

import pytest

import identify_people
import report_people
from castmap.command import find
from tests.browser.accessibility import faults, focus_faults
from tests.command.test_find import picture_of
from tests.conftest import call
from tests.crawling import crawl

FILMS = ("demo_debate", "demo_evening", "demo_visitors")


@pytest.fixture(scope="module")
def people(demo, tmp_path_factory):
    """The page of the people that the demo films have in common."""
    table = tmp_path_factory.mktemp("people") / "people.parquet"
    page = demo.path("results/report/people.html")
    names = ("characters", "tracks", "detections")
    given = [part for name in names for part in of_films(demo, name, f"{name}.parquet")]
    embeddings = of_films(demo, "embeddings", "embeddings.sface.safetensors")
    identify_people.main([*given, *embeddings, "--stop-distance=0.6", f"--out-people={table}"])
    given += of_films(demo, "movies", "movie.json") + of_films(demo, "faces", "faces.zip")
    report_people.main([*given, f"--people={table}", "--show-faces=shown", f"--out-page={page}"])
    yield page
    page.unlink()


@pytest.fixture(scope="module")
def searched(demo, tmp_path_factory):
    """The page of a search."""
    photo = tmp_path_factory.mktemp("find") / "photo.jpg"
    picture_of(demo, "C02", photo)
    with contextlib.chdir(demo.folder):
        call(find, photo)
    page = demo.path("results/report/find.html")
    yield page
    page.unlink()


def of_films(demo, name, file):
    return [f"--{name}", *[str(demo.path(f"results/{film}/{file}")) for film in FILMS]]


@pytest.mark.parametrize(("width", "scheme"), [(1366, "light"), (390, "dark")])
@pytest.mark.parametrize("name", ["people", "find"])
@pytest.mark.usefixtures("people", "searched")
def test_the_pages_are_as_everybody_needs_them(visit, name, width, scheme):
    page = visit(name, width, scheme, height=768)
    assert page.complaints == []
    assert [url for url in page.requested if not url.startswith("data:")] == [page.url]
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert faults(page) == []
    assert focus_faults(page) == []


def test_the_page_of_people_leads_to_each_film_at_that_person(people, visit):
    assert crawl(people).dead == []
    page = visit("people")
    link = page.locator(".in a").first
    where = link.get_attribute("href")
    link.click()
    assert page.url.endswith(where)
    shown = page.locator(".person[aria-selected=true]").get_attribute("data-id")
    assert where.endswith(f"#who={shown}")
