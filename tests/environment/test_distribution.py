"""The wheel and the source distribution: what they hold, and that they work on their own."""

import ast
import os
import subprocess
import sys
import tarfile
import tomllib
import venv
import zipfile
from importlib import metadata
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from castmap.version import VERSION
from tests.conftest import copy_repository

# Two people side by side, and again after a cut.
FACES = """
import castmap, numpy as np, pandas as pd
rng = np.random.default_rng(0)
people = rng.normal(size=(2, 128))
faces = pd.DataFrame(
    [
        {"frame": frame, "x1": x, "y1": 50, "x2": x + 80, "y2": 130, "score": 0.9}
        for frame in range(100) for x in (100, 400)
    ]
)
embeddings = np.tile(people, (100, 1)) + 0.3 * rng.normal(size=(200, 128))
found = castmap.find_cast_map_of_faces(faces, embeddings, times_s=np.arange(100) / 25, cuts=[50])
print(castmap.__file__)
print(sorted(found.appearances["character"]))
"""


@pytest.fixture(scope="module")
def source(root, tmp_path_factory) -> Path:
    """What git would clone, with weights beside it, as where a release is made."""
    return copy_repository(root, tmp_path_factory.mktemp("source")).folder


def build(source: Path, folder: Path) -> Path:
    """Both distributions, as `make dist` builds them."""
    command = [sys.executable, "-m", "build", "--no-isolation", "--outdir", folder, source]
    subprocess.run(command, check=True, capture_output=True)
    return folder


@pytest.fixture(scope="module")
def built(source, tmp_path_factory) -> Path:
    return build(source, tmp_path_factory.mktemp("dist"))


@pytest.fixture(scope="module")
def environment(built, tmp_path_factory) -> Path:
    """An environment in which only the wheel is installed, and finds the locked packages."""
    folder = tmp_path_factory.mktemp("empty")
    venv.create(folder, with_pip=False)
    (packages,) = folder.glob("lib/python*/site-packages")
    (wheel,) = built.glob("*.whl")
    pip = [sys.executable, "-m", "pip", "--python", folder / "bin/python"]
    install = [*pip, "install", "--quiet", "--no-deps", "--no-index", wheel]
    subprocess.run(install, check=True, capture_output=True)
    # Only a path: what the locked packages' own .pth files add, this clone first, is not followed.
    locked = Path(metadata.distribution("numpy").locate_file("")).resolve()
    packages.joinpath("locked.pth").write_text(f"{locked}\n")
    return folder


def call(environment: Path, folder: Path, *command: str) -> subprocess.CompletedProcess:
    """Run a program of the environment in a folder."""
    plain = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    return subprocess.run(
        [environment / "bin" / command[0], *command[1:]],
        cwd=folder,
        env=plain,
        text=True,
        capture_output=True,
        check=False,
    )


def test_the_wheel_holds_the_library_with_its_files_and_nothing_else(root, built):
    (wheel,) = built.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
    package = root / "workflow_scripts/castmap"
    ours = {
        path.relative_to(package.parent).as_posix()
        for path in package.rglob("*")
        if path.is_file() and path.suffix != ".pyc"
    }
    info = f"castmap-{VERSION}.dist-info/"
    shipped = {"castmap/config.yaml", "castmap/config.schema.yaml"}
    assert {name for name in names if not name.startswith(info)} == ours | shipped
    assert f"{info}licenses/LICENSE" in names


def test_the_source_distribution_is_the_workflow_without_results(built):
    with tarfile.open(built / f"castmap-{VERSION}.tar.gz") as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
    assert {"Snakefile", "config.yaml", "Makefile", "envs/requirements.txt", "README.md"} <= names
    assert {"CITATION.cff", "codemeta.json", "tests/conftest.py", "rules/common.smk"} <= names
    assert not {Path(name).suffix for name in names} & {".mp4", ".safetensors", ".parquet", ".zip"}


def test_the_same_files_give_the_same_bytes(source, built, tmp_path):
    build(source, tmp_path)
    made = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    assert made == {path.name: path.read_bytes() for path in built.iterdir()}
    assert len(made) == 2


def test_the_wheel_works_in_an_empty_environment(environment, tmp_path):
    said = call(environment, tmp_path, "castmap", "--version")
    assert (said.returncode, said.stdout) == (0, f"castmap {VERSION}\n"), said.stderr
    found = call(environment, tmp_path, "python", "-c", FACES)
    assert found.returncode == 0, found.stderr
    where, characters = found.stdout.splitlines()
    assert Path(where).is_relative_to(environment)
    assert characters == str(["C01", "C01", "C02", "C02"])


def test_the_command_says_that_the_workflow_is_a_clone(environment, tmp_path):
    said = call(environment, tmp_path, "castmap", "run", "film.mp4")
    assert said.returncode == 1
    assert "is no castmap repository" in said.stderr
    assert "Traceback" not in said.stderr


def test_what_the_library_imports_is_what_the_wheel_asks_for(root):
    project = tomllib.loads((root / "pyproject.toml").read_text())["project"]
    asked = {canonicalize_name(Requirement(line).name) for line in project["dependencies"]}
    providers = metadata.packages_distributions()
    for path in (root / "workflow_scripts/castmap").rglob("*.py"):
        for name in imported(path) - set(sys.stdlib_module_names) - {"castmap"}:
            assert {canonicalize_name(d) for d in providers[name]} & asked, f"{path}: {name}"


def imported(path: Path) -> set[str]:
    """The packages that a module names in import statements."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found.add(node.module.partition(".")[0])
    return found
