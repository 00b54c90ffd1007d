"""castmap as a module of somebody else's workflow, in another folder, with settings of its own."""

import os
import shutil

import pytest

from castmap.files.results import read_table
from castmap.formats.tables import FRAMES, SHOTS
from tests.conftest import WorkingCopy, copy_repository
from tests.synthetic_films import draw_gradients

FILM_SHEET = "movie\tpath\ttitle\tyear\tlabels\trole\nstreet\tfilms/street.mp4\tStreet\t\t\tfilm\n"
CONFIG = """\
samples: [street]
castmap:
  movies: {sheet: films.tsv, folder: null}
  shots: {min_length_s: 0.1}
  device: cpu
"""
# After the module: its rules have another prefix, and Ctrl-C does what Snakemake makes of it.
SNAKEFILE = """\
import signal

BEFORE = signal.getsignal(signal.SIGINT)


configfile: "settings.yaml"


module castmap:
    snakefile: "../cast map/Snakefile"
    config: config["castmap"]


use rule * from castmap as castmap_*


assert signal.getsignal(signal.SIGINT) is BEFORE


rule count_shots:
    default_target: True
    input: expand("results/{movie}/shots.parquet", movie=config["samples"])
    output: "shots.txt"
    shell: "wc -c {input} > {output}; echo prefix ${{OPENCV_FOR_THREADS_NUM:-}} >> {output}"
"""


@pytest.fixture(scope="module")
def theirs(root, tmp_path_factory):
    """A folder with a film, beside a clone of castmap whose path has a space."""
    place = tmp_path_factory.mktemp("module")
    clone = copy_repository(root, place / "cast map")
    folder = place / "theirs"
    for name in ("films", "resources/splits"):
        (folder / name).mkdir(parents=True)
    clone.path("resources/weights").rename(folder / "resources/weights")
    for name in ("train", "held_out"):
        (folder / f"resources/splits/{name}.txt").touch()
    (folder / "films.tsv").write_text(FILM_SHEET)
    (folder / "settings.yaml").write_text(CONFIG)
    (folder / "Snakefile").write_text(SNAKEFILE)
    draw_gradients(folder / "films/street.mp4", 2)
    return WorkingCopy(folder)


def files(folder):
    return {path for path in folder.rglob("*") if "__pycache__" not in path.parts}


def test_its_rules_run_on_the_films_of_the_folder_and_leave_the_clone_alone(theirs):
    clone = theirs.folder.with_name("cast map")
    before = files(clone)
    run = theirs.snakemake()
    assert run.returncode == 0, run.stdout
    size, prefix = theirs.path("shots.txt").read_text().splitlines()
    assert size.endswith(" results/street/shots.parquet")
    assert prefix == "prefix"  # castmap's own is for its rules alone
    frames = read_table(theirs.path("results/street/frames.parquet"), FRAMES)
    shots = read_table(theirs.path("results/street/shots.parquet"), SHOTS)
    assert shots["end_frame"].iloc[-1] == len(frames)
    assert theirs.path("results/skipped.csv").exists()
    assert files(clone) == before


def test_all_the_rest_is_planned_and_what_is_damaged_is_made_again(theirs):
    os.truncate(theirs.path("results/street/shots.parquet"), 100)
    said = theirs.snakemake("--dry-run", "results/street/shots.parquet").stdout
    assert "castmap: results/street/shots.parquet is damaged (" in said
    planned = theirs.planned("castmap_all")
    rest = ("detect_shots", "detect_faces", "export_movie", "report_movie", "lock_tables")
    assert planned.keys() >= {f"castmap_{rule}" for rule in rest}
    assert planned.keys().isdisjoint({"castmap_probe_movie", "castmap_fetch_weights"})


def test_rules_keep_their_names_where_they_are_not_given_others(theirs):
    snakefile = theirs.path("Unnamed")
    snakefile.write_text(SNAKEFILE.replace(" as castmap_*", ""))
    planned = theirs.planned("--snakefile", "Unnamed", "all")
    assert planned.keys() >= {"detect_faces", "export_movie", "report_movie", "report_corpus"}


@pytest.mark.parametrize(
    ("name", "before", "after", "sentence"),
    [
        (
            "settings.yaml",
            "min_length_s: 0.1",
            "min_lenght_s: 0.1",
            "castmap: the module's config: unknown key shots.min_lenght_s; did you mean",
        ),
        (
            "Snakefile",
            '    config: config["castmap"]\n',
            '    config: config["castmap"]\n    prefix: "faces"\n',
            "castmap: a module's prefix: castmap's files lie in results/ and resources/ of",
        ),
    ],
)
def test_what_does_not_work_is_one_sentence(theirs, tmp_path, name, before, after, sentence):
    shutil.copy(theirs.path(name), tmp_path)
    text = theirs.path(name).read_text()
    assert before in text
    theirs.path(name).write_text(text.replace(before, after))
    run = theirs.snakemake("--dry-run")
    shutil.copy(tmp_path / name, theirs.path(name))
    assert run.returncode != 0
    assert sentence in run.stdout
    assert "Traceback" not in run.stdout
