"""What all subcommands share: help, where the command may be called, and how it is installed."""

import os
import re
import site
import subprocess
import sys
import venv

import pytest

from castmap.command.__main__ import FOR_EVERYBODY, FOR_MAINTAINERS
from tests.conftest import copy_repository


def test_help_lists_every_subcommand(root, castmap):
    said = castmap(root, "--help")
    assert said.returncode == 0
    listed = re.findall(r"^ {2,4}([a-z][a-z-]+) {2}", said.stdout, re.MULTILINE)
    assert listed == [*FOR_EVERYBODY, *FOR_MAINTAINERS]


def test_help_imports_nothing_that_takes_long(root):
    script = (
        "import sys\n"
        "from castmap.command.__main__ import main\n"
        "try:\n    main(['--help'])\nfinally:\n    print(*sys.modules)"
    )
    environment = {**os.environ, "PYTHONPATH": str(root / "workflow_scripts")}
    run = subprocess.run(
        [sys.executable, "-c", script], env=environment, capture_output=True, text=True, check=True
    )
    loaded = set(run.stdout.splitlines()[-1].split())
    assert "castmap.console" in loaded
    assert loaded.isdisjoint({"numpy", "pandas", "torch", "yaml", "jsonschema", "snakemake"})


@pytest.mark.parametrize("name", [*FOR_EVERYBODY, *FOR_MAINTAINERS])
def test_help_of_a_subcommand_explains_and_gives_an_example(root, castmap, name):
    said = castmap(root, name, "--help")
    assert said.returncode == 0
    _, summary, *_ = said.stdout.split("\n\n")
    assert len(summary) > 50
    assert f"\n    castmap {name}" in said.stdout


@pytest.mark.parametrize("arguments", ["run", "export x", "doctor", "forget x", "publish"])
def test_elsewhere_it_says_that_there_is_no_repository(root, castmap, refused, tmp_path, arguments):
    sentence = refused(
        castmap(tmp_path, *arguments.split(), PYTHONPATH=str(root / "workflow_scripts"))
    )
    assert "is no castmap repository (it has no Snakefile); change into the folder" in sentence
    assert list(tmp_path.iterdir()) == []


def test_an_incomplete_environment_is_one_sentence(root):
    command = [sys.executable, "-S", "-m", "castmap.command", "doctor"]  # -S: no packages
    run = subprocess.run(
        command,
        cwd=root,
        env={**os.environ, "PYTHONPATH": str(root / "workflow_scripts")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 1
    assert run.stderr.startswith("castmap: No module named ")
    assert run.stderr.endswith("or install it by `python envs/install.py`\n")
    assert run.stderr.count("\n") == 1


def test_the_installed_command_runs_the_code_of_the_repository_it_is_called_in(root, tmp_path):
    installed = copy_repository(root, tmp_path / "installed").folder
    other = copy_repository(root, tmp_path / "other").folder
    front = other / "workflow_scripts/castmap/command/__main__.py"
    front.write_text(front.read_text().replace("Who appears where", "The other clone: who appears"))
    environment = tmp_path / "environment"
    venv.create(environment)
    (packages,) = environment.glob("lib/python*/site-packages")
    # An environment with the lock's packages, and no other: what `make` has before this step.
    packages.joinpath("lock.pth").write_text("\n".join(site.getsitepackages()))
    pip = [sys.executable, "-m", "pip", "--python", str(environment / "bin/python"), "install"]
    offline = ["--no-index", "--no-deps", "--no-build-isolation", "--editable", "."]
    subprocess.run([*pip, *offline], cwd=installed, check=True)

    def call(folder, *arguments):
        command = [environment / "bin/castmap", *arguments]
        clean = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
        return subprocess.run(
            command, cwd=folder, env=clean, capture_output=True, text=True, check=False
        )

    assert "Who appears where" in call(installed, "--help").stdout
    assert "The other clone: who appears" in call(other, "--help").stdout
    nowhere = call(tmp_path, "doctor")
    assert nowhere.returncode == 1
    assert "is no castmap repository" in nowhere.stderr
    # What the command starts is the copy's own, too: here Snakemake's planning.
    rule = (
        "rule where:\n    run:\n        import castmap.console\n        print(castmap.__file__)\n"
    )
    other.joinpath("Snakefile").write_text(rule)
    ran = call(other, "run", "--cores", "1", "--", "--quiet", "all")
    assert str(other / "workflow_scripts/castmap/__init__.py") in ran.stdout
