"""`castmap forget` deletes the faces of one film, and nothing else, whatever lies in its way."""

import fcntl
import json
import subprocess

import numpy as np
import pandas as pd
import pytest
from safetensors.numpy import save_file

from castmap.command.biometrics import delete
from castmap.files.results import write_table
from castmap.files.whole import write_json
from castmap.formats.tables import REVIEW
from tests.library import exports_example
from tests.stages.test_export_movie import write_film

FACES = (
    "results/heat/faces.zip",
    "results/heat/.faces.zip.12.partial.zip",
    "results/heat/.unfinished.detections.parquet/0123abcd/000000",
    "results/heat/embeddings.sface.safetensors",
    "results/heat/embeddings.sface_mvcorr_movie.safetensors",
    "results/heat/metrics/.clustering.json.12.partial.json",
    "results/adaptation/heat/mvcorr/weights.safetensors",
    "results/adaptation/heat/mvcorr/cross_fitted.safetensors",
    "results/adaptation/heat/mvcorr/model_card.md",
    "results/adaptation/checkpoints/0123abcd.pt",
    "results/report/heat.html",
    "results/report/heat.mining.html",
    "results/report/heat.mistakes.html",
    "results/report/.heat.html.12.partial.html",
    "results/report/people.html",
    "results/report/find.html",
    "results/report/adaptation.html",
    "results/exports/heat/thumbnails.jpg",
    "results/exports/heat/faces/C01.PNG",
    "results/exports/heat/faces.zip",
    "results/exports/heat/clips/C01_Ann/C01_Ann_0001.mkv",
    "results/exports/heat/clips/C01_Ann/clips.csv",
    "resources/published/heat.tar",
)
HOME = "results/report/index.html"  # deleted, and written without the film where a page is left
NO_FACES = (
    "results/README.md",
    "results/heat/movie.json",
    "results/heat/detections.parquet",
    "results/heat/clusters.sface.parquet",
    "results/heat/metrics/clustering.chosen.json",
    "results/exports/heat/cast_map.csv",
    "results/exports/heat/characters.edl.zip",
    "results/logs/heat/embed_faces.sface.log",
    "resources/published/heat_2.tar",
    "resources/published/corpus.tar",
    # Films whose names begin or end alike.
    *(f"results/{name}/faces.zip" for name in ("heat_2", "heat2", "the_heat", "Heat-3")),
    *(f"results/report/{name}.html" for name in ("heat_2", "heat2", "the_heat", "index_2")),
    "results/report/heat_2.mining.html",
    "results/adaptation/heat_2/mvcorr/weights.safetensors",
    "results/exports/heat_2/thumbnails.jpg",
)
HOSTILE_NAMES = (
    "",
    ".",
    "..",
    "../heat",
    "heat/../heat_2",
    "heat/",
    "/etc",
    "/etc/passwd",
    "results/heat",
    "heat\n",
    "heat ",
    "*",
    "hea?",
    "h.at",
    "heat\u202e",
    "-heat",
    "--yes",
    "$(touch pwned)",
    "`touch pwned`",
    "; touch pwned",
    "'heat'",
    '"heat"',
    "{movie}",
    "corpus",
    "CORPUS",
    "report",
    "index",
    "\udcff",
    "~",
    "he\\at",
    "h" * 5000,
)


def write(path, content=b"face"):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


def everything(folder):
    """Every file below a folder with its content, every link with its target, every folder."""
    found = {}
    for path in sorted(folder.rglob("*")):
        if path.is_symlink():
            found[path] = str(path.readlink())
        else:
            found[path] = path.read_bytes() if path.is_file() else None
    return found


@pytest.fixture
def corpus(fresh):
    """A film called heat with all that was made of it, beside others of similar names."""
    write(fresh.path("films/heat.mp4"), b"film")
    for name in (*FACES, HOME, *NO_FACES):
        write(fresh.path(name))
    return fresh


def forget(castmap, corpus, *arguments, **options):
    return castmap(corpus.folder, "forget", *arguments, **options)


