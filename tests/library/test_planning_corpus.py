"""Every entry of the film folder and the sheet is a film, or is left out with its reason."""

import csv
import json
import os
import re
import socket
from pathlib import Path

import av
import pytest
import yaml

from castmap.files.results import read_csv
from castmap.formats.tables import SKIPPED
from castmap.planning.corpus import (
    Skipped,
    film_lengths_s,
    missing_films,
    read_corpus,
    say_skipped,
    skipped_as_csv,
)
from castmap.settings.settings import Movie, SettingsError
from tests.synthetic_films import draw_gradients

HEADER = "movie\tpath\ttitle\tyear\tlabels\trole\n"
SECTION = {"sheet": "movies.tsv", "folder": "films"}


@pytest.fixture(scope="module")
def schema(root):
    return yaml.safe_load((root / "rules/schemas/movies.schema.yaml").read_text())


@pytest.fixture
def films(tmp_path, monkeypatch):
    """An empty film folder beside an empty sheet, in the current folder."""
    monkeypatch.chdir(tmp_path)
    Path("movies.tsv").write_text(HEADER)
    Path("films").mkdir()
    return Path("films")


@pytest.fixture(scope="module")
def film(tmp_path_factory):
    path = tmp_path_factory.mktemp("film") / "street.mp4"
    draw_gradients(path, 2)
    return path.read_bytes()


ODD = {
    "._good.mp4": (lambda path: path.write_bytes(b"\0\5\x16\7\0\2\0\0"), "is what macOS notes"),
    ".hidden.mp4": (lambda path: path.write_bytes(b"x"), "is hidden"),
    "away.mp4": (lambda path: path.symlink_to("/mnt/gone/away.mp4"), "is a link to /mnt/gone/away"),
    "self.mp4": (lambda path: path.symlink_to("self.mp4"), "is a link that leads to itself"),
    "pipe.mp4": (os.mkfifo, "is a pipe, not a video file"),
    "device.mp4": (lambda path: path.symlink_to("/dev/zero"), "is a device, not a video file"),
    "empty.mp4": (lambda path: path.touch(), "is empty (0 bytes)"),
    "folder.mp4": (lambda path: path.mkdir(), "is a folder: films are the files beside it"),
    "season": (lambda path: path.mkdir(), "is a folder: films are the files beside it"),
    "text.mp4": (lambda path: path.write_text("Buy milk."), "is not a video file"),
    "zeros.mp4": (lambda path: path.write_bytes(bytes(9999)), "is not a video file"),
    "list.mp4": (
        lambda path: path.write_text("ffconcat version 1.0\nfile good.mp4\n"),
        "is no film, but a playlist",
    ),
}


