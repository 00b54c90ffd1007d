"""The demo workflow, for real, at reduced length."""

import fcntl
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time

import pandas as pd
import pytest

from castmap.command.home import write_home
from castmap.command.records import record_of
from castmap.command.repository import read_config
from castmap.formats.tables import CAST_MAP
from tests.crawling import crawl

MOVIES = ("demo_debate", "demo_visitors", "demo_evening")
OF_FILMS = [f"{movie}{kind}" for movie in MOVIES for kind in ("", ".mining", ".mistakes")]


def test_a_second_run_has_nothing_to_do(demo):
    assert "Nothing to be done" in demo.snakemake().stdout


def test_every_film_has_its_page_and_cast_map(demo):
    for movie in MOVIES:
        assert demo.path(f"results/report/{movie}.html").stat().st_size > 10_000
        cast = pd.read_csv(demo.path(f"results/exports/{movie}/cast_map.csv"))
        assert list(cast) == CAST_MAP.columns
        assert len(cast) >= 2
        assert (cast["end_s"] > cast["start_s"]).all()


def test_every_link_leads_somewhere_and_the_home_page_leads_to_every_page(demo):
    found = crawl(demo.path("results/report/index.html"))
    assert found.dead == []
    assert {page.stem for page in found.pages} == {"index", "adaptation", "notes", *OF_FILMS}
    assert len(found.films) == len(MOVIES) and all(film.exists() for film in found.films)


def test_every_link_leads_somewhere_where_the_pages_are_passed_on(demo, tmp_path):
    for folder in ("report", "exports"):
        shutil.copytree(demo.path(f"results/{folder}"), tmp_path / "passed on" / folder)
    for page in (tmp_path / "passed on/report").iterdir():
        assert crawl(page).dead == []


def test_the_home_page_shows_the_films_that_are_done_until_a_run_of_all_makes_it(
    demo, tmp_path, monkeypatch
):
    monkeypatch.chdir(demo.folder)
    home, adaptation = (
        demo.path(f"results/report/{name}.html") for name in ("index", "adaptation")
    )
    notes = {
        path: path.read_bytes()
        for path in (
            demo.path("results/seals/report_corpus.json"),
            demo.path(record_of("results/report/index.html")),
        )
    }
    before = home.stat()
    write_home(read_config())
    assert home.stat() == before  # it says the same
    home.rename(tmp_path / "home")
    adaptation.rename(tmp_path / "adaptation")
    try:
        write_home(read_config())
        found = crawl(demo.path("results/report/demo_debate.html"))
        assert found.dead == []
        assert {page.stem for page in found.pages} == {"index", "notes", *OF_FILMS}
    finally:
        (tmp_path / "adaptation").rename(adaptation)
    try:
        assert demo.planned() == {"report_corpus": 1}
    finally:
        (tmp_path / "home").rename(home)
        for path, content in notes.items():
            path.write_bytes(content)


def test_a_file_that_is_no_film_is_reported_and_stops_nothing(demo):
    info = json.loads(demo.path("results/notes/movie.json").read_text())
    assert info["status"] == "rejected"
    assert "notes.mp4" in info["reason"]
    page = demo.path("results/report/index.html").read_text()
    assert "notes" in page
    films = pd.read_csv(demo.path("results/tables/films.csv")).set_index("movie")
    assert films.loc["notes", "status"] == "rejected"
    assert (films.loc[list(MOVIES), "status"] == "ok").all()


def test_every_job_left_a_log_and_the_heavy_ones_a_benchmark(demo):
    for movie in MOVIES:
        logs = {path.name for path in demo.path(f"results/logs/{movie}").iterdir()}
        assert {"probe_movie.log", "detect_faces.log", "cluster_characters.log"} <= logs
        times = pd.read_csv(demo.path(f"results/benchmarks/{movie}/detect_faces.tsv"), sep="\t")
        assert (times["s"] > 0).all()


