"""Seals: whatever happens to a sealed file is noticed, and nothing else is."""

import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from castmap.files import seals, whole
from castmap.stages.process import stage, stage_parser

LOG = Path("results/logs/heat/track_faces.log")
TABLE = Path("results/heat/tracks.csv")
SEAL = Path("results/seals/heat/track_faces.json")


@pytest.fixture
def sealed(tmp_path, monkeypatch):
    """A project in which a job has made two files."""
    monkeypatch.chdir(tmp_path)
    make(LOG, {TABLE: "track\n1\n", TABLE.with_name("frames.csv"): "frame\n"})
    return tmp_path


def make(log, contents):
    """Write files as a stage does."""
    with stage(stage_parser("A stage."), ["--log", str(log)]):
        for path, text in contents.items():
            whole.write_text(path, text)


def test_a_seal_says_what_sha256sum_says(sealed):
    told = subprocess.run(["sha256sum", TABLE], capture_output=True, text=True, check=True).stdout
    seal = json.loads(SEAL.read_text())[str(TABLE)]
    assert (seal["sha256"], seal["bytes"]) == (told.split()[0], 8)
    assert seals.find_damage() == {}


@pytest.mark.parametrize(
    ("harm", "fault"),
    [
        (lambda: os.truncate(TABLE, 4), "is damaged (4 bytes instead of 8)"),
        (lambda: TABLE.write_text("track\n3\n"), "is damaged or was changed (its size is right"),
        (TABLE.unlink, "is gone"),
        (lambda: (TABLE.unlink(), TABLE.mkdir()), "is no file"),
    ],
    ids=["cut", "changed", "gone", "folder"],
)
def test_what_was_done_to_a_file_is_told(sealed, harm, fault):
    harm()
    ((path, told),) = seals.find_damage().items()
    assert path == str(TABLE)
    assert told.startswith(fault)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=30)
@given(content=st.binary(min_size=1, max_size=200), data=st.data())
def test_any_flipped_bit_and_any_cut_is_noticed_whatever_the_date(sealed, content, data):
    path = Path("results/heat/any.bin")
    path.write_bytes(content)
    seals.seal_files(LOG, [path])
    status = path.stat()
    at = data.draw(st.integers(0, 8 * len(content) - 1))
    flipped = bytearray(content)
    flipped[at // 8] ^= 1 << at % 8
    for other in (bytes(flipped), content[: at // 8]):
        time.sleep(0.011)  # the kernel's clock of dates ticks 100 times a second or more
        path.write_bytes(other)
        os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))
        assert list(seals.find_damage()) == [str(path)]
        path.write_bytes(content)
        assert seals.find_damage() == {}


def test_a_copied_project_is_read_once(sealed, monkeypatch):
    copy = shutil.copytree(sealed, sealed.with_name("copy"))
    monkeypatch.chdir(copy)
    assert seals.find_damage() == {}
    seen = json.loads(SEAL.read_text())[str(TABLE)]["seen"]
    status = TABLE.stat()
    assert seen == [status.st_mtime_ns, status.st_ctime_ns, status.st_ino]


def test_a_job_that_was_renamed_or_run_again_vouches_for_what_it_made_last(sealed):
    make(LOG.with_name("follow_faces.log"), {TABLE: "track\n1\n2\n"})
    assert seals.find_damage() == {}
    TABLE.write_text("track\n")
    assert list(seals.find_damage()) == [str(TABLE)]


def test_what_failed_or_has_no_job_is_not_sealed(sealed):
    before = SEAL.read_text()
    with pytest.raises(SystemExit), stage(stage_parser("A stage."), ["--log", str(LOG)]):
        whole.write_text(TABLE, "half")
        raise RuntimeError
    assert SEAL.read_text() == before
    make(Path("elsewhere.log"), {TABLE: "by hand"})
    assert SEAL.read_text() == before


@pytest.mark.parametrize(
    "name",
    [
        "resources/weights/sface.safetensors",
        "resources/demo/labels/demo_debate/faces.csv",
        "results/logs/heat/film.json",
    ],
)
def test_what_is_no_result_may_be_replaced(sealed, name):
    make(LOG, {Path(name): "one\n"})
    Path(name).write_text("another\n")
    assert seals.find_damage() == {}


@pytest.mark.parametrize("text", ["", "{", '{"results/a": 3}', "[]"])
def test_a_seal_that_is_damaged_itself_stops_nothing(sealed, text):
    SEAL.write_text(text)
    assert seals.find_damage() == {}


def test_of_many_files_gone_from_a_folder_one_sentence_tells(sealed):
    gone = {f"results/tables/{name}.csv": "is gone" for name in "abcd"}
    damage = {**gone, "results/heat/x": "is gone", "results/tables/e": "is no file"}
    assert list(seals.describe_damage(damage, "made again")) == [
        "results/heat/x is gone; it is made again",
        "4 files of results/tables are gone, results/tables/a.csv among them; they are made again",
        "results/tables/e is no file; it is made again",
    ]


@pytest.mark.parametrize("mask", [0o022, 0o027])
def test_every_result_has_the_mode_of_the_umask(tmp_path, mask):
    code = (
        f"import os; os.umask({mask}); import numpy as np; from pathlib import Path\n"
        "from castmap.formats.embeddings import write_embeddings\n"
        "from castmap.files.results import write_text\n"
        f"folder = Path({str(tmp_path)!r})\n"
        "write_text(folder / 'a.txt', 'a')\n"
        "write_embeddings(folder / 'b.safetensors', np.ones((1, 2)), {})\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
    modes = {path.name: path.stat().st_mode & 0o777 for path in tmp_path.iterdir()}
    assert modes == dict.fromkeys(("a.txt", "b.safetensors"), 0o666 & ~mask)
