"""Published results in a fresh clone without films: as good as made there, and never stale."""

import hashlib
import importlib.resources
import json
import os
import shutil
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pandas as pd
import pyarrow
import pyarrow.parquet as pq
import pytest
import yaml

from tests.conftest import WorkingCopy

NOT_COPIED = ("weights", "footage", ".dvc", ".git")


class Repository(WorkingCopy):
    """A working copy under git and DVC."""

    def run(self, *command: str, fails: bool = False) -> str:
        """Run a program; its output and errors."""
        path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
        run = subprocess.run(
            command,
            cwd=self.folder,
            env={**os.environ, "PATH": path, "OMP_NUM_THREADS": "1"},
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            check=False,
            timeout=1100,
        )
        assert (run.returncode != 0) == fails, run.stdout
        return run.stdout

    def castmap(self, *arguments: str, fails: bool = False) -> str:
        """Run a subcommand of `castmap`."""
        return self.run(sys.executable, "-m", "castmap.command", *arguments, fails=fails)

    def dvc(self, *arguments: str, fails: bool = False) -> str:
        return self.run(sys.executable, "-m", "dvc", *arguments, fails=fails)

    def commit(self, message: str) -> None:
        self.run("git", "add", "--all")
        author = ("-c", "user.name=A Tester", "-c", "user.email=tester@example.org")
        self.run("git", *author, "commit", "--quiet", "--message", message)

    def edit(self, name: str, before: str, after: str) -> None:
        text = self.path(name).read_text()
        assert text.count(before) == 1
        self.path(name).write_text(text.replace(before, after))

    def tables(self) -> dict[str, bytes]:
        return {path.name: path.read_bytes() for path in self.path("results/tables").iterdir()}


@pytest.fixture(scope="module")
def published(demo, root, tmp_path_factory) -> Repository:
    """The demo run, committed, published, and pushed to a folder that serves as DVC remote."""
    folder = tmp_path_factory.mktemp("publisher")
    ignored = shutil.ignore_patterns(*NOT_COPIED)
    shutil.copytree(demo.folder, folder, dirs_exist_ok=True, ignore=ignored)
    shutil.copytree(root / ".dvc", folder / ".dvc", ignore=shutil.ignore_patterns("cache", "tmp"))
    copy = Repository(folder)
    copy.run("git", "init", "--quiet")
    copy.dvc("remote", "add", "--default", "folder", str(tmp_path_factory.mktemp("remote")))
    refusal = copy.castmap("publish", fails=True)
    assert "notes: a file of the film folder" in refusal
    with copy.path("resources/movies.tsv").open("a") as sheet:
        sheet.write("notes\tfilms/notes.mp4\tnotes\t\t\tfilm\n")
    assert copy.planned() == {}  # a row for a film that is there already changes nothing
    copy.castmap("summarise-tables", "--tables=results/tables", "--out-folder=results/summary")
    copy.dvc("commit", "--force", "demo_films", "tables")
    copy.commit("The demo")
    copy.castmap("publish")
    copy.commit("Its results")
    copy.dvc("push", "resources/published.dvc")
    return copy


@pytest.fixture
def clone(published, tmp_path) -> Repository:
    """A fresh clone: no films, no weights, no results."""
    subprocess.run(["git", "clone", "--quiet", published.folder, tmp_path / "clone"], check=True)
    return Repository(tmp_path / "clone")


@pytest.fixture(scope="module")
def hydrated(published, tmp_path_factory) -> Repository:
    """A clone with the published results, which no test changes."""
    folder = tmp_path_factory.mktemp("hydrated") / "clone"
    subprocess.run(["git", "clone", "--quiet", published.folder, folder], check=True)
    copy = Repository(folder)
    copy.castmap("hydrate")
    return copy


@pytest.fixture
def reader(hydrated, tmp_path) -> Repository:
    """A clone with the published results, to do with as one likes."""
    return Repository(shutil.copytree(hydrated.folder, tmp_path / "reader"))


def test_neither_films_nor_face_crops_are_published(published):
    names = set()
    for archive in published.path("resources/published").iterdir():
        with tarfile.open(archive) as tar:
            names |= {name for name in tar.getnames() if not name.startswith(".snakemake/")}
    assert "results/demo_debate/embeddings.sface.safetensors" in names
    assert "results/tables/films.csv" in names
    assert not {name for name in names if Path(name).suffix in (".zip", ".mp4", ".jpg")}


def test_publishing_the_same_again_changes_nothing(published):
    before = published.path("resources/published.dvc").read_text()
    published.castmap("publish")
    assert published.path("resources/published.dvc").read_text() == before
    assert published.run("git", "status", "--porcelain") == ""


