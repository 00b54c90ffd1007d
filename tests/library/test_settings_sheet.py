"""The film sheet, as editors and spreadsheets write it."""

import csv
import io
import os

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from castmap.formats.names import one_line
from castmap.settings.settings import Movie, SettingsError
from castmap.settings.sheet import decode_text, load_sheet, read_sheet

HEADER = "movie\tpath\ttitle\tyear\tlabels\trole\n"
ROW = "zoe\tfilms/zoe.mp4\tZoë\t1999\t\tfilm\n"
ZOE = Movie("zoe", "films/zoe.mp4", "Zoë", "1999", "", "film")


@pytest.fixture(scope="module")
def schema(root):
    return yaml.safe_load((root / "rules/schemas/movies.schema.yaml").read_text())


def test_a_sheet_gives_its_films_in_order(schema):
    text = HEADER + "b\tb.mp4\tB, a film\t1999\t\tfilm\n\na\ta.mp4\t\t\t\t\n"
    assert read_sheet(text, "movies.tsv", schema) == [
        Movie("b", "b.mp4", "B, a film", "1999", "", "film"),
        Movie("a", "a.mp4", "", "", "", "film"),
    ]


@pytest.mark.parametrize(
    "content",
    [
        (HEADER + ROW).encode(),
        (HEADER + ROW).encode("utf-8-sig"),
        (HEADER + ROW).encode("utf-16"),
        b"\xfe\xff" + (HEADER + ROW).encode("utf-16-be"),
        (HEADER + ROW).encode("utf-32"),
        (HEADER + ROW).replace("\n", "\r\n").encode("utf-16"),
        (HEADER + ROW).replace("\n", "\r").encode(),
        (HEADER + ROW).replace("\t", ";").encode(),
        (HEADER + ROW).replace("\t", ",").replace("\n", "\r\n").encode("utf-8-sig"),
        (HEADER + ROW).replace("\n", "\t\t\t\n").encode(),
        HEADER.encode() + '"zoe"\t"films/zoe.mp4"\t"Zoë"\t"1999"\t""\t"film"\n'.encode(),
        HEADER.encode() + "zoe\tfilms/zoe.mp4\tZo\u200f\u00eb\t1999\t\t\n".encode(),
    ],
)
def test_a_sheet_is_read_in_every_form_that_is_unambiguous(content, schema, tmp_path):
    (tmp_path / "movies.tsv").write_bytes(content)
    assert load_sheet(tmp_path / "movies.tsv", schema) == [ZOE]


@pytest.mark.parametrize("dialect", ["excel-tab", "excel", "semicolon"])
@given(title=st.text(st.characters(exclude_categories=["C", "Z"]) | st.just(" "), max_size=40))
def test_what_a_spreadsheet_writes_is_read_back(dialect, title, schema):
    """Python's csv module writes as Excel does."""
    lines = io.StringIO()
    options = {"delimiter": ";"} if dialect == "semicolon" else {"dialect": dialect}
    writer = csv.writer(lines, **options)
    writer.writerow(schema["properties"])
    writer.writerow(["heat", "heat.mp4", title, "", "", "film", "the series"])
    (movie,) = read_sheet(lines.getvalue(), "movies.tsv", schema)
    assert movie.title == one_line(title) and movie.series == "the series"


