"""Correcting a film on its page, as its user would: look, say, save, run again, look again."""

import contextlib
import re
import subprocess
import sys

import pandas as pd
import pytest
from playwright.sync_api import expect

import report_movie
from castmap.corrections.anchors import find_tracks
from castmap.files.results import write_table
from castmap.formats.corrections import HEADER, active, read_journal
from castmap.formats.tables import REVIEW
from castmap.tracks.cooccurrence import find_cannot_links
from tests.browser.conftest import run_stage

FILM = "demo_debate"
HOSTILE = '=<img src=x onerror="document.title=1">, “Zoë” 名前'


def rows(page):
    """What the timeline shows: of each character, what it is called and its number of bars."""
    return [
        (row.locator(".who b").inner_text(), row.locator(".bar").count())
        for row in page.locator(".row:visible").all()
    ]


def tiles(page, character):
    return page.locator(f".sheet[data-id='{character}'] .tile")


def until(page, condition):
    """Wait for a condition in the page, whose policy allows no waiting inside it."""
    for _ in range(100):
        if page.evaluate(condition):
            return
        page.wait_for_timeout(100)
    pytest.fail(f"never true: {condition}")


def downloaded(page):
    with page.expect_download() as download:
        page.get_by_role("button", name="Download corrections").click()
    assert download.value.suggested_filename == f"{FILM}.csv"
    return download.value.path().read_bytes()


def test_the_filter_leaves_what_is_looked_for(visit):
    page = visit(FILM)
    before = len(rows(page))
    page.get_by_label("Find").fill("c02")
    assert [name for name, _ in rows(page)] == ["C02"]
    assert page.locator(".sheet:visible").count() == 1
    page.get_by_label("Find").fill("")
    assert len(rows(page)) == before


def test_zooming_stretches_the_lanes_and_not_the_page(visit):
    page = visit(FILM)
    bar = page.locator(".bar").first
    narrow, ticks = bar.bounding_box()["width"], page.locator("#axis span").count()
    page.locator("#zoom").fill("3")
    assert page.locator("#zoom-value").inner_text() == "8.0×"
    assert bar.bounding_box()["width"] == pytest.approx(8 * narrow, rel=0.02)
    assert page.locator("#axis span").count() > ticks
    assert page.evaluate("document.documentElement.scrollWidth") <= 1280
    assert page.locator(".who").first.bounding_box()["x"] < 200  # names stay in sight


def test_faces_can_be_blurred(visit):
    page = visit(FILM)
    blurred = "getComputedStyle(document.querySelector('.tile .face')).filter"
    assert page.evaluate(blurred) == "none"
    page.get_by_label("blur faces").check()
    assert page.evaluate(blurred).startswith("blur(")


def test_a_print_has_no_tools(visit):
    page = visit(FILM)
    page.emulate_media(media="print")
    for selector in (".bench", ".readout", "#review", ".sheet .name", ".sheet select"):
        assert not page.locator(selector).first.is_visible()
    assert page.locator(".tile").first.is_visible()


def test_a_moment_is_played_where_the_film_is_beside(visit):
    page = visit(FILM)
    bar = page.locator(".bar").nth(2)
    start = page.evaluate("JSON.parse(document.getElementById('data').textContent).appearances")
    start = start[int(bar.get_attribute("data-row"))]["start"]
    bar.click()
    page.get_by_role("button", name="Play this moment").click()
    until(page, "document.getElementById('film').currentTime > 0")
    assert page.evaluate("document.getElementById('film').currentTime") >= start - 0.1
    assert page.complaints == []


