import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from workflow_scripts.formats.settings import (
    Movie,
    SettingsError,
    check_files,
    movies_of_folder,
    read_sheet,
    read_split,
)

HEADER = "movie\tpath\ttitle\tyear\tlabels\trole\n"


@pytest.fixture(scope="module")
def movie_schema(root):
    return yaml.safe_load((root / "rules/schemas/movies.schema.yaml").read_text())


def test_a_sheet_gives_its_films_in_order(movie_schema):
    text = HEADER + "b\tb.mp4\tB, a film\t1999\t\tfilm\n\na\ta.mp4\t\t\t\tfilm\n"
    movies = read_sheet(text, "movies.tsv", movie_schema)
    assert movies == [
        Movie("b", "b.mp4", "B, a film", "1999", "", "film"),
        Movie("a", "a.mp4", "", "", "", "film"),
    ]


@pytest.mark.parametrize(
    ("row", "sentence"),
    [
        ("../x\ta.mp4\t\t\t\tfilm", "line 2: movie is '../x'; it takes letters"),
        ("x\ta.mp4\t\t99\t\tfilm", "line 2: year is '99'; it takes four digits"),
        ("x\ta.mp4\t\t\t\tstar", "line 2: role is 'star'; it takes film"),
        ("tables\ta.mp4\t\t\t\tfilm", "line 2: movie is 'tables', which results/ uses itself"),
        ("Index\ta.mp4\t\t\t\tfilm", "line 2: movie is 'Index', which results/ uses itself"),
        ("x a.mp4", "line 2: 1 columns instead of 6"),
        ("x\ta.mp4\t\t\t\tfilm\nX\tb.mp4\t\t\t\tfilm", "line 3: the movie X is in line 2 already"),
    ],
)
def test_a_bad_row_is_one_sentence_with_its_line(movie_schema, row, sentence):
    with pytest.raises(SettingsError) as caught:
        read_sheet(HEADER + row + "\n", "movies.tsv", movie_schema)
    assert sentence in str(caught.value)
    assert len(str(caught.value).splitlines()) == 1


def test_a_sheet_with_other_columns_names_them(movie_schema):
    with pytest.raises(SettingsError, match=r"missing: role; unknown: rôle"):
        read_sheet(HEADER.replace("role", "rôle"), "movies.tsv", movie_schema)
    with pytest.raises(SettingsError, match="line 1"):
        read_sheet("", "movies.tsv", movie_schema)


def test_a_folder_gives_its_video_files_under_safe_names():
    files = ["Żółw (1999).MKV", "notes.txt", ".hidden.mp4", "report.mp4", "a b.mp4"]
    movies = movies_of_folder("films", files, [])
    assert {movie.movie: movie.path for movie in movies} == {
        "hidden": "films/.hidden.mp4",
        "a_b": "films/a b.mp4",
        "film_report": "films/report.mp4",
        "w_1999": "films/Żółw (1999).MKV",
    }


def test_two_files_of_one_name_are_refused():
    with pytest.raises(SettingsError, match=r"a-b\.mp4.*rename the file") as caught:
        movies_of_folder("films", ["a-b.mkv", "a-b.mp4"], [])
    assert "a-b.mkv" in str(caught.value)


@given(st.lists(st.text(st.characters(exclude_characters="/\0"), min_size=1, max_size=20)))
def test_names_of_folder_films_are_always_safe_and_unique(stems):
    try:
        movies = movies_of_folder("films", [f"{stem}.mp4" for stem in stems], ["taken"])
    except SettingsError:
        return
    names = [movie.movie for movie in movies]
    assert len({name.casefold() for name in [*names, "taken"]}) == len(names) + 1
    assert all(name.replace("_", "").replace("-", "").isascii() for name in names)


def test_missing_films_and_labels_are_named_and_demo_films_are_not_expected():
    movies = [
        Movie("a", "a.mp4", "", "", "labels/a", "film"),
        Movie("d", "d.mp4", "", "", "labels/d", "demo"),
    ]
    check_files(movies, ["a.mp4", "labels/a"], "movies.tsv")
    with pytest.raises(SettingsError, match=r"movies\.tsv: labels of a is labels/a, which does"):
        check_files(movies, ["a.mp4"], "movies.tsv")


def test_a_split_list_names_films_one_per_line():
    text = "# to learn from\nheat\n\nalien # the first\n"
    assert read_split(text, "train.txt") == ["heat", "alien"]
    assert read_split("# nobody\n", "train.txt") == []


def test_a_split_list_with_a_double_name_says_so():
    with pytest.raises(SettingsError, match=r"train.txt: heat comes twice"):
        read_split("heat\nalien\nheat\n", "train.txt")
