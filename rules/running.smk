"""Before the first job is planned: one run at a time, and results that are whole. And how it ends.

REQUIRED INPUTS:
    results/seals/*                 what every result was when it was made
OUTPUTS:
    .snakemake/castmap.lock         held while a run is going on; who holds it
"""

import logging
import signal

import psutil
from snakemake.logging import logger
from snakemake_interface_executor_plugins.settings import ExecMode

from castmap.files import seals
from castmap.stages.process import RUN_VARIABLE
from castmap.console import InputError
from castmap.planning.runs import RunLock, remove_partial_files

RUN_LOCK = RunLock()
STOPPED = []  # by which signals
# Nothing is to be tidied up before the first job: a Ctrl-C ends the planning without a word.
if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def is_real_run():
    """Neither a dry run, nor one that lists or unlocks."""
    return workflow.executor_plugin is not None and not workflow.dryrun


def say(sentence):
    print(f"castmap: {sentence}", file=sys.stderr)


def hold_lock():
    """Take the lock; a run that repeats another one, or is told not to lock, is under its lock."""
    if not workflow.execution_settings.lock:
        return
    try:
        killed = RUN_LOCK.take()
    except InputError as error:
        if is_real_run():
            sys.exit(f"castmap: {error}")
        return
    if killed:
        left = "" if workflow.local_exec else "; what it left on the cluster may still be at work"
        say(f"the run before this one was killed; this one goes on from there{left}")
    if not is_real_run():
        RUN_LOCK.give_back()
    elif RUN_LOCK.works:
        remove_partial_files("results")


def tell_damage(damage):
    """Name the damaged files that this run is about, but for those of jobs that were killed."""
    jobs = [job for job in workflow.dag.needrun_jobs() if not damage.keys().isdisjoint(job.output)]
    files = {path for job in jobs for path in job.output if path in damage}
    for job in jobs:
        files -= set(workflow.async_run(workflow.persistence.incomplete(job)))
    end = "made again" if is_real_run() else "to be made again"
    for sentence in seals.tell({str(path): damage[path] for path in files}, end):
        say(sentence)


def build_dag(build=workflow._build_dag):
    """Snakemake's way from targets to jobs; what is damaged is forced."""
    if workflow.executor_plugin is not None:
        hold_lock()
    damage = seals.find_damage()
    workflow.dag.forcefiles.update(damage)
    build()
    tell_damage(damage)


def stop(number, frame):
    """End the jobs, once, however often it is asked for, and then the run, with one sentence."""
    STOPPED.append(number)
    if len(STOPPED) > 1:
        return
    logger.setLevel(logging.CRITICAL)  # else Snakemake tells of each ended job as of a failure
    if workflow.local_exec:
        for process in psutil.Process().children(recursive=True):
            process.terminate()
    if number == signal.SIGTERM:
        workflow.scheduler.exit_gracefully()
    else:
        raise KeyboardInterrupt


if workflow.exec_mode == ExecMode.DEFAULT:  # not in what a run itself starts
    workflow._build_dag = build_dag


onstart:
    signal.signal(signal.SIGTERM, stop)
    if signal.getsignal(signal.SIGINT) is signal.SIG_DFL:
        signal.signal(signal.SIGINT, stop)
    if workflow.local_exec:  # a stage whose run was killed ends, too
        os.environ[RUN_VARIABLE] = str(os.getpid())