def test_what_is_out_of_date_or_not_committed_is_not_published(published):
    published.edit("config.yaml", "prior_distance: 0.83", "prior_distance: 0.5")
    try:
        assert "config.yaml: changed since the last commit" in published.castmap(
            "publish", fails=True
        )
        published.run("git", "stash", "--quiet")
        film = published.path("films/notes.mp4")
        before = film.read_bytes()
        film.write_bytes(before + b"changed")
        assert "out of date; run `snakemake tables_all" in published.castmap("publish", fails=True)
        film.write_bytes(before)
    finally:
        published.run("git", "checkout", "--quiet", "config.yaml")


def test_after_hydrate_there_is_nothing_to_be_done(hydrated, published):
    assert not hydrated.path("resources/demo/films").exists()
    assert not hydrated.path("films/notes.mp4").exists()
    assert not hydrated.path("resources/weights").exists()
    assert hydrated.planned("tables_all") == {}
    assert hydrated.tables() == published.tables()
    assert "are as recorded" in hydrated.castmap("check-tables")
    assert not hydrated.path("results/demo_debate/faces.zip").exists()
    assert not any(hydrated.path("results").rglob("*.html"))  # nor their pages: no link is dead
    sealed = json.loads(hydrated.path("results/seals/demo_debate/detect_faces.json").read_text())
    # The crops stay with who published.
    assert set(sealed) == {
        f"results/demo_debate/{name}.parquet" for name in ("examined", "detections")
    }
    assert "tables" not in hydrated.dvc("status", "tables", "--json")


def test_a_reader_rebuilds_every_table_without_films(reader, published):
    shutil.rmtree(reader.path("results/tables"))
    assert reader.planned("tables_all") == {"tabulate_corpus": 1, "lock_tables": 1}
    run = reader.snakemake("tables_all")
    assert run.returncode == 0, run.stdout
    assert reader.tables() == published.tables()


def test_a_changed_setting_changes_the_tables_and_what_dvc_records(reader, published):
    recorded = yaml.safe_load(reader.path("dvc.lock").read_text())["stages"]["tables"]
    reader.edit("config.yaml", "prior_distance: 0.83", "prior_distance: 0.05")
    reader.dvc("repro", "tables")
    new = yaml.safe_load(reader.path("dvc.lock").read_text())["stages"]["tables"]
    assert new["params"]["config.yaml"]["clustering"]["prior_distance"] == 0.05
    assert new["outs"][0]["md5"] != recorded["outs"][0]["md5"]
    counts = [
        pd.read_csv(copy.path("results/tables/clustering.csv"))["k_pred"].sum()
        for copy in (reader, published)
    ]
    assert counts[0] > counts[1]  # stopping earlier leaves more characters
    assert reader.planned("tables_all") == {}
    assert "clustering.prior_distance" in reader.dvc("params", "diff")
    assert "found_per_true" in reader.dvc("metrics", "diff")


def test_a_fresh_clone_is_told_what_would_run(clone):
    said = clone.dvc("repro", "--dry")
    for command in ("weights_all", "demo_films_all", "tables_all"):
        assert f"snakemake {command} --cores 2" in said
    assert not clone.path("resources/weights").exists()


def test_dvc_shows_each_films_scores(clone):
    shown = clone.dvc("metrics", "show")
    for name in ("corpus", "demo_debate", "demo_evening", "demo_visitors"):
        assert f"{name}.json" in shown
    assert "v_measure" in shown
    page = clone.dvc("plots", "show").strip().splitlines()[-1].removeprefix("file://")
    assert "V-measure of each film" in Path(page).read_text()


def test_results_without_their_records_are_refused(reader):
    shutil.rmtree(reader.path(".snakemake"))
    reader.edit("config.yaml", "prior_distance: 0.83", "prior_distance: 0.05")
    lock = reader.path("dvc.lock").read_text()
    said = reader.dvc("repro", "tables", fails=True)
    assert "no record in .snakemake/metadata of the settings that made them" in said
    assert "`make hydrate`" in said
    assert reader.path("dvc.lock").read_text() == lock
    reader.edit("config.yaml", "prior_distance: 0.05", "prior_distance: 0.83")
    reader.castmap("hydrate")
    assert reader.planned("tables_all") == {}


def test_hydrate_overwrites_nothing_that_was_made_here(reader):
    made = reader.path("results/tables/films.csv")
    made.write_text("mine\n")
    assert "results/tables/films.csv: not the published content" in reader.castmap(
        "hydrate", fails=True
    )
    assert made.read_text() == "mine\n"


