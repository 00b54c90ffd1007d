"""A clustering algorithm of an installed package runs in the workflow by one entry point."""

import json

import pytest

from castmap.files.results import read_record, read_table, write_table
from castmap.formats.tables import CLUSTERS, MUST_LINKS, TRACKLETS
from tests.conftest import copy_repository
from tests.synthetic_films import ANN, BEN, EVE, draw_gradients, like, write_film

ALGORITHM = '''"""Leader clustering: a track joins the first leader within a radius, or is one."""

import numpy as np

from castmap.clustering.assignment import assign_all

MEMBER = {
    "parameters": {
        "radius": {
            "type": "number",
            "minimum": 0,
            "maximum": 2,
            "default": 0.05,
            "description": "a cosine distance, 0 to 2",
        },
    },
}


def cluster(vectors, film, *, radius, **_):
    leaders, labels = [], []
    for vector in vectors:
        near = [n for n, leader in enumerate(leaders) if 1 - vector @ leader <= radius]
        if not near:
            leaders.append(vector)
        labels.append(near[0] if near else len(leaders) - 1)
    return assign_all(np.array(labels, int))
'''
# The two of Ann are 0.1 apart; both of them, and Ben, are 1 apart.
FILM = [
    (0, range(0, 10), 0, ANN),
    (1, range(20, 50), 0, BEN),
    (2, range(60, 75), 0, like(ANN, EVE, 0.9)),
]


@pytest.fixture
def copy(root, tmp_path, install):
    """A working copy with one film whose tracks are there, beside an installed package."""
    install("leader_clustering", ALGORITHM, "castmap.algorithms", "leader")
    copy = copy_repository(root, tmp_path / "copy")
    sheet = copy.path("resources/movies.tsv")
    sheet.write_text(sheet.read_text().partition("\n")[0] + "\n")
    draw_gradients(copy.path("films/talk.mp4"), 1)
    folder = copy.path("results/talk")
    folder.parent.mkdir(exist_ok=True)
    write_film(folder, FILM)
    (folder / "embeddings.safetensors").rename(folder / "embeddings.sface.safetensors")
    write_table(folder / "tracklets.parquet", TRACKLETS, TRACKLETS.empty(), {})
    write_table(folder / "must_links.parquet", MUST_LINKS, MUST_LINKS.empty(), {})
    return copy


def cluster(copy, own):
    """The characters by the added algorithm with its ``own`` settings, and what is recorded."""
    settings = copy.path("settings.yaml")
    chosen = {"algorithm": "leader", "algorithms": {"leader": own} if own else {}}
    settings.write_text(json.dumps({"clustering": chosen, "adapt": {"scope": "corpus"}}))
    run = copy.snakemake(
        "results/talk/clusters.sface.parquet",
        "--configfile",
        str(settings),
        "--allowed-rules",
        "cluster_characters",
        cores=1,
    )
    assert run.returncode == 0, run.stdout
    path = copy.path("results/talk/clusters.sface.parquet")
    return read_table(path, CLUSTERS)["character"].tolist(), read_record(path)["settings"]


def test_an_algorithm_of_another_package_clusters_a_film_by_a_parameter_of_its_own(copy):
    characters, settings = cluster(copy, {})
    assert characters == ["C03", "C01", "C02"]
    assert (settings["algorithm"], settings["parameters"]) == ("leader", {"radius": 0.05})
    characters, settings = cluster(copy, {"radius": 0.2})
    assert characters == ["C02", "C01", "C02"]
    assert settings["parameters"] == {"radius": 0.2}
