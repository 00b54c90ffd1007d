"""What tests of the workflow may ask for: its rules, and a package that adds to a catalogue."""

import json
import os
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


@pytest.fixture
def install(tmp_path, monkeypatch):
    """A function that installs a package of one module, which adds a member to a catalogue.

    It takes the module's name and text, the catalogue's group and the member's name, and gives the
    module's path.
    """

    def install(module, text, group, member):
        packages = tmp_path / "packages"
        about = packages / f"{module}-1.0.dist-info"
        about.mkdir(parents=True)
        (about / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {module}\nVersion: 1.0\n")
        (about / "entry_points.txt").write_text(f"[{group}]\n{member} = {module}\n")
        path = packages / f"{module}.py"
        path.write_text(text)
        monkeypatch.setenv("PYTHONPATH", str(packages), prepend=os.pathsep)
        return path

    return install