def test_faces_are_deleted_and_nothing_else(corpus, castmap):
    run = forget(castmap, corpus, "heat", "--yes")
    assert run.returncode == 0, run.stderr
    assert [name for name in FACES if corpus.path(name).exists()] == []
    assert [name for name in NO_FACES if not corpus.path(name).exists()] == []
    for name in (*FACES, HOME):
        assert f"{name}  (" in run.stdout
    assert f"Deleted: {len(FACES) + 1} files." in run.stdout
    home = corpus.path(HOME).read_text()
    assert "There is none to show. <code>castmap run</code> makes" in home and "heat" not in home
    assert not corpus.path("results/adaptation/heat").exists()
    assert corpus.path("films/heat.mp4").exists()
    again = forget(castmap, corpus, "heat", "--yes")
    assert again.returncode == 0
    assert "Deleted: 1 files." in again.stdout and f"{HOME}  (" in again.stdout


@pytest.mark.parametrize("typed", ["no\n", "\n", "", "y\n", "yes please\n"])
def test_nothing_is_deleted_without_a_yes(corpus, castmap, typed):
    before = everything(corpus.path("results"))
    run = forget(castmap, corpus, "heat", typed=typed)
    assert run.returncode == 1
    assert run.stdout.endswith("Type yes: Nothing was deleted.\n")
    assert everything(corpus.path("results")) == before


def test_a_yes_is_enough(corpus, castmap):
    run = forget(castmap, corpus, "heat", typed="yes\n")
    assert run.returncode == 0, run.stderr
    assert not corpus.path("results/heat/faces.zip").exists()


def test_links_are_deleted_and_what_they_lead_to_is_not(corpus, castmap, tmp_path_factory):
    outside = tmp_path_factory.mktemp("outside")
    for name in ("faces.zip", "folder/embeddings.sface.safetensors", "net/mvcorr/weights", "x.jpg"):
        write(outside / name)
    traps = {
        "results/heat/faces.zip": outside / "faces.zip",
        "results/heat/embeddings.folder": outside / "folder",
        "results/heat/.x.12.partial": outside / "gone",
        "results/adaptation/heat": outside / "net",
        "results/adaptation/checkpoints/all.pt": outside,
        "results/exports/heat/faces": outside / "folder",
        "results/exports/heat/x.jpg": outside / "x.jpg",
        "results/report/heat.html": outside / "faces.zip",
        "results/report/index.html": corpus.path("results/heat_2/faces.zip"),
    }
    for name, target in traps.items():
        place = corpus.path(name)
        if place.exists():
            subprocess.run(["rm", "-r", place], check=True)
        place.symlink_to(target)
    before = everything(outside)
    run = forget(castmap, corpus, "heat", "--yes")
    assert run.returncode == 0, run.stderr
    assert everything(outside) == before
    assert corpus.path("results/heat_2/faces.zip").exists()
    # A folder behind a link among the exports is not looked into, and its name is no picture's.
    kept = "results/exports/heat/faces"
    assert [name for name in traps if corpus.path(name).is_symlink()] == [kept]
    assert f"{outside}/net: what the deleted link results/adaptation/heat led to" in run.stdout


def test_the_pages_of_films_and_of_people_go_on_without_it(corpus, castmap):
    folder = corpus.path("results/demo_debate")
    write_film(folder, names={"C01": "Ann"})
    write_json(folder / "movie.json", exports_example.INFO | {"movie": "demo_debate"})
    write_table(corpus.path("results/demo_debate/review.parquet"), REVIEW, REVIEW.empty(), {})
    write(corpus.path("results/report/demo_debate.html"))
    run = forget(castmap, corpus, "heat", "--yes")
    assert run.returncode == 0, run.stderr
    page = corpus.path("results/report/index.html").read_text()
    assert page.count('<article class="film"') == 1
    assert "heat" not in page
    assert 'href="people.html"' in page
    people = corpus.path("results/report/people.html").read_text()
    assert people.count('<section class="sheet"') == 1 and "Ann" in people


