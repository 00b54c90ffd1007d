"""Cutting appearances and shots on a film's page: by mouse and by keys, seen, saved and applied."""

import pandas as pd
import pytest
from playwright.sync_api import expect

from benchmarks.page_walk import CONTROLS, UNREACHABLE, review
from castmap.files.results import read_table
from castmap.formats.corrections import read_journal
from castmap.formats.tables import CHARACTERS, SHOTS, TRACKS
from tests.browser.test_corrections import (
    FILM,
    answer,
    downloaded,
    journal_of,
    look_at,
    rows,
)

DATA = "JSON.parse(document.getElementById('data').textContent)"


def clock(page):
    hours, minutes, seconds = page.locator("#clock").inner_text().split(":")
    return 3600 * int(hours) + 60 * int(minutes) + float(seconds)


def longest(page, character="C01"):
    """The longest appearance of a character, of those the page was opened with."""
    own = [a for a in page.evaluate(DATA)["appearances"] if a["who"] == character]
    return max(own, key=lambda a: a["end"] - a["start"])


def go_to(page, time_s):
    """Click the timeline where a time is, as nearly as its pixels allow."""
    axis = page.locator("#axis").bounding_box()
    duration_s = page.evaluate(DATA)["duration_s"]
    page.mouse.click(axis["x"] + axis["width"] * time_s / duration_s, axis["y"] + 5)
    page.wait_for_timeout(300)  # a film that is there shows the frame, and says when it is


def is_one_of(time_s, shown):
    """Whether a time is what the clock showed before something was said, or right after.

    The clock names the time that was asked for until a browser, which may be busy, says which
    frame it shows instead.
    """
    return any(time_s == pytest.approx(clock_s, abs=0.006) for clock_s in shown)


def look_at_appearance(page, a):
    page.get_by_role("tab", name="Faces").click()
    look_at(page, a["who"])
    page.locator(f".tile[data-row='{a['row']}']").click()


def lasts_s(a, b):
    """How long two appearances are seen at once."""
    return min(a["end"], b["end"]) - max(a["start"], b["start"])


def cut_at(page, a, time_s):
    """Cut an appearance by a key; the time that the clock shows, before or after: the earlier."""
    look_at_appearance(page, a)
    go_to(page, time_s)
    shown_s = clock(page)
    assert a["start"] < shown_s < a["end"]
    page.keyboard.press("t")
    return min(shown_s, clock(page))


def cut_in_the_middle(page, a):
    return cut_at(page, a, (a["start"] + a["end"]) / 2)


def test_an_appearance_is_cut_where_the_playhead_is_and_the_part_is_chosen(visit):
    page = visit(FILM, 1366, height=768)
    a, before = longest(page), dict(rows(page))
    button = page.get_by_role("button", name="Cut the appearance here")
    look_at_appearance(page, a)
    assert button.is_disabled()  # at its first picture
    go_to(page, (a["start"] + a["end"]) / 2)
    time_s = clock(page)
    button.click()
    shown = (time_s, clock(page))
    assert dict(rows(page)) == before | {"C01": before["C01"] + 1}
    assert page.locator("#chosen").inner_text() == "1 chosen"
    part = page.locator(".tile[aria-selected=true]")
    assert part.get_attribute("aria-label").startswith("C01  0:00:")
    assert page.locator(".tile.new").count() == 2  # both parts are not yet applied
    assert page.locator(".person[data-id='C01'] .fresh").is_visible()
    assert journal_of(page)[0].startswith("1. cut an appearance in two at")
    assert page.evaluate(UNREACHABLE, CONTROLS) == []
    (row,) = read_journal(downloaded(page)).corrections
    assert row.action == "cut_track" and is_one_of(row.face.time_s, shown)
    assert page.complaints == []


