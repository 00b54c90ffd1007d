"""What a stage's function may take and give: each type says how its file is read and written.

A stage is one function. Positional arguments are what it reads, keyword-only ones are settings, and
its result is a NamedTuple ``Output`` of what it makes. A table's type names its schema
(formats.tables). From this follow the command line (stages.command_line) and the line in the rule
(stages.signature).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, Any, NamedTuple, TypeVar

import numpy as np

from castmap.console import InputError
from castmap.files.results import read_json
from castmap.files.whole import write_json, write_text
from castmap.formats.embeddings import read_embeddings, write_embeddings

T = TypeVar("T")


class FileFormat(NamedTuple):
    """How what is in a file is read, and written with a record of what made it."""

    read: Callable[[Path], Any]
    write: Callable[[Path, Any, dict], None] | None = None  # None: no stage makes such a file


class Key(NamedTuple):
    """What a file out of several is about, told by its path."""

    of: Callable[[Path], str]


def movie_of(path: Path) -> str:
    """The film that a result is about: ``results/{movie}/tracks.parquet``, or of its metrics."""
    folder = path.parent
    return (folder.parent if folder.name == "metrics" else folder).name


def model_of(path: Path) -> str:
    """The model that a result was made by: ``clusters.{model}.parquet``."""
    return path.name.split(".")[-2]


def training_of(path: Path) -> str:
    """The training, as scope/method: ``results/adaptation/{scope}/{method}/history.parquet``."""
    return "/".join(path.parts[-3:-1])


def folder_of(path: Path) -> str:
    """The folder that a file lies in."""
    return path.parent.as_posix()


def method_of(path: Path) -> str:
    """The method of a training: ``results/adaptation/{scope}/{method}/history.parquet``."""
    return path.parent.name


def _write_json(path: Path, content: dict, record: dict) -> None:
    write_json(path, content | {"provenance": record})


def _read_text(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def _write_text(path: Path, text: str, _: dict) -> None:
    write_text(path, text)


Embeddings = Annotated[np.ndarray, FileFormat(read_embeddings, write_embeddings)]
Json = Annotated[dict, FileFormat(read_json, _write_json)]
Text = Annotated[str, FileFormat(_read_text, _write_text)]  # a page: it has no place for a record
# A file that the stage writes by itself, piece by piece or in a format of its own.
NewFile = Annotated[Path, "new"]
NewFiles = Annotated[list[Path], "new"]
# One file for each film, model, training or method; it is read when it is asked for. One for each
# model of each film is ByMovie[ByModel[...]].
ByMovie = Annotated[Mapping[str, T], Key(movie_of)]
ByModel = Annotated[Mapping[str, T], Key(model_of)]
ByTraining = Annotated[Mapping[str, T], Key(training_of)]
ByFolder = Annotated[Mapping[str, T], Key(folder_of)]
ByMethod = Annotated[Mapping[str, T], Key(method_of)]


def check_same_movies(**inputs: Mapping[str, object]) -> None:
    """Check that inputs by film are about the same films.

    Args:
        inputs: by the names of the stage's arguments.

    Raises:
        InputError: they are not.
    """
    (first, wanted), *others = inputs.items()
    for name, given in others:
        if given.keys() != wanted.keys():
            option, other = (f"--{text.replace('_', '-')}" for text in (name, first))
            raise InputError(
                f"{option}: {len(given)} files for {len(wanted)} films; give one for each film of "
                f"{other}: {', '.join(wanted)}"
            )


@dataclass(frozen=True)
class Job:
    """What a stage is told about itself that is neither data nor setting.

    Attributes:
        record: what is to be recorded beside results (see stages.provenance).
        paths: the files of its inputs and outputs by name; outputs begin with ``out_``.
        machine: settings that change the last bits of results, and no more: device, threads.
    """

    record: dict
    paths: Mapping[str, Any]
    machine: Mapping[str, Any]

    def recording(self, **settings: object) -> "Job":
        """The same job; its record says further settings, which the stage has found out."""
        record = self.record | {"settings": self.record["settings"] | settings}
        return replace(self, record=record)
