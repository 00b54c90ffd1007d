"""A dry run says what there is to do, and leaves results/ as it was."""

import hashlib
import os
import shutil

from castmap.files.results import read_csv
from castmap.formats.tables import SKIPPED
from tests.synthetic_films import draw_gradients


def tree(folder):
    """Every file below a folder: its content and its dates."""
    files = (path for path in folder.rglob("*") if path.is_file())
    return {
        path: (hashlib.sha256(path.read_bytes()).digest(), path.stat().st_mtime_ns)
        for path in files
    }


def test_a_dry_run_writes_nothing_into_results(fresh):
    results = fresh.path("results")
    before = tree(results)
    film = fresh.path("films/street.mp4")
    draw_gradients(film, 2)
    os.utime(film, (1, 1))  # long ago, so that its dates tell
    assert fresh.planned("results/street/movie.json") == {"probe_movie": 1}
    assert "report_corpus" in fresh.planned("results/report/index.html")
    assert tree(results) == before

    run = fresh.snakemake("results/street/movie.json")
    assert run.returncode == 0, run.stdout
    skipped = fresh.path("results/skipped.csv")
    assert read_csv(skipped, SKIPPED).empty
    # Another entry that is no film, a film and a result whose dates say nothing any more.
    fresh.path("films/notes.mp4").write_text("These are notes, not a film.")
    for path in (film, results / "street/movie.json"):
        shutil.copy(path, fresh.path("copy"))
        fresh.path("copy").replace(path)
    before = tree(results)
    assert fresh.planned("results/street/movie.json") == {}
    assert tree(results) == before

    run = fresh.snakemake("results/street/movie.json")
    assert run.returncode == 0, run.stdout
    assert read_csv(skipped, SKIPPED)["path"].tolist() == ["films/notes.mp4"]
    assert set(tree(results)) == set(before)
    assert tree(results) != before