@pytest.mark.parametrize("name", [".git/hooks/post-checkout", ".snakemake/metadata/!", "numpy.py"])
def test_hydrate_writes_results_and_records_only(clone, name):
    """An archive of somebody else's, recorded as the true ones are."""
    clone.dvc("pull", "resources/published.dvc")
    with tarfile.open(clone.path("resources/published/corpus.tar"), "a") as tar:
        tar.addfile(tarfile.TarInfo(name))
    clone.dvc("add", "resources/published")
    said = clone.castmap("hydrate", fails=True)
    assert "Traceback" not in said
    assert "corpus.tar: " in said
    assert "; nothing was unpacked; publish it again" in said
    assert not clone.path(name).exists()
    assert not clone.path("results/tables").exists()


def test_hydrate_says_that_the_settings_here_are_others(clone):
    clone.edit("config.yaml", "prior_distance: 0.83", "prior_distance: 0.05")
    assert "were made with other code, settings or films" in clone.castmap("hydrate", fails=True)


def test_a_change_that_needs_a_film_that_is_away_asks_for_it(reader, root):
    add_weights(reader, root)
    shots = "results/demo_debate/shots.parquet"
    before = reader.path(shots).read_bytes()
    row = "demo_debate\tresources/demo/films/demo_debate.mp4\tThe Debate (demo)\t2026\t"
    labels = "resources/demo/labels/demo_debate\t"
    reader.edit("resources/movies.tsv", f"{row}{labels}demo", f"{row}{labels}film")
    reader.edit("config.yaml", "  threshold: 0.5", "  threshold: 0.45")
    assert "detect_shots" in reader.planned(shots)
    run = reader.snakemake(shots)
    assert run.returncode != 0
    away = (
        "resources/demo/films/demo_debate.mp4: not here, but what is to be done now needs the film"
    )
    assert away in run.stdout
    assert reader.path(shots).read_bytes() == before


def test_weights_that_come_later_rerun_nothing(reader, root):
    add_weights(reader, root)
    assert reader.planned("tables_all") == {}


AUTHORS = ("--author", "Ann Lee", "--author", "Bo <https://orcid.org/0000-0001-2345-6789>")
CREDIT = (*AUTHORS, "--licence", "CC-BY-4.0")
CONTEXT = "https://w3id.org/ro/crate/1.1/context"
# What version 1.1 of the crate's vocabulary calls otherwise than the one that rocrate ships.
OF_VERSION_1_1 = {
    "ComputationalWorkflow": "https://bioschemas.org/ComputationalWorkflow",
    "FormalParameter": "https://bioschemas.org/FormalParameter",
    "input": "https://bioschemas.org/ComputationalWorkflow#input",
    "output": "https://bioschemas.org/ComputationalWorkflow#output",
}


@pytest.fixture(scope="module")
def crate(published, tmp_path_factory) -> Path:
    """The demo's cast maps as a crate."""
    file = tmp_path_factory.mktemp("crate") / "demo.zip"
    published.castmap("publish", "--crate", str(file), *CREDIT)
    return file


def read_metadata(crate) -> dict[str, dict]:
    """The entities of a crate by their ids."""
    with zipfile.ZipFile(crate) as archive:
        graph = json.loads(archive.read("ro-crate-metadata.json"))["@graph"]
    return {entity["@id"]: entity for entity in graph}


def test_a_crate_is_what_the_profile_asks_for(crate, tmp_path):
    """By the profile's own validator, which finds the vocabulary in its cache: there is no net."""
    from requests_cache import CachedRequest, CachedResponse
    from rocrate_validator import models, services
    from rocrate_validator.utils.http import HttpRequester

    settings = services.ValidationSettings(
        rocrate_uri=str(crate),
        profile_identifier="workflow-run-crate-0.5",
        requirement_severity=models.Severity.REQUIRED,
        offline=True,
        cache_path=tmp_path / "cache",
    )
    shipped = importlib.resources.files("rocrate") / "data/ro-crate.jsonld"
    vocabulary = json.loads(shipped.read_text(encoding="utf-8"))
    vocabulary["@context"] |= OF_VERSION_1_1
    answer = CachedResponse(
        status_code=200,
        url=CONTEXT,
        headers={"Content-Type": "application/ld+json"},
        content=json.dumps(vocabulary).encode(),
        request=CachedRequest(method="GET", url=CONTEXT),
    )
    HttpRequester().session.cache.save_response(answer)
    result = services.validate(settings)
    assert [f"{issue.check.identifier}: {issue.message}" for issue in result.get_issues()] == []
    assert result.passed()


