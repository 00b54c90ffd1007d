"""What characters are called in exports, and when they are seen."""

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from castmap.exports.cast import (
    Spell,
    cast_map,
    find_spells,
    label_appearances,
    label_characters,
)
from castmap.formats.names import one_line
from tests.library.exports_example import APPEARANCES, characters_table, example, nobody


def labels_of(**names):
    rows = pd.DataFrame(names.items(), columns=["character", "name"])
    return label_characters(rows)


def test_a_character_is_called_by_its_name_if_it_has_one():
    assert labels_of(C02=None, C01="Ann") == {"C01": "Ann", "C02": "C02"}


def test_characters_stand_in_order_of_their_numbers():
    assert list(labels_of(C100=None, C02=None, C10="Ann")) == ["C02", "C10", "C100"]


@pytest.mark.parametrize(
    ("names", "labels"),
    [
        (("Ann", "Ann", "Ben"), ["Ann (C01)", "Ann (C02)", "Ben"]),
        (("C02", None, "Ben"), ["C02 (C01)", "C02", "Ben"]),
        (("Ann ", "\tAnn", "Ann\n"), ["Ann (C01)", "Ann (C02)", "Ann (C03)"]),
        (("Ann", "Ann", "Ann (C01)"), ["Ann (C01) (C01)", "Ann (C02)", "Ann (C01) (C03)"]),
    ],
)
def test_labels_stay_different_where_names_are_not(names, labels):
    assert (
        list(labels_of(**dict(zip(("C01", "C02", "C03"), names, strict=True))).values()) == labels
    )


@given(
    st.lists(
        st.none()
        | st.text("An (C012)", max_size=12)
        | st.sampled_from(["C01", "C02", "Ann (C01)"]),
        max_size=6,
    )
)
def test_labels_are_always_different(names):
    numbers = [f"C{rank:02d}" for rank in range(1, len(names) + 1)]
    labels = labels_of(**dict(zip(numbers, names, strict=True)))
    assert len(set(labels.values())) == len(names)


@pytest.mark.parametrize(
    "name", ["", "   ", "\u3000", "\u200f", "\u00a0\u200b", "\x00\x07", "\r\n"]
)
def test_a_name_that_nobody_could_see_is_none(name):
    assert labels_of(C01=name) == {"C01": "C01"}


def test_a_label_is_one_line_without_control_characters():
    assert one_line(" Ann\r\nof\x1b[31m Green\u2028Gables\ufffe ") == "Ann of [31m Green Gables"
    assert one_line("山田\u3000太郎") == "山田\u3000太郎"


@given(st.text())
def test_one_line_changes_nothing_twice(text):
    line = one_line(text)
    assert one_line(line) == line
    assert len(line.splitlines()) <= 1


def test_what_is_no_character_is_left_out():
    _, appearances, faces = example()
    assert appearances["track"].tolist() == [0, 1, 2]
    assert set(faces["track"]) == {0, 1, 2}


def test_times_become_whole_milliseconds_and_no_appearance_is_empty():
    rows = [(0, 0, 1 / 3, 1.0335, "C01", 0.5), (1, 0, 2.0, 2.0001, "C01", 0.5)]
    cast = cast_map(characters_table(rows=rows))
    times = label_appearances(cast, label_characters(cast))[["start_ms", "end_ms"]]
    assert times.to_numpy().tolist() == [[333, 1034], [2000, 2001]]


def test_spells_join_what_overlaps_and_on_demand_what_touches():
    rows = [
        (4, 0, 5.0, 6.0, "C01", 1.0),
        (0, 0, 0.0, 2.0, "C01", 1.0),
        (1, 0, 1.0, 3.0, "C01", 1.0),
        (3, 1, 3.0, 4.0, "C01", 1.0),
        (2, 0, 1.0, 1.5, "C02", 1.0),
    ]
    _, appearances, _ = example(rows=rows, boxes=[])
    apart = [
        Spell(1, "C01", 0, 3000, (0, 1)),
        Spell(1, "C01", 3000, 4000, (3,)),
        Spell(1, "C01", 5000, 6000, (4,)),
        Spell(2, "C02", 1000, 1500, (2,)),
    ]
    assert find_spells(appearances, join_touching=False) == apart
    assert find_spells(appearances, join_touching=True) == [
        Spell(1, "C01", 0, 4000, (0, 1, 3)),
        *apart[2:],
    ]


def test_a_box_that_was_filled_in_is_as_certain_as_the_least_certain_of_its_track():
    _, _, faces = example()
    assert faces["score"].tolist() == [0.9, 0.8, 0.7, 0.95, 0.85, 0.85]


def test_a_film_without_faces_has_empty_tables():
    labels, appearances, faces = nobody()
    assert labels == {}
    assert appearances.empty
    assert faces.empty
    assert find_spells(appearances, join_touching=True) == []


def test_the_order_of_rows_does_not_matter():
    pd.testing.assert_frame_equal(example()[1], example(rows=APPEARANCES[::-1])[1])