def test_the_tables_count_all_films_and_measure_the_labelled_ones(demo):
    clustering = pd.read_csv(demo.path("results/tables/clustering.csv"))
    assert set(clustering["movie"]) == set(MOVIES)
    assert clustering["v_measure"].between(0, 1).all()


def test_the_same_input_gives_the_same_bytes_on_one_core_and_two(demo):
    network = "results/adaptation/demo_debate/improved_triplet"
    names = [
        "results/demo_debate/detections.parquet",
        "results/demo_debate/faces.zip",
        "results/demo_debate/embeddings.sface.safetensors",
        "results/demo_debate/tracks.parquet",
        "results/demo_debate/hard_examples.parquet",
        f"{network}/weights.safetensors",
        f"{network}/cross_fitted.safetensors",
        "results/demo_debate/clusters.sface_improved_triplet_movie.parquet",
    ]
    before = [demo.path(name).read_bytes() for name in names]
    again = demo.snakemake(names[-1], "--forceall", cores=1)
    assert again.returncode == 0, again.stdout
    changed = [
        name
        for name, content in zip(names, before, strict=True)
        if demo.path(name).read_bytes() != content
    ]
    assert changed == []
    assert demo.snakemake("--touch").returncode == 0  # what follows is what it was, too


def test_pages_tables_and_measures_are_the_same_bytes_on_one_core_and_two(demo):
    names = [
        "results/report/demo_debate.html",
        "results/report/demo_debate.mining.html",
        "results/report/index.html",
        "results/report/adaptation.html",
        "results/failures.csv",
        "results/tables/films.md",
        "results/tables/clustering.csv",
        "results/tables/verification.csv",
        "results/tables/algorithms.tex",
    ]
    before = [demo.path(name).read_bytes() for name in names]
    rules = (
        "report_movie",
        "report_mining",
        "report_corpus",
        "report_adaptation",
        "tabulate_corpus",
    )
    measures = ("evaluate_clustering", "evaluate_verification", "compare_algorithms")
    again = demo.snakemake(*names, "--forcerun", *rules, *measures, cores=1)
    assert again.returncode == 0, again.stdout
    assert [demo.path(name).read_bytes() for name in names] == before


