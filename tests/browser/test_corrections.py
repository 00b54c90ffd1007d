"""Correcting a film on its page, as its user would: look, say, save, run again, look again."""

import json
import re

import pandas as pd
import pytest
from playwright.sync_api import expect

import report_movie
from benchmarks.page_walk import review
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
        (
            row.locator(".who b").inner_text(),
            int(row.locator(".lane").get_attribute("aria-valuemax")),
        )
        for row in sorted(
            page.locator("#timeline-rows .row").all(),
            key=lambda row: row.get_attribute("data-id"),
        )
    ]


def look_at(page, character):
    page.locator(f".person[data-id='{character}'] small").click()


def tiles(page, character):
    """The faces of a character, which is then looked at."""
    look_at(page, character)
    return page.locator(".tile")


def answer(page, words):
    """Answer the question that the page asks before it goes on."""
    page.locator("#ask").get_by_role("button", name=words).click()


# The zoom that is shown is rounded.
ADDRESS_WRITTEN = """Math.abs(parseFloat(document.getElementById('zoom-value').textContent)
    - new URLSearchParams(location.hash.slice(1)).get('z')) < 0.06"""


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
    page.get_by_label("Find a character").fill("c02")
    assert [name for name, _ in rows(page)] == ["C02"]
    assert page.locator(".person").count() == 1
    page.get_by_label("Find a character").fill("")
    assert len(rows(page)) == before


def test_zooming_is_about_the_pointer_and_stretches_no_page(visit):
    page = visit(FILM)
    lane = page.locator(".lane").first
    width = lane.bounding_box()["width"]

    def shown(share):
        """The time that is shown at a share of the lanes' width."""
        # The address is written when nothing happens any more.
        until(page, ADDRESS_WRITTEN)
        said = dict(part.split("=") for part in page.url.split("#")[1].split("&"))
        duration_s = page.evaluate("JSON.parse(document.getElementById('data').textContent)")
        return float(said["from"]) + share * duration_s["duration_s"] / float(said["z"])

    lane.hover(position={"x": 0.75 * width, "y": 4})
    before = shown(0.75)
    page.keyboard.down("Control")
    for _ in range(6):
        page.mouse.wheel(0, -100)
    page.keyboard.up("Control")
    assert shown(0.75) == pytest.approx(before, abs=0.1)
    assert float(page.locator("#zoom-value").inner_text()[:-1]) == pytest.approx(1.25**6, abs=0.1)
    assert page.evaluate("document.documentElement.scrollWidth") <= 1280


def test_faces_can_be_blurred(visit):
    page = visit(FILM)
    for selector in (".tile .face", "#key-frame"):
        blurred = f"getComputedStyle(document.querySelector('{selector}')).filter"
        page.get_by_label("blur faces").uncheck()
        assert page.evaluate(blurred) == "none"
        page.get_by_label("blur faces").check()
        assert page.evaluate(blurred).startswith("blur(")


def test_a_print_has_every_character_and_no_tools(visit):
    page = visit(FILM)
    names = {name for name, _ in rows(page)}
    page.emulate_media(media="print")
    assert not page.locator("#bench").is_visible()
    page.locator("#print .sheet").first.wait_for()
    said = page.locator("#print h3").all_inner_texts()
    assert {words.split(":")[0] for words in said} == names
    assert page.locator("#print .face").first.is_visible()


def test_what_is_said_on_the_page_is_a_legal_file_that_names_the_tracks(visit, demo):
    page = visit(FILM)
    c01 = tiles(page, "C01")
    n_before = c01.count()
    moved, split = (int(c01.nth(i).get_attribute("data-row")) for i in (0, 1))
    c01.nth(0).click()
    page.keyboard.press("v")
    page.locator(".person[data-id='C02']").click()
    if page.locator("#ask").is_visible():
        answer(page, "Yes, one person")
    tiles(page, "C01").nth(0).click()
    page.get_by_role("button", name="Someone new").click()
    named(page, "C03", HOSTILE)
    lost = int(tiles(page, "C03").last.get_attribute("data-row"))
    tiles(page, "C03").last.click()
    page.locator("#not-a-face").click()
    assert ("New 1", 1) in rows(page)
    assert tiles(page, "C01").count() == n_before - 2
    assert HOSTILE in [title for title, _ in rows(page)]
    assert page.locator(".person .fresh").count() == 4
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


