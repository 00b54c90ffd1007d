"""The stage lock_tables and `castmap check-tables`: what tables rest on, and whether it is that."""

import hashlib
import json
from pathlib import Path

import pytest

import lock_tables
from castmap.command import check_tables
from castmap.console import InputError
from castmap.files import seals
from castmap.files.results import read_json, write_table
from castmap.files.whole import write_json
from castmap.formats.tables import SHOTS
from castmap.stages.provenance import provenance
from tests.conftest import call

LOCK = Path("tables/tables.lock.json")


@pytest.fixture
def locked(tmp_path, monkeypatch):
    """A folder with one table of two files, two inputs, and their lock."""
    monkeypatch.chdir(tmp_path)
    Path("tables").mkdir()
    Path("tables/films.csv").write_text("movie\nheat\n")
    Path("tables/films.md").write_text("| Movie |\n")
    write_json(Path("heat/movie.json"), {"movie": "heat", "sha256": "abc"})
    record = provenance("detect_shots", threshold=0.5)
    record["versions"]["numpy"] = "0.1"
    write_table(Path("heat/shots.parquet"), SHOTS, SHOTS.empty(), record)
    lock()
    return tmp_path


def lock(**shots):
    tables = [str(path) for path in sorted(Path("tables").glob("films.*"))]
    inputs = ["--behind", "heat/movie.json", "heat/shots.parquet", "--labels"]
    inputs += ["--movies", "heat/movie.json"]
    settings = {"seed": 5, "faces": {"min_score": 0.5}, "shots": shots}
    settings = ["--settings", json.dumps(settings)]
    lock_tables.main(["--tables", *tables, *inputs, *settings, "--out-lock", str(LOCK)])


def sha256(name):
    return hashlib.sha256(Path(name).read_bytes()).hexdigest()


def test_the_lock_names_every_file_and_what_made_it(locked):
    content = read_json(LOCK)
    files = ("tables/films.csv", "tables/films.md")
    assert content["tables"] == {"films": {name: sha256(name) for name in files}}
    assert content["inputs"] == {
        name: sha256(name) for name in ("heat/movie.json", "heat/shots.parquet")
    }
    assert content["films"] == {"heat": "abc"}
    assert content["seed"] == 5
    assert content["settings"]["faces"] == {"min_score": 0.5}
    text = json.dumps({"faces": {"min_score": 0.5}, "seed": 5, "shots": {}})
    assert content["settings_sha256"] == hashlib.sha256(text.encode()).hexdigest()
    today = provenance("any")["versions"]
    assert content["versions"]["numpy"] == sorted({"0.1", today["numpy"]})
    assert content["versions"]["pandas"] == [today["pandas"]]


def test_the_same_input_gives_the_same_bytes(locked):
    before = LOCK.read_bytes()
    lock()
    assert LOCK.read_bytes() == before


def test_settings_that_the_results_were_not_made_with_are_not_recorded(locked, capsys):
    before = LOCK.read_bytes()
    with pytest.raises(SystemExit):
        lock(threshold=0.4)
    said = capsys.readouterr().err
    assert "heat/shots.parquet was made with shots.threshold 0.5, and the settings say 0.4" in said
    assert LOCK.read_bytes() == before
    lock(threshold=0.5, detector="transnetv2")
    assert read_json(LOCK)["settings"]["shots"]["threshold"] == 0.5


def test_tables_as_recorded_pass_with_or_without_their_inputs(locked):
    assert call(check_tables, "--lock", LOCK) == 0
    Path("heat/shots.parquet").unlink()
    assert call(check_tables, "--lock", LOCK) == 0


@pytest.mark.parametrize("name", ["tables/films.csv", "heat/movie.json"])
def test_a_changed_file_is_named(locked, name):
    Path(name).write_text("other")
    with pytest.raises(InputError, match=f"absent: none; changed since: {name};"):
        call(check_tables, "--lock", LOCK)


@pytest.mark.parametrize("name", ["tables/films.csv", "heat/shots.parquet"])
def test_what_is_not_as_it_was_made_is_not_locked(locked, capsys, name):
    seals.seal_files(
        Path("results/logs/any.log"), [Path("tables/films.csv"), Path("heat/shots.parquet")]
    )
    lock()
    before = LOCK.read_bytes()
    Path(name).write_bytes(Path(name).read_bytes()[:-1])
    with pytest.raises(SystemExit):
        lock()
    assert f"{name}: not as made, so the tables are not locked" in capsys.readouterr().err
    assert LOCK.read_bytes() == before


def test_an_absent_table_is_named(locked):
    Path("tables/films.md").unlink()
    with pytest.raises(InputError, match=r"absent: tables/films.md; changed since: none;"):
        call(check_tables, "--lock", LOCK)
