"""Cast maps that were edited in other programs, as corrections: each edit, once, and no other."""

import csv
import re
from collections import Counter
from copy import deepcopy
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree
from pympi.Elan import Eaf

from castmap.corrections.elsewhere.importing import changes_of, open_edited
from castmap.corrections.elsewhere.saying import say
from castmap.formats.corrections import add_rows
from tests.library.edited_film import NAMES, WHEN, export, first_journal, said, today
from tests.library.editors import EDITORS, Cvat, Elan, Spreadsheet, Via
from tests.library.test_exports_names import HOSTILE

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


@pytest.mark.parametrize("who", EDITORS, ids=lambda editor: editor.name)
def test_hostile_names_are_no_edits(who, tmp_path):
    names = iter(HOSTILE)
    film = today(tmp_path)
    for trio in zip(names, names, names, names, names, strict=False):
        own = film.characters["character"].map(dict(zip(sorted(film.labels), trio, strict=True)))
        hostile = own.astype(object).where(own.notna(), None)
        renamed = replace(film, characters=film.characters.assign(name=hostile))
        path = export(renamed, tmp_path / "hostile")[who.name]
        assert asked(path, renamed) == ([], [], []), trio


def test_two_characters_of_one_name_are_two(film, editor, tmp_path):
    twins = film.characters["character"].isin(["C02", "C03"])
    names = film.characters["name"].mask(twins, "Jo")
    film = replace(film, characters=film.characters.assign(name=names))
    editor = type(editor)(export(film, tmp_path / "twins")[editor.name], film)
    assert asked(editor.path, film) == ([], [], [])
    editor.give(5, "Jo (C03)")
    editor.rename("Jo (C02)", "Joan")
    assert operations(asked(editor.path, film)) == expected(
        ("move", {5}, None), ("name", {}, "Joan")
    )


def test_a_character_that_is_deleted_is_background_in_one_operation(film, editor):
    editor.delete_all(EVE)
    changes = asked(editor.path, film)
    assert operations(changes) == expected(("background", {13, 16, 20, 21}, None))
    assert [o.what for o in changes.operations] == ["all of C03 is background"]


def test_a_character_whose_appearances_are_all_anothers_is_merged(film, editor, tmp_path):
    for track in (2, 6, 11):
        editor.give(track, EVE)
    changes = asked(editor.path, film)
    assert operations(changes) == expected(("merge", {2, 6, 11}, None))
    corrected, _ = applied(film, changes, tmp_path)
    assert corrected.cast[2] == corrected.cast[11] == corrected.cast[13]
    assert asked(editor.path, corrected).operations == []


def test_a_bound_that_no_examined_frame_tells_apart_changes_nothing(film, editor):
    editor.bound(13, "end", 39100)
    assert asked(editor.path, film) == ([], [], [])


def test_where_no_face_was_found_nothing_is_invented(film, tmp_path):
    for who in (Elan, Spreadsheet, Via):
        editor = who(export(film, tmp_path)[who.name], film)
        editor.add(BEN, 65000, 67000, like=None)
        editor.bound(13, "end", 40500)
        operations_, conflicts, not_taken = asked(editor.path, film)
        assert (operations_, conflicts, len(not_taken)) == ([], [], 2)
        assert all("no face was found there" in why for why in not_taken)
        assert any("(C02), 65.000 to 67.000 s" in why for why in not_taken)


def test_a_face_that_the_file_itself_has_with_somebody_else_stays_there(film, tmp_path):
    for who in (Elan, Spreadsheet, Via):
        editor = who(export(film, tmp_path)[who.name], film)
        editor.add(BEN, 36091, 39162, like=None)
        operations_, _, (why,) = asked(editor.path, film)
        assert operations_ == [] and "whose face is there is C03 by this file, too" in why


def test_of_two_faces_at_once_none_is_chosen(film, tmp_path):
    editor = Via(export(film, tmp_path)[Via.name], film)
    editor.delete(5)
    editor.delete(4)
    editor.add(EVE, 11500, 14500, like=None)
    operations_, (why,), _ = asked(editor.path, film)
    assert "several faces are there that are nobody's (tracks 4, 5)" in why
    assert {(o.action, o.tracks) for o in operations_} == {
        ("background", (4,)),
        ("background", (5,)),
    }


