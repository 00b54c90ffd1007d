"""What every test may ask for: the repository, the pretrained weights, a run of the workflow."""

import argparse
import fcntl
import os
import re
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import hypothesis
import pytest
import yaml

from tests.synthetic_films import draw_gradients

# Speed is no property that is tested, and a run of the tests is to say the same twice.
hypothesis.settings.register_profile("castmap", deadline=None, derandomize=True)
hypothesis.settings.load_profile("castmap")

# What a shell runs in the background ignores Ctrl-C, and so would all that tests start.
signal.signal(signal.SIGINT, signal.default_int_handler)

ROOT = Path(__file__).resolve().parents[1]
SHOTS_KEPT = 5
HOSTILE_TITLE = '<img src=x onerror="document.title=1"> & <b>Evening</b>'


class WorkingCopy:
    """A copy of the repository's files in which Snakemake can be run."""

    def __init__(self, folder: Path):
        self.folder = folder

    def snakemake(self, *arguments: str, cores: int = 2) -> subprocess.CompletedProcess:
        """Run Snakemake; its output and errors together are in ``stdout``."""
        command = [sys.executable, "-m", "snakemake", *arguments, "--cores", str(cores)]
        environment = {**os.environ, "OMP_NUM_THREADS": "1"}
        return subprocess.run(
            command,
            cwd=self.folder,
            env=environment,
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            check=False,
            timeout=1100,
        )

    def planned(self, *arguments: str) -> dict[str, int]:
        """The jobs a run would do now: how many of each rule."""
        run = self.snakemake("--dry-run", *arguments)
        assert run.returncode == 0, run.stdout
        stats = re.search(r"Job stats:\njob +count\n[- ]+\n(.*?)\ntotal ", run.stdout, re.DOTALL)
        if stats is None:
            assert "Nothing to be done" in run.stdout, run.stdout
            return {}
        jobs = dict(line.split() for line in stats.group(1).splitlines())
        return {rule: int(count) for rule, count in jobs.items() if not rule.endswith("all")}

    def copied_to(self, folder: Path) -> "WorkingCopy":
        """A copy of everything, results and Snakemake's records of them included."""
        shutil.copytree(self.folder, folder, symlinks=True)  # dates stay, too
        return WorkingCopy(folder)

    def path(self, name: str) -> Path:
        """A file of the copy."""
        return self.folder / name


def call(module: ModuleType, *arguments: object) -> int:
    """Run a subcommand of `castmap` in this process, wherever that is."""
    parser = argparse.ArgumentParser()
    module.add_arguments(parser)
    return module.run(parser.parse_args([str(argument) for argument in arguments]))


def copy_repository(root: Path, folder: Path) -> WorkingCopy:
    """Copy the files git knows or would add, and link the weights and footage already fetched."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=root, text=True, stdout=subprocess.PIPE, check=True)
    for name in listed.stdout.splitlines():
        if (root / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(root / name, folder / name)
    for name in ("resources/weights", "resources/demo/footage"):
        if not (root / name).is_dir():
            pytest.fail(f"{name} is missing; `make weights demo-films` makes it")
        shutil.copytree(root / name, folder / name, copy_function=os.link)
    return WorkingCopy(folder)


@pytest.fixture
def fresh(root, tmp_path) -> WorkingCopy:
    """A working copy in which nothing has run."""
    return copy_repository(root, tmp_path)


@pytest.fixture(scope="session")
def demo(root, tmp_path_factory) -> WorkingCopy:
    """A working copy whose demo films are cut to a few shots and have been processed.

    One film has a title that would break a careless page, and one file is a still. It is made once
    for all processes that test side by side; each has a copy of its own.

    Tests that change it put it back as it was.
    """
    common = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        common = common.parent
    made = common / "demo_of_all"
    with (common / "demo.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not made.exists():
            build_demo(root, made)
    return WorkingCopy(made).copied_to(tmp_path_factory.mktemp("demo") / "castmap")


def build_demo(root: Path, folder: Path) -> None:
    """Process the demo, cut short; if that fails, nothing is left behind."""
    copy = copy_repository(root, folder.with_name("demo_in_the_making"))
    for edits in copy.folder.glob("resources/demo/edits/demo_*.yaml"):
        film = yaml.safe_load(edits.read_text())
        film["shots"] = film["shots"][:SHOTS_KEPT]
        edits.write_text(yaml.safe_dump(film, sort_keys=False))
    sheet = copy.path("resources/movies.tsv")
    sheet.write_text(sheet.read_text().replace("One Evening (demo)", HOSTILE_TITLE))
    draw_gradients(copy.path("films/notes.mp4"), 1)
    run = copy.snakemake()
    if run.returncode:
        shutil.rmtree(copy.folder)
        pytest.fail(run.stdout)
    copy.folder.rename(folder)


@pytest.fixture(scope="session")
def root() -> Path:
    """The repository's root folder."""
    return ROOT


@pytest.fixture(scope="session")
def weights():
    """A function from a file name under resources/weights/ to its path."""

    def path(name: str) -> Path:
        found = ROOT / "resources" / "weights" / name
        if not found.exists():
            pytest.fail(f"{found.relative_to(ROOT)} is missing; `make weights` makes it")
        return found

    return path


@pytest.fixture(scope="session")
def castmap():
    """A function that runs the command in a folder; ``typed`` is what the person types."""

    def call(folder, *arguments, typed="", **variables):
        return subprocess.run(
            [sys.executable, "-m", "castmap.command", *map(str, arguments)],
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
