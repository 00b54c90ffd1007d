"""What is said while something goes on, and how a name is shown."""

import logging

from castmap.console import progress, say, shown


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