def test_a_crate_says_who_made_what_of_which_film_when(crate, published):
    entities = read_metadata(crate)
    root, run, workflow = entities["./"], entities["#run"], entities["Snakefile"]
    assert [author["@id"] for author in root["author"]] == [
        "#Ann-Lee",
        "https://orcid.org/0000-0001-2345-6789",
    ]
    assert entities["#Ann-Lee"]["name"] == "Ann Lee"
    assert root["license"]["@id"] == "https://spdx.org/licenses/CC-BY-4.0"
    assert workflow["version"].endswith(published.run("git", "rev-parse", "HEAD").strip())
    assert run["startTime"] < run["endTime"]
    info = json.loads(published.path("results/demo_debate/movie.json").read_text())
    film = entities["#film-demo_debate"]
    assert {"@id": "#film-demo_debate"} in run["object"]
    assert film["identifier"] == f"sha256:{info['sha256']}"
    table = entities["results/exports/demo_debate/cast_map.csv"]
    assert table["about"]["@id"] == "#film-demo_debate"
    assert {"@id": table["@id"]} in run["result"]
    content = published.path(table["@id"]).read_bytes()
    assert table["sha256"] == hashlib.sha256(content).hexdigest()
    assert int(table["contentSize"]) == len(content)
    # A title that would break a careless page is a name on one line.
    names = [entity["name"] for name, entity in entities.items() if name.startswith("#film-")]
    assert all(name and name.isprintable() for name in names)


def test_a_crate_holds_no_face_and_no_embedding(crate):
    with zipfile.ZipFile(crate) as archive:
        assert archive.testzip() is None
        for name in archive.namelist():
            content = archive.read(name)
            assert not content.startswith((b"\xff\xd8", b"\x89PNG", b"GIF8", b"RIFF")), name
            assert b"data:image" not in content, name
            assert b";base64," not in content, name
            if name.endswith(".parquet"):
                types = pq.read_schema(pyarrow.BufferReader(content)).types
                assert not any(pyarrow.types.is_nested(t) for t in types), name
                assert not any(pyarrow.types.is_binary(t) for t in types), name
        kinds = {Path(name).suffix for name in archive.namelist()}
        archives = [name for name in archive.namelist() if name.endswith(".zip")]
    assert kinds.isdisjoint({".safetensors", ".html", ".mp4", ".jpg"})
    # An archive of text.
    assert {Path(name).name for name in archives} == {"characters.edl.zip"}


def test_a_crate_is_the_same_bytes_each_time_and_asks_whose_it_is(crate, published, tmp_path):
    published.castmap("publish", "--crate", str(tmp_path / "again.zip"), *CREDIT)
    assert tmp_path.joinpath("again.zip").read_bytes() == crate.read_bytes()
    refusal = published.castmap("publish", "--crate", str(tmp_path / "no.zip"), fails=True)
    assert "say whose it is, and how others may use it" in refusal
    assert not tmp_path.joinpath("no.zip").exists()


def test_a_crate_is_opened_by_hydrate(crate, published, clone):
    assert "nothing to be done" in clone.castmap("hydrate", "--crate", str(crate))
    assert clone.planned("tables_all") == {}
    assert clone.tables() == published.tables()
    exported = "results/exports/demo_debate/cast_map.eaf"
    assert clone.path(exported).read_bytes() == published.path(exported).read_bytes()
    assert not clone.path("results/demo_debate/embeddings.sface.safetensors").exists()


@pytest.mark.parametrize("fault", ["changed", "added", "no crate", "no metadata", "not there"])
def test_a_crate_that_is_not_as_it_was_written_is_refused(crate, clone, tmp_path, fault):
    broken = tmp_path / "broken.zip"
    with zipfile.ZipFile(crate) as archive, zipfile.ZipFile(broken, "w") as copy:
        for name in archive.namelist():
            content = archive.read(name)
            if fault == "changed" and name.endswith("cast_map.csv"):
                content = content.replace(b"C01", b"C02")
            if fault != "no metadata" or name != "ro-crate-metadata.json":
                copy.writestr(name, content)
        if fault == "added":
            copy.writestr("Makefile", "all:")
    if fault == "no crate":
        broken.write_bytes(b"PK")
    if fault == "not there":
        broken.unlink()
    said = clone.castmap("hydrate", "--crate", str(broken), fails=True)
    reason = {
        "changed": "is not the file that the crate describes",
        "added": "the entry 'Makefile' lies outside",
        "not there": "does not exist",
    }.get(fault, "is no crate that `castmap publish --crate` wrote")
    assert reason in said
    assert "Traceback" not in said
    assert not clone.path("results/tables").exists()


def add_weights(reader, root):
    """As `dvc pull` does: the same bytes, newer than the results, without Snakemake's records."""
    for path in (root / "resources/weights").glob("*.safetensors"):
        reader.path("resources/weights").mkdir(exist_ok=True)
        shutil.copyfile(path, reader.path("resources/weights") / path.name)
