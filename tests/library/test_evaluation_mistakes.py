"""Which tracks are misplaced, who is split, and the one reason that is given."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from castmap.evaluation import mistakes
from castmap.evaluation.clustering import evaluate_clusters
from castmap.evaluation.mistakes import Misplaced
from castmap.faces.alignment import TEMPLATE
from castmap.formats.tables import CLUSTERS, DETECTIONS, LANDMARK_COLUMNS

NO_LINKS = np.zeros((0, 2), int)
STOP = 0.6
PLAIN = Misplaced(
    track=7,
    person="Ben",
    character="C01",
    with_person="Ann",
    home="C02",
    here_distance=0.5,
    home_distance=0.4,
    kept_out=False,
    n_faces=20,
    n_second_faces=0,
    weakness="",
)
IN_NONE = PLAIN._replace(character="background", with_person=None, here_distance=float("nan"))


def table_of(*rows):
    """Rows of character, person and, if not 10, faces."""
    table = pd.DataFrame([(*row, 10)[:3] for row in rows], columns=["character", "person", "n"])
    return table.rename(columns={"n": "n_faces"}).assign(
        track=np.arange(len(rows)) + 100, n_second_faces=0, weakness="", judged=True
    )


def apart(n, far=0.8):
    return np.full((n, n), far) - far * np.eye(n)


@pytest.mark.parametrize(
    ("track", "reason"),
    [
        (PLAIN, mistakes.IN_A_GROUP),
        (PLAIN._replace(here_distance=0.3), mistakes.LOOKALIKE),
        (PLAIN._replace(home=None, home_distance=float("nan")), mistakes.NO_HOME),
        (PLAIN._replace(n_faces=4), mistakes.FEW_FACES),
        (PLAIN._replace(n_faces=5), mistakes.IN_A_GROUP),
        (PLAIN._replace(weakness="small", n_faces=4), mistakes.SMALL),
        (PLAIN._replace(weakness="turned", here_distance=0.3), mistakes.TURNED),
        (PLAIN._replace(kept_out=True, weakness="blurred"), mistakes.KEPT_OUT),
        (PLAIN._replace(n_second_faces=2, kept_out=True), mistakes.MIXED),
        (PLAIN._replace(n_second_faces=1), mistakes.IN_A_GROUP),
        (PLAIN._replace(home_distance=0.9, here_distance=0.95), mistakes.IN_A_GROUP),
        (IN_NONE, mistakes.IN_A_GROUP),
        (IN_NONE._replace(home_distance=0.61), mistakes.TOO_FAR),
        (IN_NONE._replace(home=None, home_distance=float("nan")), mistakes.NO_HOME),
        (IN_NONE._replace(character="not_a_face", n_second_faces=2), mistakes.NO_FACE),
    ],
)
def test_the_first_rule_that_holds_is_the_reason(track, reason):
    assert mistakes.reason(track, STOP) == reason


@pytest.mark.parametrize(
    ("size_px", "blur", "misfit", "weakness"),
    [
        (60, 100, 0, ""),
        (31, 51, 0.19, ""),
        (29, 100, 0, "small"),
        (60, 49, 0, "blurred"),
        (60, 100, 0.21, "turned"),
        (29, 10, 0.21, "blurred"),
        (29, 49, 0.9, "turned"),
        (6, 49, 0.3, "small"),
    ],
)
def test_the_poorest_of_size_sharpness_and_frontality_is_named(size_px, blur, misfit, weakness):
    z = (TEMPLATE - TEMPLATE.mean(axis=0)) @ np.array([1, 1j])
    # The one change of the template that no turn, scale or shift can follow.
    away = np.conj(z) - np.vdot(z, np.conj(z)) / np.vdot(z, z) * z
    moved = z + misfit * np.linalg.norm(z) * away / np.linalg.norm(away)
    marks = np.column_stack([moved.real, moved.imag]).ravel()
    face = pd.DataFrame([marks], columns=list(LANDMARK_COLUMNS))
    face = face.assign(size_px=float(size_px), blur=float(blur))
    assert mistakes.weaknesses(face).tolist() == [weakness]


def test_a_character_is_of_the_person_of_most_tracks_then_faces_then_by_name():
    table = table_of(
        *(("C01", "Ben"), ("C01", "Ann"), ("C01", "Ben")),
        *(("C02", "Ann", 5), ("C02", "Cid", 6)),
        *(("C03", "Cid"), ("C03", "Ann")),
        *(("C04", None), ("background", "Ann")),
    )
    assert mistakes.majorities(table) == {"C01": "Ben", "C02": "Cid", "C03": "Ann"}


def test_a_misplaced_track_is_measured_to_those_around_it_and_to_those_at_home():
    table = table_of(
        *(("C01", "Ann"), ("C01", "Ann"), ("C01", "Ben"), ("C01", None)),
        *(("C02", "Ben"), ("C02", "Ben"), ("C02", "Ann")),
        *(("C03", "Ben"), ("uncertain", "Ben")),
    )
    distances = apart(len(table))
    distances[2] = (0.1, 0.2, 0, 9, 0.5, 0.7, 9, 9, 9)
    links = np.array([(2, 6)])
    found = {track.track: track for track in mistakes.find_misplaced(table, distances, links)}
    assert sorted(found) == [102, 106, 108]
    stray = found[102]
    assert (stray.with_person, stray.home, stray.kept_out) == ("Ann", "C02", True)
    assert (stray.here_distance, stray.home_distance) == pytest.approx((0.15, 0.6))
    assert (found[106].with_person, found[106].home, found[106].kept_out) == ("Ben", "C01", True)
    lost = found[108]
    assert (lost.with_person, lost.home, lost.kept_out) == (None, "C02", False)
    assert np.isnan(lost.here_distance)
    assert lost.home_distance == pytest.approx(0.8)


def test_a_track_whose_person_is_nowhere_else_has_no_home():
    table = table_of(("C01", "Ann"), ("C01", "Ann"), ("C01", "Ben"), ("background", "Cid"))
    found = mistakes.find_misplaced(table, apart(4), NO_LINKS)
    assert [(track.person, track.home) for track in found] == [("Ben", None), ("Cid", None)]
    assert all(np.isnan(track.home_distance) and not track.kept_out for track in found)


def test_parts_of_a_person_are_measured_to_the_largest_and_strays_split_nobody():
    table = table_of(
        *(("C01", "Ann"), ("C02", "Ann"), ("C02", "Ann"), ("C02", "Ben"), ("C03", "Ann")),
        *(("C04", "Ben"), ("C04", "Ben"), ("C04", "Ann")),
    )
    distances = apart(len(table))
    distances[0, 1:4] = distances[1:4, 0] = (0.2, 0.3, 0.7)
    links = np.array([(1, 4), (3, 4), (0, 5)])
    (parts,) = mistakes.find_splits(table, distances, links)
    assert [part.character for part in parts] == ["C02", "C01", "C03"]
    assert [part.tracks for part in parts] == [[101, 102], [100], [104]]
    assert {(part.person, part.home) for part in parts} == {("Ann", "C02")}
    assert [part.n_links for part in parts] == [0, 0, 2]
    assert parts[1].distance == pytest.approx(0.4)


def test_characters_of_nobody_hold_no_track_of_anybody():
    table = table_of(
        *(("C01", "Ann"), ("C01", None), ("C02", None), ("C03", None, 50), ("background", None)),
        ("C04", None),
    )
    assert mistakes.characters_of_nobody(table) == ["C03", "C02", "C04"]
    table.loc[table["character"] == "C03", "judged"] = False
    assert mistakes.characters_of_nobody(table) == ["C02", "C04"]


@settings(max_examples=40)
@given(
    st.lists(
        st.tuples(
            st.sampled_from(["C01", "C02", "C03", "background", "uncertain"]),
            st.sampled_from(["Ann", "Ben", "Cid", None]),
            st.integers(1, 9),
        ),
        max_size=30,
    )
)
def test_mistakes_are_as_many_as_the_scores_count(rows):
    table = table_of(*rows)
    table["person"] = table["person"].astype("str")
    scores = evaluate_clusters(table, seed=1, bootstrap=0)
    found = mistakes.find_misplaced(table, apart(len(table)), NO_LINKS)
    lost = [track for track in found if track.with_person is None]
    assert len(lost) == scores["n_tracks_unassigned"]
    assert scores["k_pred"] + len(found) == scores["operator_clicks"]
    assert len(mistakes.characters_of_nobody(table)) == scores["characters_of_nobody"]
    splits = mistakes.find_splits(table, apart(len(table)), NO_LINKS)
    extra = sum(len(parts) - 1 for parts in splits)
    assert extra == scores["k_pred"] - len(set(mistakes.majorities(table).values()))


def test_the_best_face_of_each_track_is_described():
    tracks = pd.DataFrame(
        [(0, 0, False), (0, 1, False), (0, -1, True), (5, 2, False)],
        columns=["track", "detection", "interpolated"],
    )
    detections = pd.DataFrame(0.0, index=range(3), columns=DETECTIONS.columns)
    detections[list(LANDMARK_COLUMNS)] = TEMPLATE.ravel()
    detections = detections.assign(
        detection=range(3), time_s=[1.0, 2.0, 3.0], score=0.9, blur=100.0, size_px=[20.0, 50, 25]
    )
    clusters = pd.DataFrame(
        [(5, 0, 3.0, 4.0, 1, "C01", 0.5, None, False), (0, 0, 1, 3, 2, "C02", 0.6, None, True)],
        columns=CLUSTERS.columns,
    )
    people = pd.DataFrame({"track": [0, 5], "person": ["Ann", None], "n_faces": [2, 1]})
    table = mistakes.describe_tracks(tracks, detections, clusters, people)
    assert table["track"].tolist() == [0, 5]
    assert table["detection"].tolist() == [1, 2]
    assert table["time_s"].tolist() == [2.0, 3.0]
    assert table["character"].tolist() == ["C02", "C01"]
    assert table["weakness"].tolist() == ["", "small"]
    assert table["misfit"].tolist() == pytest.approx([0, 0], abs=1e-6)
