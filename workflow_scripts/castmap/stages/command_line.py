"""The command line of a stage, from the signature and the docstring of its function.

    def track_faces(shots: Shots, *, max_gap_s: float) -> Output: ...

    main = as_command(track_faces)      # --shots FILE --max-gap-s NUMBER --out-tracks FILE

What is read is checked against its schema, what is written too, and the settings are recorded
beside it.
"""

import argparse
import inspect
import json
import re
import types
from collections.abc import Callable, Iterator, Mapping
from dataclasses import MISSING, Field, fields, is_dataclass
from functools import partial, reduce
from pathlib import Path
from typing import Annotated, Any, Literal, NamedTuple, Union, get_args, get_origin, get_type_hints

import pandas as pd

from castmap.console import InputError
from castmap.files.results import read_csv, read_table, write_csv, write_table
from castmap.formats.tables import TableSchema
from castmap.stages.arguments import FileFormat, Job, Key
from castmap.stages.process import stage, stage_parser
from castmap.stages.provenance import provenance

# Settings of where and how fast a stage runs: no result is recorded to rest on them.
_MACHINE = ("device", "threads")
_NEW = "new"


class _Kind(NamedTuple):
    """An annotation taken apart: ``list[Path] | None``, ``ByMovie[Tracks]``, ``float``."""

    type: Any
    marks: tuple
    several: bool
    optional: bool
    keys: tuple[Key, ...] = ()

    def mark(self, kind: type) -> Any:
        return next((mark for mark in self.marks if isinstance(mark, kind)), None)

    @property
    def is_new(self) -> bool:
        return _NEW in self.marks


class _LazyFiles(Mapping):
    """Files by film, model or training; each is read when it is asked for.

    Of several keys the first gives a mapping by the others.
    """

    def __init__(
        self, paths: list[Path], keys: tuple[Key, ...], read: Callable[[Path], Any]
    ) -> None:
        key, *self._inner = keys
        self._paths: dict[str, list[Path]] = {}
        for path in paths:
            self._paths.setdefault(key.of(path), []).append(path)
        if not self._inner and len(self._paths) < len(paths):
            raise ValueError(f"of {len(paths)} files, two are about the same: {self._paths}")
        self._read = read

    def __getitem__(self, name: str) -> Any:
        paths = self._paths[name]
        if self._inner:
            return _LazyFiles(paths, tuple(self._inner), self._read)
        return self._read(paths[0])

    def __iter__(self) -> Iterator[str]:
        return iter(self._paths)

    def __len__(self) -> int:
        return len(self._paths)


def as_command(function: Callable) -> Callable[..., None]:
    """A ``main`` that takes arguments, reads, calls a stage's function, and writes."""
    return partial(run, function)


def run(function: Callable, argv: list[str] | None = None) -> None:
    """Run a stage as a command; see stages.process.stage for how it fails."""
    kinds = {
        name: _take_apart(hint)
        for name, hint in get_type_hints(function, include_extras=True).items()
        if hint is not Job
    }
    output = kinds.pop("return").type
    made = _fields_of(output)
    with stage(_parser(function, kinds, made), argv) as args:
        settings = dict(_settings(function, args))
        record = _record(function, kinds, settings)
        given = {
            name: _read(getattr(args, _flag(name, kind)), kind)
            for name, kind in kinds.items()
            if name not in settings
        }
        for name, parameter in inspect.signature(function).parameters.items():
            if parameter.annotation is Job:
                given[name] = _job(args, record)
        result = function(**given, **settings)
        for name, kind in made.items():
            _write(getattr(args, f"out_{name}"), getattr(result, name), kind, record)


def _take_apart(hint: Any) -> _Kind:
    optional = get_origin(hint) in (Union, types.UnionType) and type(None) in get_args(hint)
    if optional:
        hint = next(part for part in get_args(hint) if part is not type(None))
    marks: tuple = ()
    if get_origin(hint) is Annotated:
        hint, *own = get_args(hint)
        marks = tuple(own)
    key = next((mark for mark in marks if isinstance(mark, Key)), None)
    if key:
        inner = _take_apart(get_args(hint)[1])
        return _Kind(inner.type, inner.marks, True, False, (key, *inner.keys))
    if get_origin(hint) is list:
        inner = _take_apart(get_args(hint)[0])
        return _Kind(inner.type, (*marks, *inner.marks), True, optional)
    return _Kind(hint, marks, False, optional)


def _fields_of(output: Any) -> dict[str, _Kind]:
    """What a stage makes, by name; nothing if it writes all by itself."""
    if output is type(None) or output is None:
        return {}
    hints = get_type_hints(output, include_extras=True)
    return {name: _take_apart(hints[name]) for name in output._fields}


def _flag(name: str, kind: _Kind) -> str:
    return f"out_{name}" if kind.is_new else name


def _parser(
    function: Callable, kinds: dict[str, _Kind], made: dict[str, _Kind]
) -> argparse.ArgumentParser:
    text = inspect.getdoc(function) or ""
    helps = _describe_arguments(text)
    parser = stage_parser(text.partition("\nArgs:")[0])
    for name, parameter in inspect.signature(function).parameters.items():
        if parameter.annotation is Job:
            continue
        kind = kinds[name]
        if is_dataclass(kind.type):
            hints = get_type_hints(kind.type, include_extras=True)
            about = _describe_arguments(inspect.getdoc(kind.type) or "")
            for field in fields(kind.type):
                default = _default_of(field)
                _add(parser, field.name, _take_apart(hints[field.name]), default, about)
        else:
            _add(parser, _flag(name, kind), kind, parameter.default, helps, name)
    for name, kind in made.items():
        _add(parser, f"out_{name}", kind, inspect.Parameter.empty, helps)
    return parser


