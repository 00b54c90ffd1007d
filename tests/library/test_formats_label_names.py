"""One person, however written."""

import unicodedata

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from castmap.formats.label_names import fold_name, is_named, one_spelling, tidy_name


@pytest.mark.parametrize(
    ("name", "tidy"),
    [
        ("Zoe\u0308", "Zoë"),
        ("  Ann \t Lee\n", "Ann Lee"),
        ("Ann\u00a0Lee", "Ann Lee"),
        ("\ufeffAnn\u200b", "Ann"),
        ("山田\u3000太郎", "山田 太郎"),
        ("   ", ""),
    ],
)
def test_a_name_is_composed_and_has_single_spaces(name, tidy):
    assert tidy_name(name) == tidy


def test_one_person_is_spelled_as_first_written():
    names = pd.Series(["José", "JOSE\u0301 ", "jos\u00e9", "Straße", "STRASSE", None, "Jose"])
    found = one_spelling(names)
    assert found[:5].tolist() == ["José", "José", "José", "Straße", "Straße"]
    assert found.isna().tolist() == [False] * 5 + [True, False]
    assert found[6] == "Jose"


def test_nobody_named_is_spelled_in_one_way():
    found = one_spelling(pd.Series(["Unknown", "IGNORE ", "Ann", "unknown", "?"]))
    assert found.tolist() == ["unknown", "ignore", "Ann", "unknown", "?"]
    assert is_named(found).tolist() == [False, False, True, False, True]


@given(st.text())
def test_other_forms_of_a_name_are_the_same_person(name):
    spelled = [name, unicodedata.normalize("NFD", name), f" {name}\t", tidy_name(name)]
    assert one_spelling(pd.Series(spelled, dtype="str")).nunique() == 1
    assert tidy_name(tidy_name(name)) == tidy_name(name)
    assert fold_name(name) == fold_name(fold_name(name))
