"""What is told of the jobs that Snakemake logs about."""

import json
import logging

import pytest
from snakemake_interface_logger_plugins.common import LogEvent

from castmap.console import EVENTS_VARIABLE
from castmap.planning.following import TellJobs


@pytest.mark.parametrize(
    ("event", "fields", "told"),
    [
        (LogEvent.JOB_STARTED, {"jobs": [3, 5]}, [("started", 3), ("started", 5)]),
        (LogEvent.JOB_FINISHED, {"job_id": 3}, [("finished", 3)]),
        (LogEvent.JOB_ERROR, {"jobid": 5}, [("failed", 5)]),
        (LogEvent.PROGRESS, {"done": 1, "total": 2}, []),
        (None, {}, []),
    ],
)
def test_jobs_that_start_end_and_fail_are_told(monkeypatch, tmp_path, event, fields, told):
    events = tmp_path / "events.jsonl"
    monkeypatch.setenv(EVENTS_VARIABLE, str(events))
    logger = logging.Logger("snakemake")
    logger.addHandler(TellJobs())
    logger.info(None, extra={"event": event, **fields})
    lines = events.read_text().splitlines() if events.exists() else []
    assert [(line["kind"], line["job"]) for line in map(json.loads, lines)] == told
