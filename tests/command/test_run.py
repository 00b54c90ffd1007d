"""`castmap run` and `export`: files of any name become films, and Snakemake does the rest."""

import fcntl
import math
import os
import pty
import re
import shutil
import signal
import struct
import subprocess
import sys
import termios
import time
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest

from castmap.command.film_pages import targets_of
from castmap.settings.settings import Movie
from tests.conftest import copy_repository
from tests.crawling import crawl
from tests.synthetic_films import draw_gradients

FOOTAGE = "resources/demo/footage/carphone_pristine.mp4"
NO_LIST = "# nothing is learnt from other films\n"
# What becomes of them, for each name of a file.
HOSTILE_NAMES = {
    "-rf.mp4": "rf",
    "--dry-run.mp4": "dry-run",
    "--.mp4": "film",
    "two words.mkv": "two_words",
    "'quoted'.mp4": "quoted",
    'double"quoted".mp4': "double_quoted",
    "line\nbreak.mp4": "line_break",
    "tab\tstop.mp4": "tab_stop",
    "$(touch pwned).mp4": "touch_pwned",
    "`touch pwned`.mp4": "touch_pwned",
    "; touch pwned #.mp4": "touch_pwned",
    "{movie}.mp4": "movie",
    "{{input.film:q}}.mp4": "input_film_q",
    "七人の侍.mp4": "七人の侍",
    "L'été à Nîmes.mp4": "L_été_à_Nîmes",
    "पथेर पांचाली.mp4": "पथेर_पांचाली",
    "\u202edesrever.mp4": "desrever",
    "\udcff\udcfe.mp4": "film",
    "index.MP4": "film_index",
    "*.mp4": "film",
    "\x1b[31mred.mp4": "31mred",
    "12345678" * 18 + "123456.webm": "12345678" * 18 + "123456",
    "ha" * 30 + ".mp4": "ha" * 30,
    "b" * 251 + ".mp4": "b" * 191,
}


@pytest.fixture(scope="module")
def corpus(root, tmp_path_factory):
    """A film in the folder, one in the sheet, and nothing that one film takes from another."""
    copy = copy_repository(root, tmp_path_factory.mktemp("run"))
    for name in ("train", "held_out"):
        copy.path(f"resources/splits/{name}.txt").write_text(NO_LIST)
    config = copy.path("config.yaml")
    text = config.read_text().replace("scope: movie", "scope: corpus")
    config.write_text(text.replace("[triplet, improved_triplet, mvcorr]", "[]"))
    copy.path("elsewhere").mkdir()
    for name in ("films/old.mp4", "elsewhere/listed.mp4"):
        shutil.copy(copy.path(FOOTAGE), copy.path(name))
    sheet = copy.path("resources/movies.tsv")
    header = sheet.read_text().splitlines(keepends=True)[0]
    sheet.write_text(f"{header}known\telsewhere/listed.mp4\tKnown\t\t\tfilm\n")
    return copy


def planned(run):
    """How many jobs of each rule a dry run tells of."""
    assert run.returncode == 0, run.stdout + run.stderr
    stats = re.search(r"\njob +count\n[- ]+\n(.*?)\ntotal ", run.stdout + run.stderr, re.DOTALL)
    return {job: int(count) for job, count in map(str.split, stats.group(1).splitlines())}


def films_in(corpus):
    return sorted(path.name for path in corpus.path("films").iterdir())


def test_a_films_page_comes_with_the_pages_that_it_links_to():
    film = Movie("heat", "films/heat.mp4", title="", year="", labels="", role="film")
    asked = ["results/report/heat.html", "results/report/heat.mining.html"]
    assert targets_of([film]) == [*asked, "results/exports/heat/cast_map.csv"]
    labelled = replace(film, labels="labels/heat")
    assert "results/report/heat.mistakes.html" in targets_of([labelled])


def test_a_dry_run_plans_exactly_the_new_film_and_leaves_no_link(corpus, castmap, tmp_path):
    shutil.copy(corpus.path(FOOTAGE), tmp_path / "new.mp4")
    before = films_in(corpus)
    run = castmap(corpus.folder, "run", tmp_path / "new.mp4", "-n", "--", "--quiet", "host")
    jobs = planned(run)
    assert set(jobs.values()) == {1}
    assert {"probe_movie", "detect_faces", "report_movie", "export_movie"} < set(jobs)
    made = re.findall(r"output: (.*)", run.stdout + run.stderr)
    assert len(made) == sum(jobs.values())
    assert all("new" in line for line in made)
    assert films_in(corpus) == before


