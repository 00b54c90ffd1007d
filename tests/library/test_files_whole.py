"""A file is whole or absent, and what was begun and not ended is known by its name."""

import json
import re

import pytest

from castmap.files import whole


def test_a_failed_write_leaves_the_old_file_and_no_litter(tmp_path):
    path = tmp_path / "out.txt"
    whole.write_text(path, "old")
    with pytest.raises(RuntimeError), whole.replacing(path) as partial:
        partial.write_text("half")
        raise RuntimeError
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("name", ["faces.zip", "a.b", "no_suffix", "(1)+.csv", "line\nbreak.txt"])
def test_what_is_being_written_is_told_by_its_name(tmp_path, name):
    path = tmp_path / name
    with whole.replacing(path) as partial:
        assert partial.suffix == (path.suffix or ".partial")  # writers go by it
        partial.touch()
        assert re.fullmatch(whole.PARTIAL, partial.name)
        assert whole.partial_files(path) == [partial]
        assert whole.partial_files(tmp_path / f"x{name}") == []
    assert not re.fullmatch(whole.PARTIAL, name)
    assert whole.partial_files(path) == []


def test_a_text_that_is_as_it_was_keeps_its_date(tmp_path):
    path = tmp_path / "list.csv"
    whole.update_text(path, "a\n")
    before = path.stat()
    whole.update_text(path, "a\n")
    assert path.stat() == before
    whole.update_text(path, "b\n")
    assert path.read_text() == "b\n"


def test_json_refuses_numbers_that_are_none(tmp_path):
    with pytest.raises(ValueError, match="not JSON compliant"):
        whole.write_json(tmp_path / "m.json", {"v": float("nan")})
    whole.write_json(tmp_path / "m.json", {"b": 1, "a": None})
    assert json.loads((tmp_path / "m.json").read_text()) == {"a": None, "b": 1}
