"""Faults in what users write stop the run before it starts, with one sentence and the fix."""

import os
import shutil

import pytest
import yte

from castmap.files.results import read_record
from tests.synthetic_films import draw_gradients


def run_with(copy, name, change):
    path = copy.path(name)
    path.write_text(change(path.read_text()))
    run = copy.snakemake("--dry-run")
    assert run.returncode != 0
    assert "Traceback" not in run.stdout
    return run.stdout


@pytest.mark.parametrize(
    ("name", "before", "after", "sentence"),
    [
        (
            "config.yaml",
            "prior_distance:",
            "prior_distence:",
            "unknown key clustering.prior_distence; did you mean prior_distance?",
        ),
        ("config.yaml", "long_side_px: 640", "long_side_px: 0", "faces.long_side_px is 0"),
        (
            "resources/movies.tsv",
            "demo_evening\t",
            "demo_debate\t",
            "resources/movies.tsv, line 4: the movie demo_debate is in line 2 already",
        ),
    ],
)
def test_a_fault_is_one_sentence_with_its_place_and_fix(fresh, name, before, after, sentence):
    output = run_with(fresh, name, lambda text: text.replace(before, after, 1))
    assert sentence in output
    assert name in output


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (("seed: 2008", "seed:\t2008"), "config.yaml, line 9: a tab; YAML wants spaces"),
        (("seed: 2008", "seed: 2008\nseed: 5"), "line 10: the key seed stands in line 9 already"),
        (("device: auto", 'device: "cpu\\n"'), "device is 'cpu\\n'; it takes auto, cpu, cuda"),
        (("folder: films", "folder: filmz"), "movies.folder is 'filmz', which does not exist"),
        (
            ("seed: 2008", "seed: !!python/object/apply:os.mkdir [pwned]"),
            "the tag !!python/object/apply:os.mkdir",
        ),
    ],
)
def test_a_file_that_is_no_plain_settings_is_one_sentence(
    fresh, castmap, refused, change, sentence
):
    config = fresh.path("config.yaml")
    config.write_text(config.read_text().replace(*change, 1))
    run = fresh.snakemake("--dry-run")
    assert run.returncode == 1
    (said,) = [line for line in run.stdout.splitlines() if line.startswith("castmap: ")]
    assert sentence in said
    assert "Traceback" not in run.stdout
    assert refused(castmap(fresh.folder, "run", "-n")).strip() == said
    assert not fresh.path("pwned").exists()


def test_code_in_the_settings_is_not_run(fresh, monkeypatch):
    """Snakemake's own reader runs what follows a ? where the file asks for it."""
    config = fresh.path("config.yaml")
    text = "__use_yte__: true\n" + config.read_text()
    text = text.replace("seed: 2008", "seed: ?__import__('os').mkdir('pwned')")
    monkeypatch.chdir(fresh.folder)
    yte.process_yaml(text, require_use_yte=True)
    fresh.path("pwned").rmdir()
    config.write_text(text)
    run = fresh.snakemake("--dry-run")
    assert run.returncode == 1
    assert "castmap: config.yaml, line 1: unknown key __use_yte__" in run.stdout
    assert not fresh.path("pwned").exists()


def test_what_the_command_line_lays_over_the_file_is_checked_too(fresh, castmap, refused):
    run = fresh.snakemake("--dry-run", "--config", "faces={min_score: .nan}")
    assert run.returncode == 1
    assert (
        "castmap: --config: faces.min_score is '.nan'; it takes a number from 0 to 1" in run.stdout
    )
    fresh.path("own.yaml").write_text("seed: 1\nseed: 2\n")
    run = fresh.snakemake("--dry-run", "--configfile", "own.yaml")
    assert run.returncode == 1
    sentence = "castmap: own.yaml, line 2: the key seed stands in line 1 already; remove one"
    assert sentence in run.stdout
    more = ("--", "--configfile", "own.yaml")
    assert refused(castmap(fresh.folder, "run", "-n", *more)).startswith(sentence)


def test_labels_that_are_gone_are_named(fresh):
    for name, movie in {"labels": "own", "empty": "other"}.items():
        fresh.path(name).mkdir()
        with fresh.path("resources/movies.tsv").open("a") as sheet:
            sheet.write(f"{movie}\tREADME.md\t\t\t{name}\tfilm\n")
    fresh.path("labels/faces.csv").write_text("")
    run = fresh.snakemake("--dry-run")
    assert run.returncode == 0
    assert "castmap: resources/movies.tsv: labels of other: empty/faces.csv does not" in run.stdout
    assert "labels of own" not in run.stdout


def test_detection_follows_the_content_of_a_detector_of_ones_own(fresh, root):
    """The detector is CenterFace's own config and weights, as a user's files."""
    for name in ("train", "held_out"):
        fresh.path(f"resources/splits/{name}.txt").write_text("# none\n")
    sheet = fresh.path("resources/movies.tsv")
    sheet.write_text(sheet.read_text().splitlines(keepends=True)[0])
    draw_gradients(fresh.path("films/street.mp4"), 5)
    source = (root / "workflow_scripts/castmap/faces/centerface_config.py").read_text()
    fresh.path("base.py").write_text(source)
    fresh.path("net.py").write_text("_base_ = 'base.py'\n")
    weights = fresh.path("net.safetensors")
    shutil.copy(fresh.path("resources/weights/centerface.safetensors"), weights)
    config = fresh.path("config.yaml")
    text = config.read_text().replace("model: centerface ", "model: net.py ")
    config.write_text(text.replace("checkpoint: null", "checkpoint: net.safetensors"))
    target = "results/street/detections.parquet"
    run = fresh.snakemake(target)
    assert run.returncode == 0, run.stdout
    used = read_record(fresh.path(target))["settings"]
    assert used["model"] == "net.py"
    assert len(used["model_sha256"]) == 64
    assert fresh.planned(target) == {}
    for name, change in {
        "net.py": lambda content: content + b"# other\n",
        "base.py": lambda content: content.replace(b"0.05", b"0.06"),
        "net.safetensors": lambda content: content[:-1] + bytes([content[-1] ^ 1]),
    }.items():
        path = fresh.path(name)
        before, dates = path.read_bytes(), path.stat()
        path.write_bytes(change(before))
        os.utime(path, ns=(dates.st_atime_ns, dates.st_mtime_ns))
        assert fresh.planned(target) == {"detect_faces": 1}, name
        path.write_bytes(before)
    assert fresh.planned(target) == {}
    fresh.path("base.py").unlink()
    run = fresh.snakemake(target, "--dry-run")
    assert run.returncode == 1
    assert "faces.model is 'net.py', which builds on base.py, which is no file" in run.stdout
