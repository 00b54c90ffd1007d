"""Tables are checked on the way in and out; a result that cannot be read is one sentence."""

import csv

import pandas as pd
import pytest

from castmap.console import InputError
from castmap.faces.portraits import face_sprite
from castmap.faces.redaction import SHOWN
from castmap.files import results
from castmap.formats.embeddings import read_embeddings
from castmap.formats.tables import CAST_MAP, TableError
from castmap.stages.provenance import provenance


def cast_map():
    return pd.DataFrame(
        {
            "character": ["C01"],
            "name": ["Ann"],
            "named_by": [None],
            "start_s": [0.5],
            "end_s": [1.25],
            "shot": [0],
            "track": [7],
            "confidence": [0.5],
        }
    )


def test_a_table_comes_back_as_written_with_its_record(tmp_path):
    path = tmp_path / "folder" / "cast.parquet"
    record = provenance("some_stage", threshold=0.5)
    results.write_table(path, CAST_MAP, cast_map(), record)
    pd.testing.assert_frame_equal(
        results.read_table(path, CAST_MAP), CAST_MAP.validate(cast_map()), check_exact=True
    )
    assert results.read_record(path) == record
    assert record["settings"] == {"threshold": 0.5}
    assert "numpy" in record["versions"]


def test_the_same_table_gives_the_same_bytes(tmp_path):
    for name in ("a.parquet", "b.parquet"):
        results.write_table(tmp_path / name, CAST_MAP, cast_map(), provenance("s"))
    assert (tmp_path / "a.parquet").read_bytes() == (tmp_path / "b.parquet").read_bytes()


def test_a_broken_table_names_its_file(tmp_path):
    path = tmp_path / "cast.csv"
    with pytest.raises(TableError, match=r"cast\.csv: cast_map"):
        results.write_csv(path, CAST_MAP, cast_map().drop(columns="track"))
    assert not path.exists()
    path.write_text("character,start_s\nC01,0.5\n")
    with pytest.raises(TableError, match=r"cast\.csv: cast_map: missing columns"):
        results.read_csv(path, CAST_MAP)
    path.write_text("")
    with pytest.raises(TableError, match=r"cast\.csv"):
        results.read_csv(path, CAST_MAP)


@pytest.mark.parametrize("name", ["=1+1", "+1", "-1", "@SUM(A1)", "'=1", "''-", "'Ann", "NA", "7"])
def test_text_of_a_csv_runs_nothing_and_is_read_back_as_it_was(tmp_path, name):
    path = tmp_path / "cast.csv"
    results.write_csv(path, CAST_MAP, cast_map().assign(name=name, start_s=-0.5))
    row = next(csv.DictReader(path.open()))
    assert not row["name"].startswith(("=", "+", "-", "@"))
    assert row["start_s"] == "-0.5"  # numbers are no text
    assert results.read_csv(path, CAST_MAP)["name"].tolist() == [name]


@pytest.mark.parametrize("text", [b"", b"{", b"\xff", b"PAR1garbagePAR1"])
def test_a_result_that_cannot_be_read_is_one_sentence_with_the_fix(tmp_path, text):
    path = tmp_path / "heat.any"
    path.write_bytes(text)
    readers = (
        results.read_json,
        results.read_record,
        read_embeddings,
        lambda path: results.read_table(path, CAST_MAP),
        lambda path: face_sprite(path, [0], 64, SHOWN),
    )
    for reader in readers:
        with pytest.raises(InputError, match=r"heat\.any cannot be read \(.+\); delete it and run"):
            reader(path)