@pytest.mark.parametrize(
    "path", ["films/old.mp4", "elsewhere/listed.mp4", "elsewhere/../elsewhere/listed.mp4"]
)
def test_a_file_that_is_a_film_already_gets_no_link(corpus, castmap, path):
    run = castmap(corpus.folder, "run", path, corpus.path(path), "--dry-run")
    assert planned(run)["report_movie"] == 1
    assert "->" not in run.stdout


@pytest.fixture(scope="module")
def street(tmp_path_factory):
    """A film in which nobody is seen."""
    path = tmp_path_factory.mktemp("street") / "street.mp4"
    draw_gradients(path, 2)
    return path


def test_files_of_hostile_names_become_films(corpus, castmap, street, tmp_path):
    for name in HOSTILE_NAMES:
        shutil.copy(street, tmp_path / name)
    before = films_in(corpus)
    run = castmap(corpus.folder, "run", tmp_path, "-n", "--", "--quiet", "host")
    assert planned(run)["report_movie"] == len(HOSTILE_NAMES)
    made = set(re.findall(r"output: results/report/([^/.]+)[.]html", run.stdout + run.stderr))
    assert len(made) == len(HOSTILE_NAMES)
    for movie in HOSTILE_NAMES.values():
        assert any(name == movie or name.startswith(f"{movie}_") for name in made), movie
    links = [line for line in run.stdout.splitlines() if " -> " in line]
    assert len(links) == len(HOSTILE_NAMES)
    assert all(line.isprintable() for line in links)
    assert not any(corpus.folder.rglob("pwned"))
    assert films_in(corpus) == before


def test_a_folder_gives_its_films_and_says_what_it_left_out(corpus, castmap, street, tmp_path):
    for name in ("street.mp4", "OLD.mkv", "known.mp4"):
        shutil.copy(street, tmp_path / name)
    for name in ("._street.mp4", "text.mp4", "notes.txt"):
        (tmp_path / name).write_text("no film")
    (tmp_path / "empty.mp4").touch()
    (tmp_path / "below").mkdir()
    os.mkfifo(tmp_path / "pipe.mp4")
    (tmp_path / "away.mp4").symlink_to("/gone/away.mp4")
    everything = [*tmp_path.iterdir(), corpus.path("films/old.mp4")]
    for named, left_out in (
        ([tmp_path], {"text", "empty", "pipe", "away"}),
        (everything, {"text", "empty", "pipe", "away", "._street", "notes", "below"}),
    ):
        run = castmap(corpus.folder, "run", *named, "-n", "--", "--quiet", "host")
        made = re.findall(r"output: results/report/([^/.]+)[.]html", run.stdout + run.stderr)
        assert len(made) == (3 if len(named) == 1 else 4), run.stderr
        assert "street" in made
        told = re.findall(r"castmap: left out: .*/([^/ ]+) (?:is|has) ", run.stderr)
        assert {Path(name).stem for name in told} == left_out
    assert films_in(corpus) == ["README.md", "old.mp4"]


def test_a_file_that_starts_with_a_dash_is_named_with_its_folder(corpus, castmap):
    shutil.copy(corpus.path(FOOTAGE), corpus.path("-n.mp4"))
    run = castmap(corpus.folder, "run", "./-n.mp4", "-n")
    assert "films/-n.mp4 -> " in run.stdout
    corpus.path("-n.mp4").unlink()


@pytest.mark.parametrize(
    ("files", "sentence"),
    [
        (["gone.mp4"], "gone.mp4 does not exist; correct the path"),
        (["folder.mp4"], "folder.mp4 has no video file; those in folders below are not taken"),
        (["notes.txt"], "notes.txt is no video file by its name; castmap takes .3gp, .avi"),
        ([".mp4"], ".mp4 is no video file by its name"),
        (["text.mp4"], "text.mp4 is not a video file, or its beginning or index is damaged"),
        (["empty.mp4", "text.mp4"], "empty (0 bytes): it may not have finished copying; 1 more"),
        (["pipe.mp4"], "pipe.mp4 is a pipe, not a video file"),
        (["away.mp4"], "away.mp4 is a link to /gone/away.mp4, which is not there: is its disk mo"),
        (["text.mp4", "gone\n.mp4"], r"gone\n.mp4' does not exist"),
    ],
)
def test_what_cannot_be_a_film_is_refused_and_nothing_is_linked(
    corpus, castmap, refused, tmp_path, files, sentence
):
    for name in ("notes.txt", ".mp4", "text.mp4"):
        (tmp_path / name).write_text("no film")
    (tmp_path / "empty.mp4").touch()
    os.mkfifo(tmp_path / "pipe.mp4")
    (tmp_path / "away.mp4").symlink_to("/gone/away.mp4")
    (tmp_path / "folder.mp4" / "below").mkdir(parents=True)
    before = films_in(corpus)
    run = castmap(corpus.folder, "run", *(tmp_path / name for name in files))
    assert sentence in refused(run)
    assert films_in(corpus) == before


