"""Which films name somebody, by their corrections."""

from pathlib import Path

import pytest

from castmap.formats.corrections import HEADER
from castmap.planning import people

ROW = "{},2026-01-31T12:00:00Z,{},1.0,0.1,0.1,0.2,0.2,,,,,,{},{}\n"
UNDO = "{},2026-01-31T12:00:00Z,undo,,,,,,,,,,,,{}\n"


@pytest.mark.parametrize(
    ("rows", "names"),
    [
        ([], False),
        ([ROW.format(1, "background", "", "")], False),
        ([ROW.format(1, "refuse", "Ann", "")], False),
        ([ROW.format(1, "name", "Ann", "")], True),
        ([ROW.format(1, "name", "Ann", ""), UNDO.format(2, 1)], False),
        ([ROW.format(1, "name", "Ann", ""), UNDO.format(2, 1), UNDO.format(3, 2)], True),
        ([ROW.format(1, "name", "", "")], False),  # a faulty row
    ],
)
def test_a_film_names_somebody_while_a_name_holds(tmp_path, monkeypatch, rows, names):
    monkeypatch.chdir(tmp_path)
    assert not people.names_somebody("heat")
    path = Path("resources/corrections/heat.csv")
    path.parent.mkdir(parents=True)
    path.write_text(f"{HEADER}\n{''.join(rows)}", encoding="utf-8")
    assert people.names_somebody("heat") == names
    assert not people.names_somebody("cold")
