"""`castmap import-corrections`: edited exports become rows of the film's journal, or a sentence."""

import json
import os
import re
import shutil
from pathlib import Path

import pytest

from castmap.command import import_corrections
from castmap.console import InputError
from castmap.files.results import write_table
from castmap.files.whole import write_json
from castmap.formats.corrections import active, read_journal
from castmap.formats.tables import CHARACTERS, CLUSTERS, EXAMINED, FRAMES, TRACKS
from tests.conftest import ROOT, call
from tests.library import edited_film
from tests.library.editors import EDITORS, Elan, Spreadsheet

JOURNAL = "resources/corrections/made.csv"
BOMB = (
    '<!DOCTYPE a [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">'
    '<!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;">]>'
)
OUTSIDE = '<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/hostname">]>'
ELAN = "<ANNOTATION_DOCUMENT>{}</ANNOTATION_DOCUMENT>"


@pytest.fixture
def corpus(tmp_path, monkeypatch):
    """The made film, analysed, and another one that is not."""
    monkeypatch.chdir(tmp_path)
    shutil.copy(ROOT / "config.yaml", tmp_path)
    for folder in ("rules/schemas", "resources/splits"):
        shutil.copytree(ROOT / folder, tmp_path / folder)
    (tmp_path / "resources/movies.tsv").write_text(
        "movie\tpath\ttitle\tyear\tlabels\trole\nmade\tfilms/made.mp4\tMade & cut\t\t\tfilm\n"
    )
    (tmp_path / "films").mkdir()
    for name in ("made", "other"):
        (tmp_path / f"films/{name}.mp4").write_bytes(b"film")
    film = edited_film.today(tmp_path)
    write_results(film, tmp_path / "results/made")
    journal = tmp_path / JOURNAL
    journal.parent.mkdir()
    journal.write_bytes(edited_film.first_journal())
    return film


def write_results(film, folder):
    write_json(folder / "movie.json", film.info)
    write_json(folder / "corrections.json", film.journal)
    for name, schema, table in (
        ("frames", FRAMES, film.frames),
        ("examined", EXAMINED, film.examined),
        ("tracks", TRACKS, edited_film.found_tracks()),
        ("corrected_tracks", TRACKS, film.tracks),
        ("characters", CHARACTERS, film.characters),
        ("clusters.chosen", CLUSTERS, edited_film.found_clusters()),
    ):
        write_table(folder / f"{name}.parquet", schema, table, {})


@pytest.fixture
def exports(corpus, tmp_path):
    return edited_film.export(corpus, tmp_path / "edited")


def said():
    return read_journal(Path(JOURNAL).read_bytes()).corrections


def refused(capsys, *arguments):
    before = Path(JOURNAL).read_bytes()
    with pytest.raises(InputError) as fault:
        call(import_corrections, *arguments)
    assert Path(JOURNAL).read_bytes() == before
    assert capsys.readouterr().out == ""
    assert "\n" not in str(fault.value)
    return str(fault.value)


def test_exports_that_nobody_edited_add_nothing(exports, capsys):
    before = said()
    assert call(import_corrections, *exports.values(), "--movie=made") == 0
    assert said() == before
    printed = capsys.readouterr().out
    assert printed.count(f"nothing is added to {JOURNAL}") == 4 and printed.count("\n") == 8


@pytest.mark.parametrize("who", EDITORS, ids=lambda editor: editor.name)
def test_the_film_is_told_from_the_file_and_corrections_are_added_once(
    who, corpus, exports, capsys
):
    editor = who(exports[who.name], corpus)
    editor.delete(3)
    movie = ["--movie=made"] * (who is Spreadsheet)
    call(import_corrections, editor.path, *movie, "-n")
    assert "1 correction would be added" in capsys.readouterr().out
    assert len(said()) == 6
    call(import_corrections, editor.path, *movie)
    printed = capsys.readouterr().out
    assert "taken       =HYPERLINK(0) at 7.410 s is background" in printed
    assert f"1 correction added to {JOURNAL}; `castmap export made` applies them" in printed
    call(import_corrections, editor.path, *movie)
    assert "said before" in capsys.readouterr().out
    *_, last = said()
    assert len(said()) == 7 and (last.operation, last.action) == (3, "background")


