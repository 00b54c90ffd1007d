"""What benchmarks.film_evidence makes of a film."""

import numpy as np
import pandas as pd
import pytest

from benchmarks.film_evidence import _tpr, find_cores, gains
from castmap.clustering.calibration import calibrate_film
from castmap.clustering.film import FilmTracks


def known(vectors, cannot_links, must_links):
    usable = np.ones(len(vectors), bool)
    usable[-1] = False
    calibration = calibrate_film(vectors, cannot_links, usable, 0.8)
    frames = np.ones(len(vectors), int)
    calibration = calibration._replace(stop_distance=0.6)
    return FilmTracks(vectors, cannot_links, usable, ~usable, frames, calibration, must_links)


def test_cores_are_much_alike_and_keep_all_links():
    angles = np.radians([0, 10, 20, 75, 76, 180, 0])
    vectors = np.stack([np.cos(angles), np.sin(angles)], axis=1)
    # 0 and 1 are two people; 3 and 5 are one, whatever they look like; 6 is not usable.
    core = find_cores(vectors, known(vectors, np.array([[0, 1]]), np.array([[3, 5]])))
    assert core[0] != core[1]
    assert core[3] == core[4] == core[5] != core[2]
    assert (core == core[6]).sum() == 1


def test_the_true_positive_rate_is_that_of_named_tracks():
    vectors = np.eye(3)[[0, 0, 1, 1, 2, 2]]
    people = pd.Series(["ann", "ann", "ben", "ben", None, "ben"])
    assert _tpr(vectors, people) == pytest.approx(2 / 4)


def test_gains_are_paired_by_film():
    rows = [
        {"film": film, "how": how, "tpr": tpr, "v_carried": 1.0, "v_best": 1.0, "v_own": np.nan}
        for film, base in (("one", 0.1), ("two", 0.5), ("three", 0.7))
        for how, tpr in (
            ("pretrained, without must-links", base),
            ("pretrained, with", base + 0.1),
            ("adapted, without must-links", base),
            ("adapted, with", base),
            ("self-trained on cores", base + 0.2),
        )
    ]
    found = gains(pd.DataFrame(rows)).set_index("what")["tpr"]
    assert found.tolist() == ["+0.100 ± 0.000", "+0.000 ± 0.000", "+0.200 ± 0.000"]
