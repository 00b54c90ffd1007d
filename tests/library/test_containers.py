"""The container recipes, as far as they can be checked without building them."""

import re
import subprocess

import pytest
import yaml

RECIPES = ("envs/Dockerfile", "envs/castmap.def")


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


def test_it_installs_the_lock_that_it_copies(recipe, root):
    source, target = re.search(r"^(?:COPY)?\s*(envs/\S+) (/\S+)$", recipe, re.M).groups()
    assert (root / source).name == "requirements.txt"
    assert (root / source).is_file()
    assert f"pip install --no-cache-dir -r {target}" in recipe
    assert len(re.findall(r"pip install", recipe)) == 1


def test_it_has_the_system_packages_that_the_readme_names(recipe, root):
    (named,) = re.findall(r"apt-get install ([a-z0-9 .-]+)`", (root / "README.md").read_text())
    (installed,) = re.findall(r"apt-get install -y --no-install-recommends ([a-z0-9 .-]+)", recipe)
    assert installed.split() == named.split()


def test_it_ships_no_weights_footage_or_code(recipe):
    copied = re.findall(r"^(?:COPY|ADD)?\s*([\w.]+/\S*) /", recipe, re.M)
    assert copied == ["envs/requirements.txt"]


def test_its_command_runs_the_code_of_the_clone_it_is_called_in(recipe, root, tmp_path):
    (line,) = re.findall(r"^(?:RUN)?\s*(printf .*)$", recipe, re.M)
    command = tmp_path / "castmap"
    writes = line.replace("/usr/local/bin/castmap", str(command))
    subprocess.run(["sh", "-c", writes], check=True)
    said = subprocess.run([command, "--help"], cwd=root, capture_output=True, text=True, check=True)
    assert "castmap doctor" in said.stdout
    elsewhere = subprocess.run(
        [command, "--help"], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert elsewhere.returncode == 1
    assert "is no castmap repository: mount your clone" in elsewhere.stderr
