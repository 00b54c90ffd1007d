"""`castmap summarise-tables`: each film's scores, and their means."""

import pandas as pd

from castmap.command import summarise_tables
from castmap.files.results import read_json
from castmap.files.whole import write_text
from tests.conftest import call

CLUSTERING = """movie,model,chosen,v_measure,weighted_purity,bcubed_f1,character_recall,k_ratio,\
operator_clicks
1984,sface,no,0.1,0.1,0.1,0.1,9.0,99
1984,sface_mvcorr,yes,0.8,0.9,0.7,1.0,1.5,4
heat,sface,yes,0.6,0.5,0.5,0.5,0.5,7
"""
TRACKS = "movie,coverage_mean,mixed_tracks\n1984,0.75,1\nheat,1.0,0\n"
SHOTS = "movie,recall,precision\nheat,0.9,\n"


def run(tmp_path):
    for name, text in {"clustering": CLUSTERING, "tracks": TRACKS, "shots": SHOTS}.items():
        write_text(tmp_path / "tables" / f"{name}.csv", text)
    places = ["--tables", tmp_path / "tables", "--out-folder", tmp_path / "summary"]
    assert call(summarise_tables, *places) == 0
    return tmp_path / "summary"


def test_a_film_has_the_scores_of_its_chosen_model(tmp_path):
    summary = run(tmp_path)
    film = read_json(summary / "metrics/1984.json")
    assert film == {
        "v_measure": 0.8,
        "purity": 0.9,
        "bcubed_f": 0.7,
        "character_recall": 1.0,
        "found_per_true": 1.5,
        "clicks": 4,
        "track_coverage": 0.75,
        "mixed_tracks": 1,
    }
    assert read_json(summary / "metrics/heat.json")["boundary_recall"] == 0.9
    bars = pd.read_csv(summary / "scores.csv", dtype={"movie": str}).set_index("movie")
    assert bars["v_measure"].to_dict() == {"1984": 0.8, "heat": 0.6}


def test_the_means_are_over_the_films_that_have_the_score(tmp_path):
    means = read_json(run(tmp_path) / "metrics/corpus.json")
    assert means["v_measure"] == 0.7
    assert means["boundary_recall"] == 0.9
    assert "boundary_precision" not in means


def test_films_that_are_gone_leave_no_metrics(tmp_path):
    write_text(tmp_path / "summary/metrics/gone.json", "{}")
    names = {path.stem for path in (run(tmp_path) / "metrics").iterdir()}
    assert names == {"1984", "heat", "corpus"}
