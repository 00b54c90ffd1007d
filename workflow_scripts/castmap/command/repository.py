"""The castmap repository in the current folder: its settings, its films, and its Snakemake."""

import argparse
import json
import os
import signal
import subprocess
import sys
import threading
import unicodedata
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TextIO

import yaml
from safetensors import safe_open

from castmap.console import InputError, shown
from castmap.planning.corpus import Corpus, read_corpus
from castmap.settings.configuration import read_configuration
from castmap.settings.settings import Movie

_CONFIG = "config.yaml"
_SCHEMAS = Path("rules/schemas")
_PASSED_ON_AFTER_S = 0.5
_LOOK_EVERY_S = 0.5


def read_config(snakemake_arguments: Sequence[str] = ()) -> dict:
    """The checked content of config.yaml, and of files that Snakemake is to lay over it.

    Raises:
        SettingsError: a file is faulty.
    """
    parser = argparse.ArgumentParser(add_help=False, exit_on_error=False)
    parser.add_argument("--configfile", "--configfiles", nargs="+", default=[])
    files = parser.parse_known_args(snakemake_arguments)[0].configfile
    return read_configuration([_CONFIG, *files], {}, _read_schema("config"))


def films_of(config: dict) -> dict[str, Movie]:
    """The films by name; also those that the next run skips, since they cannot be read now.

    Raises:
        SettingsError: the film sheet or the film folder is faulty.
    """
    corpus = corpus_of(config, open_files=False)
    return {movie.movie: movie for movie in (*corpus.movies, *corpus.turned_away)}


def corpus_of(config: dict, open_files: bool) -> Corpus:
    """The films, and what is not a film; see planning.corpus.read_corpus."""
    return read_corpus(config["movies"], _read_schema("movies"), open_files)


def check_known(names: Sequence[str], movies: dict[str, Movie]) -> None:
    """Check that films exist.

    Raises:
        InputError: one does not; the message lists those that do.
    """
    unknown = [name for name in names if name not in movies]
    if unknown:
        raise InputError(f"no film is called {shown(unknown[0])}; {list_films(movies)}")


def list_films(movies: Mapping[str, Movie]) -> str:
    """The names of the films, as the end of a sentence."""
    return f"the films are {', '.join(movies)}" if movies else "there are no films yet"


def read_weights_record(path: Path) -> dict:
    """What the metadata of castmap's own weights record: where they come from.

    Raises:
        SafetensorError, OSError: the file cannot be read.
        TypeError, KeyError, ValueError: it has no such record.
    """
    with safe_open(path, framework="np") as file:
        return json.loads(file.metadata()["castmap"])


def typed_name(text: str) -> str:
    """A film's name as it is written: some keyboards and disks give accents of their own."""
    return unicodedata.normalize("NFC", text)


def run_snakemake(
    targets: Sequence[str],
    *arguments: str,
    output: TextIO | None = None,
    errors: TextIO | None = None,
    environment: Mapping[str, str] | None = None,
    meanwhile: Callable[[int], None] | None = None,
) -> int:
    """Run Snakemake, and wait for it.

    Args:
        targets: files to make; none for the whole workflow. They come first: options that take
            several values would swallow them.
        arguments: options of Snakemake.
        output: where its standard output goes; ours if None.
        errors: where its standard error goes; ours if None.
        environment: variables that it gets besides ours.
        meanwhile: called with its process number every half second.

    Returns:
        Its exit status; if a signal stopped it, what a shell gives: 128 and the signal's number.
    """
    command = [sys.executable, "-m", "castmap.command.engine", *targets, *arguments]
    variables = {"PYTHONHASHSEED": "0", **os.environ, **(environment or {})}
    sys.stdout.flush()  # what was said before comes before, in a pipe too
    process = subprocess.Popen(command, stdout=output, stderr=errors, env=variables)
    with _leaving_signals_to(process) as signals:
        status = _wait(process, meanwhile)
    if signals:
        return 128 + signals[0]
    return status if status >= 0 else 128 - status


def _wait(process: subprocess.Popen, meanwhile: Callable[[int], None] | None) -> int:
    while meanwhile:
        with suppress(subprocess.TimeoutExpired):
            return process.wait(_LOOK_EVERY_S)
        meanwhile(process.pid)
    return process.wait()


@contextmanager
def _leaving_signals_to(process: subprocess.Popen) -> Iterator[list[int]]:
    """Wait on when a signal comes: Snakemake stops its jobs and unlocks the folder first.

    Ctrl-C reaches both of us from the terminal. A request to end is passed on; so is what is sent
    to us alone, for Snakemake listens once only. Yields the signals that came.
    """
    signals: list[int] = []

    def pass_on(number: int, _: object) -> None:
        signals.append(number)
        threading.Timer(_PASSED_ON_AFTER_S, process.send_signal, (number,)).start()

    handlers = {
        number: signal.signal(number, pass_on) for number in (signal.SIGINT, signal.SIGTERM)
    }
    try:
        yield signals
    finally:
        for number, handler in handlers.items():
            signal.signal(number, handler)


def _read_schema(name: str) -> dict:
    path = _SCHEMAS / f"{name}.schema.yaml"
    return yaml.safe_load(path.read_text(encoding="utf-8"))
