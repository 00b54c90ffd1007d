"""An export in one file of another package comes out of the workflow."""

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


def test_an_export_of_another_package_is_written_and_written_again_when_it_changes(fresh, install):
    module = install("cast_names", ADDED, "castmap.exports", "cast_names")
    fresh.path("films/tiny.mp4").write_bytes(b"exports name the film, and do not read it")
    write_film(fresh.path("results/tiny"), names={"C01": "Ann"})
    run = fresh.snakemake(TARGET, *ONLY)
    assert run.returncode == 0, run.stdout
    assert fresh.path(TARGET).read_text() == "Ann\nC02\n"
    assert fresh.path("results/exports/tiny/cast_map.csv").exists()
    assert fresh.planned(TARGET, *ONLY) == {}
    module.write_text(module.read_text().replace("{label}", "{label}!"))
    assert fresh.planned(TARGET, *ONLY) == {"export_movie": 1}
