"""An export in one file of another package comes out of the workflow."""

import os

import pytest

from tests.stages.test_export_movie import write_film

ADDED = '''"""The characters' names, one on each line."""

from castmap.files.whole import write_text

MEMBER = {"files": ["names.txt"], "opens_in": "any editor", "how": "a name on each line"}


def write(film, path):
    write_text(path, "".join(f"{label}\\n" for label in film.labels.values()))
'''
TARGET = "results/exports/tiny/names.txt"
# The film's other results are given; nothing is recorded of what made them.
ONLY = ("--allowed-rules", "export_movie", "--rerun-triggers", "mtime", "params", "code")


@pytest.fixture
def package(tmp_path_factory, monkeypatch):
    """The folder of an installed package that adds an export."""
    folder = tmp_path_factory.mktemp("site")
    info = folder / "names_of_cast-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: names-of-cast\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[castmap.exports]\ncast_names = cast_names\n")
    (folder / "cast_names.py").write_text(ADDED)
    monkeypatch.setenv("PYTHONPATH", str(folder), prepend=os.pathsep)
    return folder


def test_an_export_of_another_package_is_written_and_written_again_when_it_changes(fresh, package):
    fresh.path("films/tiny.mp4").write_bytes(b"exports name the film, and do not read it")
    write_film(fresh.path("results/tiny"), names={"C01": "Ann"})
    run = fresh.snakemake(TARGET, *ONLY)
    assert run.returncode == 0, run.stdout
    assert fresh.path(TARGET).read_text() == "Ann\nC02\n"
    assert fresh.path("results/exports/tiny/cast_map.csv").exists()
    assert fresh.planned(TARGET, *ONLY) == {}
    module = package / "cast_names.py"
    module.write_text(module.read_text().replace("{label}", "{label}!"))
    assert fresh.planned(TARGET, *ONLY) == {"export_movie": 1}
