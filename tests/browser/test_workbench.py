"""The workbench of a film: nothing that is worked with is covered or out of sight."""

import pytest

from benchmarks.page_speed import made_up_page
from benchmarks.page_walk import CONTROLS, NAMES, UNREACHABLE, walk
from tests.browser.test_corrections import ADDRESS_WRITTEN, FILM, look_at, rows, tiles, until

# Who is said for how long, and not to the end.
CUT_OFF = """[...document.querySelectorAll('.person small')]
    .filter((node) => node.scrollWidth > node.clientWidth).map((node) => node.textContent)"""
SIZES = [(1366, 768), (1920, 1080)]


def nothing(page):
    """The state of a page that was opened."""


def faces_chosen(page):
    tiles(page, "C01").first.click()
    page.keyboard.press("Shift+ArrowRight")
    assert page.locator("#chosen").inner_text() == "2 chosen"


def naming(page):
    page.keyboard.press("n")
    page.keyboard.type("Ann")


def question(page):
    page.keyboard.press("q")
    assert page.locator(".question").count() == 1


def unsaved(page):
    faces_chosen(page)
    page.keyboard.press("b")
    assert page.locator("#unsaved").is_visible()


def cut_in_two(page):
    tiles(page, "C01").first.click()
    for _ in range(9):
        page.keyboard.press(".")
    page.keyboard.press("t")
    assert page.locator(".tile.new").count() == 2
    page.keyboard.press("h")
    assert page.locator("#unsaved").inner_text() == "2 corrections not saved"


def merging(page):
    page.keyboard.press("m")
    assert page.locator("#pick").is_visible()


STATES = [nothing, faces_chosen, naming, question, unsaved, cut_in_two, merging]


@pytest.mark.parametrize("size", SIZES, ids="{0[0]}x{0[1]}".format)
@pytest.mark.parametrize("state", STATES)
def test_nothing_that_is_worked_with_is_covered_or_below_the_fold(visit, size, state):
    width, height = size
    page = visit("demo_visitors", width, height=height)
    state(page)
    assert page.evaluate(UNREACHABLE, CONTROLS) == []
    assert page.evaluate("document.documentElement.scrollHeight") <= height
    stage = page.locator("#stage").bounding_box()
    assert stage["width"] >= 0.3 * width and stage["y"] + stage["height"] < height
    assert page.complaints == []


def test_a_control_that_is_covered_is_found_by_the_test(visit):
    page = visit("demo_visitors", 1366, height=768)
    page.evaluate(
        """() => { const lid = document.createElement('div');
        lid.style = 'position: fixed; inset: 60% 0 0 0'; document.body.append(lid); }"""
    )
    assert page.evaluate(UNREACHABLE, CONTROLS) != []


@pytest.mark.parametrize("tab", ["Faces", "Questions", "Together", "Corrections", "Shots", "About"])
def test_on_a_phone_the_panes_are_stacked(visit, tab):
    page = visit(FILM, 390, height=844)
    page.get_by_role("tab", name=tab).click()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    assert page.evaluate("document.documentElement.scrollHeight") <= 3 * 844
    tops = [
        page.locator(f"#{pane}-pane").bounding_box()["y"]
        for pane in ("strip", "film", "timeline", "task")
    ]
    assert tops == sorted(tops)


def test_only_faces_in_sight_are_in_the_page(visit):
    page = visit(FILM, 700, height=700)
    n_faces = int(page.locator("#whose").inner_text().split()[1])
    page.evaluate("document.getElementById('tiles').style.cssText = 'flex: none; height: 90px'")
    page.evaluate("document.getElementById('tiles').style.width = '160px'")
    seen = set()
    for step in range(n_faces):
        page.evaluate(f"document.getElementById('tiles').scrollTop = {44 * step}")
        page.wait_for_timeout(50)
        shown = page.locator(".tile").evaluate_all("tiles => tiles.map(t => t.dataset.row)")
        assert len(shown) <= 8
        seen |= set(shown)
    assert len(seen) == n_faces


def test_a_correction_is_seen_at_once_everywhere_and_marked(visit):
    page = visit(FILM)
    before = rows(page)
    page.keyboard.press("n")
    page.keyboard.type("Ann")
    page.keyboard.press("Enter")
    page.keyboard.press("Escape")
    look_at(page, "C01")
    person = page.locator(".person[data-id='C01']")
    assert person.locator("b").inner_text() == "Ann"
    assert person.locator(".fresh").inner_text().endswith("not yet applied")
    assert rows(page)[0] == ("Ann", before[0][1])
    assert "Ann" in page.locator(".box span").all_inner_texts()
    assert page.locator("#whose").inner_text().startswith("Ann: ")
    assert page.locator("#readout-code").inner_text().startswith("Ann")


def test_the_address_holds_the_moment(visit):
    page = visit(FILM)
    tile = tiles(page, "C02").last
    tile.click()
    page.get_by_label("Zoom", exact=True).fill("2")
    page.get_by_role("tab", name="Shots").click()
    # The address is written when nothing happens any more.
    until(page, f"{ADDRESS_WRITTEN} && location.hash.includes('tab=shots')")
    seen = [
        page.locator(f"#{part}").inner_text() for part in ("readout-code", "zoom-value", "clock")
    ]
    other = page.context.new_page()
    other.goto(page.url)
    assert [
        other.locator(f"#{part}").inner_text() for part in ("readout-code", "zoom-value", "clock")
    ] == seen
    assert other.locator("#shots").is_visible()
    assert other.locator(".person[aria-selected=true]").get_attribute("data-id") == "C02"


def check_walk(page, n_named):
    walked = walk(page)
    assert walked.actions.total() <= 30
    assert walked.said >= n_named + 1 + 1 + 1 + walked.answered and walked.unsaid == []
    assert walked.undone
    assert walked.unreachable == set()
    assert (walked.scrolled_px, walked.height) == (0, 1)
    return walked


def test_a_walk_takes_few_actions_and_no_scrolling(visit):
    page = visit("demo_visitors", 1366, height=768)
    check_walk(page, n_named=5)
    assert page.complaints == []


@pytest.fixture(scope="module")
def long_film(demo):
    """The page of a film of two hours."""
    page = demo.path("results/report/long_film.html")
    page.write_text(made_up_page(1500), encoding="utf-8")
    yield page.stem
    page.unlink()


def test_a_walk_takes_no_more_in_a_long_film(visit, long_film):
    page = visit(long_film, 1366, height=768)
    walked = check_walk(page, n_named=len(NAMES))
    assert walked.answered == 5


@pytest.mark.parametrize("size", SIZES, ids="{0[0]}x{0[1]}".format)
def test_what_the_cast_says_of_long_times_is_not_cut_off(visit, long_film, size):
    page = visit(long_film, size[0], height=size[1])
    assert page.locator(".person small").first.inner_text() == "11 min, 9 % of the film"
    assert page.evaluate(CUT_OFF) == []
    page.keyboard.press("n")
    page.keyboard.type("Ann")
    page.keyboard.press("Enter")
    assert page.locator(".person small").first.inner_text() == "11 min · not yet applied"
    assert page.evaluate(CUT_OFF) == []
