"""The histograms of tracklets and of cannot-links."""

import numpy as np

from castmap.clustering.evidence import histograms
from castmap.pages.movie import certainty


def unit(*degrees):
    return np.column_stack([np.cos(np.radians(degrees)), np.sin(np.radians(degrees))])


def test_pairs_of_tracklets_and_cannot_links_are_counted_by_distance():
    tracklets = unit(0, 60, 90)[None]  # 1 - cos: 0.5, 1, 0.134
    cannot_linked = np.stack([unit(0, 90), unit(0, 180)])  # 1, and 2: beyond the last edge
    found = histograms(tracklets, cannot_linked)
    edges = np.array(found["edges"])
    assert (len(found["same"]), len(found["different"])) == (len(edges) - 1,) * 2
    assert sum(found["same"]) == 3
    assert found["different"][-1] == 1
    for distance in (1 - np.cos(np.radians(30)), 0.5, 1.0):
        near = (edges[:-1] <= distance + 1e-9) & (distance - 1e-9 <= edges[1:])
        assert np.array(found["same"])[near].sum() == 1


def test_a_film_without_pairs_has_empty_histograms():
    found = histograms(np.zeros((0, 3, 2)), np.zeros((0, 2, 2)))
    assert sum(found["same"]) == sum(found["different"]) == 0
    drawn = certainty({"histograms": found, "stop_distance": 0.6})
    assert drawn["bars"] == {"same": [], "different": []}
    assert drawn["counted"] == {"same": 0, "different": 0}


def test_each_histogram_is_drawn_to_its_own_height_and_the_stop_in_its_place():
    histogram = {"edges": [0.0, 0.5, 1.0], "same": [4, 1], "different": [0, 2]}
    drawn = certainty({"histograms": histogram, "stop_distance": 0.25})
    assert [(bar["x"], bar["height"]) for bar in drawn["bars"]["same"]] == [(0, 100), (50, 25)]
    assert [(bar["x"], bar["y"]) for bar in drawn["bars"]["different"]] == [(50, 0)]
    assert drawn["stop"] == 25
