"""Files of corrections: what is read back, what is refused and how, what an undo undoes."""

import re
import time
import unicodedata

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from castmap.formats.corrections import (
    ACTIONS,
    CUTS,
    HEADER,
    OF_SHOTS,
    UNDO,
    Correction,
    CorrectionError,
    Face,
    active,
    check_name,
    read_journal,
)
from castmap.formats.names import first_hidden
from castmap.formats.spreadsheets import escape_formula, unescape_formula
from tests.corrections_files import write_rows

BIDI_CONTROLS = ("LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI")
FACE = Face(1.5, 0.25, 0.25, 0.5, 0.75)
OTHER = Face(61.04, 0.0, 0.125, 0.5, 1.0)
WHEN = "2026-01-31T12:00:00Z"
ROW = f"1,{WHEN},merge,1.5,0.25,0.25,0.5,0.75,61.04,0,0.125,0.5,1,,"


def file_of(*lines):
    return "\n".join([HEADER, *lines, ""]).encode()


def said(operation, action, undoes=None, name=None):
    return Correction(0, operation, WHEN, action, FACE, OTHER, name, undoes)


@pytest.mark.parametrize("action", ACTIONS)
def test_what_is_written_is_read_back(action):
    first = Correction(2, 1, WHEN, "merge", FACE, OTHER)
    with_other = action in ("merge", "move", "split", "different")
    row = Correction(
        *(3, 2, WHEN, action),
        face=None if action in (*OF_SHOTS, UNDO) else FACE,
        other=OTHER if with_other else None,
        name="Noël, “the” 犬" if action in ("name", "refuse") else None,
        undoes=1 if action == UNDO else None,
        boundary_s=FACE.time_s if action in OF_SHOTS else None,
    )
    journal = read_journal(file_of(write_rows([first, row]).rstrip("\n")))
    assert journal.faults == []
    assert journal.corrections == [first, row]
    assert journal.last_operation == 2


@given(
    st.floats(0, 1e7),
    st.lists(st.floats(-1, 2), min_size=4, max_size=4, unique=True),
    st.sampled_from(CUTS),
)
def test_whatever_is_cut_comes_back_to_the_millionth(time_s, edges, action):
    x1, x2, y1, y2 = (round(edge, 6) for edge in (*sorted(edges[:2]), *sorted(edges[2:])))
    assume(x1 < x2 and y1 < y2)
    face = Face(round(time_s, 6), x1, y1, x2, y2)
    of_shot = action in OF_SHOTS
    row = Correction(
        *(2, 1, WHEN, action),
        face=None if of_shot else face,
        boundary_s=face.time_s if of_shot else None,
    )
    journal = read_journal(file_of(write_rows([row]).rstrip("\n")))
    assert journal.corrections == [row] and row.time_s == face.time_s


HOSTILE_NAMES = [
    "=HYPERLINK(\"http://example.org\")", "+1", "-1", "@SUM(A1)", "'=1+1", "''=1", "'t Hooft",
    "O'Brien", "a,b", 'say "hi"', "<script>alert(1)</script>", "]]>", "-->", "${HOME}", "$(reboot)",
    "`id`", "../../etc/passwd", "C:\\temp", "Ж" * 200, "名前", "👩‍👩‍👧",
    "NULL", "NaN", "; DROP TABLE characters", "%s%n", "{{ 7 * 7 }}",
]  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE_NAMES)
def test_hostile_names_are_kept_as_text(name):
    row = Correction(2, 1, WHEN, "name", FACE, name=name)
    journal = read_journal(file_of(write_rows([row]).rstrip("\n")))
    assert journal.faults == []
    assert journal.corrections == [row]


