"""What tests of the workflow may ask for: its rules, as Snakemake has read them."""

import json
import subprocess
import sys

import pytest


@pytest.fixture(scope="session")
def rules(root):
    """The rules by name; see tests/print_rules.py."""
    command = [sys.executable, str(root / "tests/print_rules.py")]
    run = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
    return json.loads(run.stdout)