def test_what_is_said_on_the_page_is_a_legal_file_that_names_the_tracks(visit, demo):
    page = visit(FILM, says_yes=True)
    c01 = tiles(page, "C01")
    n_before = c01.count()
    moved, split = (int(c01.nth(i).get_attribute("data-row")) for i in (0, 1))
    c01.nth(0).click()
    page.get_by_label("Move the selected to").select_option("C02")
    tiles(page, "C01").nth(0).click()
    page.get_by_role("button", name="New character").click()
    name = page.get_by_label("Name of C03")
    name.fill(HOSTILE)
    name.press("Tab")
    lost = int(tiles(page, "C03").last.get_attribute("data-row"))
    tiles(page, "C03").last.click()
    page.locator("#not-a-face").click()
    assert ("New 1", 1) in rows(page)
    assert tiles(page, "C01").count() == n_before - 2
    assert HOSTILE in [title for title, _ in rows(page)]
    assert page.locator("#unsaved").inner_text() == "4 corrections not saved"
    journal = read_journal(downloaded(page))
    assert journal.faults == []
    said = {row.operation: row for row in journal.corrections}
    assert [row.action for row in said.values()] == ["move", "split", "name", "not_a_face"]
    assert said[3].name == HOSTILE
    tracks = pd.read_parquet(demo.path(f"results/{FILM}/tracks.parquet"))
    characters = pd.read_parquet(demo.path(f"results/{FILM}/characters.parquet"))
    found = find_tracks([said[n].face for n in (1, 2, 4)], tracks, 1280, 720)
    wanted = [characters["track"][row] for row in (moved, split, lost)]
    assert [found[said[n].face] for n in (1, 2, 4)] == wanted
    assert page.complaints == []
    assert page.title() != "1"


def test_the_last_correction_can_be_undone(visit):
    page = visit(FILM)
    before = rows(page)
    for _ in range(2):
        tiles(page, "C01").first.click()
        page.get_by_role("button", name="Background", exact=True).click()
    page.get_by_role("button", name="Undo the last").click()
    page.locator("#journal").get_by_role("button", name=re.compile("^Undo")).last.click()
    assert rows(page) == before
    assert page.locator("#unsaved").inner_text() == "0 corrections not saved"
    assert not page.get_by_role("button", name="Download corrections").is_visible()
    assert page.get_by_role("button", name="Undo the last").is_disabled()


@pytest.mark.parametrize("key", ["Control", "Meta"])
def test_keys_take_back_what_was_said_and_say_it_again(visit, key):
    page = visit(FILM, says_yes=True)
    seen = [(rows(page), page.locator("#journal li").all_inner_texts())]

    def said():
        seen.append((rows(page), page.locator("#journal li").all_inner_texts()))

    tiles(page, "C01").first.click()
    page.get_by_role("button", name="Background", exact=True).click()
    said()
    named(page, "C02", "Ann")
    said()
    named(page, "C02", "Anna")  # takes the place of Ann, in one step
    said()
    page.get_by_label("Merge Anna into").select_option("C01")
    said()
    for state in reversed(seen[:-1]):
        page.keyboard.press(f"{key}+z")
        assert (rows(page), page.locator("#journal li").all_inner_texts()) == state
    page.keyboard.press(f"{key}+z")  # there is nothing more to take back
    for state in seen[1:]:
        page.keyboard.press(f"{key}+Shift+z")
        assert (rows(page), page.locator("#journal li").all_inner_texts()) == state
    page.keyboard.press(f"{key}+z")
    page.get_by_role("button", name="Redo").click()
    assert rows(page) == seen[-1][0]
    page.keyboard.press(f"{key}+z")
    tiles(page, "C01").first.click()
    page.locator("#not-a-face").click()
    assert page.get_by_role("button", name="Redo").is_disabled()  # what was said since counts
    assert read_journal(downloaded(page)).faults == []
    assert page.complaints == []


def test_what_is_typed_is_taken_back_by_the_browser(visit):
    page = visit(FILM)
    tiles(page, "C01").first.click()
    page.get_by_role("button", name="Background", exact=True).click()
    page.get_by_label("Find").press_sequentially("c02")
    page.keyboard.press("Control+z")
    assert page.locator("#unsaved").inner_text() == "1 correction not saved"
    assert page.get_by_label("Find").input_value() != "c02"


def named(page, character, name):
    """Give a character a name in its row, or take it away."""
    field = page.locator(f".sheet[data-id='{character}'] input.name")
    field.fill(name)
    field.press("Tab")


