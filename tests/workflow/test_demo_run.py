"""The demo workflow, for real, at reduced length."""

import json

import pandas as pd

from workflow_scripts.formats.tables import CAST_MAP

MOVIES = ("demo_debate", "demo_visitors", "demo_evening")


def test_a_second_run_has_nothing_to_do(demo):
    assert "Nothing to be done" in demo.snakemake().stdout


def test_every_film_has_its_page_and_cast_map(demo):
    for movie in MOVIES:
        assert demo.path(f"results/report/{movie}.html").stat().st_size > 10_000
        cast = pd.read_csv(demo.path(f"results/exports/{movie}/cast_map.csv"))
        assert list(cast) == CAST_MAP.columns
        assert len(cast) >= 2
        assert (cast["end_s"] > cast["start_s"]).all()


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
        *("results/report/demo_debate.html", "results/report/demo_debate.mining.html"),
        *("results/report/index.html", "results/report/adaptation.html", "results/failures.csv"),
        *("results/tables/films.md", "results/tables/clustering.csv"),
        *("results/tables/verification.csv", "results/tables/algorithms.tex"),
    ]
    before = [demo.path(name).read_bytes() for name in names]
    rules = ("report_movie", "report_mining", "report_corpus", "report_adaptation", "tabulate")
    measures = ("evaluate_clustering", "evaluate_verification", "compare_algorithms")
    again = demo.snakemake(*names, "--forcerun", *rules, *measures, cores=1)
    assert again.returncode == 0, again.stdout
    assert [demo.path(name).read_bytes() for name in names] == before
