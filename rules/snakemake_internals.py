"""What the rules need of Snakemake beyond what it documents: all of it is here.

Another version may name things otherwise. tests/workflow/test_snakemake_internals.py calls every
function on a small workflow, and says for which versions they hold.
"""

from collections.abc import Callable, Iterable
from functools import cache, reduce
from typing import Any

import snakemake
from snakemake_interface_executor_plugins.settings import DeploymentMethod, ExecMode

HOLDS_FOR = ">=9.25,<9.28"


class OtherSnakemakeError(Exception):
    """This version of Snakemake has no such name; the message says which one has."""


def settings_files(workflow: Any) -> list[str]:
    """The files of settings named on the command line, which override others, in their order."""
    return [str(path) for path in _get(workflow, "overwrite_configfiles")]


def note_settings_file(workflow: Any, path: str) -> None:
    """Tell Snakemake of a file of settings that it did not read itself."""
    _get(workflow, "configfiles").append(path)


def is_main_process(workflow: Any) -> bool:
    """Whether this process plans the run, and is no job of it."""
    return _get(workflow, "exec_mode") == ExecMode.DEFAULT


def is_real_run(workflow: Any) -> bool:
    """Whether jobs will run: neither a dry run, nor one that lists or unlocks.

    Known once planning begins, not while the rules are read.
    """
    return _get(workflow, "executor_plugin") is not None and not _get(workflow, "dryrun")


def is_module(workflow: Any) -> bool:
    """Whether the rules that are being read are used by another workflow, as a module."""
    return not _get(workflow, "modifier.is_main_snakefile")()


def moves_files(workflow: Any) -> bool:
    """Whether the workflow that uses a module gives its files other paths (prefix)."""
    modifier = _get(workflow, "modifier.path_modifier")
    return bool(modifier.prefix or modifier.modifies_prefixes)


def runs_jobs_here(workflow: Any) -> bool:
    """Whether jobs are processes of this machine, not of a cluster."""
    return _get(workflow, "local_exec")


def has_own_environments(workflow: Any) -> bool:
    """Whether jobs run in environments that Snakemake makes (conda, containers)."""
    return bool(_get(workflow, "deployment_settings.deployment_method"))


def uses_apptainer(workflow: Any) -> bool:
    """Whether jobs run in containers."""
    return DeploymentMethod.APPTAINER in _get(workflow, "deployment_settings.deployment_method")


def takes_lock(workflow: Any) -> bool:
    """Whether Snakemake locks the folder, where it executes jobs; ``--nolock`` forbids it."""
    return _get(workflow, "execution_settings.lock")


def is_forced(workflow: Any) -> bool:
    """Whether the command line forces jobs to run."""
    given = ("forceall", "forcetargets", "forcerun")
    return any(_get(workflow, f"dag_settings.{name}") for name in given)


def around_planning(
    workflow: Any, before: Callable[[bool], Iterable[str]], after: Callable[[], None]
) -> None:
    """Act before and after Snakemake goes from targets to jobs.

    Args:
        workflow: the workflow.
        before: called with whether jobs are to be executed, or listed in a dry run; names files
            that must be made again.
        after: called when the jobs are known.
    """
    plan = _get(workflow, "_build_dag")

    def plan_between() -> None:
        forced = before(_get(workflow, "executor_plugin") is not None)
        _get(workflow, "dag.forcefiles").update(forced)
        plan()
        after()

    workflow._build_dag = plan_between


def plan_no_more_than_needed(workflow: Any) -> None:
    """Spare planning a fifth of its time; the jobs are the same. To be called before it begins.

    Which rules make a file is found out once, not for each job that takes it. Where no output is a
    folder, none is looked for inside another. Where Snakemake makes no environments, it need not
    ask each job for its own.
    """
    makers = cache(_get(workflow, "dag.output_index.match_producers"))
    workflow.dag.output_index.match_producers = lambda file: makers(str(file))
    outputs = [file for rule in _get(workflow, "rules") for file in rule.output]
    needed = {
        "check_directory_outputs": any(file.is_directory for file in outputs),
        "update_conda_envs": has_own_environments(workflow),
    }
    for name in (name for name, is_needed in needed.items() if not is_needed):
        _get(workflow, f"dag.{name}")
        setattr(workflow.dag, name, lambda: None)


def jobs_to_run(workflow: Any) -> list:
    """The jobs that have not run yet and have to."""
    return list(_get(workflow, "dag.needrun_jobs")())


def describe_jobs(workflow: Any, jobs: Iterable, film_of: Callable[[Any], str | None]) -> list:
    """Some jobs, as events of the run name them, and which of them each waits for.

    Returns:
        Of each its number in Snakemake's messages, rule, film, log file and threads, and the
        numbers of those it comes ``after``.
    """
    number_of = _get(workflow, "dag.jobid")
    dependencies = _get(workflow, "dag.dependencies")
    numbers = {job: number_of(job) for job in jobs}
    return [
        {
            "job": number,
            "rule": job.rule.name,
            "movie": film_of(job),
            "log": str(job.log[0]) if job.log else None,
            "threads": job.threads,
            "after": sorted(numbers[other] for other in dependencies[job] if other in numbers),
        }
        for job, number in numbers.items()
    ]


def cores(workflow: Any) -> int | None:
    """How many cores the jobs of this machine share; None where none was said, on a cluster."""
    return _get(workflow, "resource_settings.cores")


def target_jobs(workflow: Any) -> set:
    """The jobs of the targets: what was asked for by name."""
    return _get(workflow, "dag.targetjobs")


def interrupted_files(workflow: Any, job: Any) -> set[str]:
    """The files of a job that a run before had begun, and did not end."""
    return set(_get(workflow, "async_run")(_get(workflow, "persistence.incomplete")(job)))


def failed_jobs(workflow: Any) -> set:
    """The jobs that failed in this run, and are not tried again."""
    return _get(workflow, "scheduler.failed")


def jobs_after(workflow: Any, jobs: Iterable) -> set:
    """Some jobs, and all that wait for any of them."""
    return set(_get(workflow, "dag.bfs")(_get(workflow, "dag.depending"), *jobs))


def end_run(workflow: Any) -> None:
    """Let the run end when the jobs that are running have ended."""
    _get(workflow, "scheduler.exit_gracefully")()


def _get(workflow: Any, names: str) -> Any:
    """What a dotted name leads to.

    Raises:
        OtherSnakemakeError: there is no such name.
    """
    try:
        return reduce(getattr, names.split("."), workflow)
    except AttributeError as error:
        raise OtherSnakemakeError(
            f"Snakemake {snakemake.__version__} has no workflow.{names}, which castmap needs; "
            f"install a version that is {HOLDS_FOR} (`python envs/install.py`), or correct "
            "rules/snakemake_internals.py"
        ) from error
