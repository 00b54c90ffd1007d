"""The lock: every package has the hash of every file, and pip installs nothing else."""

import os
import re
import subprocess
import sys
import sysconfig
import tomllib
from importlib import metadata

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.stages.test_fetch_pinned import WHEEL, sha256

LISTS = ("build.txt", "cuda.txt", "other_builds.txt", "requirements.txt")
HASH = re.compile(r"--hash=sha256:[0-9a-f]{64}")


def entries(root, name):
    """The entries of a list as pip reads them: a requirement and its hashes by package."""
    text = (root / "envs" / name).read_text().replace("\\\n", " ")
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    parted = [(Requirement(line.partition(" --hash")[0]), line) for line in lines]
    return {canonicalize_name(wanted.name): (wanted, line) for wanted, line in parted}


@pytest.mark.parametrize("name", LISTS)
def test_every_package_is_pinned_with_hashes_and_no_list_names_an_index(root, name):
    for wanted, line in entries(root, name).values():
        assert re.fullmatch(r"==[\w.+]+", str(wanted.specifier)), line
        assert wanted.url is None
        first, *hashes = line.split()[-len(HASH.findall(line)) - 1 :]
        assert hashes, first
        assert all(HASH.fullmatch(item) for item in hashes), line
    assert "://" not in (root / "envs" / name).read_text()


def test_every_file_of_a_package_is_listed_not_only_that_of_this_machine(root):
    _, numpy = entries(root, "requirements.txt")["numpy"]
    assert len(HASH.findall(numpy)) > 40  # wheels of systems and Pythons, and the source


def test_what_is_installed_is_the_lock(root):
    lock = [wanted for wanted, _ in entries(root, "requirements.txt").values()]
    here = [wanted for wanted in lock if not wanted.marker or wanted.marker.evaluate()]
    locked = {canonicalize_name(w.name): str(w.specifier).removeprefix("==") for w in here}
    # Not sys.path: setuptools adds packages of its own to it when it is imported.
    installed = metadata.distributions(path=[sysconfig.get_path("purelib")])
    found = {canonicalize_name(d.name): d.version.split("+")[0] for d in installed}
    for name in ("castmap", "pip", *entries(root, "cuda.txt")):
        found.pop(name, None)
    assert found == locked


def test_the_lock_pins_what_is_asked_for(root):
    both = entries(root, "requirements.txt") | entries(root, "build.txt")
    lock = {name: wanted for name, (wanted, _) in both.items()}
    project = tomllib.loads((root / "pyproject.toml").read_text())["project"]
    lists = [project["dependencies"], *project["optional-dependencies"].values()]
    asked = [Requirement(line) for packages in lists for line in packages]
    assert len(asked) > 30
    for wanted in asked:
        (version,) = lock[canonicalize_name(wanted.name)].specifier
        assert wanted.specifier.contains(version.version)


def test_parts_of_the_lock_agree_with_it(root):
    lock = entries(root, "requirements.txt")
    build = entries(root, "build.txt")
    assert build.pop("pip")
    assert build == {"setuptools": lock["setuptools"]}
    assert not entries(root, "cuda.txt").keys() & lock.keys()
    for name, (wanted, _) in entries(root, "other_builds.txt").items():
        assert str(wanted.specifier).partition("+")[0] == str(lock[name][0].specifier)


def test_the_conda_environment_has_the_versions_of_the_lock(root):
    lock = [str(wanted) for wanted, _ in entries(root, "requirements.txt").values()]
    conda = yaml.safe_load((root / "envs/castmap.yaml").read_text())["dependencies"]
    assert [str(Requirement(line)) for line in conda[-1]["pip"]] == lock


@pytest.mark.parametrize(
    ("hashed", "said"),
    [
        ("--hash=sha256:" + "0" * 64, "DO NOT MATCH"),
        ("", "Hashes are required"),
        (f"--hash=sha256:{sha256(WHEEL)}", None),
    ],
    ids=["another hash", "no hash", "its hash"],  # its own depends on when the file was made
)
def test_a_file_that_is_not_the_locked_one_is_not_installed(root, tmp_path, hashed, said):
    """The real installer and pip, with a folder for index and a folder to install into."""
    (tmp_path / "index").mkdir()
    (tmp_path / "index/clips-1.0-py3-none-any.whl").write_bytes(WHEEL)
    for name in LISTS:
        (tmp_path / name).write_text("")
    (tmp_path / "requirements.txt").write_text(f"clips==1.0 {hashed}\n")
    (tmp_path / "install.py").write_text((root / "envs/install.py").read_text())
    options = {"CONFIG_FILE": "/dev/null", "NO_INDEX": "1", "FIND_LINKS": tmp_path / "index"}
    options["TARGET"] = tmp_path / "target"
    run = subprocess.run(
        [sys.executable, tmp_path / "install.py"],
        env=os.environ | {f"PIP_{name}": str(value) for name, value in options.items()},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (run.returncode == 0) == (said is None), run.stderr
    assert (said or "") in run.stderr
    assert (tmp_path / "target/clips/clip.mp4").exists() == (said is None)
