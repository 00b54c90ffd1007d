"""The lock of a run: real processes, killed and alive."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from castmap.console import InputError
from castmap.planning.runs import (
    LOCK,
    SNAKEMAKES_LOCKS,
    RunLock,
    check_idle,
    remove_partial_files,
)

HOLD = """
import time
from castmap.planning.runs import RunLock
lock = RunLock()
lock.take()
print("held", flush=True)
time.sleep(600)
"""


@pytest.fixture
def folder(tmp_path, monkeypatch, root):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PYTHONPATH", str(root / "workflow_scripts"))
    SNAKEMAKES_LOCKS.mkdir(parents=True)
    return tmp_path


def start(code, **variables):
    return subprocess.Popen(
        [sys.executable, "-c", code],
        env={**os.environ, **variables},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def started(code, **variables):
    process = start(code, **variables)
    assert process.stdout.readline()
    return process


def left_by_a_run():
    for kind in ("input", "output"):
        (SNAKEMAKES_LOCKS / f"0.{kind}.lock").write_text("results/heat/movie.json\n")


def test_a_run_that_goes_on_is_named_and_one_that_was_killed_leaves_no_lock(folder):
    run = started(HOLD)
    left_by_a_run()
    for look in (RunLock().take, check_idle):
        with pytest.raises(InputError, match=f"another run .* here .process {run.pid} since "):
            look()
    assert len(list(SNAKEMAKES_LOCKS.iterdir())) == 2
    run.kill()
    run.communicate()
    lock = RunLock()
    assert lock.take()
    assert list(SNAKEMAKES_LOCKS.iterdir()) == []
    assert json.loads(LOCK.read_text())["process"] == os.getpid()
    lock.give_back()
    assert not RunLock().take()


def test_of_many_that_start_at_once_one_runs(folder):
    code = HOLD.replace("lock.take()", "time.sleep(1 - time.time() % 1); lock.take()")
    runs = [start(code) for _ in range(4)]
    said = [run.stdout.readline() for run in runs]
    for run in runs:
        run.kill()
        run.communicate()
    assert said.count("held\n") == 1


def test_of_a_run_on_another_machine_nobody_knows_whether_it_is_over(folder):
    left_by_a_run()
    LOCK.write_text(json.dumps({"process": 7, "host": "elsewhere", "since": "2026-01-01 10:00"}))
    with pytest.raises(InputError, match="process 7 on elsewhere since 2026-01-01 10:00"):
        RunLock().take()
    assert len(list(SNAKEMAKES_LOCKS.iterdir())) == 2


@pytest.mark.skipif(os.getuid() == 0, reason="root may write anything")
def test_where_no_lock_can_be_made_snakemakes_own_hold(folder):
    left_by_a_run()
    LOCK.parent.chmod(0o555)
    lock = RunLock()
    assert not lock.take()
    assert not lock.works
    LOCK.parent.chmod(0o755)


def test_what_killed_jobs_left_by_halves_goes(folder):
    kept = [Path("results/heat/faces.zip"), Path("results/heat/.notes"), Path("a.partial")]
    for path in [*kept, Path("results/heat/.faces.zip.4711.partial.zip")]:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    remove_partial_files(Path("results"))
    assert all(path.exists() for path in kept)
    assert len(list(Path("results/heat").iterdir())) == 2