def test_a_part_may_go_to_somebody_else(film, editor, tmp_path):
    """Whoever is followed as one turns out to be two: the file ends one, and adds the other."""
    editor.bound(15, "end", 43500)
    if isinstance(editor, Cvat):
        editor.add(DAN, 43500, 46023, like=15)
        (track,) = (t for t in editor.root.iterfind("track") if t.get("id") == "999")
        for box in [box for box in track if int(box.get("frame")) < 953]:
            track.remove(box)
        editor._save()
    else:
        editor.add(DAN, 43500, 46023, like=15)
    changes = asked(editor.path, film)
    assert [(o.action, o.tracks) for o in changes.operations] == [
        ("cut_track", (15,)),
        ("move", (15,)),
    ]
    corrected, _ = applied(film, changes, tmp_path)
    assert corrected.cast[max(corrected.who)] == corrected.cast[3] != corrected.cast[15]
    assert asked(editor.path, corrected).operations == []


def test_an_edit_of_one_face_for_two_people_is_a_conflict(film, tmp_path):
    editor = Via(export(film, tmp_path)[Via.name], film)
    for number, label in enumerate((DAN, EVE)):
        copied = dict(editor.segments["1_00000005"], av={"1": label})
        editor.segments[f"1_{5:0{8 + number}d}"] = copied
    editor._save()
    operations_, (why,), _ = asked(editor.path, film)
    assert operations_ == [] and "give the same face to two people" in why


# What somebody said on the page since a file was exported, and what the file then asks again.
SINCE = {
    "moved": [said(1, "move", 4, 3)],
    "taken out": [said(1, "background", 4)],
    "taken in": [said(1, "move", 17, 3)],
    "made new": [said(1, "split", 4, 0), said(1, "split", 8, 0)],
    "merged": [said(1, "merge", 2, 13)],
    "cut": [said(1, "cut_track", 14, part=0.5), said(2, "move", 14, 3, part=0.8)],
    "named": [said(1, "name", 2, name="Cid")],
    "renamed": [said(1, "name", t, name="Anna") for t in (0, 4, 8)],
    "named and taken back": [said(1, "name", 2, name="Cid"), said(2, "undo", None, undoes=3)],
}


@pytest.mark.parametrize("since", SINCE)
def test_an_older_file_takes_back_nothing_that_was_said_since(since, editor, film, tmp_path):
    corrected = today(tmp_path, first_journal(*SINCE[since]))
    changes = asked(editor.path, corrected)
    assert changes.operations == []
    # What was edited in it is taken nevertheless.
    editor.delete(5)
    assert operations(asked(editor.path, corrected)) == expected(("background", {5}, None))


def test_whose_face_is_meant_of_two_that_were_joined_since_is_not_guessed(film, tmp_path):
    editor = Elan(export(film, tmp_path)[Elan.name], film)
    editor.give(21, BEN)
    joined = today(tmp_path, first_journal(*SINCE["merged"]))
    operations_, _, not_taken = asked(editor.path, joined)
    assert operations_ == []
    assert "faces of several people there, and which is meant is not clear" in not_taken[0]


def test_what_was_said_last_counts_also_if_it_was_said_otherwise_before(film, tmp_path):
    """A file of between two corrections is older than the second."""
    between = today(tmp_path, first_journal(said(1, "move", 4, 1)))
    path = export(between, tmp_path)["cast_map.csv"]
    after = today(tmp_path, first_journal(said(1, "move", 4, 1), said(2, "move", 4, 13)))
    operations_, conflicts, _ = asked(path, after)
    assert operations_ == [] and len(conflicts) == 1
    undone = today(tmp_path, first_journal(said(1, "move", 4, 1), said(2, "undo", None, undoes=3)))
    operations_, conflicts, _ = asked(path, undone)
    assert operations_ == [] and len(conflicts) == 1


def test_a_file_as_cvat_saves_it_asks_for_nothing(film, tmp_path):
    """Every frame between key frames is written, other attributes are, and numbers are new."""
    editor = Cvat(export(film, tmp_path)[Cvat.name], film)
    for number, track in enumerate(editor.root.iterfind("track")):
        track.set("id", str(number + 7))
        track.set("source", "file")
        boxes = list(track)
        for one, following in pairwise(boxes):
            frames = int(one.get("frame")), int(following.get("frame"))
            for frame in range(frames[0] + 1, frames[1]):
                between = deepcopy(one)
                between.set("frame", str(frame))
                between.set("keyframe", "0")
                for edge in ("xtl", "xbr"):
                    ends = float(one.get(edge)), float(following.get(edge))
                    between.set(edge, f"{np.interp(frame, frames, ends):.2f}")
                track.insert(list(track).index(following), between)
    editor._save()
    assert asked(editor.path, film) == ([], [], [])


