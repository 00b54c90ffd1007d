"""What a stage takes and makes, read from its source."""

import pytest

from castmap.stages.signature import Argument, read_signature, shell_line

STAGE = '''
from pathlib import Path
from typing import NamedTuple

from castmap.formats.tables import Shots, Tracks
from castmap.stages.arguments import ByMovie, Embeddings, Job, NewFile, NewFiles
from kit.limits import Limits


class Output(NamedTuple):
    """What the stage makes."""

    tracks: Tracks
    by_movie: ByMovie[Tracks]


def do_it(
    shots: Shots,
    embeddings: ByMovie[Embeddings],
    weights: list[Path],
    corrections: Path | None,
    archive: NewFile,
    cards: NewFiles,
    job: Job,
    *,
    model: str,
    methods: list[str],
    limits: Limits,
    threads: int,
    verbose: bool = False,
) -> Output:
    """Do it."""
'''
LIMITS = '''
from dataclasses import dataclass


@dataclass(frozen=True)
class Limits:
    """Limits."""

    min_faces: int
    sizes: list[int]
    slack: float = 0.5
'''


@pytest.fixture
def script(tmp_path):
    """A script that uses every kind of argument, and its own library beside it."""
    (tmp_path / "kit").mkdir()
    (tmp_path / "kit/limits.py").write_text(LIMITS)
    path = tmp_path / "do_it.py"
    path.write_text(STAGE)
    return path


def test_inputs_settings_and_outputs_are_told_apart(script):
    signature = read_signature(script)
    assert signature.inputs == (
        Argument("shots", False),
        Argument("embeddings", True),
        Argument("weights", True),
        Argument("corrections", False),
    )
    # A class of settings stands for its fields; what has a default is for whoever calls by hand.
    assert signature.settings == (
        Argument("model", False),
        Argument("methods", True),
        Argument("min_faces", False),
        Argument("sizes", True),
    )
    assert signature.outputs == (
        Argument("archive", False),
        Argument("cards", True),
        Argument("tracks", False),
        Argument("by_movie", True),
    )
    assert signature.threads


def test_the_line_names_each_option_once_and_ties_single_values_to_theirs(script):
    assert shell_line(script) == (
        "--shots {input.shots:q} --embeddings {input.embeddings:q} --weights {input.weights:q}"
        " --corrections {input.corrections:q}"
        " --model={params.model:q} --methods {params.methods:q}"
        " --min-faces={params.min_faces:q} --sizes {params.sizes:q}"
        " --threads={threads}"
        " --out-archive {output.archive:q} --out-cards {output.cards:q}"
        " --out-tracks {output.tracks:q} --out-by-movie {output.by_movie:q}"
        " --log {log:q}"
    )


def test_a_stage_that_makes_nothing_of_its_own_and_knows_no_threads(tmp_path):
    script = tmp_path / "look.py"
    script.write_text("def look(page: Page) -> None:\n    pass\n")
    assert shell_line(script) == "--page {input.page:q} --log {log:q}"


def test_a_class_of_settings_may_stand_in_the_script_itself(tmp_path):
    script = tmp_path / "look.py"
    script.write_text(
        "class Limits:\n    size: int\n\n"
        "def look(page: Page, *, limits: Limits) -> None:\n    pass\n"
    )
    assert read_signature(script).settings == (Argument("size", False),)


def test_nothing_of_a_stage_is_imported(script):
    script.write_text("raise SystemExit('imported')\n" + STAGE)
    assert len(read_signature(script).inputs) == 4


def test_a_script_without_its_function_is_named(tmp_path):
    script = tmp_path / "look.py"
    script.write_text("def other(): ...\n")
    with pytest.raises(ValueError, match=r"look\.py has no function look"):
        read_signature(script)