@pytest.mark.parametrize(
    "title", ['"Crocodile" Dundee', 'The "Burbs', '"', "'Round Midnight", 'a "b" c']
)
def test_quotation_marks_that_somebody_typed_stay(title, schema):
    (movie,) = read_sheet(f"{HEADER}heat\theat.mp4\t{title}\t\t\t\n", "movies.tsv", schema)
    assert movie.title == title


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (
            (HEADER + ROW).encode("latin-1"),
            "movies.tsv, line 2: the cell that reads 'Zoë' in Latin-1 is not UTF-8",
        ),
        ((HEADER + ROW).encode("utf-16-le"), "UTF-16 without a mark"),
        (b"\xff\xfe\x00\xd8", "begins as UTF-16-LE but is not"),
        (bytes(range(1, 256)), "is not UTF-8"),
        (b"\x00" * 99, "is no text"),
        (b"x" * ((16 << 20) + 1), "has more than 16 MiB"),
    ],
)
def test_what_only_a_person_can_tell_is_refused_with_the_place(content, sentence):
    with pytest.raises(SettingsError) as caught:
        decode_text(content, "movies.tsv")
    assert sentence in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("row", "sentence"),
    [
        ("../x\ta.mp4\t\t\t\tfilm", "line 2: movie is '../x'; it takes letters"),
        (
            "a b\ta.mp4\t\t\t\tfilm",
            "starting with a letter or digit, at most 200 bytes; a_b would do",
        ),
        ("x\ta.mp4\t\t99\t\tfilm", "line 2: year is '99'; it takes four digits"),
        ("x\ta.mp4\t\t\t\tstar", "line 2: role is 'star'; it takes film"),
        ("tables\ta.mp4\t\t\t\tfilm", "line 2: movie is 'tables', which results/ uses itself"),
        ("Index\ta.mp4\t\t\t\tfilm", "line 2: movie is 'Index', which results/ uses itself"),
        ("x a.mp4", "line 2: 1 columns instead of 6"),
        ("x\ta.mp4\t\t\t\tfilm\nX\tb.mp4\t\t\t\tfilm", "line 3: the movie X is in line 2 already"),
        ("é\ta.mp4\t\t\t\t\ne\u0301\tb.mp4\t\t\t\t", "line 3: the movie é is in line 2 already"),
        (f"x\ta.mp4\t{'t' * 200_000}\t\t\t", "line 2: title is 'tttt"),
        (f"x\t{'p' * 200_000}\t\t\t\t", "line 2: path is 'pppp"),
        (f"{'m' * 200_000}\ta.mp4\t\t\t\t", "line 2: movie is 'mmmm"),
        ("x\t\t\t\t\tfilm", "line 2: path is ''; it takes the film's file"),
        ("\ta.mp4\t\t\t\tfilm", "line 2: movie is ''; it takes letters"),
    ],
)
def test_a_bad_row_is_one_sentence_with_its_line(schema, row, sentence):
    with pytest.raises(SettingsError) as caught:
        read_sheet(HEADER + row + "\n", "movies.tsv", schema)
    assert sentence in str(caught.value)
    assert len(str(caught.value).splitlines()) == 1
    assert len(str(caught.value)) < 400


def test_many_faults_do_not_fill_the_screen(schema):
    with pytest.raises(SettingsError, match=r"movies\.tsv: 80 more faults"):
        read_sheet(HEADER + "x\n" * 100, "movies.tsv", schema)


def test_a_sheet_with_other_columns_names_them(schema):
    with pytest.raises(SettingsError, match=r"missing: role; unknown: rôle"):
        read_sheet(HEADER.replace("role", "rôle"), "movies.tsv", schema)
    with pytest.raises(SettingsError, match="line 1"):
        read_sheet("", "movies.tsv", schema)
    with pytest.raises(SettingsError, match=r"line 1: .* twice: movie"):
        read_sheet("movie\t" + HEADER, "movies.tsv", schema)


def test_a_quotation_that_does_not_end_names_its_line(schema):
    text = HEADER.replace("\t", ",") + 'x,a.mp4,"no end,,,\n'
    with pytest.raises(SettingsError, match=r"line 2: .*put a cell that holds a quotation mark"):
        read_sheet(text, "movies.csv", schema)


def test_a_sheet_that_is_no_file_is_not_opened(schema, tmp_path):
    os.mkfifo(tmp_path / "pipe.tsv")
    for name in ("pipe.tsv", ".", "gone.tsv"):
        with pytest.raises(SettingsError, match=r"movies\.sheet: .* (is no file|does not exist)"):
            load_sheet(tmp_path / name, schema)
