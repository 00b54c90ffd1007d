"""The hosted continuous integration runs what .ci/run runs, and cannot drift from it."""

import re

import pytest
import yaml


@pytest.fixture
def job(root):
    """The one job of the hosted workflow."""
    workflow = yaml.safe_load((root / ".github/workflows/ci.yml").read_text())
    assert workflow[True] == ["push", "pull_request"]  # YAML 1.1 reads `on` so
    (job,) = workflow["jobs"].values()
    return job


@pytest.fixture
def script(root):
    return (root / ".ci/run").read_text()


def test_it_runs_the_same_commands_in_the_same_order(job, script, root):
    commands = [step["run"] for step in job["steps"] if "run" in step]
    makes = re.findall(r"make \w+", re.sub(r"^#.*\n", "", script, flags=re.MULTILINE))
    assert makes == ["make browser", "make slurm", "make test"]
    system, *others = commands
    assert others == makes
    (named,) = re.findall(r"(apt-get install) ([a-z0-9 .-]+)`", (root / "README.md").read_text())
    assert system.endswith(f"{named[0]} -y --no-install-recommends {named[1]}")


def test_it_skips_no_test_that_the_script_requires(job, script):
    required = dict(re.findall(r"(CASTMAP_\w+)=(\S+)", script))
    assert len(required) == 2
    assert job["env"] == required


def test_it_has_the_python_and_the_system_of_the_container_recipe(job, root):
    (image,) = re.findall(r"^FROM (\S+)$", (root / "envs/Dockerfile").read_text(), re.MULTILINE)
    assert image.replace("-slim", "") == job["container"]["image"]