def test_films_that_name_people_by_its_faces_lose_these_and_their_pages(corpus, castmap):
    for film, origins in {"heat_2": ["heat", "heat_3"], "the_heat": ["heat_2"]}.items():
        pd.DataFrame({"origin": origins}).to_parquet(
            corpus.path(f"results/{film}/name_evidence.parquet")
        )
    run = forget(castmap, corpus, "heat", "--yes")
    assert run.returncode == 0, run.stderr
    pages = [f"results/report/heat_2{kind}.html" for kind in ("", ".mining")]
    gone = ("results/heat_2/name_evidence.parquet", *pages)
    assert [name for name in gone if corpus.path(name).exists()] == []
    kept = ("results/the_heat/name_evidence.parquet", "results/report/the_heat.html")
    assert all(corpus.path(name).exists() for name in (*kept, "results/heat_2/faces.zip"))


def test_a_film_whose_folder_is_a_link_loses_the_link(corpus, castmap, tmp_path_factory):
    outside = tmp_path_factory.mktemp("outside")
    corpus.path("results/heat").rename(outside / "heat")
    corpus.path("results/heat").symlink_to(outside / "heat")
    run = forget(castmap, corpus, "heat", "--yes")
    assert run.returncode == 0, run.stderr
    assert not corpus.path("results/heat").is_symlink()
    assert (outside / "heat/faces.zip").exists()
    assert f"{outside}/heat: what the deleted link results/heat led to" in run.stdout


def test_a_shared_folder_behind_a_link_is_left_and_named(corpus, castmap, tmp_path_factory):
    outside = tmp_path_factory.mktemp("outside")
    corpus.path("results/report").rename(outside / "report")
    corpus.path("results/report").symlink_to(outside / "report")
    run = forget(castmap, corpus, "heat", "--yes")
    assert run.returncode == 1
    assert run.stderr == (
        "castmap: not deleted: results/report: a link, so nothing behind it was deleted\n"
    )
    assert (outside / "report/heat.html").exists()
    assert corpus.path("results/report").is_symlink()
    assert not corpus.path("results/heat/faces.zip").exists()


def test_results_on_another_disk_are_forgotten(corpus, castmap, tmp_path_factory):
    other = tmp_path_factory.mktemp("disk") / "results"
    corpus.path("results").rename(other)
    corpus.path("results").symlink_to(other)
    assert forget(castmap, corpus, "heat", "--yes").returncode == 0
    assert not (other / "heat/faces.zip").exists()
    assert (other / "heat_2/faces.zip").exists()


@pytest.mark.parametrize("name", HOSTILE_NAMES)
def test_a_hostile_name_is_refused_and_nothing_is_deleted(corpus, castmap, refused, name):
    before = everything(corpus.folder)
    sentence = refused(forget(castmap, corpus, "--yes", "--", name))
    assert "cannot be a film's name; the films are demo_debate," in sentence
    after = everything(corpus.folder)
    assert {path: after.get(path) for path in before} == before
    assert all("__pycache__" in str(path) for path in set(after) - set(before))


@pytest.mark.parametrize("name", ["cold", "héat", "\uff48eat"])
def test_an_unknown_film_is_refused_and_the_films_are_listed(corpus, castmap, refused, name):
    before = everything(corpus.path("results"))
    sentence = refused(forget(castmap, corpus, name, "--yes"))
    assert f"no film is called {name}" in sentence
    assert everything(corpus.path("results")) == before
    assert sentence.endswith("the films are demo_debate, demo_visitors, demo_evening, heat\n")
    assert corpus.path("results/report/index.html").exists()


def test_a_film_that_has_left_the_corpus_is_forgotten_too(corpus, castmap):
    corpus.path("films/heat.mp4").unlink()
    run = forget(castmap, corpus, "heat", "--yes")
    assert run.returncode == 0, run.stderr
    assert not corpus.path("results/heat/faces.zip").exists()
    assert "the film itself" not in run.stdout