def test_a_track_of_cvat_that_lost_its_number_is_known_by_its_boxes(film, tmp_path):
    editor = Cvat(export(film, tmp_path)[Cvat.name], film)
    editor.give(4, "Zoe")
    editor.give(18 - 2, DAN)
    for track in editor.root.iterfind("track"):
        if track.get("label") in ("Zoe", DAN):
            for attribute in list(track.iter("attribute")):
                attribute.getparent().remove(attribute)
    editor._save()
    assert operations(asked(editor.path, film)) == expected(
        ("split", {4}, None), ("name", {}, "Zoe"), ("move", {16}, None)
    )


def test_a_spreadsheet_may_have_semicolons_decimal_commas_and_a_byte_mark(film, tmp_path):
    editor = Spreadsheet(export(film, tmp_path)[Spreadsheet.name], film)
    editor.delete(3)
    rows = list(csv.reader(editor.path.read_text(encoding="utf-8").splitlines()))
    with editor.path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file, delimiter=";")
        writer.writerows([cell.replace(".", ",") for cell in row] for row in rows)
    text = editor.path.read_bytes().decode("utf-8-sig")
    changes = changes_of(open_edited(text), film)
    assert operations(changes) == expected(("background", {3}, None))


def name_rows(editor, tracks, name):
    for track in tracks:
        editor._edit(lambda row: row.update(name=name), editor._is(track))


@pytest.mark.parametrize(
    ("tracks", "name", "rows"),
    [
        ((2,), "Cid", [("name", {}, "Cid")]),  # nobody has the name, nor the character one
        ((2, 6, 11), DAN, [("name", {}, DAN)]),  # two characters may have one name
        ((2,), DAN, [("move", {2}, None)]),
        ((4,), "Zoe", [("split", {4}, None), ("name", {}, "Zoe")]),
        ((4,), "", []),
    ],
)
def test_a_name_in_a_spreadsheet_is_of_a_character_or_of_a_row(tracks, name, rows, film, tmp_path):
    editor = Spreadsheet(export(film, tmp_path)[Spreadsheet.name], film)
    name_rows(editor, tracks, name)
    assert operations(asked(editor.path, film)) == expected(*rows)


def test_what_a_spreadsheet_cannot_say_is_told(film, tmp_path):
    editor = Spreadsheet(export(film, tmp_path)[Spreadsheet.name], film)
    name_rows(editor, (0, 4, 8, 9, 14), "")
    editor.give(5, EVE)
    name_rows(editor, (5,), DAN)
    changes = asked(editor.path, film)
    assert operations(changes) == expected(("move", {5}, None))
    assert len(changes.not_taken) == 2
    assert "its character is now C03, and its name “=HYPERLINK(0)”" in changes.not_taken[0]
    assert "“Ann” has no name" in changes.not_taken[1] or "has no name" in changes.not_taken[1]


@pytest.fixture
def elan(film, tmp_path):
    return Elan(export(film, tmp_path)[Elan.name], film)


def test_a_tier_whose_annotations_are_all_called_otherwise_is_renamed(elan, film):
    """ELAN changes them at once where an entry of the list is changed."""
    for track in (3, 7, 12):
        elan.give(track, "Dana")
    assert operations(asked(elan.path, film)) == expected(("name", {}, "Dana"))


def test_tiers_that_change_their_names_are_renamed(elan, film):
    elan.rename(ANN, "x")
    elan.rename(DAN, ANN)
    elan.rename("x", DAN)
    assert operations(asked(elan.path, film)) == expected(("name", {}, DAN), ("name", {}, ANN))


def test_two_who_are_taken_for_each_other_are_exchanged(elan, film, tmp_path):
    elan.give(4, BEN)
    elan.give(5, ANN)
    changes = asked(elan.path, film)
    assert operations(changes) == expected(("move", {4}, None), ("move", {5}, None))
    corrected, _ = applied(film, changes, tmp_path)
    assert corrected.cast[4] == corrected.cast[1] and corrected.cast[5] == corrected.cast[0]
    assert asked(elan.path, corrected).operations == []