def _default_of(field: Field) -> Any:
    return inspect.Parameter.empty if field.default is MISSING else field.default


def _add(
    parser: argparse.ArgumentParser,
    flag: str,
    kind: _Kind,
    default: Any,
    helps: dict[str, str],
    name: str | None = None,
) -> None:
    options: dict[str, Any] = {"type": _parse_as(kind), "help": helps.get(name or flag)}
    if get_origin(kind.type) is Literal:
        options["choices"] = get_args(kind.type)
    if kind.several:
        options["nargs"] = "*"
    elif kind.optional:
        options |= {"nargs": "?", "default": None}
    if default is not inspect.Parameter.empty:
        options["default"] = default
    elif not kind.optional:
        options["required"] = True
    parser.add_argument("--" + flag.replace("_", "-"), **options)


def _parse_as(kind: _Kind) -> Callable[[str], Any]:
    """How a value is read from the command line; of a file, that is its path."""
    if kind.mark(TableSchema) or kind.mark(FileFormat) or kind.type is Path:
        parse: Callable[[str], Any] = Path
    elif kind.type is bool:
        parse = _parse_flag
    elif get_origin(kind.type) is dict or kind.type is dict:
        parse = _parse_paths if Path in get_args(kind.type) else _parse_json
    else:
        parse = str if get_origin(kind.type) is Literal else kind.type
    return partial(_parse_optional, parse) if kind.optional else parse


def _parse_optional(parse: Callable[[str], Any], text: str) -> Any:
    return None if text in ("", "None") else parse(text)


def _parse_flag(text: str) -> bool:
    if text not in ("True", "False"):
        raise argparse.ArgumentTypeError(f"{text} is neither True nor False")
    return text == "True"


def _parse_json(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{text} is not JSON: {error}") from error


def _parse_paths(text: str) -> dict[str, Path]:
    return {name: Path(path) for name, path in _parse_json(text).items()}


def _settings(function: Callable, args: argparse.Namespace) -> Iterator[tuple[str, Any]]:
    """The keyword-only arguments; those that travel as one object are put together."""
    hints = get_type_hints(function)
    for name, parameter in inspect.signature(function).parameters.items():
        if parameter.kind is parameter.KEYWORD_ONLY and parameter.annotation is not Job:
            kind = hints[name]
            if isinstance(kind, type) and is_dataclass(kind):
                yield (
                    name,
                    kind(**{field.name: getattr(args, field.name) for field in fields(kind)}),
                )
            else:
                yield name, getattr(args, name)


def _record(function: Callable, kinds: dict[str, _Kind], settings: dict[str, Any]) -> dict:
    """Provenance by a stage's settings; paths say nothing of what lies there."""
    flat: dict[str, Any] = {}
    for name, value in settings.items():
        if is_dataclass(value):
            flat |= {field.name: getattr(value, field.name) for field in fields(value)}
        elif Path not in (kinds[name].type, *get_args(kinds[name].type)):
            flat[name] = value
    kept = {name: value for name, value in flat.items() if name not in _MACHINE}
    return provenance(function.__name__, **kept)


def _job(args: argparse.Namespace, record: dict) -> Job:
    paths = {name: value for name, value in vars(args).items() if _is_path(value)}
    machine = {name: vars(args).get(name) for name in (*_MACHINE, "seed")}
    return Job(record, paths, machine)


def _is_path(value: Any) -> bool:
    return isinstance(value[0] if isinstance(value, list) and value else value, Path)


def _read(value: Any, kind: _Kind) -> Any:
    """What an input holds; paths that the stage reads by itself stay paths."""
    if value is None or kind.is_new or not (kind.mark(TableSchema) or kind.mark(FileFormat)):
        return _LazyFiles(value, kind.keys, lambda path: path) if kind.keys else value
    read = partial(_read_file, kind=kind)
    if kind.keys:
        return _LazyFiles(value, kind.keys, read)
    return [read(path) for path in value] if kind.several else read(value)


def _read_file(path: Path, kind: _Kind) -> Any:
    if schema := kind.mark(TableSchema):
        return read_csv(path, schema) if path.suffix == ".csv" else read_table(path, schema)
    return kind.mark(FileFormat).read(path)


def _write(target: Any, content: Any, kind: _Kind, record: dict) -> None:
    if kind.keys:
        for path in target:
            pick = partial(_pick, path=path, alone=len(target) == 1)
            _write_file(path, reduce(pick, kind.keys, content), kind, record)
    else:
        _write_file(target, content, kind, record)


def _pick(by_name: Mapping, key: Key, path: Path, alone: bool) -> Any:
    """What belongs into a file by its name; the only file may have any name."""
    if alone and len(by_name) == 1:
        return next(iter(by_name.values()))
    if key.of(path) not in by_name:
        raise InputError(
            f"{path}: nothing was made for {key.of(path)}, only for {', '.join(by_name)}; name "
            "each file by one of these"
        )
    return by_name[key.of(path)]


def _write_file(path: Path, content: Any, kind: _Kind, record: dict) -> None:
    schema = kind.mark(TableSchema)
    if schema is None:
        kind.mark(FileFormat).write(path, content, record)
    elif path.suffix == ".csv":
        assert isinstance(content, pd.DataFrame)
        write_csv(path, schema, content)
    else:
        write_table(path, schema, content, record)


def _describe_arguments(text: str) -> dict[str, str]:
    """What a docstring says of each argument or attribute."""
    section = re.search(r"^(?:Args|Attributes):\n((?:[ ]+.*\n?|\n)+)", text, re.MULTILINE)
    entries = re.findall(
        r"^ {4}(\w+): ((?:.|\n {8})*)", section.group(1) if section else "", re.MULTILINE
    )
    return {name: " ".join(said.split()).replace("%", "%%") for name, said in entries}
