"""Names that break patterns, a film that may not be read, one that is deleted: the others go on."""

import ctypes
import json
import os
import subprocess
import sys
import time

import pandas as pd
import pytest

from castmap.files.results import read_csv
from castmap.formats.tables import FAILURES, SKIPPED
from tests.conftest import copy_repository
from tests.synthetic_films import draw_gradients

NAMES = {
    "{movie} {{x}} $(touch pwned) %s.mp4": "movie_x_touch_pwned_s",
    "caf\udce9 '\"東京.mp4": "caf_東京",
    "=1+1.mp4": "1_1",
}
PR_CAPBSET_DROP, CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH = 24, 1, 2


def as_an_ordinary_user():
    """Root reads everything; without these capabilities, what it may not read stays closed."""
    if os.geteuid() == 0:
        for capability in (CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH):
            ctypes.CDLL(None).prctl(PR_CAPBSET_DROP, capability, 0, 0, 0)


def start(copy, *arguments):
    return subprocess.Popen(
        [sys.executable, "-m", "snakemake", "--cores", "2", *arguments],
        cwd=copy.folder,
        preexec_fn=as_an_ordinary_user,  # noqa: PLW1509
        env={**os.environ, "OMP_NUM_THREADS": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
    )


@pytest.fixture(scope="module")
def corpus(root, tmp_path_factory):
    """Films in which nobody is seen, and nothing that one film takes from another."""
    copy = copy_repository(root, tmp_path_factory.mktemp("folder"))
    sheet = copy.path("resources/movies.tsv")
    sheet.write_text(sheet.read_text().splitlines(keepends=True)[0])
    for name in ("train", "held_out"):
        copy.path(f"resources/splits/{name}.txt").write_text("# none\n")
    config = copy.path("config.yaml")
    text = config.read_text().replace("scope: movie", "scope: corpus")
    config.write_text(text.replace("[triplet, improved_triplet, mvcorr]", "[]"))
    for name in (*NAMES, "deleted.mp4", "secret.mp4"):
        draw_gradients(copy.path(f"films/{name}"), 5)
    copy.path("films/secret.mp4").chmod(0)
    return copy


def test_a_film_that_is_deleted_and_one_that_may_not_be_read_stop_no_other(corpus):
    assert corpus.snakemake("results/deleted/movie.json").returncode == 0
    run = start(corpus)
    logs = corpus.path("results/logs")
    while len([*logs.glob("*/*.log")]) < 2:  # the planned jobs have begun
        assert run.poll() is None, run.stdout.read()
        time.sleep(0.02)
    corpus.path("films/deleted.mp4").unlink()
    said, _ = run.communicate(timeout=1000)
    assert run.returncode != 0, said
    assert "castmap: films/secret.mp4 cannot be read: Permission denied" in said
    assert "castmap: deleted failed in detect_" in said

    failures = read_csv(corpus.path("results/failures.csv"), FAILURES).set_index("movie")
    assert "films/deleted.mp4: not here" in failures.loc["deleted", "reason"]
    assert set(failures.index) == {*NAMES.values(), "deleted"}
    assert (failures["status"] == "no_faces").sum() == len(NAMES)
    skipped = read_csv(corpus.path("results/skipped.csv"), SKIPPED)
    assert skipped["path"].tolist() == ["films/secret.mp4"]
    page = corpus.path("results/report/index.html").read_text()
    assert "films/secret.mp4 cannot be read: Permission denied" in page
    assert "films/deleted.mp4: not here" in page
    for name, movie in NAMES.items():
        info = json.loads(corpus.path(f"results/{movie}/movie.json").read_text())
        assert (info["status"], info["file"]) == ("ok", name)
        assert corpus.path(f"results/report/{movie}.html").exists()
        assert corpus.path(f"results/exports/{movie}/cast_map.csv").exists()
    films = pd.read_csv(corpus.path("results/tables/films.csv")).set_index("movie")
    assert films.loc["1_1", "title"] == "'=1+1"
    assert films.loc["caf_東京", "title"] == "caf\ufffd '\"東京"
    assert not any(corpus.folder.rglob("pwned"))


def test_a_film_that_may_not_be_read_is_turned_away_if_it_is_asked_for(corpus):
    run = start(corpus, "results/secret/shots.parquet")
    said, _ = run.communicate(timeout=600)
    assert run.returncode == 0, said
    info = json.loads(corpus.path("results/secret/movie.json").read_text())
    assert info["status"] == "rejected"
    assert info["reason"] == "secret.mp4 cannot be read: Permission denied."