def test_without_a_folder_for_films_there_is_no_place_for_a_file(fresh, castmap, refused, tmp_path):
    config = fresh.path("config.yaml")
    config.write_text(config.read_text().replace("folder: films ", "folder: null "))
    draw_gradients(tmp_path / "new.mp4", 2)
    sentence = refused(castmap(fresh.folder, "run", tmp_path / "new.mp4"))
    assert "config.yaml: movies.folder is null" in sentence


def test_the_exit_status_is_snakemakes_and_its_arguments_are_passed_on(corpus, castmap):
    for quiet in ([], ["-n"]):
        wrong = castmap(corpus.folder, "run", *quiet, "--", "--no-such-option")
        assert wrong.returncode == 2
        assert "unrecognized arguments: --no-such-option" in wrong.stderr
    assert not any(corpus.path("results/logs").glob("run-*"))
    whole = castmap(
        corpus.folder, "run", "--cores", "1", "--", "--dry-run", "--until", "probe_movie"
    )
    assert planned(whole)["probe_movie"] == 2
    assert "Open " not in whole.stdout


@pytest.mark.parametrize("name", ["../films/old", "new", "old\n", "$(id)", "--cores", "", "ölöd"])
def test_an_unknown_film_is_not_exported_and_the_films_are_listed(corpus, castmap, refused, name):
    sentence = refused(castmap(corpus.folder, "export", "--", name))
    assert sentence.endswith("the films are known, old\n")


class Terminal:
    """A terminal of 24 lines of 80 characters, for what rich writes: no more than that."""

    def __init__(self):
        self.lines, self.row, self.column = [""], 0, 0

    def write(self, text):
        for part in re.findall(r"\x1b\[[0-9;?]*[a-zA-Z]|[\r\n]|[^\x1b\r\n]+", text):
            if part == "\r":
                self.column = 0
            elif part == "\n":
                self.row += 1
                self.lines += [""] * (self.row == len(self.lines))
            elif part.endswith("A"):
                self.row -= int(part[2:-1] or 1)
            elif part == "\x1b[2K":
                self.lines[self.row] = ""
            elif not part.startswith("\x1b"):
                line = self.lines[self.row].ljust(self.column)
                end = self.column + len(part)
                self.lines[self.row] = line[: self.column] + part + line[end:]
                self.column = end
            else:
                assert part[-1] in "mhl", repr(part)


def run_on_terminal(folder, *arguments):
    """Run the command on a terminal; its exit status, the screen at the end, and all it drew."""
    master, slave = pty.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
    variables = {"OMP_NUM_THREADS": "1", "TERM": "xterm", "COLUMNS": "80", "LINES": "24"}
    process = subprocess.Popen(
        [sys.executable, "-m", "castmap.command", *map(str, arguments)],
        cwd=folder,
        env={**os.environ, **variables},
        stdin=slave,
        stdout=slave,
        stderr=slave,
        start_new_session=True,
    )
    os.close(slave)
    drawn = b""
    with suppress(OSError):  # the terminal ends with the process
        while piece := os.read(master, 65536):
            drawn += piece
    os.close(master)
    screen = Terminal()
    screen.write(drawn.decode())
    return process.wait(), [line for line in screen.lines if line], drawn.decode()


def test_a_first_run_fits_one_screen_and_the_next_says_that_all_is_done(corpus, castmap, tmp_path):
    path = tmp_path / "screened.mp4"
    draw_gradients(path, 2)
    status, lines, drawn = run_on_terminal(corpus.folder, "run", path, "--cores", "2")
    assert status == 0, drawn
    for shown in ("finding faces", "screened", "looking what there is to do", " left"):
        assert shown in drawn
    assert sum(math.ceil(len(line) / 80) for line in lines) <= 24
    assert not any(word in drawn for word in ("rule", "jobid", "INFO", "Job stats"))
    assert "Open results/report/screened.html; tables for other tools are in" in lines[-1]
    assert any(re.match(r"castmap: took .* at most \d[.]\d GiB of memory", line) for line in lines)
    log = max(corpus.path("results/logs").glob("run-*.log"))
    for said in ("Job stats:", "steps (100%) done", " INFO screened: "):
        assert said in log.read_text()
    found = crawl(corpus.path("results/report/screened.html"))
    assert found.dead == []
    assert {page.name for page in found.pages} >= {"index.html", "screened.mining.html"}

    again = castmap(corpus.folder, "run", path)
    assert again.returncode == 0
    assert "castmap: nothing to do: all is up to date\n" in again.stderr
    assert again.stdout.startswith("Open results/report/screened.html; ")
    loud = castmap(corpus.folder, "run", path, "--verbose")
    assert loud.returncode == 0
    assert "Building DAG of jobs..." in loud.stderr
    corpus.path("films/screened.mp4").unlink()


