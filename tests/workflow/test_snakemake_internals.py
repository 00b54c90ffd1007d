"""What the rules use of Snakemake's insides: each name, on a workflow of two rules."""

import json
import signal
import subprocess
import sys
from importlib import metadata
from pathlib import Path

import pytest
from packaging.specifiers import SpecifierSet

RULES = Path(__file__).resolve().parents[2] / "rules"
SNAKEFILE = f"""
import json, sys
from pathlib import Path
sys.path.insert(0, {str(RULES)!r})
import snakemake_internals as internals

SAID = {{"files": internals.settings_files(workflow), "main": internals.is_main_process(workflow)}}
SAID["own_environments"] = internals.has_own_environments(workflow)
SAID["apptainer"] = internals.uses_apptainer(workflow)
SAID["module"], SAID["moved"] = internals.is_module(workflow), internals.moves_files(workflow)
internals.note_settings_file(workflow, "config.yaml")


def before(executes):
    SAID["executes"], SAID["real"] = executes, internals.is_real_run(workflow)
    SAID["lock"] = executes and internals.takes_lock(workflow)
    SAID["forced"] = internals.is_forced(workflow)
    internals.plan_no_more_than_needed(workflow)
    return ["first.txt"]


def names(jobs):
    return sorted(job.rule.name for job in jobs)


def after():
    jobs = internals.jobs_to_run(workflow)
    SAID["jobs"], SAID["targets"] = names(jobs), names(internals.target_jobs(workflow))
    files = [internals.interrupted_files(workflow, job) for job in jobs]
    SAID["interrupted"] = [str(file) for some in files for file in some]
    first = [job for job in jobs if job.rule.name == "first"]
    SAID["after_first"] = names(internals.jobs_after(workflow, first))
    described = internals.describe_jobs(workflow, jobs, lambda job: f"of {{job.rule.name}}")
    SAID["described"] = sorted(described, key=lambda job: job["rule"])
    SAID["cores"] = internals.cores(workflow)
    Path("said.json").write_text(json.dumps(SAID))


if internals.is_main_process(workflow):
    internals.around_planning(workflow, before, after)


rule second:
    input: "first.txt"
    output: "second.txt"
    shell: config.get("second", "cp {{input}} {{output}}")


rule first:
    output: "first.txt"
    log: "first.log"
    shell: config.get("first", "echo 1 > {{output}}")


onerror:
    SAID["failed"] = names(internals.failed_jobs(workflow))
    SAID["here"] = internals.runs_jobs_here(workflow)
    internals.end_run(workflow)
    Path("said.json").write_text(json.dumps(SAID))
"""


@pytest.fixture
def call(tmp_path):
    """A function that runs Snakemake, and returns its exit status and what the functions said."""
    tmp_path.joinpath("Snakefile").write_text(SNAKEFILE)

    def run(*arguments):
        tmp_path.joinpath("said.json").unlink(missing_ok=True)
        command = [sys.executable, "-m", "snakemake", "--cores", "1", *arguments]
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
        assert tmp_path.joinpath("said.json").exists(), done.stderr
        return done.returncode, json.loads(tmp_path.joinpath("said.json").read_text())

    return run


def test_the_version_of_snakemake_is_one_that_the_functions_hold_for():
    sys.path.insert(0, str(RULES))
    import snakemake_internals

    version = metadata.version("snakemake")
    assert version in SpecifierSet(snakemake_internals.HOLDS_FOR), (
        f"Snakemake {version} is new to rules/snakemake_internals.py: run these tests with it, and "
        "if they pass, widen HOLDS_FOR"
    )


def test_each_function_says_what_is_so(call, tmp_path):
    status, said = call()
    assert status == 0
    first, second = ({"job": job["job"], "threads": 1} for job in said["described"])
    number = first["job"]
    assert number != second["job"]
    assert said == {
        "files": [],
        "main": True,
        "own_environments": False,
        "apptainer": False,
        "module": False,
        "moved": False,
        "executes": True,
        "real": True,
        "lock": True,
        "forced": False,
        "jobs": ["first", "second"],
        "targets": ["second"],
        "interrupted": [],
        "after_first": ["first", "second"],
        "cores": 1,
        "described": [
            {**first, "rule": "first", "movie": "of first", "log": "first.log", "after": []},
            {**second, "rule": "second", "movie": "of second", "log": None, "after": [number]},
        ],
    }
    # first.txt is there, and is made again as if it was not.
    assert call("--quiet", "all")[1]["jobs"] == ["first", "second"]


def test_a_module_and_its_prefix_are_known(call, tmp_path):
    module = 'module inner:\n    snakefile: "Snakefile"\n'
    use = "use rule * from inner\n"
    for prefix in ("", '    prefix: "moved"\n'):
        tmp_path.joinpath("outer.smk").write_text(module + prefix + use)
        said = call("--snakefile", "outer.smk", "--dry-run")[1]
        assert (said["module"], said["moved"]) == (True, bool(prefix))


def test_a_dry_run_and_a_list_are_no_real_runs(call):
    said = call("--dry-run", "--nolock", "--forceall")[1]
    found = [said[key] for key in ("executes", "real", "lock", "forced")]
    assert found == [True, False, False, True]
    said = call("--summary")[1]
    assert (said["executes"], said["real"]) == (False, False)


def test_files_of_settings_are_those_of_the_command_line(call, tmp_path):
    tmp_path.joinpath("more.yaml").write_text("first: 'echo 2 > {output}'\n")
    assert [Path(file).name for file in call("--configfile", "more.yaml")[1]["files"]] == [
        "more.yaml"
    ]
    assert tmp_path.joinpath("second.txt").read_text() == "2\n"


def test_jobs_that_failed_and_files_that_were_begun_are_known(call, tmp_path):
    status, said = call("--config", "first=exit 1")
    assert status != 0
    assert (said["failed"], said["here"]) == (["first"], True)
    # A run that is killed while a job is writing leaves half a file. Snakemake notes that a job
    # has begun just after it has started it, in another thread: the job waits for the note.
    noted = "until ls .snakemake/incomplete | grep -q .; do sleep .01; done"
    status, _ = call("--config", f"second=echo half > second.txt; {noted}; kill -9 $PPID")
    assert status == -signal.SIGKILL
    tmp_path.joinpath(".snakemake/locks").rename(tmp_path / "locks")
    said = call("--rerun-incomplete")[1]
    assert said["interrupted"] == ["second.txt"]


def test_a_name_that_is_gone_is_one_sentence():
    sys.path.insert(0, str(RULES))
    import snakemake_internals

    with pytest.raises(
        snakemake_internals.OtherSnakemakeError, match=r"has no workflow.exec_mode, which castmap"
    ):
        snakemake_internals.is_main_process(object())
