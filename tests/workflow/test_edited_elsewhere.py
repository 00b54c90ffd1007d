"""A film's cast map is edited in four programs, its edits are taken back, and applied by a run."""

import json
import shutil

import pytest

from castmap.command import import_corrections
from castmap.formats.corrections import read_journal
from tests.conftest import call
from tests.library.editors import EDITORS

MOVIE = "demo_debate"
JOURNAL = f"resources/corrections/{MOVIE}.csv"


def edit(editor, film):
    """Ten corrections, of the first seven appearances: who is seen in shots 1 to 4."""
    called = {track: film.labels[film.cast[track]] for track in range(7)}
    start, end = film.bounds[3]
    editor.give(4, called[6])
    editor.delete(6)
    editor.bound(3, "start", round(1000 * (start + (end - start) / 3)))
    editor.bound(3, "end", round(1000 * (end - (end - start) / 3)))
    editor.to_new([5], "Zoe")
    for track, name in {1: "Ann", 2: "Ben & <b>", 0: "=Cid"}.items():
        editor.rename(called[track], name)


def printed(capsys, paths, *options):
    """What is said of each file."""
    assert call(import_corrections, *paths, f"--movie={MOVIE}", *options) == 0
    return [part for part in capsys.readouterr().out.split(", edited in ")[1:]]


@pytest.fixture
def repository(demo, tmp_path, monkeypatch):
    """A copy of the processed demo."""
    copy = demo.copied_to(tmp_path / "castmap")
    monkeypatch.chdir(copy.folder)
    return copy


def test_edits_come_back_from_every_program_once(repository, tmp_path, castmap, capsys):
    film = import_corrections.read_today(MOVIE)
    assert [film.who[track] for track in (3, 4, 5, 6)] == [
        film.who[2],
        film.who[0],
        film.who[0],
        film.who[1],
    ]
    paths = []
    for editor in EDITORS:
        path = tmp_path / editor.name
        shutil.copy(repository.path(f"results/exports/{MOVIE}/{editor.name}"), path)
        paths.append(path)
    for said in printed(capsys, paths):
        assert f"nothing is added to {JOURNAL}" in said and said.count("\n") == 2
    assert not repository.path(JOURNAL).exists()

    for editor, path in zip(EDITORS, paths, strict=True):
        edit(editor(path, film), film)
    first, *others = printed(capsys, paths)
    assert f"10 corrections added to {JOURNAL}" in first
    for said in others:  # the four programs say the same
        assert said.count("  said before") == 10 and "nothing is added" in said
    rows = read_journal(repository.path(JOURNAL).read_bytes()).corrections
    assert {row.operation for row in rows} == set(range(1, 11))

    run = castmap(repository.folder, "export", MOVIE)
    assert run.returncode == 0, run.stdout + run.stderr
    journal = json.loads(repository.path(f"results/{MOVIE}/corrections.json").read_text())
    assert journal["counts"] == {"held": len(rows)}
    corrected = import_corrections.read_today(MOVIE)
    assert set(corrected.names.values()) == {"Ann", "Ben & <b>", "=Cid", "Zoe"}
    assert corrected.cast[4] == corrected.cast[1] and 6 not in corrected.cast
    start, end = film.bounds[3]
    assert corrected.bounds[3][1] - corrected.bounds[3][0] < end - start
    for said in printed(capsys, paths):
        assert "  taken" not in said and f"nothing is added to {JOURNAL}" in said