def test_the_part_is_another_persons_and_all_is_taken_back_by_keys(visit):
    page = visit(FILM)
    a, before = longest(page), dict(rows(page))
    time_s = cut_in_the_middle(page, a)
    page.keyboard.press("s")
    one_more = dict(rows(page))
    assert one_more == before | {"New 1": 1}
    journal = read_journal(downloaded(page)).corrections
    cut, split = journal
    assert [row.action for row in journal] == ["cut_track", "split"]
    assert split.face.time_s > time_s - 0.006  # of the part, not of the whole
    assert cut.face.x1 == pytest.approx(split.face.x1, abs=0.1)
    page.keyboard.press("Control+z")
    assert dict(rows(page)) == before | {"C01": before["C01"] + 1}
    page.keyboard.press("Control+z")
    assert dict(rows(page)) == before and page.locator(".fresh").count() == 0
    for _ in range(2):
        page.keyboard.press("Control+Shift+z")
    assert dict(rows(page)) == one_more
    assert page.complaints == []


def test_parts_that_are_seen_one_after_the_other_may_be_one_person(visit):
    page = visit(FILM)
    data = page.evaluate(DATA)
    shown = data["appearances"]
    both = [(shown[one], shown[other]) for one, other in data["cannot_links"]]
    a, b = max(both, key=lambda pair: lasts_s(*pair))
    middle = (max(a["start"], b["start"]) + min(a["end"], b["end"])) / 2
    cut_at(page, b, middle)
    page.keyboard.press("s")  # whoever is seen with the second part of a is somebody else
    cut_at(page, a, middle)
    page.keyboard.press("v")
    page.locator(f".person[data-id='{b['who']}']").click()
    assert not page.locator("#ask").is_visible()
    look_at_appearance(page, a)
    if page.locator(f".tile[data-row='{a['row']}']").get_attribute("aria-selected") == "false":
        page.keyboard.press("Enter")
    page.keyboard.press("v")
    page.locator(f".person[data-id='{b['who']}']").click()
    assert "seen at the same time" in page.locator("#ask p").inner_text()


def shots(page):
    """How many shots there are, and what is said of the first ones."""
    page.get_by_role("tab", name="Shots").click()
    said = page.locator(".shot").all_inner_texts()
    height = page.evaluate("document.querySelector('#shot-list > div').offsetHeight")
    page.get_by_role("tab", name="Faces").click()
    return height // 62, said


def test_a_shot_is_cut_and_joined_again_at_the_playhead(visit):
    page = visit(FILM, 1366, height=768)
    before = shots(page)
    a, bars = longest(page), dict(rows(page))
    words = page.locator("#cut-shot-words")
    look_at_appearance(page, a)
    go_to(page, (a["start"] + a["end"]) / 2)
    time_s = clock(page)
    assert words.inner_text() == "A shot begins here"
    page.locator("#cut-shot").click()
    shown = (time_s, clock(page))
    assert words.inner_text() == "No shot begins here"
    assert page.locator("#said").inner_text() == "A shot begins here."
    assert dict(rows(page))["C01"] == bars["C01"] + 1  # who is seen across it is cut, too
    after = shots(page)
    assert after[0] == before[0] + 1
    assert sum("not yet applied" in shot for shot in after[1]) == 2
    page.keyboard.press("h")
    assert words.inner_text() == "A shot begins here"
    assert shots(page)[0] == before[0]
    assert dict(rows(page))["C01"] == bars["C01"] + 1  # appearances stay as they are
    journal = read_journal(downloaded(page)).corrections
    assert [row.action for row in journal] == ["cut_shot", "join_shots"]
    assert all(is_one_of(row.time_s, shown) for row in journal)
    for _ in range(2):
        page.keyboard.press("Control+z")
    assert shots(page) == before and dict(rows(page)) == bars
    assert page.evaluate(UNREACHABLE, CONTROLS) == []
    assert page.complaints == []