def test_files_that_contradict_each_other_are_told_apart(corpus, exports, tmp_path, capsys):
    first, second = exports["cast_map.eaf"], tmp_path / "second.eaf"
    shutil.copy(first, second)
    Elan(first, corpus).delete(3)
    Elan(second, corpus).give(3, "C02")
    for dry in (["-n"], []):
        call(import_corrections, first, second, *dry)
        printed = capsys.readouterr().out
        assert "is C02: operation 3 says something else there, and is not applied yet" in printed
    assert [row.action for row in active(said())] == ["name"] * 6 + ["background"]


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (ELAN.format("") + "<", "not a cast map of ELAN: not XML"),
        (BOMB + ELAN.format("&c;"), "declares entities (<!DOCTYPE)"),
        (OUTSIDE + ELAN.format("&x;"), "declares entities (<!DOCTYPE)"),
        (BOMB + "<annotations>&c;</annotations>", "declares entities (<!DOCTYPE)"),
        (ELAN.format(""), "not as ELAN writes it"),
        (ELAN.format('<TIER TIER_ID="a"/><TIER TIER_ID="a"/>'), "two tiers are called 'a'"),
        ("<html/>", "the outermost element is 'html'; CVAT's is 'annotations'"),
        ('<annotations><track id="1"><box frame="x"/></track></annotations>', "no whole number"),
        ("{", "not a cast map of VIA: not JSON"),
        ("[" * 100_000, "not a cast map of VIA: not JSON"),
        ("[1]", "not as VIA 3 writes it"),
        ('{"project": {"pname": 1}}', "not as VIA 3 writes it"),
        ("", "not a cast map of CSV: line 1 has no column character"),
        ("character,name,start_s,end_s,track\nC01,,x,2,3\n", "line 2: start_s is 'x'"),
        ("character,name,start_s,end_s,track\nC01,,1,2,x\n", "line 2: track is 'x'"),
        ("character,name,start_s,end_s,track\nC01,,1\n", "line 2 has another number of cells"),
        ("character,name,start_s,end_s,track\nC01,,nan,2,3\n", "line 2: start_s is 'nan'"),
        ("character\udcff".encode("utf-8", "surrogateescape"), "byte 10 is not utf-8"),
        ("character,name\n".encode("utf-16"), "line 1 has no column start_s, end_s, track"),
        (b"PK\x03\x04", "a ZIP archive; unpack it"),
        (b'<?xml version="1.0" encoding="latin-9"?><a/>', "the encoding 'latin-9' is unknown"),
    ],
)
def test_what_is_no_cast_map_is_one_sentence(corpus, tmp_path, content, reason, capsys):
    path = tmp_path / "edited.txt"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    sentence = refused(capsys, path, "--movie=made")
    assert sentence.startswith(f"{path}: ") and reason in sentence


def test_files_that_cannot_be_opened_are_one_sentence(corpus, tmp_path, capsys):
    os.mkfifo(tmp_path / "pipe")
    with (tmp_path / "huge").open("wb") as file:
        file.truncate(3 * 2**30)
    for name, reason in {"gone": "No such file", "pipe": "not a file", "huge": "3.0 GiB"}.items():
        assert reason in refused(capsys, tmp_path / name, "--movie=made")


def test_one_bad_file_of_several_adds_nothing_of_the_others(corpus, exports, tmp_path, capsys):
    editor = Elan(exports["cast_map.eaf"], corpus)
    editor.delete(3)
    assert "gone" in refused(capsys, editor.path, tmp_path / "gone", "--movie=made")


def test_a_film_that_is_not_known_is_one_sentence(corpus, exports, capsys):
    path = exports["cast_map.csv"]
    assert "say which film it is of by --movie: the films are made, other" in refused(capsys, path)
    for movie in ("../made", "/etc", "made/..", "nobody"):
        assert "no film is called" in refused(capsys, path, f"--movie={movie}")
    assert "other has no cast map yet" in refused(capsys, path, "--movie=other")
    via = json.loads(exports["cast_map.via.json"].read_text())
    via["project"]["pname"], via["file"]["1"]["fname"] = "../../made", "../x/y.mp4"
    exports["cast_map.via.json"].write_text(json.dumps(via))
    assert "names ../../made, y.mp4; say which" in refused(capsys, exports["cast_map.via.json"])


def test_a_file_of_other_faces_is_refused(corpus, exports, capsys):
    path = exports["cast_map.csv"]
    path.write_text(re.sub(r"(\d+\.\d+),(\d+\.\d+)", r"1\1,1\2", path.read_text()))
    reason = "0 of its 19 appearances are among the 19 that castmap has today"
    assert reason in refused(capsys, path, "--movie=made")


def test_a_part_of_a_cast_map_does_not_delete_the_rest(corpus, exports, capsys):
    path = exports["cast_map.csv"]
    path.write_text("".join(path.read_text().splitlines(keepends=True)[:9]))
    reason = "8 of its 8 appearances are among the 19 that castmap has today"
    assert reason in refused(capsys, path, "--movie=made")
    exports["tracks.cvat.xml"].write_text("<annotations/>")
    reason = "0 of its 0 appearances are among the 19 that castmap has today"
    assert reason in refused(capsys, exports["tracks.cvat.xml"], "--movie=made")