def journal_of(page):
    """What the tab of corrections says; the faces come back after that."""
    page.get_by_role("tab", name="Corrections").click()
    said = page.locator("#journal li").all_inner_texts()
    page.get_by_role("tab", name="Faces").click()
    return said


def test_the_last_correction_can_be_undone(visit):
    page = visit(FILM)
    before = rows(page)
    for _ in range(2):
        tiles(page, "C01").first.click()
        page.get_by_role("button", name="Background").click()
    page.get_by_role("button", name="Undo", exact=True).click()
    page.get_by_role("tab", name="Corrections").click()
    page.locator("#journal").get_by_role("button", name=re.compile("^Undo")).last.click()
    assert rows(page) == before
    assert page.locator("#unsaved").inner_text() == "0 corrections not saved"
    assert not page.get_by_role("button", name="Download corrections").is_visible()
    assert page.get_by_role("button", name="Undo", exact=True).is_disabled()


@pytest.mark.parametrize("key", ["Control", "Meta"])
def test_keys_take_back_what_was_said_and_say_it_again(visit, key):
    page = visit(FILM)
    seen = [(rows(page), journal_of(page))]

    def said():
        seen.append((rows(page), journal_of(page)))

    tiles(page, "C01").first.click()
    page.keyboard.press("b")
    said()
    named(page, "C02", "Ann")
    said()
    named(page, "C02", "Anna")  # takes the place of Ann, in one step
    said()
    merge(page, "C02", "C01")
    answer(page, "Yes, one person")
    said()
    for state in reversed(seen[:-1]):
        page.keyboard.press(f"{key}+z")
        assert (rows(page), journal_of(page)) == state
    page.keyboard.press(f"{key}+z")  # there is nothing more to take back
    for state in seen[1:]:
        page.keyboard.press(f"{key}+Shift+z")
        assert (rows(page), journal_of(page)) == state
    page.keyboard.press(f"{key}+z")
    page.get_by_role("button", name="Redo").click()
    assert rows(page) == seen[-1][0]
    page.keyboard.press(f"{key}+z")
    tiles(page, "C01").first.click()
    page.keyboard.press("x")
    assert page.get_by_role("button", name="Redo").is_disabled()  # what was said since counts
    assert read_journal(downloaded(page)).faults == []
    assert page.complaints == []


def test_what_is_typed_is_taken_back_by_the_browser(visit):
    page = visit(FILM)
    tiles(page, "C01").first.click()
    page.keyboard.press("b")
    page.get_by_label("Find a character").press_sequentially("c02")
    page.keyboard.press("Control+z")
    assert page.locator("#unsaved").inner_text() == "1 correction not saved"
    assert page.get_by_label("Find a character").input_value() != "c02"


def named(page, character, name):
    """Give a character a name in the cast, or take it away."""
    page.locator(f".person[data-id='{character}'] .face").click()
    page.keyboard.press("Control+a")
    page.keyboard.press("Delete")
    page.keyboard.insert_text(name)
    page.keyboard.press("Enter")
    page.keyboard.press("Escape")  # the next one is not named


def merge(page, character, into):
    """Say by keys that two characters are one person."""
    look_at(page, character)
    page.keyboard.press("m")
    page.locator(f".person[data-id='{into}']").click()


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


def test_naming_goes_on_to_the_next_without_a_name_and_completes_known_ones(visit):
    page = visit(FILM)
    page.keyboard.press("n")
    for name in ("Ann", "Ben", "Cem"):
        assert page.evaluate("document.activeElement.tagName") == "INPUT"
        page.keyboard.type(name)
        page.keyboard.press("Enter")
    assert [name for name, _ in rows(page)][:3] == ["Ann", "Ben", "Cem"]
    known = page.locator("#known-names option")
    assert [one.get_attribute("value") for one in known.all()] == ["Ann", "Ben", "Cem"]