def test_a_name_can_be_cleared(visit):
    page = visit(FILM)
    before = rows(page)
    named(page, "C02", "Ann")
    assert "Ann" in [title for title, _ in rows(page)]
    named(page, "C02", "")
    assert rows(page) == before
    journal = read_journal(downloaded(page))
    assert [(row.action, row.undoes) for row in journal.corrections[-1:]] == [("undo", 1)]
    assert active(journal.corrections) == []


def test_a_name_that_would_turn_text_is_refused_where_it_is_typed(visit):
    page = visit(FILM)
    named(page, "C02", "Ann\u202e")
    assert "cannot hold control characters" in page.locator("#said").inner_text()
    assert not page.locator("#save-bar").is_visible()


def test_one_name_for_two_characters_is_shown_and_asked_and_moves_nothing(visit):
    page = visit(FILM, says_yes=True)
    before = [n for _, n in rows(page)]
    for character in ("C01", "C02"):
        named(page, character, "Ann")
    assert [title for title, _ in rows(page)][:2] == ["Ann (C01)", "Ann (C02)"]
    assert [n for _, n in rows(page)] == before
    question = page.locator(".question").first
    assert (
        question.locator("p").inner_text() == "Two characters are called Ann. Are they one person?"
    )
    question.get_by_role("button", name="No").click()
    assert "called Ann" not in page.locator("#questions").inner_text()
    page.keyboard.press("Control+z")
    page.locator(".question").first.get_by_role("button", name="Yes, merge").click()
    assert rows(page)[0][0] == "Ann"
    assert "merged Ann (C02) with Ann (C01)" in page.locator("#journal").inner_text()


def test_two_names_are_merged_only_by_somebody_who_says_so(visit):
    page = visit(FILM)
    named(page, "C01", "Ann")
    named(page, "C02", "Ben")
    page.get_by_label("Merge Ben into").select_option("C01")
    assert page.asked == [
        "They have two names, Ben and Ann. Are they one person nevertheless, called Ann?"
    ]
    assert {"Ann", "Ben"} <= {title for title, _ in rows(page)}


@pytest.fixture(scope="module")
def twice(demo):
    """A page on which two tracks that are seen at once may be one person; their rows."""
    folder = demo.path(f"results/{FILM}")
    characters = pd.read_parquet(folder / "characters.parquet")
    pair = find_cannot_links(pd.read_parquet(folder / "tracks.parquet"))[0]
    who = characters.set_index("track")["character"].loc[pair]
    question = dict(zip(REVIEW.columns, (1, "twice", *pair, *who, 1.0), strict=True))
    page = demo.path("results/report/twice.html")
    write_table(folder / "twice.parquet", REVIEW, pd.DataFrame([question]), {})
    files = {
        name: folder / f"{name}.parquet"
        for name in ("frames", "examined", "shots", "detections", "tracks", "characters")
    }
    files |= {"film": demo.path(f"resources/demo/films/{FILM}.mp4"), "faces": folder / "faces.zip"}
    files |= {"movie": folder / "movie.json", "calibration": folder / "clusters.chosen.json"}
    files |= {"choice": folder / "choice.json", "journal": folder / "corrections.json"}
    files |= {"review": folder / "twice.parquet", "show-faces": "shown"}
    run_stage(report_movie, files | {"out-page": page})
    yield [int(characters.index[characters["track"] == track][0]) for track in pair]
    page.unlink()


@pytest.mark.parametrize(("answer", "action"), [("Yes, one person", "merge"), ("No", "different")])
def test_one_person_twice_in_the_picture_is_asked_about(visit, twice, answer, action):
    page = visit("twice")
    n_before = len(rows(page))
    question = page.locator(".question")
    assert "seen at the same time" in question.locator("p").inner_text()
    assert question.locator(".face").count() == 2
    question.get_by_role("button", name=answer).click()
    assert page.asked == [] and question.count() == 0  # it was the question
    assert len(rows(page)) == n_before - (action == "merge")
    (row,) = read_journal(downloaded(page)).corrections
    anchors = page.evaluate("JSON.parse(document.getElementById('data').textContent).appearances")
    faces = {row.face.time_s, row.other.time_s}
    assert row.action == action and faces == {anchors[track]["anchor"][0] for track in twice}


