"""The stage report_corpus on one film with a cast, one that was rejected and one that failed."""

import pandas as pd
import pytest

import report_corpus
from castmap.files.results import read_csv, write_csv, write_table
from castmap.files.whole import write_json
from castmap.formats.tables import FAILURES, REVIEW, SKIPPED
from tests.stages.test_export_movie import write_film, write_rejected_film

METRICS = {"n_tracks": 3, "k_pred": 2, "k_true": 4}
METRICS |= {"track": {"v_measure": 0.5, "weighted_purity": None}}
FAILED = {"movie": "heat", "status": "failed", "stage": "detect_faces"}
FAILED |= {"reason": "out of memory", "log": "heat.log"}


@pytest.fixture(scope="module")
def films(tmp_path_factory):
    """A folder of results."""
    folder = tmp_path_factory.mktemp("films")
    write_film(folder / "tiny", names={"C01": "Ann"})
    write_rejected_film(folder / "notes")
    question = {"question": 1, "kind": "merge", "character": "C01", "other_character": "C02"}
    asked = pd.DataFrame(
        [question | {"track": None, "other_track": None, "name": None, "clicks_saved": 0.5}]
    )
    write_table(folder / "tiny/review.parquet", REVIEW, asked, {})
    write_table(folder / "notes/review.parquet", REVIEW, REVIEW.empty(), {})
    write_json(folder / "tiny/metrics/clustering.chosen.json", METRICS)
    write_csv(folder / "failed.csv", FAILURES, pd.DataFrame([FAILED]))
    skipped = {column: ["x.txt"] for column in SKIPPED.columns} | {"reason": ["x.txt is no film"]}
    write_csv(folder / "skipped.csv", SKIPPED, pd.DataFrame(skipped))
    return folder


def report(folder, out, movies, failed=()):
    """The page; files other than movie.json are given in the opposite order."""
    others = movies[::-1]
    tables = ("shots", "detections", "tracks", "characters", "review")
    report_corpus.main(
        [
            "--movies",
            *[f"{folder}/{movie}/movie.json" for movie in movies],
            *[
                part
                for table in tables
                for part in (f"--{table}", *[f"{folder}/{m}/{table}.parquet" for m in others])
            ],
            "--faces",
            *[f"{folder}/{movie}/faces.zip" for movie in others],
            "--metrics",
            *[f"{folder}/tiny/metrics/clustering.chosen.json"] * ("tiny" in movies),
            "--failed",
            *failed,
            f"--skipped={folder}/skipped.csv",
            "--show-faces=shown",
            "--has-people=True",
            f"--out-page={out}/index.html",
            f"--out-failures={out}/failures.csv",
        ]
    )
    return (out / "index.html").read_text()


def test_each_film_gets_its_own_files_in_whatever_order_they_come(films, tmp_path):
    html = report(films, tmp_path, ["notes", "tiny"], [f"{films}/failed.csv"])
    assert html.count('<article class="film"') == 1
    assert "<p>1999 · 1.2 s · 2 people · 1 with a name</p>" in html
    assert '<a href="tiny.html#tab=questions">1 question to answer</a>' in html
    assert '<a href="tiny.mistakes.html">' in html and '<a href="tiny.mining.html">' in html
    assert 'aria-label="Ann"' in html
    assert '<td class="n">2 / 4</td><td class="n">0.500</td><td class="n">–</td>' in html
    assert "<li>x.txt is no film</li>" in html
    failures = read_csv(tmp_path / "failures.csv", FAILURES).set_index("movie")
    assert failures["status"].to_dict() == {"notes": "rejected", "heat": "failed"}
    assert 'href="people.html"' in html
    assert "it is no film" in html and "out of memory" in html


def test_without_films_there_is_a_page_all_the_same(films, tmp_path):
    html = report(films, tmp_path, [])
    assert "<b>0</b><span>films</span>" in html
    assert read_csv(tmp_path / "failures.csv", FAILURES).empty
