"""A shot detector of an installed package runs in the workflow: one file, one entry point."""

import pytest

from castmap.files.results import read_record, read_table
from castmap.formats.tables import SHOTS
from tests.conftest import copy_repository
from tests.synthetic_films import draw_gradients

DETECTOR = '''"""A cut after every so many frames.

It finds nothing; it counts.
"""

from castmap.shots.boundaries import boundaries_table

MEMBER = {
    "parameters": {
        "frames": {
            "type": "integer",
            "minimum": 1,
            "default": 10,
            "description": "a whole number of frames, 1 or more",
        },
    },
}


def find_boundaries(film, threshold, *, frames):
    assert film.weights is None
    pictures = list(film.decode((16, 12)))
    assert all(picture.shape == (12, 16, 3) for picture in pictures)
    cuts = range(frames, len(pictures), frames)
    return boundaries_table((cut, "cut", cut, cut, threshold) for cut in cuts)
'''


@pytest.fixture
def copy(root, tmp_path, install):
    """A working copy with one small film, beside a package that pip would have installed."""
    install("metronome_shots", DETECTOR, "castmap.shot_detectors", "metronome")
    copy = copy_repository(root, tmp_path / "copy")
    sheet = copy.path("resources/movies.tsv")
    sheet.write_text(sheet.read_text().partition("\n")[0] + "\n")
    draw_gradients(copy.path("films/talk.mp4"), 30)
    return copy


def choose(copy, own=""):
    """Say in config.yaml that the added detector finds the shots; ``own`` are its parameters."""
    config = copy.path("config.yaml")
    lines = config.read_text().splitlines(keepends=True)
    (place,) = (n for n, line in enumerate(lines) if line.startswith("  detector:"))
    lines[place] = "  detector: metronome\n" + own
    config.write_text("".join(lines))


def find(copy):
    """The first frames of the shots, and the settings beside them."""
    run = copy.snakemake("results/talk/shots.parquet", cores=1)
    assert run.returncode == 0, run.stdout
    path = copy.path("results/talk/shots.parquet")
    return read_table(path, SHOTS)["start_frame"].tolist(), read_record(path)["settings"]


def test_a_detector_of_another_package_finds_the_shots_by_a_parameter_of_its_own(copy):
    choose(copy)
    starts, settings = find(copy)
    assert starts == [0, 10, 20]
    assert settings["detector"] == "metronome"
    assert settings["parameters"] == {"frames": 10}
    choose(copy, "  detectors: {metronome: {frames: 15}}\n")
    starts, settings = find(copy)
    assert starts == [0, 15]
    assert settings["parameters"] == {"frames": 15}
