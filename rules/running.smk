"""Before the first job is planned: one run at a time, and results that are whole. And how it ends.

REQUIRED INPUTS:
    results/seals/*                 what every result was when it was made
OUTPUTS:
    results/skipped.csv             the entries of the sheet and the folder that are left out
    .snakemake/castmap.lock         held while a run is going on; who holds it
"""

import logging
import signal

import psutil
from snakemake.logging import logger

from castmap.console import InputError, say, tell
from castmap.files import seals
from castmap.files.whole import update_text
from castmap.planning.corpus import skipped_as_csv
from castmap.planning.following import TellJobs
from castmap.planning.runs import RunLock, remove_partial_files
from castmap.stages.process import RUN_VARIABLE

RUN_LOCK = RunLock()
STOPPED = []  # by which signals
# Nothing is to be tidied up before the first job: a Ctrl-C ends the planning without a word. (Of a
# module Snakemake calls no handler below, which would catch it from then on.)
if signal.getsignal(signal.SIGINT) is signal.default_int_handler and not IS_MODULE:
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def hold_lock():
    """Take the lock; a run that repeats another one (`--nolock`) is under its lock."""
    if not snakemake_internals.takes_lock(workflow):
        return
    try:
        killed = RUN_LOCK.take()
    except InputError as error:
        if is_real_run():
            sys.exit(f"castmap: {error}")
        return
    if killed:
        here = snakemake_internals.runs_jobs_here(workflow)
        left = "" if here else "; what it left on the cluster may still be at work"
        say(f"the run before this one was killed; this one goes on from there{left}")
    if not is_real_run():
        RUN_LOCK.give_back()
    elif RUN_LOCK.works:
        remove_partial_files("results")


def before_planning(executes):
    """Hold the lock and list what is skipped; results that are damaged are to be made again."""
    if not IS_MODULE:
        snakemake_internals.plan_no_more_than_needed(workflow)
        if executes:
            hold_lock()
    if is_real_run():
        update_text(Path(SKIPPED), skipped_as_csv(FOUND.skipped))
    DAMAGE.update(seals.find_damage(remember=is_real_run()))
    return DAMAGE


def name_damage():
    """Name the damaged files that this run is about, but for those of jobs that were killed."""
    jobs = snakemake_internals.jobs_to_run(workflow)
    jobs = [job for job in jobs if not DAMAGE.keys().isdisjoint(job.output)]
    files = {path for job in jobs for path in job.output if path in DAMAGE}
    for job in jobs:
        files -= snakemake_internals.interrupted_files(workflow, job)
    end = "made again" if is_real_run() else "to be made again"
    for sentence in seals.describe_damage({str(path): DAMAGE[path] for path in files}, end):
        say(sentence)


def after_planning():
    # What planning made stays to the end. Were it not set aside, Python would look through all of
    # it for garbage once more when the run ends.
    gc.freeze()
    gc.enable()
    name_damage()
    if is_real_run():
        jobs = snakemake_internals.jobs_to_run(workflow)
        plan = snakemake_internals.describe_jobs(workflow, jobs, film_of)
        tell("plan", cores=snakemake_internals.cores(workflow), jobs=plan)
        logger.addHandler(TellJobs())


def stop(number, frame):
    """End the jobs, once, however often it is asked for, and then the run, with one sentence."""
    STOPPED.append(number)
    if len(STOPPED) > 1:
        return
    logger.setLevel(logging.CRITICAL)  # else Snakemake reports each ended job as a failure
    if snakemake_internals.runs_jobs_here(workflow):
        for process in psutil.Process().children(recursive=True):
            process.terminate()
    if number == signal.SIGTERM:
        snakemake_internals.end_run(workflow)
    else:
        raise KeyboardInterrupt


DAMAGE = {}  # what is wrong with each damaged result
if snakemake_internals.is_main_process(workflow):
    snakemake_internals.around_planning(workflow, before_planning, after_planning)


onstart:
    signal.signal(signal.SIGTERM, stop)
    if signal.getsignal(signal.SIGINT) is signal.SIG_DFL:
        signal.signal(signal.SIGINT, stop)
    if snakemake_internals.runs_jobs_here(workflow):  # a stage whose run was killed ends, too
        os.environ[RUN_VARIABLE] = str(os.getpid())
