"""Films that fail, for real: the others finish, the corpus page and the exit status tell.

A small corpus without labels or adaptation keeps these runs short.
"""

import json
import os
import shutil
import signal
import subprocess
import sys
import time

import pandas as pd
import pytest
from markupsafe import escape

from castmap.files.results import read_csv
from castmap.formats.tables import FAILURES, SKIPPED
from tests.conftest import copy_repository
from tests.synthetic_films import draw_gradients

FOOTAGE = "resources/demo/footage"
GOOD = ("cut", "street", "talk", "talk_again")


@pytest.fixture(scope="module")
def corpus(root, tmp_path_factory):
    """Two short films, one of them twice; one cut short, one without faces, and one no film."""
    copy = copy_repository(root, tmp_path_factory.mktemp("failures"))
    sheet = copy.path("resources/movies.tsv")
    sheet.write_text(sheet.read_text().splitlines(keepends=True)[0])
    config = copy.path("config.yaml")
    text = config.read_text().replace("scope: movie", "scope: corpus")
    config.write_text(text.replace("[triplet, improved_triplet, mvcorr]", "[]"))
    for name in ("talk", "talk_again"):
        shutil.copy(copy.path(f"{FOOTAGE}/carphone_pristine.mp4"), copy.path(f"films/{name}.mp4"))
    draw_gradients(copy.path("films/street.mp4"))
    whole = copy.path(f"{FOOTAGE}/WolfgangLanger_Pexels.mp4").read_bytes()
    copy.path("films/cut.mp4").write_bytes(whole[: len(whole) // 10])
    draw_gradients(copy.path("films/still.mp4"), 1)
    copy.path("films/notes.mp4").write_text("These are notes, not a film.")
    copy.path("films/folder.mp4").mkdir()
    return copy


def failures_of(copy):
    table = read_csv(copy.path("results/failures.csv"), FAILURES)
    return table.set_index("movie").sort_index()


def films_of(copy):
    return pd.read_csv(copy.path("results/tables/films.csv")).set_index("movie")


def test_films_fail_one_by_one_and_are_tried_again(corpus):
    run = corpus.snakemake()
    assert run.returncode == 0, run.stdout  # turned away for a stated reason: nothing failed
    failures = failures_of(corpus)
    assert failures["status"].to_dict() == {
        "still": "rejected",
        "street": "no_faces",
    }
    assert "still.mp4 has fewer than 2" in failures.loc["still", "reason"]
    skipped = read_csv(corpus.path("results/skipped.csv"), SKIPPED).set_index("path")["reason"]
    assert "is not a video file" in skipped["films/notes.mp4"]
    assert "is a folder" in skipped["films/folder.mp4"]
    page = corpus.path("results/report/index.html").read_text()
    for reason in (*failures["reason"], *map(str, map(escape, skipped))):
        assert reason in page
    info = json.loads(corpus.path("results/cut/movie.json").read_text())
    assert info["status"] == "ok" and info["decode_errors"] > 0
    whole = {name: corpus.path(f"results/{name}/tracks.parquet").read_bytes() for name in GOOD}

    # A file that no stage can read, and that has no seal by which planning would notice.
    corpus.path("results/seals/talk/probe_movie.json").unlink()
    corpus.path("results/talk/frames.parquet").write_bytes(b"garbage" * 99)
    added = corpus.path("films/more.mp4")
    shutil.copy(corpus.path("films/talk.mp4"), added)
    run = corpus.snakemake()
    assert run.returncode != 0
    failed = failures_of(corpus).loc["talk"]
    assert failed["status"] == "failed"
    assert failed["stage"] == "detect_shots"
    assert "frames.parquet" in failed["reason"]
    assert failed["log"] == "results/logs/talk/detect_shots.log"
    assert failed["reason"] in corpus.path(failed["log"]).read_text()
    assert set(failures_of(corpus).index) == {"still", "street", "talk"}
    page = corpus.path("results/report/index.html").read_text()
    assert "Films that failed; the next run tries them again: 1" in page
    assert "more.html" in page  # the new film, which this run was to do, is done
    films = films_of(corpus)
    assert films["status"].value_counts().to_dict() == {"ok": 4, "rejected": 1, "failed": 1}
    caption = corpus.path("results/tables/films.md").read_text()
    assert "n = 6 films, 1 of them rejected, 1 failed" in caption
    assert corpus.snakemake().returncode != 0  # and is tried again: it still fails
    assert "talk" in failures_of(corpus).index

    corpus.path("results/talk/frames.parquet").unlink()
    run = corpus.snakemake()
    assert run.returncode == 0, run.stdout
    assert set(failures_of(corpus).index) == {"still", "street"}
    assert "Films that failed" not in corpus.path("results/report/index.html").read_text()
    assert films_of(corpus)["status"].value_counts().to_dict() == {"ok": 5, "rejected": 1}
    for name, content in whole.items():
        assert corpus.path(f"results/{name}/tracks.parquet").read_bytes() == content
    assert corpus.planned() == {}


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_run_that_is_stopped_claims_no_failure(corpus, number):
    before = corpus.path("results/failures.csv").read_bytes()
    late = f"late_{number}"
    shutil.copy(corpus.path("films/talk.mp4"), corpus.path(f"films/{late}.mp4"))
    run = subprocess.Popen(
        [sys.executable, "-m", "snakemake", "--cores", "2"],
        cwd=corpus.folder,
        start_new_session=True,
        # Tests that run in the background have inherited that Ctrl-C is ignored.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # noqa: PLW1509
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    deadline = time.monotonic() + 300
    while not corpus.path(f"results/logs/{late}/detect_faces.log").exists():
        assert run.poll() is None, run.stdout.read()
        assert time.monotonic() < deadline
        time.sleep(0.05)
    os.killpg(run.pid, number)  # it reaches the jobs, too
    said, _ = run.communicate(timeout=120)
    assert run.returncode != 0
    assert f"castmap: {late}" not in said
    assert said.endswith("castmap: stopped; the next run goes on from here\n")
    assert "Traceback" not in said
    assert not corpus.path(f"results/{late}/detections.parquet").exists()
    assert corpus.path("results/failures.csv").read_bytes() == before
    again = corpus.snakemake()
    assert again.returncode == 0, again.stdout
    assert films_of(corpus).loc[late, "status"] == "ok"
