"""Labels on a copy of another size are noticed, and by what factor they are off."""

import numpy as np
import pandas as pd
import pytest

from castmap.evaluation.drawn_size import better_factor
from castmap.formats.tables import TRUE_FACES

EDGES = ["x1", "y1", "x2", "y2"]


def film(n_people, margin):
    """Faces of people who walk about in a picture of 1280x720, and regions around them."""
    random = np.random.default_rng(4)
    detections, labels = [], []
    for person in range(n_people):
        x, y = random.uniform(100, 1100), random.uniform(100, 600)
        for frame in range(0, 90, 3):
            x, y = np.clip((x, y) + random.normal(0, 8, 2), (60, 60), (1160, 620))
            detections.append((frame, x, y, x + 60, y + 70))
            edges = (x - margin, y - margin, x + 60 + margin, y + 70 + margin)
            labels.append((f"p{person}", frame, frame + 3, *edges))
    return (
        pd.DataFrame(detections, columns=["frame", *EDGES]),
        pd.DataFrame(labels, columns=TRUE_FACES.columns),
    )


@pytest.mark.parametrize("margin", [2, 40])
@pytest.mark.parametrize("factor", [0.25, 0.5, 2 / 3, 0.75, 1.5, 2])
def test_the_factor_is_found(margin, factor):
    detections, true = film(4, margin)
    assert better_factor(detections, true) is None
    drawn = true.assign(**{edge: true[edge] * factor for edge in EDGES})
    assert better_factor(detections, drawn) == pytest.approx(1 / factor, rel=1e-4)


def test_one_labelled_person_of_many_is_enough():
    detections, true = film(6, 2)
    one = true[true["person"] == "p3"]
    assert better_factor(detections, one) is None
    drawn = one.assign(**{edge: one[edge] / 2 for edge in EDGES})
    assert better_factor(detections, drawn) == 2


def test_labels_of_whom_nobody_found_say_nothing_of_the_size():
    detections, true = film(3, 2)
    elsewhere = true.assign(x1=1.0, y1=1.0, x2=20.0, y2=20.0)
    assert better_factor(detections, elsewhere) is None
    assert better_factor(detections, true.iloc[:0]) is None
    assert better_factor(detections.iloc[:0], true) is None
    assert better_factor(detections.assign(frame=1000), true) is None


def test_only_labels_of_named_people_say_it():
    detections, true = film(3, 2)
    crowd = true.assign(person="unknown", x1=1.0, y1=1.0, x2=20.0, y2=20.0)
    for shown, factor in ((true, None), (true.assign(**{e: true[e] / 2 for e in EDGES}), 2)):
        assert better_factor(detections, pd.concat([shown, *[crowd] * 9])) == factor
