"""How a stage fails and how it is stopped: real processes."""

import os
import shutil
import signal
import subprocess
import sys
import time

import pytest

from castmap.console import InputError
from castmap.stages.process import RUN_VARIABLE, stage, stage_parser

STAGE = """
import sys, time
from pathlib import Path
from castmap.stages.process import stage, stage_parser
from castmap.files.whole import replacing
with stage(stage_parser("A stage."), ["--log", "stage.log"]):
    with replacing(Path("out.txt")) as partial:
        partial.write_text("half")
        print("at work", flush=True)
        time.sleep(600)
"""


@pytest.fixture
def folder(tmp_path, monkeypatch, root):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PYTHONPATH", str(root / "workflow_scripts"))
    return tmp_path


def started(code, **variables):
    process = subprocess.Popen(
        [sys.executable, "-c", code],
        env={**os.environ, **variables},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert process.stdout.readline()
    return process


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


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_stage_that_is_stopped_says_so_and_leaves_nothing_by_halves(folder, number):
    job = started(STAGE)
    job.send_signal(number)
    said, _ = job.communicate(timeout=60)
    assert job.returncode == 130
    assert said.endswith(" INFO stopped\n") and said.count("\n") == 1
    assert not any(path.name.startswith(".out") for path in folder.iterdir())


def test_a_stage_ends_with_the_run_that_it_is_a_job_of(folder):
    run = started("print('at work', flush=True); import time; time.sleep(600)")
    job = started(STAGE, **{RUN_VARIABLE: str(run.pid)})
    time.sleep(2.5)
    assert job.poll() is None
    run.kill()
    run.wait()
    said, _ = job.communicate(timeout=60)
    assert job.returncode == 130
    assert "stopped" in said


@pytest.mark.parametrize(("name", "ends"), [("workflow_scripts/stage.py", True), ("own.py", False)])
def test_ctrl_c_while_a_stage_is_imported_ends_it_and_no_script_of_others(
    tmp_path, root, name, ends
):
    scripts = shutil.copytree(
        root / "workflow_scripts", tmp_path / "workflow_scripts", ignore=lambda *_: ["command"]
    )
    code = "import castmap, signal; print(signal.getsignal(signal.SIGINT) is signal.SIG_DFL)"
    tmp_path.joinpath(name).write_text(code)
    environment = {**os.environ, "PYTHONPATH": str(scripts)}
    command = [sys.executable, name]
    # Tests that run in the background have inherited that Ctrl-C is ignored.
    run = subprocess.run(
        command,
        cwd=tmp_path,
        env=environment,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
        capture_output=True,
        text=True,
        check=True,
    )
    assert run.stdout == f"{ends}\n"