def test_what_is_no_film_is_left_out_with_its_reason_and_the_others_stay(films, film, schema):
    (films / "good.mp4").write_bytes(film)
    (films / "cut.mp4").write_bytes(film[: len(film) // 3])  # its index is at its end
    for name, (make, _) in ODD.items():
        make(films / name)
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind("films/socket.mp4")
    for name in ("good.srt", "README.md", "good.jpg", "Thumbs.db", ".DS_Store"):
        (films / name).touch()
    corpus = read_corpus(SECTION, schema)
    assert [movie.movie for movie in corpus.movies] == ["good"]
    reasons = {Path(entry.path).name: entry.reason for entry in corpus.skipped}
    assert set(reasons) == {*ODD, "cut.mp4", "socket.mp4"}
    for name, (_, reason) in ODD.items():
        assert reasons[name].startswith(f"films/{name} {reason}")
    assert "damaged" in reasons["cut.mp4"]
    assert "socket" in reasons["socket.mp4"]
    assert {movie.movie for movie in corpus.turned_away} == {
        "away",
        "self",
        "empty",
        "text",
        "zeros",
        "list",
        "cut",
    }


def test_files_that_look_like_no_film_are_told_of_in_one_sentence(films, schema):
    for number in range(7):
        (films / f"{number}.rmvb").touch()
    (entry,) = read_corpus(SECTION, schema).skipped
    assert entry == Skipped(
        "films",
        "films: no video files by their names: 0.rmvb, 1.rmvb, 2.rmvb, 3.rmvb, 4.rmvb and 2 more",
    )


def test_a_row_without_its_file_stops_no_other(films, film, schema):
    (films / "good.mp4").write_bytes(film)
    os.mkfifo("pipe.mp4")
    rows = [
        "good\tfilms/good.mp4\tGood\t\tlabels/good\t",
        "gone\tfilms/gone.mp4\t\t\t\tfilm",
        "pipe\tpipe.mp4\t\t\t\tfilm",
        "demo\tdemo.mp4\t\t\tlabels/demo\tdemo",
    ]
    Path("movies.tsv").write_text(HEADER + "\n".join(rows))
    corpus = read_corpus(SECTION, schema)
    assert [(movie.movie, movie.labels) for movie in corpus.movies] == [
        ("good", ""),
        ("demo", "labels/demo"),
    ]
    assert [entry.reason for entry in corpus.skipped] == [
        "movies.tsv: labels of good: labels/good/faces.csv does not exist: the film is taken "
        "without labels; put it there (docs/output.md), or empty the cell",
        "movies.tsv: path of gone is films/gone.mp4, which does not exist; correct it or remove "
        "the row",
        "movies.tsv: path of pipe is pipe.mp4, which is a pipe, not a video file; correct it or "
        "remove the row",
    ]


def probed(movie, **facts):
    path = Path("results", movie, "movie.json")
    path.parent.mkdir(parents=True)
    path.write_text(json.dumps(facts))


def test_a_film_that_was_analysed_stays_while_its_disk_is_away(films, schema):
    (films / "heat.mp4").symlink_to("/mnt/gone/heat.mp4")
    probed("heat", status="ok", file="heat.mp4")
    corpus = read_corpus(SECTION, schema)
    assert missing_films(corpus.movies) == ["heat"]
    assert not corpus.skipped


def test_a_film_with_results_keeps_its_name_and_the_newcomer_is_told_of(films, film, schema):
    (films / "heat.mp4").write_bytes(film)
    probed("heat", status="ok", file="heat.mp4")
    (films / "heat.avi").write_bytes(film)
    corpus = read_corpus(SECTION, schema)
    names = {movie.path: movie.movie for movie in corpus.movies}
    assert names["films/heat.mp4"] == "heat"
    assert re.fullmatch("heat_[0-9a-f]{8}", names["films/heat.avi"])
    (said,) = say_skipped(corpus, "results/skipped.csv")
    assert said == f"films/heat.avi is the film {names['films/heat.avi']}: heat is another's name"


def test_a_title_is_the_files_name_as_far_as_it_is_text(films, film, schema):
    titles = {
        "{input.film} {{x}} %s.mp4": "{input.film} {{x}} %s",
        "evil\u202egpj.mp4": "evilgpj",
        "caf\udce9.mp4": "caf\ufffd",
        "two\nlines.mp4": "two lines",
    }
    for name in titles:
        (films / name).write_bytes(film)
    corpus = read_corpus(SECTION, schema)
    assert {Path(movie.path).name: movie.title for movie in corpus.movies} == titles


def test_what_is_told_has_an_end_and_cannot_run_in_a_spreadsheet(films, schema):
    Path("films/=cmd.mp4").touch()
    for number in range(30):
        (films / f"{number}.mp4").touch()
    corpus = read_corpus({"sheet": "movies.tsv", "folder": "films"}, schema)
    said = list(say_skipped(corpus, "results/skipped.csv"))
    assert len(said) == 21
    assert said[-1] == "11 more entries are skipped or renamed: see results/skipped.csv"
    text = skipped_as_csv([Skipped("=cmd|' /C calc'!A0", "=1 is no film"), *corpus.skipped])
    cells = [cell for row in csv.reader(text.splitlines()) for cell in row]
    assert not any(cell.startswith(("=", "+", "-", "@")) for cell in cells)
    Path("skipped.csv").write_text(text)
    assert "=cmd|' /C calc'!A0" in set(read_csv(Path("skipped.csv"), SKIPPED)["path"])


def test_a_folder_that_is_not_there_is_no_empty_folder(films, schema):
    with pytest.raises(SettingsError, match=r"movies\.folder: filmz cannot be read"):
        read_corpus({"sheet": "movies.tsv", "folder": "filmz"}, schema)
    assert read_corpus({"sheet": "movies.tsv", "folder": None}, schema).movies == []


def test_a_film_is_as_long_as_was_found_or_else_as_its_header_says(films):
    draw_gradients(films / "new.mp4", 24)
    (films / "text.mp4").write_text("no film")
    for name, length_s in (("probed", 12.5), ("rejected", None)):
        Path("results", name).mkdir(parents=True)
        Path("results", name, "movie.json").write_text(json.dumps({"duration_s": length_s}))
    names = ("new", "text", "gone", "probed", "rejected")
    movies = [Movie(name, f"films/{name}.mp4", name, "", "", "film") for name in names]
    with av.open("films/new.mp4") as container:
        frames = list(container.decode(video=0))
    assert film_lengths_s(movies) == {
        "new": pytest.approx(float(frames[-1].time + frames[1].time)),
        "probed": 12.5,
    }
    assert film_lengths_s([]) == {}
