"""A film may have any file's name; its own is safe on every disk, in addresses and patterns."""

import hashlib
import os
import re
import unicodedata
from urllib.parse import quote, unquote

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from snakemake.io import PeriodicityDetector

from castmap.formats.names import (
    FILM_SUFFIXES,
    LONGEST_NAME,
    RESERVED_NAMES,
    fold_movie_name,
    is_movie_name,
    movie_of_file,
    name_films,
    one_line,
)

# A page's longest name while it is written: .NAME.mistakes.html.4194304.partial.html
AROUND_A_NAME = len(".") + len(".mistakes.html.4194304.partial.html")
WINDOWS = ("CON", "PRN", "AUX", "NUL", "COM1", "COM9", "LPT1", "LPT9", "COM¹", "LPT³")

# What Linux takes: any bytes but / and NUL, 255 of them.
texts = st.text(st.characters(codec="utf-8", exclude_characters="/\0"), min_size=1, max_size=60)
byte_strings = st.binary(min_size=1, max_size=250).map(
    lambda content: os.fsdecode(re.sub(b"[/\0]", b"_", content))
)
repeated = st.tuples(st.text("aé京_", min_size=1, max_size=4), st.integers(15, 120)).map(
    lambda part: part[0] * part[1]
)
stems = st.one_of(texts, byte_strings, repeated).filter(lambda stem: len(os.fsencode(stem)) <= 251)


@pytest.mark.parametrize(
    ("file_name", "movie"),
    [
        ("two words.mkv", "two_words"),
        ("a-b_c.mp4", "a-b_c"),
        ("a.b.c.mp4", "a_b_c"),
        ("-rf.mp4", "rf"),
        ("東京物語.mp4", "東京物語"),
        ("Żółw (1999).MKV", "Żółw_1999"),
        ("L'été à Nîmes.mp4", "L_été_à_Nîmes"),
        ("Zoe\u0301.mp4", "Zoé"),  # decomposed, as macOS writes it
        ("पथेर पांचाली.mp4", "पथेर_पांचाली"),  # its vowel signs are marks
        ("สัตว์ประหลาด.mp4", "สัตว์ประหลาด"),
        ("البوسطجي.mp4", "البوسطجي"),
        ("٢٠٠١.mp4", "٢٠٠١"),
        ("8½.mp4", "8½"),
        ("❤\ufe0f.mp4", "film"),
        ("\u0301\u0301.mp4", "film"),
        ("{movie}.mp4", "movie"),
        ("{input.film} {{x}}.mp4", "input_film_x"),
        ("\udcff\udcfe.mp4", "film"),
        ("caf\udce9.mp4", "caf"),  # Latin-1
        ("index.MP4", "film_index"),
        ("CON.mp4", "film_CON"),
        ("com¹.mp4", "film_com¹"),
        ("notes.txt", None),
        (".mp4", None),
        ("mp4", None),
    ],
)
def test_a_film_keeps_letters_marks_and_digits_of_any_script(file_name, movie):
    assert movie_of_file(file_name) == movie


@given(stem=stems, suffix=st.sampled_from([*FILM_SUFFIXES, ".MP4"]))
@example(stem="ha" * 60, suffix=".mp4")
@example(stem="ハ" * 83, suffix=".mp4")
@example(stem="_deadbeef" * 25, suffix=".mp4")
@example(stem="a\u0338=", suffix=".mp4")
@example(stem="e\u034f\u0301", suffix=".mp4")
def test_any_file_gets_a_name_that_disks_addresses_and_snakemake_can_hold(stem, suffix):
    movie = movie_of_file(stem + suffix)
    assert is_movie_name(movie)
    assert {unicodedata.category(sign)[0] for sign in movie if sign not in "_-"} <= set("LMN")
    assert not movie.startswith(("-", "_", ".")) and movie.isprintable()
    assert len(movie.encode()) <= LONGEST_NAME
    assert LONGEST_NAME + AROUND_A_NAME <= 255
    assert PeriodicityDetector().is_periodic(movie) is None
    assert movie.casefold() not in RESERVED_NAMES
    assert movie.upper() not in WINDOWS
    assert unquote(quote(movie)) == movie
    assert movie_of_file(f"{movie}.mp4") == movie


@given(names=st.lists(stems, max_size=12, unique=True), taken=st.lists(stems, max_size=2))
@example(names=["a b", "a_b", "A b", "a\u0308", "ä", "\udcff", "\udcfe"], taken=["film"])
def test_the_names_of_a_folder_differ_on_every_disk(names, taken):
    files = [f"{name}.mp4" for name in names]
    films = name_films(files, taken)
    assert set(films) == set(files)
    assert all(map(is_movie_name, films.values()))
    assert len({fold_movie_name(movie) for movie in (*films.values(), *taken)}) == len(files) + len(
        set(map(fold_movie_name, taken))
    )


def test_a_name_that_another_file_has_gets_a_hash_of_the_files_own():
    files = ["heat.mkv", "heat.mp4", "Heat.avi", "alien.mp4"]
    films = name_films(files, [])
    hashed = hashlib.sha256(b"heat.mp4").hexdigest()[:8]
    assert films == {
        "Heat.avi": "Heat",
        "alien.mp4": "alien",
        "heat.mkv": f"heat_{hashlib.sha256(b'heat.mkv').hexdigest()[:8]}",
        "heat.mp4": f"heat_{hashed}",
    }
    assert name_films(["heat.mp4"], ["HEAT"]) == {"heat.mp4": f"heat_{hashed}"}


def test_what_has_results_keeps_its_name_when_another_file_comes():
    owners = {"heat": "heat.mp4"}
    films = name_films(["heat.mp4", "heat.avi"], [], owners.get)
    assert films["heat.mp4"] == "heat"
    assert films["heat.avi"] != "heat"
    assert name_films(["two words.mp4", "two_words.mp4"], [])["two_words.mp4"] == "two_words"


@pytest.mark.parametrize(
    "name",
    [
        "",
        "../x",
        "a b",
        "-a",
        "_a",
        "\u0301a",
        "Zoe\u0301",
        "a.b",
        "a{b}",
        "index",
        "nul",
        "a" * 201,
    ]
    + ["ha" * 20, "\udcff", "a\u200bb", "\u202ea"],
)
def test_what_cannot_be_a_films_name(name):
    assert not is_movie_name(name)


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("Heat", "Heat"),
        (" two\nlines\t", "two lines"),
        ("evil\u202egpj.exe", "evilgpj.exe"),
        ("\u2067\u05d0\u05d1\u2069\u200f", "\u05d0\u05d1"),
        ("\x1b[31mred\x85", "[31mred"),
        ("caf\udce9", "caf\ufffd"),
        ("می‌خواهم", "می‌خواهم"),  # a joiner that Persian needs
        ("👩‍👩‍👧", "👩‍👩‍👧"),
        ("\u200e\u200f", ""),
    ],
)
def test_text_is_one_line_that_cannot_turn_what_is_around_it(text, line):
    assert one_line(text) == line
