"""Each way to find the number of characters finds it where it is plain."""

import numpy as np
import pytest

from benchmarks.number_of_characters import WAYS, Items, stop_of
from castmap.clustering.agglomeration import agglomerate, cosine_distances, cut, joins_within

N_PEOPLE, N_TRACKS = 5, 12


@pytest.fixture(scope="module")
def items():
    """Five people, at right angles, of twelve tracks each; some pairs are seen together."""
    random = np.random.default_rng(0)
    people = np.repeat(np.arange(N_PEOPLE), N_TRACKS)
    vectors = np.eye(16)[people] + random.normal(0, 0.08, (len(people), 16))
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    links = np.array([[0, 12], [1, 24], [30, 40], [50, 3]])
    distances = cosine_distances(vectors)
    return Items(vectors, links, distances, agglomerate(distances, links))


@pytest.mark.parametrize("way", [name for name in WAYS if "FINCH" not in name])
def test_five_people_far_apart_are_found_to_be_five(way, items):
    assert WAYS[way](items, 0) == N_PEOPLE


def test_finch_counts_what_its_second_partition_has(items):
    assert N_PEOPLE <= WAYS["FINCH's number"](items, 0) < N_PEOPLE * N_TRACKS / 2


@pytest.mark.parametrize("number", [2, 5, 17, 59, 60])
def test_at_its_stop_distance_so_many_clusters_are_left(number, items):
    joins = items.joins
    left = cut(joins, joins_within(joins, stop_of(joins, number)))
    assert left.max() + 1 == max(number, joins.n_items - len(joins.items))
