"""Cast maps that were edited in other programs, as corrections: each edit, once, and no other."""

from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from castmap.corrections.elsewhere.importing import changes_of, open_edited
from castmap.corrections.elsewhere.saying import say
from castmap.formats.corrections import add_rows
from tests.library.edited_film import NAMES, WHEN, export, first_journal, today
from tests.library.editors import EDITORS, Elan, Spreadsheet

ANN, BEN, EVE, CID, DAN = NAMES["A"], "C02", "C03", "C04", NAMES["D"]


@pytest.fixture(scope="module")
def film(tmp_path_factory):
    return today(tmp_path_factory.mktemp("film"))


@pytest.fixture(params=EDITORS, ids=lambda editor: editor.name)
def editor(request, film, tmp_path):
    return request.param(export(film, tmp_path)[request.param.name], film)


def asked(path, film):
    return changes_of(open_edited(path.read_text(encoding="utf-8")), film)


def operations(changes):
    """What is said of which tracks, in any order; a name is said of whichever are certain."""
    return Counter((o.action, o.name or frozenset(o.tracks)) for o in changes.operations)


def expected(*rows):
    return Counter((action, name or frozenset(tracks)) for action, tracks, name in rows)


# What a person does, and what is to be said; every person has a face left that nobody touches.
EDITS = {
    "give": (lambda e: e.give(4, DAN), [("move", {4}, None)]),
    "bring": (lambda e: e.bring(11, BEN), [("move", {11}, None)]),
    "delete": (lambda e: e.delete(3), [("background", {3}, None)]),
    "delete another": (lambda e: e.delete(21), [("background", {21}, None)]),
    "new": (lambda e: e.to_new([6], "Zoe"), [("split", {6}, None), ("name", {}, "Zoe")]),
    "shorten": (
        lambda e: e.bound(14, "end", 43500),
        [("cut_track", {14}, None), ("background", {14}, None)],
    ),
    "lengthen": (lambda e: e.bound(16, "end", 49900, like=18), [("move", {18}, None)]),
    "add": (lambda e: e.add(DAN, 50900, 54000, like=17), [("move", {17}, None)]),
    "rename": (lambda e: e.rename(BEN, "Ben; “x”, y"), [("name", {}, "Ben; “x”, y")]),
    "rename another": (lambda e: e.rename(ANN, "Ann"), [("name", {}, "Ann")]),
}


def applied(film, changes, folder, content=None):
    """The film once its corrections are applied, and its journal."""
    content = first_journal() if content is None else content
    rows = say(changes.operations, content, film, WHEN).rows
    content = add_rows(content, rows)
    return today(folder, content), content


def test_an_export_that_nobody_edited_asks_for_nothing(editor, film):
    assert asked(editor.path, film) == ([], [], [])


@pytest.mark.parametrize("edit", EDITS)
def test_an_edit_is_what_it_says(edit, editor, film):
    do, rows = EDITS[edit]
    do(editor)
    changes = asked(editor.path, film)
    assert operations(changes) == expected(*rows)
    assert changes.conflicts == changes.not_taken == []


def test_ten_edits_are_ten_corrections_that_hold_and_are_said_once(editor, film, tmp_path):
    rows = []
    for do, said_by_it in EDITS.values():
        do(editor)
        rows += said_by_it
    changes = asked(editor.path, film)
    # Two of the ten, a new person and a cut, are two operations each.
    assert len(EDITS) == 10 and len(changes.operations) == 12
    assert operations(changes) == expected(*rows)
    assert changes.conflicts == changes.not_taken == []
    corrected, content = applied(film, changes, tmp_path)
    # Nothing is said again, neither before it is applied nor after.
    again = say(changes.operations, content, film, WHEN)
    assert (again.rows, len(again.before), again.conflicts) == ("", 12, [])
    new = [row for row in corrected.journal["rows"] if row["operation"] > len(NAMES)]
    assert {row["status"] for row in new} == {"held"}
    later = asked(editor.path, corrected)
    assert later.operations == []
    # ELAN's annotation of track 11 still has the value, and the row of track 4 still has the name,
    # of those whose they were: whether somebody wants them back, the file does not tell.
    assert len(later.conflicts) == isinstance(editor, (Elan, Spreadsheet))
    who = corrected.cast
    assert who[4] == who[7] == who[17] and who[11] == who[15] and who[18] == who[16]
    assert {corrected.names[who[track]] for track in (0, 15, 6)} == {"Ann", "Ben; “x”, y", "Zoe"}
    assert {3, 21} & who.keys() == set()
    cut_off = max(corrected.who)
    assert corrected.bounds[14][1] == pytest.approx(43.5, abs=0.2)
    assert corrected.bounds[cut_off][0] == pytest.approx(43.5, abs=0.2)
    assert corrected.who[cut_off] == "background"


@settings(max_examples=25)
@given(chosen=st.lists(st.sampled_from(sorted(EDITS)), unique=True), who=st.sampled_from(EDITORS))
def test_any_edits_are_what_they_say(chosen, who, tmp_path_factory):
    folder = tmp_path_factory.mktemp("any")
    film = today(folder)
    editor = who(export(film, folder)[who.name], film)
    # Labels are changed last: the other edits name people as castmap does.
    for name in sorted(chosen, key=list(EDITS).index):
        EDITS[name][0](editor)
    changes = asked(editor.path, film)
    assert operations(changes) == expected(*(row for name in chosen for row in EDITS[name][1]))
    if changes.operations:
        corrected, _ = applied(film, changes, folder)
        assert asked(editor.path, corrected).operations == []