def test_what_an_annotator_adds_for_other_ends_is_left_alone(elan, film):
    document = Eaf(elan.path)
    document.add_tier("speech")
    document.add_annotation("speech", 51000, 54000, "hello")
    document.add_annotation("speech", 55000, 56000, ANN)
    document.add_annotation("castmap: shots", 71000, 72000, "shot 99")
    document.add_linguistic_type("notes", "Symbolic_Association")
    document.add_tier("remarks", ling="notes", parent=ANN)
    document.add_ref_annotation("remarks", ANN, 3000, "is she happy?")
    document.to_file(str(elan.path))
    assert asked(elan.path, film) == (
        [],
        [],
        ["tier “speech” is not of a character: left alone"],
    )


def test_an_annotation_without_a_time_is_told(elan, film):
    document = etree.parse(elan.path)
    for slot in document.iter("TIME_SLOT"):
        if slot.get("TIME_VALUE") == str(elan.shown[3][1]):
            del slot.attrib["TIME_VALUE"]
    document.write(elan.path, encoding="UTF-8")
    with pytest.raises(ValueError, match=r"annotation a16 .* has no time; give it one"):
        asked(elan.path, film)


def test_annotations_may_say_which_tracks_they_are_as_they_once_did(elan, film):
    text = elan.path.read_text(encoding="utf-8")
    once = re.sub("(<ANNOTATION_VALUE>)C02<", r"\1tracks 1, 5<", text)
    assert once != text
    elan.path.write_text(once, encoding="utf-8")
    assert asked(elan.path, film) == ([], [], [])


def test_what_was_said_and_not_applied_yet_is_not_contradicted(elan, film):
    elan.delete(3)
    elan.give(20, BEN)
    elan.rename(DAN, "Dan")
    elan.to_new([6], "Zoe")
    changes = asked(elan.path, film)
    content = first_journal(
        *(said(1, "move", 3, 0), said(2, "name", 12, name="Daniel"), said(3, "background", 13)),
        said(4, "move", 6, 0),
    )
    result = say(changes.operations, content, film, WHEN)
    assert [o.action for o in result.operations] == ["move"]
    assert [re.findall(r"operation \d", why) for why in result.conflicts] == [
        ["operation 3"],
        ["operation 6"],
        [],  # the name of who is not split off
        ["operation 4"],
    ]
    assert result.rows.startswith("7,")


def test_tracks_that_are_not_there_any_more_are_told_and_the_time_counts(film, tmp_path):
    editor = Spreadsheet(export(film, tmp_path)[Spreadsheet.name], film)
    editor.give(3, BEN)
    editor._edit(lambda row: row.update(track="99"), editor._is(3))
    editor._edit(lambda row: row.update(track="0"), editor._is(13))  # Eve is there, as it says
    operations_, (why,), _ = asked(editor.path, film)
    assert [(o.action, o.tracks) for o in operations_] == [("move", (3,))]
    assert "(C02): track 99 is not seen there today; only the time counts" in why


def test_boxes_after_the_end_of_the_film_are_refused(film, tmp_path):
    editor = Cvat(export(film, tmp_path)[Cvat.name], film)
    editor._of(16)[-1].set("frame", "1601")
    editor._save()
    with pytest.raises(ValueError, match="has frame 1600, and the film's last is 1599"):
        asked(editor.path, film)


@settings(max_examples=20)
@given(
    rows=st.lists(
        st.tuples(
            st.sampled_from(
                ["move", "merge", "split", "different", "background", "cut_track", "name"]
            ),
            st.permutations(range(17)),
            st.sampled_from(["Cid", "Ben", ANN]),
        ),
        max_size=7,
    )
)
def test_an_export_of_a_film_under_any_corrections_asks_for_nothing(rows, tmp_path_factory):
    folder = tmp_path_factory.mktemp("any")
    of_two = ("move", "merge", "split", "different")
    corrections = [
        said(
            *(number, action, track, other if action in of_two else None),
            name=name if action == "name" else None,
        )
        for number, (action, (track, other, *_), name) in enumerate(rows, start=1)
    ]
    film = today(folder, first_journal(*corrections))
    for path in export(film, folder).values():
        assert asked(path, film) == ([], [], [])
