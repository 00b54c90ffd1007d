"""`castmap forget --person` deletes what is kept of one person, and nothing of anybody else."""

import io
import shutil
import subprocess

import numpy as np
import pandas as pd
import pytest

from castmap.command import forget
from castmap.files.results import write_table
from castmap.files.whole import write_json
from castmap.formats.corrections import HEADER, active, read_journal
from castmap.formats.tables import PEOPLE, REVIEW
from tests.command.test_forget import everything, write
from tests.conftest import ROOT, call
from tests.library import exports_example
from tests.stages.test_export_movie import write_film

ANN = "Ann Lee"
ROW = "{},2026-01-31T12:00:00Z,{},1.0,0.1,0.1,0.2,0.2,,,,,,{},{}\n"
HOSTILE_NAMES = (
    "",
    ".",
    "..",
    "../Ann Lee",
    "Ann Lee/..",
    "Ben/../Ann Lee",
    "/etc",
    "resources/people/Ann Lee",
    "*",
    "A*",
    "Ann?Lee",
    "[A-Z]nn Lee",
    "Ann Lee/1.jpg",
    "{movie}",
    "$(touch pwned)",
    "\u202eeeL nnA",
    "\udcff",
    "cast.tsv",
    "~",
    "A" * 5000,
)


@pytest.fixture
def corpus(tmp_path, monkeypatch):
    """Ann and Ben are known by pictures and named in the film heat; cold knows Ben only."""
    monkeypatch.chdir(tmp_path)
    shutil.copy(ROOT / "config.yaml", tmp_path)
    shutil.copytree(ROOT / "rules/schemas", tmp_path / "rules/schemas")
    shutil.copytree(ROOT / "resources/splits", tmp_path / "resources/splits")
    (tmp_path / "results").mkdir()
    write(tmp_path / "resources/movies.tsv", b"movie\tpath\ttitle\tyear\tlabels\trole\n")
    for film in ("heat", "cold"):
        write(tmp_path / f"films/{film}.mp4", b"film")
        names = {"C01": ANN, "C02": "Ben"} if film == "heat" else {"C01": "Ben"}
        write_film(tmp_path / f"results/{film}", names=names)
        info = exports_example.INFO | {"movie": film, "title": film}
        write_json(tmp_path / f"results/{film}/movie.json", info)
        write_table(tmp_path / f"results/{film}/review.parquet", REVIEW, REVIEW.empty(), {})
        write(tmp_path / f"results/report/{film}.html", b"page")
        write_named(tmp_path / f"results/{film}/remembered.parquet", names.values())
        write_named(tmp_path / f"results/{film}/name_evidence.parquet", names.values())
        known = {"people": [*names.values()], "faces": 2, "films": []}
        write_json(tmp_path / f"results/{film}/known_people.json", known)
    write_named(tmp_path / "results/corpus/known_faces.parquet", [ANN, "Ben"])
    row = ("heat", "C01", "P001", ANN, 1.0)
    people = pd.DataFrame([row], columns=PEOPLE.columns)
    write_table(tmp_path / "results/corpus/people.parquet", PEOPLE, people, {})
    of_films = ("heat.mining", "heat.mistakes", "cold.mining", "people_2", "the_heat")
    for page in ("index", "people", "adaptation", *of_films):
        write(tmp_path / f"results/report/{page}.html", b"page")
    for picture in ("ann  LEE/1.jpg", "ann  LEE/.hidden", "Ben/1.jpg", "Ann Lee 2/1.jpg"):
        write(tmp_path / "resources/people" / picture, b"face")
    cast = "name\tfilm\trole\tfrom\tto\r\nBen\t\t\t\t\r\nAnn Lee\theat\tlead\t\t\r\n"
    write(tmp_path / "resources/people/cast.tsv", cast.encode())
    journal = HEADER + "\n" + ROW.format(1, "name", ANN, "") + ROW.format(2, "background", "", "")
    journal += ROW.format(3, "name", "Ben", "") + "4,2026-01-31T12:00:00Z,undo,,,,,,,,,,,,1\n"
    journal += "not a correction\n" + ROW.format(5, "name", "ann lee", "")
    write(tmp_path / "resources/corrections/heat.csv", journal.encode())
    write(tmp_path / "resources/corrections/cold.csv", (HEADER + "\n").encode())
    return tmp_path


def write_named(path, names):
    path.parent.mkdir(parents=True, exist_ok=True)
    faces = pd.DataFrame({"name": list(names)})
    faces.assign(embedding=[np.ones(3)] * len(faces)).to_parquet(path)


GONE = (
    "resources/people/ann  LEE",
    "results/corpus/known_faces.parquet",
    "results/corpus/people.parquet",
    "results/heat/remembered.parquet",
    "results/heat/name_evidence.parquet",
    "results/report/heat.html",
    "results/report/heat.mining.html",
    "results/report/heat.mistakes.html",
    "results/report/adaptation.html",
)


def test_what_is_kept_of_a_person_is_deleted_and_nothing_of_others(corpus, capsys):
    before = everything(corpus)
    assert call(forget, "--person", ANN, "--yes") == 0
    after = everything(corpus)
    gone = {path for path in before if path not in after}
    assert {path.relative_to(corpus).as_posix() for path in gone} == {
        *GONE,
        "resources/people/ann  LEE/1.jpg",
        "resources/people/ann  LEE/.hidden",
        "results/corpus",  # it is empty then
    }
    changed = {path for path in after if before.get(path) != after[path]}
    assert {path.relative_to(corpus).as_posix() for path in changed if path.is_file()} == {
        "resources/people/cast.tsv",
        "resources/corrections/heat.csv",
        # These two are made again at once, of the films that are left.
        "results/report/index.html",
        "results/report/people.html",
        "results/seals/report_corpus.json",
        "results/seals/report_people.json",
    }
    for page in ("index", "people"):
        text = (corpus / f"results/report/{page}.html").read_text()
        assert "Ben" in text and "Ann" not in text
    said = capsys.readouterr().out
    for path in GONE[1:]:
        assert f"{path}  (" in said
    assert "resources/corrections/heat.csv  (3 rows with the name go, the others stay)" in said
    assert "- results/heat: tables that may say the name until the next run" in said
    assert "`castmap forget heat` deletes those of a film" in said


