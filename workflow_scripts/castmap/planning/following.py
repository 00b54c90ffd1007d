"""What becomes of the jobs of a run, for whom follows it: events from what Snakemake logs."""

import logging

from castmap.console import tell


class TellJobs(logging.Handler):
    """Tells when jobs start, end and fail, by their numbers in Snakemake.

    The events and their fields are those of Snakemake's interface for logger plugins.
    """

    def emit(self, record: logging.LogRecord) -> None:
        """Tell what a record says, if it is about jobs."""
        event = getattr(record, "event", None)
        if event == "job_started":
            for job in record.jobs:  # type: ignore[attr-defined]
                tell("started", job=job)
        elif event == "job_finished":
            tell("finished", job=record.job_id)  # type: ignore[attr-defined]
        elif event == "job_error":
            tell("failed", job=record.jobid)  # type: ignore[attr-defined]
