"""A SLURM cluster for the tests of this folder."""

import os
import shutil
import tempfile
from pathlib import Path

import pytest

from tests.slurm.nodes import missing_programs, start_cluster


@pytest.fixture(scope="module")
def cluster():
    """A cluster; tests are skipped without SLURM unless CASTMAP_REQUIRE_SLURM is set."""
    missing = missing_programs()
    if missing:
        message = f"no {', '.join(missing)}; `make slurm` installs SLURM"
        if os.environ.get("CASTMAP_REQUIRE_SLURM"):
            pytest.fail(message)
        pytest.skip(message)
    folder = Path(tempfile.mkdtemp(prefix="slurm-"))  # the path of a socket must be short
    try:
        with start_cluster(folder) as running:
            yield running
    finally:
        shutil.rmtree(folder)
