"""What forgetting leaves of the demo's pages: links lead somewhere, and a run makes the rest."""

import pandas as pd
import pytest

from castmap.command import forget
from castmap.files.results import read_json
from castmap.formats.corrections import HEADER, Correction, Face
from castmap.formats.tables import BOX_COLUMNS
from tests.conftest import call
from tests.corrections_files import write_rows
from tests.crawling import crawl

FILM, OTHERS = "demo_visitors", ("demo_debate", "demo_evening")
AFTER = ("notes", "notes.mining")  # comes after the film, so it knows who is named there
SHARED = ("index", "people", "adaptation")
MADE_AGAIN = {
    "report_movie": 2,
    "report_mining": 2,
    "report_mistakes": 1,
    "report_adaptation": 1,
    "report_corpus": 1,
}


def pages_of(*films):
    return {f"{film}{kind}" for film in films for kind in ("", ".mining", ".mistakes")}


def name_somebody(copy, name):
    """Say who the first face of the film is, as its page says it."""
    folder = copy.path(f"results/{FILM}")
    info = read_json(folder / "movie.json")
    tracks = pd.read_parquet(folder / "tracks.parquet").set_index("track")
    characters = pd.read_parquet(folder / "characters.parquet")
    seen = tracks.loc[characters.loc[characters["character"] == "C01", "track"].iloc[0]].iloc[0]
    box = [seen[edge] / info["width" if edge[0] == "x" else "height"] for edge in BOX_COLUMNS]
    said = Correction(2, 1, "2026-01-31T12:00:00Z", "name", Face(seen["time_s"], *box), name=name)
    path = copy.path(f"resources/corrections/{FILM}.csv")
    path.parent.mkdir(exist_ok=True)
    path.write_text(f"{HEADER}\n{write_rows([said])}")


@pytest.fixture
def named(demo, tmp_path, monkeypatch):
    """A copy of the processed films, in the last of which Ann has a name."""
    copy = demo.copied_to(tmp_path / "castmap")
    name_somebody(copy, "Ann")
    run = copy.snakemake()
    assert run.returncode == 0, run.stdout
    monkeypatch.chdir(copy.folder)
    return copy


def left(copy):
    """The pages that are left, each of which leads only to such as there are."""
    pages = list(copy.path("results/report").iterdir())
    assert {page.name: crawl(page).dead for page in pages} == {page.name: [] for page in pages}
    return {page.stem for page in pages}


def test_every_link_leads_somewhere_whatever_is_forgotten(named, capsys):
    assert left(named) == {*SHARED, *pages_of(FILM, *OTHERS), *AFTER}
    assert call(forget, "--person", "Ann", "--yes") == 0
    said = capsys.readouterr().out
    gone = {*SHARED, *pages_of(FILM), *AFTER}
    assert all(f"results/report/{page}.html  (" in said for page in gone)
    assert left(named) == {"index", *pages_of(*OTHERS)}
    planned = named.planned()
    assert {rule: planned[rule] for rule in MADE_AGAIN} == MADE_AGAIN

    assert call(forget, OTHERS[0], "--yes") == 0
    assert left(named) == {"index", *pages_of(OTHERS[1])}
    assert call(forget, OTHERS[1], "--yes") == 0
    assert not named.path("results/report").exists()
