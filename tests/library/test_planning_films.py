"""Lists of films, films with labels, and what a film is known by before it is read."""

import json
import os
from dataclasses import replace
from pathlib import Path

import pytest

from castmap.planning import films
from castmap.planning.requests import film_length_s, length_s
from castmap.settings.settings import Movie, SettingsError

HEAT = Movie("heat", "films/heat.mp4", "Heat", "1995", "", "film")


@pytest.fixture(autouse=True)
def repository(tmp_path, monkeypatch):
    """A folder with a file called films/heat.mp4 to work in."""
    monkeypatch.chdir(tmp_path)
    write("films/heat.mp4", "no film")


def write(path, text):
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    Path(path).write_text(text, encoding="utf-8")


def splits(train, held_out, movies=("heat", "ronin"), failed=()):
    write("train.txt", train)
    write("held_out.txt", held_out)
    return films.read_splits({"train": "train.txt", "held_out": "held_out.txt"}, movies, failed)


def test_a_name_of_no_film_is_left_out_aloud_and_one_that_failed_without_a_word(capsys):
    assert splits("ronin\nheet\nheat # ours\n", "alien\n", failed=["alien"]) == (
        ["ronin", "heat"],
        [],
    )
    said = capsys.readouterr().err
    assert said == "castmap: train.txt: no film is called heet; it is left out\n"


def test_a_film_is_not_judged_on_what_was_learnt_from_it():
    with pytest.raises(SettingsError, match="heat: trained on and held out; remove it from one"):
        splits("heat\n", "ronin\nheat\n")


def test_films_that_failed_are_those_of_the_list():
    write("failed.csv", 'movie,stage,reason\nheat,detect_faces,"it, too"\nronin,x,y\n')
    assert films.read_failed_films("failed.csv") == ["heat", "ronin"]
    assert films.read_failed_films("") == []


def test_labels_need_not_say_where_shots_begin():
    faces, both, new = (replace(HEAT, movie=name, labels=name) for name in ("faces", "both", "new"))
    for path in ("faces/faces.csv", "both/faces.csv", "both/shots.csv"):
        write(path, "")
    all_films = [HEAT, faces, both, new]  # the labels of the last are still to be built
    assert films.with_labels(all_films, "faces") == ["faces", "both", "new"]
    assert films.with_labels(all_films, "shots") == ["both", "new"]


def test_files_that_no_film_needs_are_named_where_they_are():
    labelled = replace(HEAT, labels="labels/heat")
    assert films.judged_frames([labelled]) == films.corrections_of("heat") == []
    for path in ("labels/heat/judged_frames.csv", "resources/corrections/heat.csv"):
        write(path, "")
    assert films.judged_frames([labelled]) == ["labels/heat/judged_frames.csv"]
    assert films.corrections_of("heat") == ["resources/corrections/heat.csv"]


def test_a_film_is_known_by_its_content_and_by_words_where_there_is_none():
    known = films.film_fingerprint(HEAT, remember=True)
    assert len(known) == 32
    Path(HEAT.path).rename("films/other.mp4")
    assert films.film_fingerprint(replace(HEAT, path="films/other.mp4"), remember=True) == known
    assert films.film_fingerprint(HEAT, remember=True) == "to be built"
    write("results/heat/movie.json", json.dumps({"fingerprint": known}))
    assert films.film_fingerprint(HEAT, remember=True) == known  # missing, and as it was
    os.mkfifo(HEAT.path)
    assert films.film_fingerprint(HEAT, remember=True) == "is no file"


def test_a_film_is_as_long_as_probing_found_or_as_its_size_lets_expect():
    assert length_s(HEAT) == film_length_s(None, len("no film"))
    assert length_s(replace(HEAT, path="films/none.mp4")) == 4 * 3600
    write("results/heat/movie.json", json.dumps({"duration_s": 99.5}))
    assert length_s(HEAT) == 99.5
    write("results/heat/movie.json", json.dumps({"duration_s": 7.0}))
    os.utime("results/heat/movie.json", (1, 1))
    assert length_s(HEAT) == 7.0
