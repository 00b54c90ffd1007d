"""The stage report_people on two films with a cast, and one that was rejected."""

import re
from html import unescape

import pandas as pd
import pytest

import report_people
from castmap.files.results import write_table
from castmap.files.whole import write_json
from castmap.formats.tables import PEOPLE
from tests.library import exports_example
from tests.stages.test_export_movie import write_film, write_rejected_film

HOSTILE = '<img src=x onerror="alert(1)">'
LONG = [
    (0, 0, 0.0, 100.0, "C01", 0.75),
    (1, 0, 60.0, 90.0, "C02", 0.5),
    (2, 1, 80.0, 130.0, "C01", 0.625),
    (3, 1, 120.0, 140.0, "C02", 0.5),
]
OTHER = [(0, 0, 0.0, 50.0, "C01", 0.5), (1, 0, 10.0, 30.0, "C02", 0.5)]


@pytest.fixture
def films(tmp_path):
    """In ``long`` Ann is C01 and the hostile name C02; in ``other`` Ann is C02."""
    write_film(tmp_path / "long", LONG, {"C01": "Ann", "C02": HOSTILE})
    write_film(tmp_path / "other", OTHER, {"C02": "Ann"})
    write_rejected_film(tmp_path / "notes")
    for movie in ("long", "other"):
        info = exports_example.INFO | {"movie": movie, "title": f"The {movie} one"}
        write_json(tmp_path / movie / "movie.json", info)
    return tmp_path


def report(folder, *people):
    movies = ("long", "notes", "other")
    tables = ("detections", "tracks", "characters")
    report_people.main(
        [
            "--movies",
            *[f"{folder}/{movie}/movie.json" for movie in movies],
            *[
                part
                for table in tables
                for part in (f"--{table}", *[f"{folder}/{m}/{table}.parquet" for m in movies])
            ],
            "--faces",
            *[f"{folder}/{movie}/faces.zip" for movie in movies],
            "--people",
            *people,
            "--show-faces=shown",
            f"--out-page={folder}/people.html",
        ]
    )
    return (folder / "people.html").read_text()


def words(html):
    return " ".join(unescape(re.sub("<[^>]*>", "", html)).split())


def sections(page):
    """The section of each person, by its anchor."""
    return dict(re.findall('<section class="sheet" id="([^"]+)"(.*?)</section>', page, re.DOTALL))


def header(section):
    return words(re.search("<header>(.*)</header>", section)[1])


def test_everybody_with_a_name_has_a_section_with_films_times_and_company(films):
    page = report(films)
    ann, other = sections(page)  # who is in two films comes first
    of_ann, of_other = sections(page).values()
    # 0..130 s in one film, 10..30 s in the other; together in 60..90 s and 120..130 s of the first.
    assert header(of_ann) == "Ann3 min · 2 films"
    assert [words(row) for row in re.findall("<li>(.*?)</li>", of_ann)] == [
        "The long one2 min · 2 appearances",
        "The other one20 s · 1 appearance",
    ]
    links = ["long.html#who=C01", "other.html#who=C02", f"#{other}"]
    assert re.findall('href="([^"]*)"', of_ann) == links
    assert words(re.search('<p class="together">.*</p>', of_ann)[0]) == (
        f"On screen together with {HOSTILE} (40 s)"
    )
    assert header(of_other) == f"{HOSTILE}50 s · 1 film"
    assert re.findall('href="([^"]*)"', of_other) == ["long.html#who=C02", f"#{ann}"]
    assert "<img" not in page
    assert re.findall("<b>([^<]*)</b><span>([^<]*)</span>", page) == [
        ("2", "people"),
        ("2", "with a name"),
        ("2", "films"),
    ]


def test_who_is_found_in_several_films_needs_no_name_and_who_is_in_one_does(films):
    rows = [
        ("long", "C01", "P001", None, 0.5),
        ("long", "C02", "P002", None, 0.5),
        ("other", "C01", "P001", None, 0.5),
        ("other", "C02", "P003", "Eve", 0.5),
        ("gone", "C01", "P003", "Eve", 0.5),
        ("other", "C09", "P001", None, 0.5),  # a character that there is no more
    ]
    table = pd.DataFrame(rows, columns=PEOPLE.columns)
    write_table(films / "people.parquet", PEOPLE, table, {})
    page = report(films, f"{films}/people.parquet")
    found = {anchor: header(section) for anchor, section in sections(page).items()}
    assert found == {"P001": "P001 no name yet3 min · 2 films", "P003": "Eve20 s · 1 film"}


def test_a_page_of_nobody_says_what_to_do(films):
    write_table(films / "people.parquet", PEOPLE, PEOPLE.empty(), {})
    page = report(films, f"{films}/people.parquet")
    assert "Nobody has a name yet." in page