@given(st.text())
def test_formulas_are_harmless_and_come_back(text):
    escaped = escape_formula(text)
    assert not escaped.startswith(("=", "+", "-", "@", "\t", "\r"))
    assert unescape_formula(escaped) == text


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        (b"\xff\xfe\x00a", "byte 1 is no UTF-8 text; save the file as UTF-8"),
        (b"operation;made_at\n", f"line 1 must be {HEADER}"),
        (b"<html>not found</html>", f"line 1 must be {HEADER}"),
        (b"\x00" * 100, f"line 1 must be {HEADER}"),
        (file_of("1,2,3"), "line 2: has 3 cells instead of 15"),
        (file_of(ROW + ",more"), "line 2: has 16 cells instead of 15"),
        (file_of(ROW.replace("merge", "delete")), "line 2: action is 'delete', but must be one of"),
        (file_of(ROW.replace("merge", "=cmd|' /C calc'!A0")), 'line 2: action is "=cmd|'),
        (file_of(ROW.replace("1.5,", "-1,", 1)), "line 2: time_s is '-1', but must be seconds"),
        (file_of(ROW.replace("1.5,", "nan,", 1)), "line 2: time_s is 'nan', but must be seconds"),
        (file_of(ROW.replace("1.5,", "inf,", 1)), "line 2: time_s is 'inf', but must be seconds"),
        (file_of(ROW.replace("1.5,", ",", 1)), "line 2: time_s is '', but must be seconds from 0"),
        (file_of(ROW.replace("0.75", "750")), "line 2: y2 is '750', but must be a share of the"),
        (file_of(ROW.replace("0.75", "0.1")), "line 2: the box of the face is empty: x1 < x2"),
        (file_of(ROW.replace("61.04", "")), "line 2: other_time_s is '', but must be seconds"),
        (file_of("0" + ROW[1:]), "line 2: operation is '0', but must be a whole number from 1"),
        (file_of("9" * 5000 + ROW[1:]), "line 2: operation is '999999999999999999999999999999999"),
        (file_of(ROW.replace(WHEN, "yesterday")), "line 2: made_at is 'yesterday', but must look"),
        (file_of(ROW.replace("-01-", "-99-")), "line 2: made_at is '2026-99-31T12:00:00Z', but"),
        (file_of(ROW.replace("-31T", "-32T")), "line 2: made_at is '2026-01-32T12:00:00Z', but"),
        (file_of(ROW.replace("T12:", "T25:")), "line 2: made_at is '2026-01-31T25:00:00Z', but"),
        (file_of(ROW.replace("1.5,", "1e300,", 1)), "line 2: time_s is '1e300', but must be sec"),
        (file_of(ROW.replace("61.04", "1e8")), "line 2: other_time_s is '1e8', but must be sec"),
        (
            file_of(f"1,{WHEN},name,1.5,0.25,0.25,0.5,0.75,,,,,,{'n' * 201},"),
            "line 2: name must have 1 to 200 characters, not 201",
        ),
        (file_of(f"1,{WHEN},cut_shot" + "," * 12), "line 2: time_s is '', but must be seconds"),
        (file_of(f"1,{WHEN},join_shots,-1" + "," * 11), "line 2: time_s is '-1', but must be sec"),
        (file_of(f"1,{WHEN},cut_track,1.5" + "," * 11), "line 2: x1 is '', but must be a share"),
        (file_of(f"1,{WHEN},undo" + "," * 11 + ",1"), "line 2: undoes is 1, but must be an"),
        (
            file_of(f"1,{WHEN},name,1.5,0.25,0.25,0.5,0.75,,,,,,  ,"),
            "line 2: name is empty; to clear a name, undo the operation that gave it",
        ),
        (
            file_of(f'1,{WHEN},name,1.5,0.25,0.25,0.5,0.75,,,,,,"a\nb",'),
            "line 2: name holds '\\n', a control character; remove it",
        ),
        (file_of(ROW, ROW.replace("merge", "different")), "line 3: operation 1 is a merge before"),
        (file_of(f'1,{WHEN},"merge'), "line 2: unexpected end of data; what follows was not read"),
        (file_of("1" * 200_000), "line 2: field larger than field limit (131072); what follows"),
    ],
)
def test_what_is_illegal_is_named_in_one_sentence_and_spoils_nothing_else(content, fault):
    journal = read_journal(content)
    assert len(journal.faults) == 1
    assert journal.faults[0].startswith(fault)
    assert "\n" not in journal.faults[0]
    assert len(journal.faults[0]) < 300
    assert len(journal.corrections) == content.count(ROW.encode() + b"\n")


def test_lines_after_a_faulty_one_count():
    journal = read_journal(file_of("nonsense", ROW, "", ROW.replace("1,", "2,", 1)))
    assert journal.faults == ["line 2: has 1 cells instead of 15"]
    assert [(row.line, row.operation) for row in journal.corrections] == [(3, 1), (5, 2)]


def test_an_empty_file_says_nothing():
    assert read_journal(b"").corrections == read_journal(b"\n").corrections == []


@given(st.binary(max_size=300))
def test_no_file_is_an_exception(content):
    assert read_journal(HEADER.encode() + b"\n" + content).corrections == []


def test_an_undo_undoes_a_whole_operation_and_can_be_undone():
    merge, name = said(1, "merge"), said(2, "name", name="Ann")
    assert active([merge, merge, name]) == [merge, merge, name]
    undo = said(3, "undo", undoes=1)
    assert active([merge, merge, name, undo]) == [name]
    assert active([merge, name, undo, said(4, "undo", undoes=3)]) == [merge, name]


def test_a_file_is_read_in_a_time_that_grows_with_its_length():
    def seconds(n):
        content = file_of(*(f"{i}{ROW[1:]}" for i in range(1, n + 1)))
        start = time.process_time()
        assert len(read_journal(content).corrections) == n
        return time.process_time() - start

    few, many = (min(seconds(n) for _ in range(3)) for n in (1000, 8000))
    assert many < 3 * 8 * few


@pytest.mark.parametrize(
    "hidden", "\0\x1b\x7f\x85\u061c\u200e\u200f\u2028\u202a\u202e\u2066\u2069\ud800\uffff"
)
def test_what_cannot_be_seen_or_turns_a_name_is_refused(hidden):
    with pytest.raises(CorrectionError, match=f"holds {re.escape(ascii(hidden))}, a control char"):
        check_name(f"Ann{hidden}Lee\n")


def test_a_name_shows_something():
    with pytest.raises(CorrectionError, match="of which nothing can be seen"):
        check_name("\u200d\u200c")


def test_the_hidden_are_those_of_unicode():
    turning = [
        c for c in map(chr, range(0x110000)) if unicodedata.bidirectional(c) in BIDI_CONTROLS
    ]
    assert len(turning) == 9
    assert all(first_hidden(f"a{c}") == c for c in turning)
    assert first_hidden("👩‍👩‍👧 نامه‌ای Zoë") is None


def test_names_are_trimmed_and_composed():
    assert check_name("  Zoe\u0308 ") == "Zoë"
    with pytest.raises(CorrectionError, match="control character"):
        check_name("a\u2028b")
