"""Snakemake's records are found and told apart as Snakemake names them."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from snakemake.persistence.file import FilePersistence

from castmap.command.records import (
    PlannedFile,
    check_recorded,
    check_up_to_date,
    find_records,
    recorded_file,
)
from castmap.console import InputError


@given(st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1, max_size=400))
def test_records_are_told_apart_as_snakemake_names_them(tmp_path_factory, name):
    snakemake = FilePersistence(path=tmp_path_factory.getbasetemp() / ".snakemake")
    record = Path(snakemake._record_path(snakemake._metadata_path, name))
    relative = record.relative_to(tmp_path_factory.getbasetemp())
    assert recorded_file(relative.as_posix()) == name


def test_records_are_found_where_snakemake_writes_them(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    snakemake = FilePersistence(path=Path(".snakemake"))
    long = "results/" + "x" * 300
    for name in ("results/a", long):
        snakemake._io_write(snakemake._metadata_path, {}, name)
    assert set(find_records()) == {"results/a", long}


def planned(path, *, exists=True, out_of_date=False):
    return PlannedFile(path, "some_rule", exists, out_of_date)


def test_only_results_on_disk_need_a_record():
    files = [
        planned("results/a"),
        planned("results/faces.zip", exists=False),
        planned("resources/weights/sface.safetensors"),
    ]
    check_recorded(files, {"results/a"})
    with pytest.raises(InputError, match=r"results/a: no record .* `make hydrate`"):
        check_recorded(files, set())


def test_files_that_are_out_of_date_are_counted():
    files = [planned(f"results/{name}", out_of_date=True) for name in "bca"]
    with pytest.raises(InputError, match="results/a and 2 more: out of date; run it"):
        check_up_to_date(files, "run it")
    check_up_to_date([planned("results/a")], "run it")