def test_who_is_seen_at_once_is_merged_only_by_somebody_who_says_so(visit):
    page = visit(FILM)
    before = rows(page)
    page.get_by_label("Merge C02 into").select_option("C01")
    assert len(page.asked) == 1 and "seen at the same time" in page.asked[0]
    assert rows(page) == before
    page = visit(FILM, says_yes=True)
    page.get_by_label("Merge C02 into").select_option("C01")
    assert len(rows(page)) == len(before) - 1


@pytest.fixture(scope="module")
def own(demo, tmp_path_factory):
    """A copy of the processed films that may be changed."""
    return demo.copied_to(tmp_path_factory.mktemp("own") / "castmap")


@contextlib.contextmanager
def review(copy):
    """`castmap review`, running; yields its address."""
    command = [sys.executable, "-m", "castmap.command", "review", FILM]
    process = subprocess.Popen(
        [*command, "--no-browser", "--cores", "2"],
        cwd=copy.folder,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        said = next(line for line in process.stdout if line.startswith("Review"))
        yield re.search(r"http://\S+", said).group()
    finally:
        process.terminate()
        process.wait(20)


def test_a_question_is_answered_by_a_click_and_the_next_one_comes(visit):
    page = visit("demo_visitors", says_yes=True)
    questions = page.locator(".question")
    n_before = questions.count()
    assert n_before > 0
    first = questions.first.inner_text()
    questions.first.get_by_role("button", name=re.compile("^(Yes|It is)")).first.click()
    n_left = questions.count()  # what was answered along with it is not asked, either
    assert n_left < n_before and questions.first.inner_text() != first
    assert page.locator("#unsaved").inner_text() == "1 correction not saved"
    questions.first.get_by_role("button", name="Skip").click()
    assert questions.count() == n_left - 1
    assert page.locator("#unsaved").inner_text() == "1 correction not saved"


def test_corrections_are_saved_applied_and_hold_when_faces_are_found_anew(chromium, own):
    page = chromium.new_page(viewport={"width": 1280, "height": 900})
    complaints = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("dialog", lambda dialog: dialog.accept())
    with review(own) as address:
        page.goto(address)
        assert "token" not in page.url
        n_before = tiles(page, "C01").count()
        tiles(page, "C01").nth(1).click()
        page.get_by_role("button", name="New character").click()
        name = page.get_by_label("Name of New 1")
        name.fill(HOSTILE)
        name.press("Tab")
        page.get_by_role("button", name="Save and apply").click()
        expect(page.locator("#journal .status.held")).to_have_count(2, timeout=120_000)
        assert (HOSTILE, 1) in rows(page)
        assert sum(n for _, n in rows(page)) >= n_before
        page.locator(".bar").first.click()
        page.get_by_role("button", name="Play this moment").click()
        until(page, "document.getElementById('film').readyState > 0")
        # A page that was opened before does not overwrite what was said since.
        path = own.path(f"resources/corrections/{FILM}.csv")
        said = path.read_text()
        assert said.startswith(HEADER) and len(read_journal(said.encode()).corrections) == 2
    assert complaints == []
    cast = pd.read_csv(own.path(f"results/exports/{FILM}/cast_map.csv"))
    named = cast[cast["name"].notna()]
    assert len(named) == 1 and named["name"].item() == f"'{HOSTILE}"
    config = own.path("config.yaml")
    text = config.read_text().replace("every_nth_frame: 3", "every_nth_frame: 4")
    config.write_text(text.replace("[triplet, improved_triplet, mvcorr]", "[]"))  # saves time
    run = own.snakemake(f"results/report/{FILM}.html")
    assert run.returncode == 0, run.stdout
    characters = pd.read_parquet(own.path(f"results/{FILM}/characters.parquet"))
    again = characters[characters["name"] == HOSTILE]
    assert len(again) == 1
    assert again["start_s"].item() == pytest.approx(named["start_s"].item(), abs=0.3)
    page.goto(own.path(f"results/report/{FILM}.html").as_uri())
    assert page.locator("#journal .status.held").count() == 2
    assert (HOSTILE, 1) in rows(page)
    page.close()
