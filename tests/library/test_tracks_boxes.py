"""Overlap of boxes."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from castmap.tracks.boxes import pairwise_containment, pairwise_iou

MEASURES = (pairwise_iou, pairwise_containment)
edge, length = st.floats(-500, 2000), st.one_of(st.just(0.0), st.floats(0.5, 800))
box_lists = st.lists(
    st.tuples(edge, edge, length, length).map(lambda b: (b[0], b[1], b[0] + b[2], b[1] + b[3])),
    max_size=5,
)


def boxes(rows):
    return np.array(rows, float).reshape(-1, 4)


def overlap(a, b):
    """Shared area, area of each."""
    width = max(0.0, min(a[2], b[2]) - max(a[0], b[0]))
    height = max(0.0, min(a[3], b[3]) - max(a[1], b[1]))
    return width * height, (a[2] - a[0]) * (a[3] - a[1]), (b[2] - b[0]) * (b[3] - b[1])


@pytest.mark.parametrize(
    ("other", "iou", "containment"),
    [
        ((0, 0, 10, 10), 1, 1),
        ((5, 0, 15, 10), 1 / 3, 1 / 2),
        ((5, 5, 15, 15), 25 / 175, 1 / 4),
        ((2, 2, 4, 4), 4 / 100, 1),
        ((-10, -10, 20, 20), 100 / 900, 1),
        ((10, 0, 20, 10), 0, 0),  # they touch
        ((30, 30, 40, 40), 0, 0),
        ((30, 0, 40, 10), 0, 0),  # the same rows of the picture
        ((5, 5, 5, 5), 0, 0),  # empty
        ((0, 2.5, 10, 12.5), 0.6, 0.75),
    ],
)
def test_overlaps_known_from_a_drawing(other, iou, containment):
    one, two = boxes([(0, 0, 10, 10)]), boxes([other])
    assert pairwise_iou(one, two)[0, 0] == pytest.approx(iou)
    assert pairwise_containment(one, two)[0, 0] == pytest.approx(containment)


@settings(max_examples=60)
@given(box_lists, box_lists)
def test_overlap_is_its_definition_for_every_pair(first, second):
    iou, containment = (measure(boxes(first), boxes(second)) for measure in MEASURES)
    assert iou.shape == containment.shape == (len(first), len(second))
    for i, a in enumerate(first):
        for j, b in enumerate(second):
            shared, area_a, area_b = overlap(a, b)
            union, smaller = area_a + area_b - shared, min(area_a, area_b)
            assert iou[i, j] == pytest.approx(shared / union if union else 0)
            assert containment[i, j] == pytest.approx(shared / smaller if smaller else 0)


@settings(max_examples=60)
@given(box_lists, box_lists)
def test_overlap_is_a_share_and_the_same_from_either_side(first, second):
    one, two = boxes(first), boxes(second)
    for measure in MEASURES:
        found = measure(one, two)
        assert ((found >= 0) & (found <= 1 + 1e-9)).all()
        assert np.allclose(found, measure(two, one).T)
    assert (pairwise_containment(one, two) >= pairwise_iou(one, two) - 1e-9).all()


@settings(max_examples=40)
@given(box_lists, st.floats(0.5, 4), st.floats(-1000, 1000))
def test_overlap_does_not_depend_on_the_size_and_place_of_the_picture(rows, scale, shift):
    here = boxes(rows)
    there = here * scale + shift
    for measure in MEASURES:
        assert np.allclose(measure(here, here), measure(there, there), atol=1e-6)


def test_whole_numbers_and_single_precision_do_not_wrap_or_round_away():
    # Areas of 50 000 x 50 000 do not fit into 32 bits.
    large = np.array([[0, 0, 50_000, 50_000], [0, 0, 50_000, 25_000]])
    for kind in (np.int32, np.float32):
        table = large.astype(kind)
        assert np.allclose(pairwise_iou(table, table), [[1, 0.5], [0.5, 1]])
        assert np.allclose(pairwise_containment(table, table), 1)
        assert pairwise_iou(table, table).dtype == np.float64
