"""The report that `snakemake --report` makes of a run, one file or zipped, without a network."""

import zipfile

import pytest

FILMS = ("demo_debate", "demo_evening", "demo_visitors")
PAGES = {  # the pages of each category, by label
    "Cast maps": {film: f"{film}.html" for film in (*FILMS, "notes")},
    "Corpus": {"Adaptation": "adaptation.html", "All films": "index.html"},
    "Mistakes": {film: f"{film}.mistakes.html" for film in FILMS},
    "Weak labels": {film: f"{film}.mining.html" for film in (*FILMS, "notes")},
}
CAPTIONS = {  # what is said of the first page of each
    "Cast maps": "Who appears where in demo_debate.",
    "Corpus": "Effect of adapting the embedding",
    "Mistakes": "What castmap got wrong in demo_debate according to its labels",
    "Weak labels": "Weak labels of the film",
}


@pytest.fixture(scope="module", params=["report.html", "report.zip"])
def report(request, demo, tmp_path_factory):
    """The report's page."""
    folder = tmp_path_factory.mktemp("report")
    run = demo.snakemake("--report", str(folder / request.param))
    assert run.returncode == 0, run.stdout
    if request.param == "report.html":
        return folder / request.param
    with zipfile.ZipFile(folder / request.param) as archive:
        archive.extractall(folder)
    return folder / "report/report.html"


@pytest.fixture
def page(chromium, report):
    """The opened report; what goes wrong in it and what it asks for are kept on it."""
    context = chromium.new_context(offline=True)
    page = context.new_page()
    page.errors, page.requested = [], []
    page.on("console", lambda said: page.errors.append(said.text) if said.type == "error" else None)
    page.on("pageerror", lambda error: page.errors.append(str(error)))
    page.on("request", lambda request: page.requested.append(request.url))
    page.goto(report.as_uri())
    yield page
    context.close()


def follow(page, name):
    page.get_by_role("link", name=name, exact=True).click()


def open_entry(page, label, file):
    """Open a page of a category; it is shown beside the list."""
    page.locator("tbody tr", has_text=label).get_by_role("link").first.click()
    return page.locator(f"iframe[src*='{file}']").content_frame


@pytest.mark.parametrize("category", PAGES)
def test_every_page_is_in_its_category_with_its_caption_and_opens(page, category):
    page.get_by_text("castmap says who appears where in movies.").wait_for()
    follow(page, category)
    rows = page.locator("tbody tr")
    rows.first.wait_for()
    assert sorted(text.strip() for text in rows.all_inner_texts()) == [*PAGES[category]]
    for label, file in PAGES[category].items():
        assert open_entry(page, label, file).locator("h1").first.inner_text()
    rows.first.get_by_role("link").last.click()
    page.get_by_text(CAPTIONS[category]).wait_for()
    assert page.errors == []
    assert all(url.startswith(("file:", "data:")) for url in page.requested)


def test_a_cast_map_works_in_it_as_alone(page):
    follow(page, "Cast maps")
    film = open_entry(page, "demo_debate", "demo_debate.html")
    film.locator("#timeline-rows .row").nth(1).wait_for()
    assert page.errors == []


def test_the_run_is_described(page):
    page.locator("canvas").wait_for()  # the graph of the rules
    follow(page, "Statistics")
    page.locator("canvas").nth(1).wait_for()
    assert page.errors == []
