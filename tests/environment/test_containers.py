"""The container recipes, and jobs in containers, as far as they can be checked without any."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

RECIPES = ("envs/Dockerfile", "envs/castmap.def")
PRINT_ENVIRONMENTS = """
import json, sys
from pathlib import Path
from snakemake.api import SnakemakeApi
from snakemake.settings.types import (
    DeploymentMethod, DeploymentSettings, OutputSettings, ResourceSettings
)
settings = DeploymentSettings(deployment_method={DeploymentMethod.APPTAINER})
with SnakemakeApi(OutputSettings()) as api:
    asked = api.workflow(
        ResourceSettings(cores=1), deployment_settings=settings, snakefile=Path("Snakefile")
    )
    rules = [rule for rule in asked._workflow.rules if not rule.norun]
    environments = {rule.name: [rule.container_img, str(rule.conda_env)] for rule in rules}
json.dump(environments, sys.stdout)
"""


@pytest.fixture(params=RECIPES)
def recipe(request, root):
    """A recipe without its comments, with continued lines joined."""
    text = (root / request.param).read_text()
    lines = [line for line in text.splitlines() if not line.lstrip().startswith("#")]
    return re.sub(r"\\\n\s*", "", "\n".join(lines))


def test_the_image_has_the_python_of_the_other_environments(recipe, root):
    (version,) = re.findall(r"^from:? python:([\d.]+)-", recipe, re.I | re.M)
    conda = yaml.safe_load((root / "envs/castmap.yaml").read_text())["dependencies"]
    assert f"python={version}" in conda


def copied(recipe, root):
    """The files that an image gets."""
    lines = re.findall(r"^(?:COPY|ADD)?\s*((?:[\w.*/-]+ )+)/\S+$", recipe, re.M)
    return sorted(path for line in lines for name in line.split() for path in root.glob(name))


def test_it_installs_the_lock_by_its_hashes_and_nothing_else(recipe, root):
    installer = (root / "envs/install.py").read_text()
    lists = {root / "envs" / name for name in re.findall(r"\w+\.txt", installer)}
    assert root / "envs/requirements.txt" in lists
    assert copied(recipe, root) == sorted([*lists, root / "envs/install.py"])
    assert "python /opt/castmap/install.py" in recipe
    assert "pip install" not in recipe


def test_it_has_the_system_packages_that_the_readme_names(recipe, root):
    (named,) = re.findall(r"apt-get install ([a-z0-9 .-]+)`", (root / "README.md").read_text())
    (installed,) = re.findall(r"apt-get install -y --no-install-recommends ([a-z0-9 .-]+)", recipe)
    assert installed.split() == named.split()


def test_its_command_runs_the_code_of_the_clone_it_is_called_in(recipe, tmp_path):
    (line,) = re.findall(r"^(?:RUN)?\s*(printf .*)$", recipe, re.M)
    command = tmp_path / "castmap"
    writes = line.replace("/usr/local/bin/castmap", str(command))
    subprocess.run(["sh", "-c", writes], check=True)
    clone = tmp_path / "clone"
    package = clone / "workflow_scripts/castmap/command"
    package.mkdir(parents=True)
    for path in (clone / "Snakefile", package / "__init__.py", package.parent / "__init__.py"):
        path.touch()
    package.joinpath("__main__.py").write_text("import sys\nprint('the clone:', *sys.argv[1:])\n")
    said = subprocess.run(
        [command, "run", "a b.mp4"], cwd=clone, capture_output=True, text=True, check=True
    )
    assert said.stdout == "the clone: run a b.mp4\n"
    elsewhere = subprocess.run(
        [command, "--help"], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert elsewhere.returncode == 1
    assert "is no castmap repository: mount your clone" in elsewhere.stderr


def test_every_job_has_the_image_that_the_recipe_makes_and_the_conda_environment(fresh, root):
    (image,) = re.findall(r"apptainer build (\S+) envs", (root / "envs/castmap.def").read_text())
    run = fresh.snakemake("--dry-run", "--sdm", "apptainer")
    assert run.returncode == 1
    assert f"castmap: {image} does not exist: --sdm apptainer runs jobs in an image" in run.stdout
    fresh.path(image).touch()
    run = subprocess.run(
        [sys.executable, "-c", PRINT_ENVIRONMENTS],
        cwd=fresh.folder,
        capture_output=True,
        text=True,
        check=True,
    )
    environments = json.loads(run.stdout)
    assert {"probe_movie", "detect_faces", "report_corpus"} <= environments.keys()
    assert {name for name, _ in environments.values()} == {image}
    assert {Path(conda).name for _, conda in environments.values()} == {"castmap.yaml"}
