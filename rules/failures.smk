"""When a film fails: the tables and pages of the others are made all the same.

The run is repeated on the films that did not fail. It ends with an error even so, and the next run
tries the failed films again. A run that was stopped (Ctrl-C, a time limit) claims no failure, nor
does one whose weights are damaged.

REQUIRED INPUTS:
    the logs of the failed jobs
OUTPUTS:
    results/logs/failed_films.csv   films that failed, where and why: for the repeated run, which
                                    lists them in results/failures.csv and on the corpus page
"""

import subprocess
import time

STARTED = time.time()


def log_of_this_run(job):
    """What a job has logged; nothing if it died before, and left the log of an earlier run."""
    log = Path(job.log[0])
    if not log.exists() or log.stat().st_mtime < STARTED:
        return ""
    return log.read_text(encoding="utf-8", errors="replace")


def film_of(job):
    names = [job.wildcards_dict.get(key) for key in ("movie", "scope", "demo")]
    return next((name for name in names if name in ALL_MOVIES), None)


def was_stopped(failed):
    """Whether the run was stopped, or a job has not run although it waits for no failed one."""
    if STOPPED:  # the jobs, too
        return True
    waiting = snakemake_internals.jobs_after(workflow, failed)
    return any(job not in waiting for job in snakemake_internals.jobs_to_run(workflow))


def list_failed_films():
    """The films that failed in this run, and those that it was asked to leave out."""
    import pandas as pd

    from castmap.formats.failures import FailedJob, failed_films, last_error
    from castmap.formats.tables import FAILURES
    from castmap.files.results import read_csv, write_csv
    from castmap.packages.weights import damaged_weights

    all_failed = snakemake_internals.failed_jobs(workflow)
    failed = [job for job in all_failed if film_of(job)]
    if was_stopped(all_failed):
        return None
    for job in all_failed.difference(failed):
        say(f"{job.rule.name} failed: {last_error(log_of_this_run(job))}; its log: {job.log[0]}")
    if not failed:
        return None
    films = failed_films(
        FailedJob(film_of(job), job.rule.name, str(job.log[0]), log_of_this_run(job))
        for job in failed
    )
    for film in films.itertuples():
        say(f"{film.movie} failed in {film.stage}: {film.reason}; its log: {film.log}")
    if not MISSING_FILMS.isdisjoint(films["movie"]):
        return None  # without them, the tables of published results would lose their films
    if damaged := damaged_weights(Path("resources/weights")):
        say(
            f"{', '.join(map(str, damaged))}: damaged, or tampered with, so no film is at fault; "
            "`make weights` makes it anew"
        )
        return None
    targets = snakemake_internals.target_jobs(workflow)
    if any(film_of(job) in set(films["movie"]) for job in targets):
        return None  # asked for by name: without it the same cannot be asked again
    before = [read_csv(Path(FAILED_FILMS), FAILURES)] if FAILED else []
    path = Path("results/logs/failed_films.csv")
    write_csv(path, FAILURES, pd.concat([*before, films]))
    return str(path)


def repeat_without(failed_films):
    if snakemake_internals.is_forced(workflow):
        say("run again without force: the other films' pages")
        return
    say("the tables and pages are made of the other films")
    # This run still holds the lock of the folder, and does nothing more.
    command = [sys.executable, "-m", "snakemake", *sys.argv[1:], "--nolock"]
    place = ["--directory", os.getcwd(), "--snakefile", workflow.main_snakefile]
    environment = {**os.environ, FAILED_VARIABLE: failed_films}
    subprocess.run([*command, *place], env=environment, check=False)


onerror:
    if STOPPED:
        say("stopped; the next run goes on from here")
    elif failed_films := list_failed_films():
        repeat_without(failed_films)