def test_other_rows_stay_to_the_letter_and_still_hold(corpus):
    call(forget, "--person", ANN, "--yes")
    cast = (corpus / "resources/people/cast.tsv").read_bytes()
    assert cast == b"name\tfilm\trole\tfrom\tto\r\nBen\t\t\t\t\r\n"
    content = (corpus / "resources/corrections/heat.csv").read_bytes()
    assert b"nn" not in content and b"not a correction\n" in content
    said = [
        (row.operation, row.action, row.name) for row in active(read_journal(content).corrections)
    ]
    assert said == [(2, "background", None), (3, "name", "Ben")]


def test_nothing_is_touched_without_a_yes(corpus, monkeypatch, capsys):
    before = everything(corpus)
    monkeypatch.setattr("sys.stdin", io.StringIO("y\n"))
    assert call(forget, "--person", ANN) == 1
    assert everything(corpus) == before
    assert capsys.readouterr().out.endswith("rows? Type yes: Nothing was deleted.\n")


@pytest.mark.parametrize("name", HOSTILE_NAMES)
def test_a_hostile_name_names_nobody_and_nothing_is_touched(corpus, name):
    before = everything(corpus)
    with pytest.raises(
        forget.InputError, match=r"nobody is called .* here; the people are Ann Lee"
    ):
        call(forget, f"--person={name}", "--yes")
    assert everything(corpus) == before


def test_links_are_deleted_and_what_they_lead_to_is_not(corpus, tmp_path_factory, capsys):
    outside = tmp_path_factory.mktemp("outside")
    pictures = corpus / "resources/people/ann  LEE"
    shutil.move(pictures, outside / "pictures")
    pictures.symlink_to(outside / "pictures")
    (corpus / "results/heat/remembered.parquet").rename(outside / "remembered.parquet")
    (corpus / "results/heat/remembered.parquet").symlink_to(outside / "remembered.parquet")
    (corpus / "resources/corrections/heat.csv").rename(outside / "heat.csv")
    (corpus / "resources/corrections/heat.csv").symlink_to(outside / "heat.csv")
    before = everything(outside)
    assert call(forget, "--person", ANN, "--yes") == 1
    assert everything(outside) == before
    assert not pictures.is_symlink()
    assert not (corpus / "results/heat/remembered.parquet").is_symlink()
    told = capsys.readouterr()
    assert f"{outside}/pictures: what the deleted link resources/people/ann" in told.out
    assert "resources/corrections/heat.csv: a link, so nothing behind it was deleted" in told.err


def test_a_damaged_file_of_faces_goes_too_for_nobody_knows(corpus):
    write(corpus / "results/cold/remembered.parquet", b"no table")
    assert call(forget, "--person", ANN, "--yes") == 0
    assert not (corpus / "results/cold/remembered.parquet").exists()


def test_a_film_that_cannot_be_read_leaves_a_home_page_that_shows_none(corpus, capsys):
    write(corpus / "results/cold/review.parquet", b"no table")
    assert call(forget, "--person", ANN, "--yes") == 0
    assert "There is none to show" in (corpus / "results/report/index.html").read_text()
    said = "the page of all films shows none: results/cold/review.parquet cannot be read"
    assert said in capsys.readouterr().err


def test_clips_of_films_that_say_the_name_go_whoever_they_are_of(corpus):
    for film in ("heat", "cold"):
        write(corpus / f"results/exports/{film}/clips/C07/C07_0001.mp4", b"a clip")
    assert call(forget, "--person", ANN, "--yes") == 0
    assert not (corpus / "results/exports/heat/clips").exists()
    assert (corpus / "results/exports/cold/clips/C07/C07_0001.mp4").exists()


def test_what_is_left_is_told_with_what_to_do(corpus, capsys):
    write(corpus / "results/exports/heat/cast_map.csv", b"Ann Lee")
    write(corpus / "labels/heat/faces.csv", b"person,start_frame\nann lee,1\n")
    row = "heat\tfilms/heat.mp4\tHeat\t1995\tlabels/heat\tfilm\n"
    with (corpus / "resources/movies.tsv").open("a") as sheet:
        sheet.write(row)
    write(corpus / "resources/published.dvc", b"outs: []\n")
    git = ["git", "-c", "user.name=me", "-c", "user.email=me@example.org"]
    subprocess.run([*git, "init", "-q"], check=True)
    subprocess.run([*git, "add", "-f", "resources/corrections"], check=True)
    assert call(forget, "--person", ANN, "--yes") == 0
    left = [line for line in capsys.readouterr().out.splitlines() if line.startswith("- ")]
    for told in (
        "results/exports/heat: exports that may say the name until the next run",
        "labels/heat/faces.csv: labels that say the name. Change it there",
        "resources/published.dvc: results were published, with embeddings of everybody",
        "git's history has resources/corrections/heat.csv. ",
        "Backups, copies, and pages or exports that were passed on",
    ):
        assert len([line for line in left if line.startswith(f"- {told}")]) == 1, (told, left)


def test_a_film_and_a_person_are_not_forgotten_at_once(corpus):
    with pytest.raises(SystemExit):
        call(forget, "heat", "--person", ANN)
    with pytest.raises(SystemExit):
        call(forget)
