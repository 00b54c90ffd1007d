"""What is said while something goes on, and how a name is shown."""

import json
import logging
import subprocess
import sys

from castmap.console import EVENTS_VARIABLE, progress, say, shown, tell


def test_progress_passes_everything_on_and_says_how_fast(caplog):
    with caplog.at_level(logging.INFO, logger="castmap"):
        assert list(progress(iter("abc"), 3, "frames", "reading")) == ["a", "b", "c"]
    assert "reading: 3 frames in" in caplog.text


def test_what_is_said_is_no_output(capsys):
    say("films/notes.mp4 is no film")
    assert capsys.readouterr() == ("", "castmap: films/notes.mp4 is no film\n")


def test_a_name_stays_on_its_line():
    assert shown("東京.mp4") == "東京.mp4"
    assert shown("a\nb\x1b[1m.mp4") == r"'a\nb\x1b[1m.mp4'"


def test_a_run_that_is_not_followed_is_told_nothing(monkeypatch, tmp_path):
    monkeypatch.delenv(EVENTS_VARIABLE, raising=False)
    monkeypatch.chdir(tmp_path)
    tell("started", job=1)
    assert list(tmp_path.iterdir()) == []


def test_a_job_tells_how_far_it_is_what_it_found_and_of_what_it_warns(tmp_path):
    events = tmp_path / "events.jsonl"
    events.touch()
    script = """
import logging
from pathlib import Path
from castmap import console
console._TELL_EVERY_S = 0
console.start_log(Path("heat.log"))
list(console.progress(range(2), 2, "frames", "reading", n_faces=lambda: 5))
console.tell_found(people=3)
console.logger.warning("%d frames are missing", 4)
console.logger.error("not told")
logging.getLogger("another").warning("nor this")
"""
    subprocess.run(
        [sys.executable, "-c", script],
        cwd=tmp_path,
        env={"PYTHONPATH": ":".join(sys.path), EVENTS_VARIABLE: str(events)},
        check=True,
        capture_output=True,
    )
    told = [json.loads(line) for line in events.read_text().splitlines()]
    assert all(event.pop("log") == "heat.log" and event.pop("time") > 0 for event in told)
    steps = [event for event in told if event["kind"] == "progress"]
    assert [(event["done"], event["total"]) for event in steps] == [(1, 2), (2, 2), (1, 1)]
    assert {event["what"] for event in steps} == {"reading"}
    assert {"kind": "found", "faces": 5} in told
    assert told[-2:] == [
        {"kind": "found", "people": 3},
        {"kind": "warning", "text": "4 frames are missing"},
    ]
