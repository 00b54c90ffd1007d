"""Two processes never hold one GPU; the locks are real, the GPUs are only names."""

import subprocess
import sys
import time

import pytest

from castmap.compute import leasing
from castmap.compute.leasing import GpuLeases

JOB = """
import logging, sys, time
from pathlib import Path
from castmap.compute.leasing import GpuLeases
logging.basicConfig(level="INFO", stream=sys.stderr)
folder, names, n, seconds = Path(sys.argv[1]), sys.argv[2].split(), *map(int, sys.argv[3:])
gpus = GpuLeases(names, folder / "locks").take(range(len(names)), n)
taken = [names[gpu] for gpu in gpus]
print("took", *taken, flush=True)
for name in taken:
    (folder / name).touch(exist_ok=False)  # fails if another process is using it
time.sleep(seconds / 10)
for name in taken:
    (folder / name).unlink()
"""


def start(root, folder, names, n=1, tenths=3):
    command = [sys.executable, "-c", JOB, str(folder), names, str(n), str(tenths)]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    return subprocess.Popen(command, cwd=root, **pipes)


@pytest.fixture(autouse=True)
def impatient(monkeypatch):
    monkeypatch.setattr(leasing, "_LOOK_AGAIN_S", 0.02)


def test_jobs_take_turns_and_say_once_that_they_wait(root, tmp_path):
    jobs = [start(root, tmp_path, "GPU-a GPU-b", tenths=15) for _ in range(4)]
    said = [job.communicate(timeout=60) for job in jobs]
    assert [job.returncode for job in jobs] == [0] * 4, said
    assert {out for out, _ in said} == {"took GPU-a\n", "took GPU-b\n"}
    assert {err.count("waiting for it") for _, err in said} == {0, 1}


def test_a_dead_process_holds_nothing(root, tmp_path):
    job = start(root, tmp_path, "GPU-a", tenths=600)
    assert job.stdout.readline() == "took GPU-a\n"
    job.kill()
    job.communicate(timeout=10)
    assert GpuLeases(["GPU-a"], tmp_path / "locks").take([0], 1) == [0]


def test_all_or_none_are_taken_so_nobody_waits_for_ever(root, tmp_path):
    jobs = [start(root, tmp_path, names, 2) for names in ("GPU-a GPU-b", "GPU-b GPU-a") * 2]
    said = [job.communicate(timeout=60) for job in jobs]
    assert [job.returncode for job in jobs] == [0] * 4, said


def test_what_a_process_has_it_need_not_wait_for(tmp_path):
    leases = GpuLeases(["GPU-a", "GPU-b"], tmp_path)
    assert leases.take([0, 1], 1) == leases.take([0, 1], 1) == [0]
    assert leases.take([0, 1], 2) == [0, 1]
    assert leases.take([1], 1) == [1]


def test_gpus_of_other_names_are_not_waited_for(root, tmp_path):
    """As on another node, or under another CUDA_VISIBLE_DEVICES."""
    leases = GpuLeases(["GPU-a"], tmp_path / "locks")
    leases.take([0], 1)
    job = start(root, tmp_path, "GPU-b", tenths=0)
    started = time.monotonic()
    assert job.communicate(timeout=30)[0] == "took GPU-b\n"
    assert time.monotonic() - started < 20