def test_the_shot_that_is_looked_at_is_joined_with_the_one_before(visit):
    page = visit(FILM)
    before = shots(page)
    page.get_by_role("tab", name="Shots").click()
    page.locator(".shot").nth(1).click()
    page.keyboard.press("h")
    assert shots(page)[0] == before[0] - 1
    (row,) = read_journal(downloaded(page)).corrections
    assert row.action == "join_shots"
    assert row.time_s == pytest.approx(page.evaluate(DATA)["shots"][1][0], abs=1e-6)
    page.get_by_role("tab", name="Shots").click()
    page.locator(".shot").first.click()
    assert page.locator("#cut-shot").is_disabled()  # the film begins there
    page.keyboard.press("h")
    assert page.locator("#said").inner_text() == "The film begins here."


def test_the_keys_are_listed(visit):
    page = visit(FILM)
    page.keyboard.press("?")
    keys = page.locator(".keys").inner_text()
    assert "T cut the appearance" in " ".join(keys.split()) and "H a shot begins" in keys


@pytest.fixture(scope="module")
def own(demo, tmp_path_factory):
    """A copy of the processed films that may be changed."""
    return demo.copied_to(tmp_path_factory.mktemp("own") / "castmap")


def test_cuts_are_saved_applied_and_shown_and_others_know_the_part(chromium, own):
    found = {
        name: own.path(f"results/{FILM}/{name}.parquet").read_bytes()
        for name in ("tracks", "shots", "detections", "clusters.chosen")
    }
    page = chromium.new_page(viewport={"width": 1366, "height": 768})
    complaints = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("dialog", lambda dialog: dialog.accept())
    with review(FILM, own.folder) as address:
        page.goto(address)
        a = longest(page)
        n_tracks = len(page.evaluate(DATA)["appearances"])
        time_s = cut_in_the_middle(page, a)
        page.keyboard.press("v")
        page.locator(".person[data-id='C02']").click()
        if page.locator("#ask").is_visible():
            answer(page, "Yes, one person")
        page.get_by_role("tab", name="Shots").click()
        page.locator(".shot").last.click()
        page.keyboard.press("h")  # the last two shots are one
        page.get_by_role("tab", name="Corrections").click()
        page.get_by_role("button", name="Save and apply").click()
        expect(page.locator("#journal .status.held")).to_have_count(3, timeout=120_000)
        assert not page.locator(".fresh").count()
        again = page.evaluate(DATA)
        part = next(b for b in again["appearances"] if b["track"] == n_tracks)
        assert part["who"] == "C02" or part["corrected"]
        assert part["start"] == pytest.approx(time_s, abs=0.05)
        first = next(b for b in again["appearances"] if b["track"] == a["track"])
        assert first["start"] == a["start"] and first["end"] <= part["start"]
        # The part is a face like any other: it is said to be somebody new.
        look_at_appearance(page, part)
        page.keyboard.press("s")
        page.get_by_role("button", name="Save and apply").click()
        page.get_by_role("tab", name="Corrections").click()
        expect(page.locator("#journal .status.superseded")).to_have_count(1, timeout=120_000)
        assert page.locator("#journal .status.held").count() == 3
    assert complaints == []
    page.close()
    for name, content in found.items():
        assert own.path(f"results/{FILM}/{name}.parquet").read_bytes() == content
    results = own.path(f"results/{FILM}")
    tracks = read_table(results / "corrected_tracks.parquet", TRACKS)
    characters = read_table(results / "characters.parquet", CHARACTERS)
    assert set(characters["track"]) == set(tracks["track"]) == set(range(n_tracks + 1))
    exported = own.path(f"results/exports/{FILM}")
    cast = pd.read_csv(exported / "cast_map.csv")
    assert n_tracks in set(cast["track"])
    boxes = pd.read_csv(exported / "tracks.mot.txt", header=None)
    assert boxes[1].nunique() == cast["character"].nunique() == 4
    cut, whole = (
        read_table(results / f"{name}shots.parquet", SHOTS) for name in ("corrected_", "")
    )
    assert len(cut) == len(whole) - 1
