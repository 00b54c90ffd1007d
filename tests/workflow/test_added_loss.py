"""A loss of an installed package, one file, trains in the workflow by one entry point."""

import json

import numpy as np
import pytest

from castmap.formats.weights import load_sealed
from tests.conftest import copy_repository
from tests.stages.test_adapt_embedding import write_film
from tests.synthetic_films import draw_gradients

LOSS = '''"""A pair must be near, and the negative farther from the anchor than a reach."""

MEMBER = {
    "draws": "triplets",
    "parameters": {
        "reach": {
            "type": "number",
            "minimum": 0,
            "maximum": 4,
            "default": 2.0,
            "description": "a squared distance, 0 to 4",
        },
    },
}


def loss(triplets, *, reach):
    anchor, positive, negative = triplets
    near = (anchor - positive).square().sum(dim=1)
    far = (anchor - negative).square().sum(dim=1)
    return (near + (reach - far).relu()).mean()
'''
WEIGHTS = "results/adaptation/talk/contrastive/weights.safetensors"


@pytest.fixture
def copy(root, tmp_path, install):
    """A working copy with one film whose weak labels are there, beside an installed package."""
    install("contrast", LOSS, "castmap.losses", "contrastive")
    copy = copy_repository(root, tmp_path / "copy")
    sheet = copy.path("resources/movies.tsv")
    sheet.write_text(sheet.read_text().partition("\n")[0] + "\n")
    draw_gradients(copy.path("films/talk.mp4"), 1)
    folder = copy.path("results/talk")
    folder.mkdir(parents=True)
    write_film(folder, seed=0)
    (folder / "embeddings.safetensors").rename(folder / "embeddings.sface.safetensors")
    return copy


def adapt(copy, own):
    """Run the workflow with the loss's ``own`` settings."""
    settings = copy.path("settings.yaml")
    losses = {"contrastive": own} if own else {}
    adapt = {"scope": "movie", "methods": ["contrastive"], "losses": losses, "steps": 5}
    settings.write_text(json.dumps({"adapt": adapt}))
    return copy.snakemake(
        *(WEIGHTS, "--configfile", str(settings), "--allowed-rules", "adapt_to_movie"), cores=1
    )


def test_a_loss_of_another_package_trains_by_a_parameter_of_its_own(copy):
    turns = []
    for own, reach in (({}, 2.0), ({"reach": 0.5}, 0.5)):
        run = adapt(copy, own)
        assert run.returncode == 0, run.stdout
        state, record = load_sealed(copy.path(WEIGHTS))
        assert record["settings"]["loss"] == {"reach": reach}
        assert record["untrained"] is None
        turns.append(state["head.turn.weight"].numpy())
    assert not np.allclose(turns[0], np.eye(128))
    assert not np.array_equal(*turns)
    run = adapt(copy, {"reach": 5})
    assert run.returncode == 1
    assert "adapt.losses.contrastive.reach is 5; it takes a squared distance, 0 to 4" in run.stdout
