"""CONTRIBUTING.md names files that exist, and its recipes are members of their catalogues."""

import importlib.util
import inspect
import re

import pytest

from castmap import catalogues
from castmap.catalogues import CATALOGUES, LOSSES, Catalogue

# What a member's module defines, by its catalogue.
FUNCTIONS = {
    "losses": "loss",
    "backbones": "build",
    "exports": "write",
    "tables": "rows",
    "shot_detectors": "find_boundaries",
}


@pytest.fixture(scope="module")
def page(root):
    return (root / "CONTRIBUTING.md").read_text()


@pytest.fixture(scope="module")
def recipes(page):
    """The code of each recipe by the file that it names."""
    section = page[page.index("## Five recipes") : page.index("## How to test")]
    found = re.findall(r"\n`(workflow_scripts/\S+\.py)`.*?```python\n(.*?)```", section, re.DOTALL)
    return dict(found)


def kind_of(file):
    """The catalogue whose package a recipe's file lies in."""
    folder = file.removeprefix("workflow_scripts/castmap/").rpartition("/")[0]
    (kind,) = [name for name, own in CATALOGUES.items() if own.package == folder.replace("/", ".")]
    return kind


@pytest.fixture
def member(recipes, tmp_path, monkeypatch):
    """A function from a kind to the member of its recipe, read as the catalogue reads it."""

    def read(kind):
        (file,) = [name for name in recipes if kind_of(name) == kind]
        own = CATALOGUES[kind]
        folder = tmp_path.joinpath(*own.package.split("."))
        folder.mkdir(parents=True)
        path = folder / file.rpartition("/")[2]
        path.write_text(recipes[file])
        monkeypatch.setattr(catalogues, "_LIBRARY", tmp_path)
        (found,) = Catalogue(own.kind, own.package, "no.group").members.values()
        assert found.path == path
        return found

    return read


def load(member):
    spec = importlib.util.spec_from_file_location("recipe", member.path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_paths_that_are_named_exist(root, page, recipes):
    named = set(re.findall(r"`((?:\w+|\.venv)/[\w./-]+)`", page)) - set(recipes)
    assert len(named) > 15
    for path in named:
        inside = [root / path, root / "workflow_scripts" / path]
        if path.partition("/")[0] not in ("results", ".venv"):
            assert any(place.exists() for place in inside), path


def test_each_kind_has_its_recipe_in_a_file_that_does_not_exist_yet(root, recipes):
    assert sorted(map(kind_of, recipes)) == sorted(FUNCTIONS)
    for file in recipes:
        assert (root / file).parent.is_dir()
        assert not (root / file).exists()


@pytest.mark.parametrize("kind", FUNCTIONS)
def test_a_recipe_declares_what_all_members_of_its_kind_declare(member, kind):
    own = list(CATALOGUES[kind].members.values())
    own = [known for known in own if hasattr(known.load(), FUNCTIONS[kind])]
    always = set.intersection(*(set(known.declared) for known in own)) - {"order", "parameters"}
    found = member(kind)
    assert always <= set(found.declared)
    assert found.summary != found.name


@pytest.mark.parametrize("kind", FUNCTIONS)
def test_a_recipe_defines_its_function_with_the_parameters_that_it_declares(member, kind):
    found = member(kind)
    function = getattr(load(found), FUNCTIONS[kind])
    parameters = inspect.signature(function).parameters.values()
    named = {item.name for item in parameters if item.kind is item.KEYWORD_ONLY}
    assert named == set(found.parameters)
    known = next(iter(CATALOGUES[kind].members.values())).load()
    theirs = inspect.signature(getattr(known, FUNCTIONS[kind])).parameters.values()
    plain = [
        [item.name for item in items if item.kind is not item.KEYWORD_ONLY]
        for items in (parameters, theirs)
    ]
    assert plain[0] == plain[1]


def test_the_loss_falls_as_the_negative_goes_away(member):
    import torch

    found = member("losses")
    assert found.declared["draws"] in {own.declared["draws"] for own in LOSSES.members.values()}
    loss = load(found).loss
    anchor, near, far = torch.tensor([[1.0, 0]]), torch.tensor([[0.8, 0.6]]), -torch.ones(1, 2)
    good, bad = (
        loss(torch.stack(rows), width=0.5) for rows in ([anchor, near, far], [anchor, far, near])
    )
    assert 0 < good < 0.1 < bad


def test_the_detector_finds_the_jump(member):
    import numpy as np

    from castmap.shots.footage import Footage

    pictures = [np.full((18, 32, 3), level, np.uint8) for level in [20] * 5 + [200] * 5]
    film = Footage(32, 18, lambda size: iter(pictures))
    found = load(member("shot_detectors")).find_boundaries(film, 0.5, largest_jump=60)
    assert found["frame"].tolist() == [5]


def test_the_backbone_gives_one_row_a_crop(member):
    import torch

    assert load(member("backbones")).build()(torch.zeros(2, 3, 112, 112)).shape == (2, 64)
