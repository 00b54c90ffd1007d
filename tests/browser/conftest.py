"""The pages of a real run, in a real browser."""

import os
import shutil

import pytest
from playwright.sync_api import sync_playwright

import evaluate_clustering
import report_mistakes
from castmap.files.results import read_table, write_table
from castmap.formats.tables import CLUSTERS

NAMES = ("chromium", "chromium-browser", "google-chrome")


@pytest.fixture(scope="session")
def chromium():
    """Chromium, headless; tests are skipped without it unless CASTMAP_REQUIRE_BROWSER is set."""
    found = next(filter(None, map(shutil.which, NAMES)), None)
    if found is None:
        message = "no Chromium; `make browser` installs it"
        if os.environ.get("CASTMAP_REQUIRE_BROWSER"):
            pytest.fail(message)
        pytest.skip(message)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def wrong(demo, tmp_path_factory):
    """The page on mistakes of a demo film whose clusters were spoilt, and these clusters.

    The first track of C01 is given to C02, the second becomes a character of its own, and the first
    of C02 none.
    """
    folder = demo.path("results/demo_debate")
    clusters = read_table(folder / "clusters.chosen.parquet", CLUSTERS)
    first, second = (clusters.index[clusters["character"] == name] for name in ("C01", "C02"))
    clusters.loc[[first[0], first[1], second[0]], "character"] = ["C02", "C99", "uncertain"]
    spoilt = tmp_path_factory.mktemp("wrong")
    write_table(spoilt / "clusters.parquet", CLUSTERS, clusters, {})
    files = {
        "detections": folder / "detections.parquet",
        "tracks": folder / "tracks.parquet",
        "clusters": spoilt / "clusters.parquet",
        "true-faces": demo.path("resources/demo/labels/demo_debate/faces.csv"),
    }
    evaluated = {name: folder / f"{name}.parquet" for name in ("shots", "examined")}
    evaluated |= {"seed": 2008, "out-metrics": spoilt / "metrics.json"}
    run_stage(evaluate_clustering, files | evaluated)
    page = demo.path("results/report/wrong.html")
    files |= {
        "movie": folder / "movie.json",
        "faces": folder / "faces.zip",
        "calibration": folder / "clusters.chosen.json",
        "choice": folder / "choice.json",
        "embeddings": folder / "embeddings.sface.safetensors",
        "metrics": spoilt / "metrics.json",
        "network": "sface",
        "show-faces": "shown",
        "out-page": page,
    }
    run_stage(report_mistakes, files)
    yield clusters
    page.unlink()


def run_stage(stage, options):
    """Run a stage's main with its options."""
    stage.main([f"--{name}={value}" for name, value in options.items()])


@pytest.fixture
def visit(chromium, demo):
    """A function that opens a page; its complaints and requests are kept on it."""
    contexts = []

    def visit(name: str, width: int = 1280, scheme: str = "light", height: int = 900):
        context = chromium.new_context(
            viewport={"width": width, "height": height}, color_scheme=scheme
        )
        contexts.append(context)
        page = context.new_page()
        page.complaints, page.requested = [], []
        page.on("console", lambda message: page.complaints.append(message.text))
        page.on("pageerror", lambda error: page.complaints.append(str(error)))
        page.on("dialog", lambda dialog: page.complaints.append(dialog.message))
        page.on("request", lambda request: page.requested.append(request.url))
        page.goto(demo.path(f"results/report/{name}.html").as_uri())
        return page

    yield visit
    for context in contexts:
        context.close()