def test_a_name_that_would_turn_text_is_refused_where_it_is_typed(visit):
    page = visit(FILM)
    named(page, "C02", "Ann\u202e")
    assert "cannot hold control characters" in page.locator("#said").inner_text()
    assert not page.locator("#save-bar").is_visible()


def test_one_name_for_two_characters_is_asked_about_with_both_faces(visit):
    page = visit(FILM)
    before = [n for _, n in rows(page)]
    named(page, "C01", "Ann")
    page.locator(".person[data-id='C02'] .face").click()
    page.keyboard.type("Ann")
    page.keyboard.press("Enter")
    asked = page.locator("#ask")
    assert asked.locator("p").inner_text().startswith("Two characters are called Ann. One person?")
    assert asked.locator(".face").count() == 2
    answer(page, "Decide later")
    page.keyboard.press("Escape")
    assert [title for title, _ in rows(page)][:2] == ["Ann (C01)", "Ann (C02)"]
    assert [n for _, n in rows(page)] == before  # a name moves nothing
    page.get_by_role("tab", name="Questions").click()
    question = page.locator(".question .asked")
    assert question.inner_text() == "Two characters are called Ann. Are they one person?"
    page.keyboard.press("2")
    assert question.count() == 0 or "called Ann" not in question.inner_text()
    look_at(page, "C03")
    page.keyboard.press("Control+z")
    assert page.locator("#readout-code").inner_text().startswith("Ann (C01)")  # asked about again
    page.keyboard.press("1")
    answer(page, "Yes, one person")  # they are seen at the same time
    assert rows(page)[0][0] == "Ann"
    page.get_by_role("tab", name="Corrections").click()
    assert "merged Ann (C02) with Ann (C01)" in page.locator("#journal").inner_text()


def test_two_names_are_merged_only_by_somebody_who_says_so(visit):
    page = visit(FILM)
    named(page, "C01", "Ann")
    named(page, "C02", "Ben")
    merge(page, "C02", "C01")
    assert page.locator("#ask p").inner_text() == (
        "They have two names, Ben and Ann. Are they one person nevertheless, called Ann?"
    )
    answer(page, "No")
    assert {"Ann", "Ben"} <= {title for title, _ in rows(page)}
    merge(page, "C02", "C01")
    answer(page, "Yes, merge")
    answer(page, "Yes, one person")  # they are seen at the same time
    assert {"Ann", "Ben"} & {title for title, _ in rows(page)} == {"Ann"}


def test_a_portrait_that_is_dragged_onto_another_is_merged_with_it(visit):
    page = visit(FILM)
    n_before = len(rows(page))
    page.locator(".person[data-id='C02']").drag_to(page.locator(".person[data-id='C01']"))
    answer(page, "Yes, one person")
    assert len(rows(page)) == n_before - 1
    (first, *_) = read_journal(downloaded(page)).corrections
    assert first.action == "merge"


@pytest.fixture(scope="module")
def twice(demo):
    """A page on which two tracks that are seen at once may be one person; their rows."""
    folder = demo.path(f"results/{FILM}")
    characters = pd.read_parquet(folder / "characters.parquet")
    pair = find_cannot_links(pd.read_parquet(folder / "tracks.parquet"))[0]
    who = characters.set_index("track")["character"].loc[pair]
    question = dict(zip(REVIEW.columns, (1, "twice", *pair, *who, None, 1.0), strict=True))
    page = demo.path("results/report/twice.html")
    write_table(folder / "twice.parquet", REVIEW, pd.DataFrame([question]), {})
    files = {
        name: folder / f"{name}.parquet"
        for name in ("frames", "examined", "shots", "detections", "tracks", "characters", "names")
    }
    files |= {"evidence": folder / "name_evidence.parquet", "known": folder / "known_people.json"}
    files |= {"film": demo.path(f"resources/demo/films/{FILM}.mp4"), "faces": folder / "faces.zip"}
    files |= {"movie": folder / "movie.json", "calibration": folder / "clusters.chosen.json"}
    files |= {"key-frames": folder / "key_frames.zip", "found-shots": folder / "shots.parquet"}
    files |= {"choice": folder / "choice.json", "journal": folder / "corrections.json"}
    files |= {"review": folder / "twice.parquet", "show-faces": "shown"}
    files |= {"embeddings": folder / "embeddings.sface.safetensors"}
    run_stage(report_movie, files | {"out-page": page})
    yield [int(characters.index[characters["track"] == track][0]) for track in pair]
    page.unlink()