def test_not_while_snakemake_is_at_work(corpus, castmap, refused):
    corpus.path(".snakemake").mkdir()
    with corpus.path(".snakemake/castmap.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        sentence = refused(forget(castmap, corpus, "heat", "--yes"))
    assert "another run of castmap is going on here" in sentence
    assert corpus.path("results/heat/faces.zip").exists()
    write(corpus.path(".snakemake/locks/0.input.lock"))  # as a killed run leaves it
    assert forget(castmap, corpus, "heat", "--yes").returncode == 0


def test_what_cannot_be_deleted_is_named_and_the_rest_is_deleted(tmp_path):
    for name in ("a/faces.zip", "b/in_use/x", "c/faces.zip"):
        write(tmp_path / name)
    paths = [tmp_path / name for name in ("a/faces.zip", "b/in_use", "c/faces.zip")]
    (failure,) = delete(paths)  # a folder cannot be unlinked, even by root
    assert failure.startswith(f"{tmp_path}/b/in_use: ")
    assert [path.exists() for path in paths] == [False, True, False]


def test_what_is_left_is_told_with_what_to_do(corpus, castmap, tmp_path_factory):
    film = corpus.path("films/heat.mp4")
    outside = tmp_path_factory.mktemp("videos") / "heat.mp4"
    film.rename(outside)
    film.symlink_to(outside)
    for method, movies in {"mvcorr": ["heat", "heat_2"], "triplet": ["heat_2"]}.items():
        path = corpus.path(f"results/adaptation/corpus/{method}/weights.safetensors")
        path.parent.mkdir(parents=True)
        record = {"inputs": {"weights": "0" * 64, **{movie: {} for movie in movies}}}
        save_file({"head": np.zeros(2)}, path, {"castmap": json.dumps(record)})
    write(corpus.path("results/corpus/people.parquet"))
    for kind in ("logs", "benchmarks"):
        for folder in ("heat", "adaptation/heat", "adaptation/heat_2"):
            write(corpus.path(f"results/{kind}/{folder}/any"))
    write(corpus.path("resources/corrections/heat.csv"))
    write(corpus.path("resources/published.dvc"), b"outs: []\n")
    train = corpus.path("resources/splits/train.txt")
    train.write_text("heat  # the one by Mann\n")
    copy = corpus.folder / "copy.zip"
    copy.hardlink_to(corpus.path("results/heat/faces.zip"))
    git = ["git", "-c", "user.name=me", "-c", "user.email=me@example.org"]
    subprocess.run([*git, "init", "-q"], cwd=corpus.folder, check=True)
    pages = ["results/report/heat.html", "results/report/heat_2.html"]
    subprocess.run([*git, "add", "-f", *pages], cwd=corpus.folder, check=True)

    run = forget(castmap, corpus, "heat", "--yes")
    assert run.returncode == 0, run.stderr
    left = [line for line in run.stdout.splitlines() if line.startswith("- ")]
    for told in (
        f"films/heat.mp4: a link to the film itself, {outside}. The next run makes again all",
        "resources/splits/train.txt: names the film. Remove its line",
        "results/adaptation/corpus/mvcorr/weights.safetensors: networks of the corpus that learnt",
        "results/corpus/people.parquet: says which characters of several films are one person",
        "results/benchmarks/adaptation/heat results/benchmarks/heat results/exports/heat "
        "results/heat results/logs/adaptation/heat results/logs/heat: tables and logs without",
        "resources/corrections/heat.csv: what people wrote about the film",
        "1 of the deleted files, among them results/heat/faces.zip, had a second name",
        "resources/published.dvc: results were published.",
        "git's history has results/report/heat.html. ",
        "Backups, copies, and pages or exports that were passed on",
    ):
        assert len([line for line in left if line.startswith(f"- {told}")]) == 1, (told, left)
    assert not any("triplet" in line or "heat_2" in line for line in left)
    assert outside.exists() and copy.exists()
