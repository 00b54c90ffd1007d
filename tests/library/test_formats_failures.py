"""Why films have no cast map."""

import pandas as pd

from castmap.formats.failures import FailedJob, failed_films, films_without_cast_map
from castmap.formats.tables import FAILURES
from castmap.pages.corpus import failure_notices

LOG = """20:00:00 INFO starting
20:00:01 ERROR film.mp4: first
20:00:02 ERROR detect_faces.py failed: OSError: no space left
Traceback (most recent call last):
OSError: no space left
"""


def test_a_failed_film_is_listed_once_with_the_last_error_of_its_log():
    jobs = [
        FailedJob("heat", "detect_shots", "s.log", ""),
        FailedJob("heat", "detect_faces", "f.log", LOG),
        FailedJob("alien", "track_faces", "t.log", "20:00:00 INFO starting\n"),
    ]
    table = FAILURES.validate(failed_films(jobs))
    assert table[["movie", "stage", "log"]].to_numpy().tolist() == [
        ["alien", "track_faces", "t.log"],
        ["heat", "detect_faces", "f.log"],
    ]
    assert "without a message" in table["reason"][0]
    assert table["reason"][1] == "detect_faces.py failed: OSError: no space left"


def of_tracks(*names):
    return pd.DataFrame({"character": pd.Series(names, dtype=str)})


def test_a_film_without_a_cast_map_has_a_reason_and_any_other_is_not_listed():
    infos = [
        {"movie": "heat", "status": "ok", "reason": None},
        {"movie": "notes", "status": "rejected", "reason": "notes.mp4 is empty."},
        {"movie": "clouds", "status": "ok", "reason": None},
        {"movie": "meeting", "status": "ok", "reason": None},
        {"movie": "crowd", "status": "ok", "reason": None},
    ]
    cast = of_tracks("C01", "background")
    nobody = of_tracks("uncertain", "background", "uncertain")
    characters = [cast, of_tracks(), of_tracks(), of_tracks(), nobody]
    names = [info["movie"] for info in infos]
    infos, n_faces, characters = (
        dict(zip(names, of_each, strict=True)) for of_each in (infos, [7, 0, 0, 1, 9], characters)
    )
    table = FAILURES.validate(films_without_cast_map(infos, n_faces, characters))
    assert table[["movie", "status", "stage"]].to_numpy().tolist() == [
        ["notes", "rejected", "probe_movie"],
        ["clouds", "no_faces", "detect_faces"],
        ["meeting", "no_tracks", "track_faces"],
        ["crowd", "no_characters", "cluster_characters"],
    ]
    assert table["reason"][2].startswith("1 face found, but no track")
    assert "3 tracks found, but no character: 1 background, 2 uncertain" in table["reason"][3]
    notices = failure_notices(table, {"meeting": "A meeting", "clouds": "Clouds", "crowd": "Crowd"})
    listed = {film["title"]: film["reason"] for notice in notices for film in notice["films"]}
    assert listed["A meeting"] == table["reason"][2]
    assert set(listed) == {"notes", "Clouds", "A meeting", "Crowd"}
    assert FAILURES.validate(
        films_without_cast_map({"heat": infos["heat"]}, n_faces, characters)
    ).empty
    assert FAILURES.validate(failed_films([])).empty