@pytest.mark.parametrize(
    ("words", "action"), [("Yes, one person", "merge"), ("No, two people", "different")]
)
def test_one_person_twice_in_the_picture_is_asked_about(visit, twice, words, action):
    page = visit("twice")
    n_before = len(rows(page))
    page.keyboard.press("q")
    question = page.locator(".question")
    assert "seen at the same time" in question.locator(".asked").inner_text()
    assert question.locator(".side").count() == question.locator(".scene").count() == 2
    question.get_by_role("button", name=words).click()
    assert not page.locator("#ask").is_visible() and question.count() == 0  # it was the question
    assert len(rows(page)) == n_before - (action == "merge")
    (row,) = read_journal(downloaded(page)).corrections
    anchors = page.evaluate("JSON.parse(document.getElementById('data').textContent).appearances")
    faces = {row.face.time_s, row.other.time_s}
    assert row.action == action and faces == {anchors[track]["anchor"][0] for track in twice}


def test_who_is_seen_at_once_is_merged_only_by_somebody_who_says_so(visit):
    page = visit(FILM)
    before = rows(page)
    merge(page, "C02", "C01")
    assert "seen at the same time" in page.locator("#ask p").inner_text()
    answer(page, "No")
    assert rows(page) == before
    merge(page, "C02", "C01")
    answer(page, "Yes, one person")
    assert len(rows(page)) == len(before) - 1


@pytest.fixture(scope="module")
def own(demo, tmp_path_factory):
    """A copy of the processed films that may be changed."""
    return demo.copied_to(tmp_path_factory.mktemp("own") / "castmap")


def test_a_question_is_answered_by_a_key_and_a_skipped_one_does_not_come_again(visit):
    page = visit("demo_visitors")
    page.keyboard.press("q")
    left = page.locator("#n-questions")
    asked = page.locator(".question .asked")
    n_before, first = int(left.inner_text()), asked.inner_text()
    assert re.search(r"moves|takes|keeps", page.locator(".question").inner_text())
    page.keyboard.press("2")
    n_left = int(left.inner_text())  # what was answered along with it is not asked, either
    assert n_left < n_before and asked.inner_text() != first
    assert page.locator("#unsaved").inner_text() == "1 correction not saved"
    skipped = asked.inner_text()
    page.keyboard.press("0")
    assert int(left.inner_text()) == n_left - 1
    assert page.locator("#unsaved").inner_text() == "1 correction not saved"
    page.once("dialog", lambda dialog: dialog.accept())  # it is left without saving
    page.reload()
    page.keyboard.press("q")
    questions = [asked.inner_text()]
    while page.locator(".question").count():
        questions.append(asked.inner_text())
        page.keyboard.press("0")
    assert first in questions and skipped not in questions


@pytest.fixture
def doubtful(demo):
    """The appearances of a film's page that is less sure of them than it was: of 90 % at most."""
    text = demo.path("results/report/demo_visitors.html").read_text(encoding="utf-8")
    before, begin, rest = text.partition('<script id="data" type="application/json">')
    data, end, after = rest.partition("</script>")
    content = json.loads(data)
    for appearance in content["appearances"]:
        appearance["sure"] = min(appearance["sure"], 0.9)
    page = demo.path("results/report/doubtful.html")
    page.write_text("".join([before, begin, json.dumps(content), end, after]), encoding="utf-8")
    yield pd.DataFrame(content["appearances"])
    page.unlink()


