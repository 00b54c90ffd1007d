import csv
import hashlib
import json
import logging
from pathlib import Path

import pandas as pd
import pytest

from castmap.console import InputError, progress
from castmap.faces.portraits import face_sprite
from castmap.faces.redaction import SHOWN
from castmap.files import results as files
from castmap.files import whole
from castmap.formats.embeddings import read_embeddings
from castmap.formats.tables import CAST_MAP, TableError
from castmap.planning.code import hash_code, stage_code
from castmap.stages.process import stage, stage_parser
from castmap.stages.provenance import provenance


def cast_map():
    return pd.DataFrame(
        {
            "character": ["C01"],
            "name": ["Ann"],
            "start_s": [0.5],
            "end_s": [1.25],
            "shot": [0],
            "track": [7],
            "confidence": [0.5],
        }
    )


def test_a_failed_write_leaves_the_old_file_and_no_litter(tmp_path):
    path = tmp_path / "out.txt"
    whole.write_text(path, "old")
    with pytest.raises(RuntimeError), whole.replacing(path) as partial:
        partial.write_text("half")
        raise RuntimeError
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_table_comes_back_as_written_with_its_record(tmp_path):
    path = tmp_path / "folder" / "cast.parquet"
    record = provenance("some_stage", threshold=0.5)
    files.write_table(path, CAST_MAP, cast_map(), record)
    pd.testing.assert_frame_equal(
        files.read_table(path, CAST_MAP), CAST_MAP.validate(cast_map()), check_exact=True
    )
    assert files.read_record(path) == record
    assert record["settings"] == {"threshold": 0.5}
    assert "numpy" in record["versions"]


def test_the_same_table_gives_the_same_bytes(tmp_path):
    for name in ("a.parquet", "b.parquet"):
        files.write_table(tmp_path / name, CAST_MAP, cast_map(), provenance("s"))
    assert (tmp_path / "a.parquet").read_bytes() == (tmp_path / "b.parquet").read_bytes()


def test_a_broken_table_names_its_file(tmp_path):
    path = tmp_path / "cast.csv"
    with pytest.raises(TableError, match=r"cast\.csv: cast_map"):
        files.write_csv(path, CAST_MAP, cast_map().drop(columns="track"))
    assert not path.exists()
    path.write_text("character,start_s\nC01,0.5\n")
    with pytest.raises(TableError, match=r"cast\.csv: cast_map: missing columns"):
        files.read_csv(path, CAST_MAP)
    path.write_text("")
    with pytest.raises(TableError, match=r"cast\.csv"):
        files.read_csv(path, CAST_MAP)


@pytest.mark.parametrize("name", ["=1+1", "+1", "-1", "@SUM(A1)", "'=1", "''-", "'Ann", "NA", "7"])
def test_text_of_a_csv_runs_nothing_and_is_read_back_as_it_was(tmp_path, name):
    path = tmp_path / "cast.csv"
    files.write_csv(path, CAST_MAP, cast_map().assign(name=name, start_s=-0.5))
    row = next(csv.DictReader(path.open()))
    assert not row["name"].startswith(("=", "+", "-", "@"))
    assert row["start_s"] == "-0.5"  # numbers are no text
    assert files.read_csv(path, CAST_MAP)["name"].tolist() == [name]


@pytest.mark.parametrize("text", [b"", b"{", b"\xff", b"PAR1garbagePAR1"])
def test_a_result_that_cannot_be_read_is_one_sentence_with_the_fix(tmp_path, text):
    path = tmp_path / "heat.any"
    path.write_bytes(text)
    readers = (
        files.read_json,
        files.read_record,
        read_embeddings,
        lambda path: files.read_table(path, CAST_MAP),
        lambda path: face_sprite(path, [0], 64, SHOWN),
    )
    for reader in readers:
        with pytest.raises(InputError, match=r"heat\.any cannot be read \(.+\); delete it and run"):
            reader(path)


def test_json_refuses_numbers_that_are_none(tmp_path):
    with pytest.raises(ValueError, match="not JSON compliant"):
        whole.write_json(tmp_path / "m.json", {"v": float("nan")})
    whole.write_json(tmp_path / "m.json", {"b": 1, "a": None})
    assert json.loads((tmp_path / "m.json").read_text()) == {"a": None, "b": 1}


def test_a_failure_is_logged_with_its_traceback_and_ends_with_1(tmp_path, capsys):
    log = tmp_path / "stage.log"
    with pytest.raises(SystemExit) as ended, stage(stage_parser("A stage."), ["--log", str(log)]):
        raise ZeroDivisionError("a bug")
    assert ended.value.code == 1
    assert "Traceback" in log.read_text()
    assert "ZeroDivisionError: a bug" in capsys.readouterr().err


def test_a_fault_of_the_input_is_one_sentence(tmp_path):
    log = tmp_path / "stage.log"
    with pytest.raises(SystemExit), stage(stage_parser("A stage."), ["--log", str(log)]):
        raise InputError("x.mp4 is empty; copy it again")
    assert "x.mp4 is empty; copy it again" in log.read_text()
    assert "Traceback" not in log.read_text()


def test_progress_passes_everything_on_and_says_how_fast(caplog):
    with caplog.at_level(logging.INFO, logger="castmap"):
        assert list(progress(iter("abc"), 3, "frames", "reading")) == ["a", "b", "c"]
    assert "reading: 3 frames in" in caplog.text


def test_a_stage_is_made_of_the_modules_it_imports_however_indirectly(tmp_path):
    for name, text in {
        "do_it.py": "from a import one\n",
        "do_other.py": "import json\n",
        "a/__init__.py": "",
        "a/one.py": "def f():\n    import b.two\n",
        "a/unused.py": "",
        "b/__init__.py": "",
        "b/two.py": "import numpy\n",
        "b/page.html": "",
    }.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    assert [path.as_posix() for path in stage_code(tmp_path / "do_it.py")] == [
        "a/__init__.py",
        "a/one.py",
        "b/__init__.py",
        "b/page.html",
        "b/two.py",
        "do_it.py",
    ]
    assert stage_code(tmp_path / "do_other.py") == [Path("do_other.py")]
    digest = hashlib.sha256(b"import json\n").hexdigest()
    listed = hashlib.sha256(f"{digest}  do_other.py\n".encode()).hexdigest()
    assert hash_code(tmp_path / "do_other.py") == listed
    with pytest.raises(FileNotFoundError, match="do_nothing"):
        stage_code(tmp_path / "do_nothing.py")