def harm(path, how):
    """Cut a file in half, delete it, or flip a bit in its midst."""
    if how == "cut":
        os.truncate(path, path.stat().st_size // 2)
    elif how == "gone":
        path.unlink()
    else:
        content = bytearray(path.read_bytes())
        content[len(content) // 2] ^= 1
        path.write_bytes(content)


HARMED = {  # a file of each kind: what is done to it, what is said, and whose job makes it again
    "results/demo_debate/movie.json": ("cut", "is damaged (", "probe_movie"),
    "results/demo_debate/frames.parquet": ("gone", "is gone", "probe_movie"),
    "results/demo_debate/faces.zip": ("flipped", "its content is not", "detect_faces"),
    "results/demo_debate/embeddings.sface.safetensors": ("cut", "is damaged (", "embed_faces"),
    "results/adaptation/demo_debate/mvcorr/model_card.md": ("gone", "is gone", "describe_model"),
    "results/demo_debate/choice.json": ("flipped", "its content is not", "choose_model"),
}
HARMED_AND_MADE_AGAIN = {
    "results/report/demo_debate.html": ("cut", "is damaged (", "report_movie"),
    "results/exports/demo_debate/cast_map.vtt": ("gone", "is gone", "export_movie"),
    "results/exports/demo_debate/cast_map.csv": ("flipped", "its content is not", "export_movie"),
    "results/tables/films.csv": ("cut", "is damaged (", "tabulate_corpus"),
    "results/tables/films.md": ("gone", "is gone", "tabulate_corpus"),
    "results/tables/tables.lock.json": ("flipped", "its content is not", "lock_tables"),
}


def test_what_is_damaged_or_gone_is_named_and_planned(demo):
    harmed = HARMED | HARMED_AND_MADE_AGAIN
    before = {name: demo.path(name).read_bytes() for name in harmed}
    for name, (how, _, _) in harmed.items():
        harm(demo.path(name), how)
    said = demo.snakemake("--dry-run").stdout
    for name, content in before.items():
        demo.path(name).write_bytes(content)
    for name, (_, fault, rule) in harmed.items():
        (sentence,) = (line for line in said.splitlines() if line.startswith(f"castmap: {name} "))
        assert fault in sentence and sentence.endswith("; it is to be made again")
        assert re.search(rf"^{rule} +\d+$", said, re.MULTILINE), said
    assert demo.planned() == {}


def test_what_is_damaged_or_gone_is_made_again_with_the_same_bytes(demo):
    before = {name: demo.path(name).read_bytes() for name in HARMED_AND_MADE_AGAIN}
    for name, (how, _, _) in HARMED_AND_MADE_AGAIN.items():
        harm(demo.path(name), how)
    run = demo.snakemake()
    assert run.returncode == 0, run.stdout
    assert "castmap: results/report/demo_debate.html is damaged (" in run.stdout
    assert {name: demo.path(name).read_bytes() for name in before} == before
    assert demo.planned() == {}


def kill_in(demo, stage, result, everything):
    """Have a result made again, and kill the run in the midst of it."""
    log = demo.path(f"results/logs/{stage}.log")
    log.unlink()
    demo.path(result).unlink()
    run = subprocess.Popen(
        [sys.executable, "-m", "snakemake", result, "--cores", "1"],
        cwd=demo.folder,
        start_new_session=True,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    deadline = time.monotonic() + 300
    while not log.exists():
        assert run.poll() is None and time.monotonic() < deadline
        time.sleep(0.01)
    (os.killpg if everything else os.kill)(run.pid, signal.SIGKILL)
    run.wait()


@pytest.mark.parametrize(
    ("stage", "result", "everything"),
    [
        ("demo_debate/detect_shots", "results/demo_debate/shots.parquet", True),
        (
            "adaptation/demo_debate/adapt_to_movie",
            "results/adaptation/demo_debate/mvcorr/history.parquet",
            False,
        ),
        ("report_corpus", "results/failures.csv", True),
    ],
)
def test_after_kill_9_the_next_run_gives_the_same_bytes_without_unlocking(
    demo, stage, result, everything
):
    before = demo.path(result).read_bytes()
    kill_in(demo, stage, result, everything)
    assert any(demo.path(".snakemake/locks").iterdir())
    run = demo.snakemake(result, cores=1)
    assert run.returncode == 0, run.stdout
    assert "castmap: the run before this one was killed; this one goes on from there" in run.stdout
    assert demo.path(result).read_bytes() == before
    assert not list(demo.path("results").rglob(".*.partial*"))
    assert demo.planned() == {}


def test_while_a_run_goes_on_one_may_still_plan(demo):
    with demo.path(".snakemake/castmap.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        assert demo.planned() == {}
        run = demo.snakemake()
    assert run.returncode == 1
    assert "castmap: another run of castmap is going on here; wait for it or stop it" in run.stdout


def test_while_one_run_goes_on_another_one_is_refused_with_a_sentence(demo):
    result = "results/report/demo_debate.html"
    demo.path(result).unlink()
    command = [sys.executable, "-m", "snakemake", result, "--cores", "1"]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "text": True}
    runs = [subprocess.Popen(command, cwd=demo.folder, **pipes) for _ in range(2)]
    said = {run.communicate(timeout=600)[0].splitlines()[-1]: run.returncode for run in runs}
    (sentence,) = (line for line in said if line.startswith("castmap: another run of castmap is "))
    assert said.pop(sentence) == 1
    assert list(said.values()) == [0]
    winner = next(run for run in runs if run.returncode == 0)
    assert f"(process {winner.pid} since " in sentence
    assert demo.planned() == {}


def test_the_output_page_names_every_field_of_movie_json(root, demo):
    page = (root / "docs/output.md").read_text()
    section = page[page.index("### movie.json") : page.index("## Labels")]
    info = json.loads(demo.path("results/demo_debate/movie.json").read_text())
    assert set(re.findall(r"`(\w+)`", section)) - {"ok", "rejected"} == set(info)
