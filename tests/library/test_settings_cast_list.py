"""Who may be in which film, by a list that people write; and the order of the films of a series."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from castmap.settings.cast_list import cast_of, films_before, order_of, read_cast_list
from castmap.settings.settings import Movie, SettingsError

HEADER = "name\tfilm\trole\tfrom\tto"


def movie(name, series=""):
    return Movie(name, f"{name}.mp4", "", "", "", "film", series)


def listed(*rows):
    return read_cast_list("\n".join([HEADER, *rows]), "cast.tsv")


def test_a_film_without_a_row_may_show_everybody():
    rows = listed("Ann\theat")
    assert cast_of(movie("alien"), rows) is None
    assert cast_of(movie("heat"), rows) == {"Ann": ""}


def test_a_series_lists_its_people_from_one_film_to_another():
    rows = listed("Ann\tshow\tlead", "Ben\tshow\t\ts1e2\ts1e10", "Cid\tshow\t\ts2e1", "Dan\ts1e9")
    first = {"Ann": "lead"}
    assert cast_of(movie("s1e1", "show"), rows) == first
    assert cast_of(movie("s1e9", "show"), rows) == first | {"Ben": "", "Dan": ""}
    assert cast_of(movie("s1e11", "show"), rows) == first
    assert cast_of(movie("s2e1", "show"), rows) == first | {"Cid": ""}
    assert cast_of(movie("s1e9", "another"), rows) == {"Dan": ""}


def test_whoever_is_listed_for_all_films_is_added_to_the_cast_of_each():
    rows = listed("Ann\t", "Ben\theat")
    assert cast_of(movie("heat"), rows) == {"Ann": "", "Ben": ""}
    assert cast_of(movie("alien"), rows) is None  # it says nothing of the others there


@pytest.mark.parametrize(
    ("rows", "says"),
    [
        ("name\tfilm", "line 1: the columns must be name, film, role, from, to"),
        (f"{HEADER}\n\theat", "line 2: name is empty"),
        (f"{HEADER}\nAnn\theat\tstar", "line 2: role is 'star'; it takes lead, or nothing"),
        (f"{HEADER}\nAnn\t\t\ts1\t", "line 2: from and to say which films of a series"),
        (f"{HEADER}\nAnn\u202e\theat", "control character"),
        (f"{HEADER}\nAnn\ta\t\t\t\tmore", "line 2: 6 columns instead of 5"),
        ("", "line 1: the columns must be"),
    ],
)
def test_what_is_wrong_is_said_with_its_line(rows, says):
    with pytest.raises(SettingsError, match=says.replace("(", r"\(")):
        read_cast_list(rows, "cast.tsv")


def test_films_of_a_series_come_in_the_order_of_their_numbers():
    names = ["s1e10", "s1e2", "s2e1", "S1e1"]
    films = {name: movie(name, "show") for name in names} | {"s1e3": movie("s1e3")}
    assert films_before(films["s2e1"], films) == ["S1e1", "s1e2", "s1e10"]
    assert films_before(films["S1e1"], films) == []
    assert films_before(films["s1e3"], films) == []  # it is of no series


@given(st.lists(st.text("ab1٣02_-", min_size=1), unique=True))
def test_any_two_names_have_an_order(names):
    ordered = sorted(names, key=order_of)
    assert sorted(ordered) == sorted(names)
    assert all(order_of(a) < order_of(b) for a, b in itertools.pairwise(ordered))
