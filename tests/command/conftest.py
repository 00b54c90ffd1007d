"""The `castmap` command, run in a working copy as a person would."""

import os
import subprocess
import sys

import pytest


@pytest.fixture(scope="session")
def castmap():
    """A function that runs the command in a folder; ``typed`` is what the person types."""

    def call(folder, *arguments, typed="", **variables):
        return subprocess.run(
            [sys.executable, "-m", "workflow_scripts.command", *map(str, arguments)],
            cwd=folder,
            env={**os.environ, "OMP_NUM_THREADS": "1", **variables},
            input=typed,
            text=True,
            errors="surrogateescape",
            capture_output=True,
            check=False,
            timeout=600,
        )

    return call


@pytest.fixture(scope="session")
def refused():
    """A function that asserts that a run was refused with one sentence, and returns it."""

    def check(run):
        assert run.returncode == 1, run.stdout + run.stderr
        assert run.stdout == ""
        assert run.stderr.startswith("castmap: ") and run.stderr.count("\n") == 1, run.stderr
        return run.stderr

    return check