def test_the_faces_that_bound_what_is_wrong_are_asked_about_alone(visit, doubtful):
    page = visit("doubtful")
    table = doubtful[doubtful["who"].str.startswith("C")]
    lengths = table["end"] - table["start"]
    wrong = ((1 - table["sure"]) * lengths).sort_values(ascending=False, kind="stable")
    left = wrong.sum() - wrong.cumsum().shift(fill_value=0)
    n_faces = int((left > 0.02 * lengths.sum()).sum())
    assert n_faces > 1
    page.keyboard.press("q")
    bound, left = page.locator(".bound"), page.locator("#n-questions")
    n_questions = left.inner_text()
    said = f"Looking at {n_faces} more faces bounds the share of wrong screen time at 2 %."
    assert bound.inner_text().startswith(said)
    page.locator("#bounding").click()
    assert left.inner_text() == str(n_faces)
    who = table.loc[wrong.index[0], "who"]
    assert page.locator(".question .asked").inner_text() == f"Is this {who}?"
    page.keyboard.press("1")
    assert left.inner_text() == str(n_faces - 1)
    assert f" {n_faces - 1} more face" in bound.inner_text()
    page.keyboard.press("Control+z")
    page.get_by_role("button", name="All questions").click()
    assert left.inner_text() == n_questions


def test_corrections_are_saved_applied_and_hold_when_faces_are_found_anew(chromium, own):
    page = chromium.new_page(viewport={"width": 1280, "height": 900})
    complaints = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("dialog", lambda dialog: dialog.accept())
    with review(FILM, own.folder) as address:
        page.goto(address)
        assert "token" not in page.url
        n_before = tiles(page, "C01").count()
        tiles(page, "C01").nth(1).click()
        page.get_by_role("button", name="Someone new").click()
        named(page, "New 1", HOSTILE)
        look_at(page, "New 1")
        page.get_by_role("tab", name="Corrections").click()
        page.get_by_label("Zoom", exact=True).fill("2")
        page.get_by_role("button", name="Save and apply").click()
        expect(page.locator("#journal .status.held")).to_have_count(2, timeout=120_000)
        assert (HOSTILE, 1) in rows(page)
        selected = page.locator(".person[aria-selected=true]")
        assert selected.locator("b").inner_text() == HOSTILE  # the place is kept
        assert page.locator("#zoom-value").inner_text() == "4.0×"
        assert not page.locator(".fresh").count()
        assert sum(n for _, n in rows(page)) >= n_before
        page.get_by_role("button", name="Play this moment").click()
        until(page, "document.getElementById('film').readyState > 0")
        # A page that was opened before does not overwrite what was said since.
        path = own.path(f"resources/corrections/{FILM}.csv")
        said = path.read_text()
        assert said.startswith(HEADER) and len(read_journal(said.encode()).corrections) == 2
    assert complaints == []
    cast = pd.read_csv(own.path(f"results/exports/{FILM}/cast_map.csv"))
    with_name = cast[cast["name"].notna()]
    assert len(with_name) == 1 and with_name["name"].item() == f"'{HOSTILE}"
    config = own.path("config.yaml")
    text = config.read_text().replace("every_nth_frame: null", "every_nth_frame: 4")
    config.write_text(text.replace("[triplet, improved_triplet, mvcorr]", "[]"))  # saves time
    run = own.snakemake(f"results/report/{FILM}.html")
    assert run.returncode == 0, run.stdout
    characters = pd.read_parquet(own.path(f"results/{FILM}/characters.parquet"))
    again = characters[characters["name"] == HOSTILE]
    assert len(again) == 1
    assert again["start_s"].item() == pytest.approx(with_name["start_s"].item(), abs=0.3)
    page.goto(own.path(f"results/report/{FILM}.html").as_uri())
    page.get_by_role("tab", name="Corrections").click()
    assert page.locator("#journal .status.held").count() == 2
    assert (HOSTILE, 1) in rows(page)
    page.close()