def test_from_a_file_to_its_page_to_its_export_to_nothing(corpus, castmap, tmp_path):
    path = tmp_path / "what's $(this)?.MP4"
    draw_gradients(path, 1)
    run = castmap(corpus.folder, "run", path, "--cores", "2")
    assert run.returncode == 0, run.stdout + run.stderr
    assert corpus.path("films/what's $(this)?.MP4").readlink() == path
    assert "what_s_this was turned away: " in run.stdout.splitlines()[-1]
    assert crawl(corpus.path("results/report/what_s_this.html")).dead == []
    assert not corpus.path("results/old").exists()

    export = castmap(corpus.folder, "export", "what_s_this")
    assert export.returncode == 0, export.stderr
    assert export.stdout == "results/exports/what_s_this\n"
    assert corpus.path("results/exports/what_s_this/cast_map.csv").exists()

    forgotten = castmap(corpus.folder, "forget", "what_s_this", "--yes")
    assert forgotten.returncode == 0, forgotten.stderr
    assert not corpus.path("results/what_s_this/faces.zip").exists()
    again = castmap(corpus.folder, "run", path, "-n")
    assert planned(again)["detect_faces"] == planned(again)["report_movie"] == 1
    corpus.path("films/what's $(this)?.MP4").unlink()
    assert path.exists()


def test_a_film_that_fails_is_named_once_and_the_status_tells(corpus, castmap, tmp_path):
    path = tmp_path / "broken.mp4"
    draw_gradients(path, 1)
    corpus.path("results/broken").mkdir(parents=True)
    # A folder where a file is to be: the fault is not the film's.
    corpus.path("results/broken/tracks.parquet/in_the_way").mkdir(parents=True)
    run = castmap(corpus.folder, "run", path, "--cores", "1")
    corpus.path("films/broken.mp4").unlink()
    assert run.returncode == 1
    assert "castmap: broken failed in track_faces" in run.stderr
    assert "no film is called broken" not in run.stderr
    assert "Open " not in run.stdout
    assert "; its log: results/logs/broken/track_faces.log\n" in run.stderr
    assert "Traceback" not in run.stderr and "WorkflowError" not in run.stderr
    [log] = re.findall("the whole log is (results/logs/run-.*[.]log)\n", run.stderr)
    assert " ERROR track_faces.py failed: " in corpus.path(log).read_text()


def test_a_run_that_makes_nothing_names_no_page(corpus, castmap, tmp_path):
    shutil.copy(corpus.path(FOOTAGE), tmp_path / "unlocked.mp4")
    run = castmap(corpus.folder, "run", tmp_path / "unlocked.mp4", "--", "--unlock")
    corpus.path("films/unlocked.mp4").unlink()
    assert run.returncode == 0, run.stderr
    assert "Open " not in run.stdout
    assert "Traceback" not in run.stderr


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_request_to_end_reaches_snakemake_which_unlocks_the_folder(corpus, tmp_path, number):
    name = f"stopped_{number}"
    path = tmp_path / f"{name}.mp4"
    shutil.copy(corpus.path(FOOTAGE), path)
    command = [sys.executable, "-m", "castmap.command", "run", str(path), "--cores", "1"]
    run = subprocess.Popen(
        command,
        cwd=corpus.folder,
        # Tests that run in the background have inherited that Ctrl-C is ignored.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # noqa: PLW1509
        stderr=subprocess.PIPE,
        text=True,
    )
    deadline = time.monotonic() + 120
    while not corpus.path(f"results/logs/{name}/probe_movie.log").exists():
        assert run.poll() is None and time.monotonic() < deadline
        time.sleep(0.05)
    os.kill(run.pid, number)
    _, said = run.communicate(timeout=120)
    assert run.returncode == 128 + number
    *_, stopped, kept, took = said.splitlines()
    assert stopped == "castmap: stopped; the next run goes on from here"
    assert re.fullmatch(
        r"castmap: kept: \d of 1\d steps, and what a long step had a minute ago; the same command "
        "goes on from there",
        kept,
    )
    assert took.startswith("castmap: took ")
    assert "Traceback" not in said and "rule " not in said
    assert not any(corpus.folder.glob(".snakemake/locks/*"))
    assert not corpus.path(f"results/report/{name}.html").exists()
    corpus.path(f"films/{name}.mp4").unlink()
