"""What a stage takes and makes, read from the source of its function.

Nothing is imported: planning reads every stage, and importing one would import torch. What the
command line of a stage is (stages.command_line) follows from the same signature.
"""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TypeVar

_Node = TypeVar("_Node", ast.FunctionDef, ast.ClassDef)
# How annotations are written that stand for several values or files (see stages.arguments).
SEVERAL = ("list", "ByMovie", "ByModel", "ByTraining", "ByMethod", "ByFolder", "NewFiles")
NEW = ("NewFile", "NewFiles")
JOB, THREADS, OUTPUT = "Job", "threads", "Output"


@dataclass(frozen=True)
class Argument:
    """A name of a signature; ``several`` where it stands for a list of values or files."""

    name: str
    several: bool


@dataclass(frozen=True)
class Signature:
    """The names that a stage's rule has to give.

    Attributes:
        inputs: files that are read.
        settings: values; settings that have a default are for whoever calls a stage by hand.
        outputs: files that are written.
        threads: whether the stage is told how many it may use.
    """

    inputs: tuple[Argument, ...]
    settings: tuple[Argument, ...]
    outputs: tuple[Argument, ...]
    threads: bool


@cache
def read_signature(script: Path) -> Signature:
    """Read the function of the script's name, and the fields of its class ``Output``.

    Args:
        script: the file of a stage; library modules that it imports lie beside it.

    Raises:
        ValueError: there is no such function.
    """
    tree = ast.parse(script.read_text(encoding="utf-8"))
    function = _find(tree, ast.FunctionDef, script.stem)
    if function is None:
        raise ValueError(f"{script} has no function {script.stem}")
    output = _find(tree, ast.ClassDef, OUTPUT)
    taken = {item.arg: item.annotation for item in function.args.args}
    new = [name for name, hint in taken.items() if not _names(hint).isdisjoint(NEW)]
    read = [name for name, hint in taken.items() if name not in new and _name(hint) != JOB]
    settings = tuple(_settings(function.args, tree, script.parent))
    made = _fields(output) if output else ()
    return Signature(
        inputs=tuple(_argument(name, taken[name]) for name in read),
        settings=tuple(argument for argument in settings if argument.name != THREADS),
        outputs=(*(_argument(name, taken[name]) for name in new), *made),
        threads=any(argument.name == THREADS for argument in settings),
    )


def shell_line(script: Path) -> str:
    """The options of a stage as a template of Snakemake's.

    A list may be empty and then stands alone; a value may be empty or begin with a dash, and is
    tied to its option.
    """
    signature = read_signature(script)
    options = [f"--{_dashed(item.name)} {{input.{item.name}:q}}" for item in signature.inputs]
    options += [
        f"--{_dashed(item.name)}{' ' if item.several else '='}{{params.{item.name}:q}}"
        for item in signature.settings
    ]
    options += ["--threads={threads}"] * signature.threads
    options += [
        f"--out-{_dashed(item.name)} {{output.{item.name}:q}}" for item in signature.outputs
    ]
    return " ".join([*options, "--log {log:q}"])


def _dashed(name: str) -> str:
    return name.replace("_", "-")


def _settings(arguments: ast.arguments, tree: ast.Module, scripts: Path) -> Iterator[Argument]:
    """Keyword-only arguments without a default; of a class of settings, its fields."""
    for item, default in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True):
        if default is None:
            found = _imported_class(_name(item.annotation), tree, scripts)
            yield from _fields(found) if found else [_argument(item.arg, item.annotation)]


def _fields(found: ast.ClassDef) -> Iterator[Argument]:
    for item in found.body:
        if (
            isinstance(item, ast.AnnAssign)
            and isinstance(item.target, ast.Name)
            and item.value is None
        ):
            yield _argument(item.target.id, item.annotation)


def _imported_class(name: str, tree: ast.Module, scripts: Path) -> ast.ClassDef | None:
    """A class of ours that a stage's module defines or imports; None if the name is no such."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and name in {alias.name for alias in node.names}:
            module = scripts.joinpath(*(node.module or "").split(".")).with_suffix(".py")
            if module.exists():
                return _find(ast.parse(module.read_text(encoding="utf-8")), ast.ClassDef, name)
    return _find(tree, ast.ClassDef, name)


def _argument(name: str, annotation: ast.expr | None) -> Argument:
    return Argument(name, _name(annotation) in SEVERAL)


def _name(annotation: ast.expr | None) -> str:
    """The first name of an annotation: ``list`` of ``list[Path]``, ``Path`` of ``Path | None``."""
    while isinstance(annotation, ast.Subscript | ast.BinOp):
        annotation = annotation.value if isinstance(annotation, ast.Subscript) else annotation.left
    return annotation.id if isinstance(annotation, ast.Name) else ""


def _names(annotation: ast.expr | None) -> set[str]:
    """All names of an annotation: ``ByMethod`` and ``NewFile`` of ``ByMethod[NewFile]``."""
    nodes = ast.walk(annotation) if annotation else ()
    return {node.id for node in nodes if isinstance(node, ast.Name)}


def _find(tree: ast.Module, kind: type[_Node], name: str) -> _Node | None:
    found = (node for node in tree.body if isinstance(node, kind) and node.name == name)
    return next(found, None)
