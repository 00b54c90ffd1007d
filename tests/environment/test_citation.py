"""What others cite and index castmap by says the same everywhere."""

import json
import re
import tomllib

import pytest
import yaml

from castmap.command.__main__ import main
from castmap.version import VERSION


@pytest.fixture(scope="module")
def project(root):
    return tomllib.loads((root / "pyproject.toml").read_text())["project"]


@pytest.fixture(scope="module")
def citation(root):
    return yaml.safe_load((root / "CITATION.cff").read_text())


@pytest.fixture(scope="module")
def codemeta(root):
    return json.loads((root / "codemeta.json").read_text())


def test_there_is_one_version(citation, codemeta, capsys):
    assert citation["version"] == codemeta["version"] == VERSION
    with pytest.raises(SystemExit, match="0"):
        main(["--version"])
    assert capsys.readouterr().out == f"castmap {VERSION}\n"


def test_files_for_indexes_agree_with_the_package(project, citation, codemeta):
    assert citation["title"] == codemeta["name"] == project["name"]
    assert codemeta["description"] == project["description"]
    assert citation["license"] == project["license"]
    assert codemeta["license"] == f"https://spdx.org/licenses/{project['license']}"
    authors = [author["name"] for author in project["authors"]]
    assert [author["name"] for author in citation["authors"]] == authors
    assert [author["name"] for author in codemeta["author"]] == authors
    assert codemeta["keywords"] == project["keywords"]
    assert set(citation["keywords"]) <= set(project["keywords"])
    assert codemeta["runtimePlatform"] == f"Python {project['requires-python']}"
    (paper,) = citation["references"]
    assert codemeta["referencePublication"]["name"] == paper["title"]
    assert codemeta["referencePublication"]["@id"] == paper["url"]


def test_the_changelog_goes_by_version(root):
    """What is not released stands first, unless the version is that of a release."""
    headings = re.findall(r"^## (.+)$", (root / "CHANGELOG.md").read_text(), re.MULTILINE)
    released = VERSION.partition(".dev")[0]
    assert headings[0].split()[0] == (VERSION if released == VERSION else "Unreleased")
    assert all(re.fullmatch(r"\d+\.\d+\.\d+ \(\d{4}-\d\d-\d\d\)", line) for line in headings[1:])
