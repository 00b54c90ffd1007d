"""Which files a stage is made of: what has to change for its results to be out of date."""

import ast
import hashlib
from collections.abc import Iterable
from functools import cache
from pathlib import Path

PACKAGE = "workflow_scripts"


def stage_code(stage: str, root: Path, *modules: str) -> list[str]:
    """The stage's module and every module and data file of ours that it uses, directly or not.

    Imports are read from the syntax tree, so nothing is imported here. A package's files that are
    not Python (templates, network configs) count as used by each of its modules.

    Args:
        stage: the name of a module at the top of the package, which is also the rule's name.
        root: the folder that holds the package.
        modules: dotted names of further modules of ours that the stage is told to import.

    Returns:
        Paths relative to ``root``, sorted.

    Raises:
        FileNotFoundError: there is no such stage.
    """
    start = root / PACKAGE / f"{stage}.py"
    if not start.exists():
        raise FileNotFoundError(f"{start}: every rule has a stage module of the same name")
    seen: set[Path] = set()
    waiting = [start, *_files_of(modules, root)]
    while waiting:
        path = waiting.pop()
        if path in seen:
            continue
        seen.add(path)
        waiting += _imported(path, root)
    data = {file for path in seen if path.parent != start.parent for file in _data(path.parent)}
    return sorted(path.relative_to(root).as_posix() for path in seen | data)


def list_code(stage: str, root: Path, *modules: str) -> str:
    """A line for each file of stage_code: its SHA-256 and its path, as sha256sum writes them."""
    files = stage_code(stage, root, *modules)
    return "".join(f"{_sha256(root / name)}  {name}\n" for name in files)


@cache
def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


@cache
def _data(folder: Path) -> tuple[Path, ...]:
    files = (path for path in folder.rglob("*") if path.is_file())
    return tuple(path for path in files if path.suffix not in (".py", ".pyc"))


@cache
def _imported(path: Path, root: Path) -> tuple[Path, ...]:
    names = []
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            names += [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
    return _files_of(names, root)


def _files_of(names: Iterable[str], root: Path) -> tuple[Path, ...]:
    """The files behind dotted names of ours, and those of the packages they are in."""
    ours = [name.split(".") for name in names if name.split(".")[0] == PACKAGE]
    files = [root.joinpath(*parts).with_suffix(".py") for parts in ours]
    packages = [
        root.joinpath(*parts[:depth], "__init__.py")
        for parts in ours
        for depth in range(1, len(parts) + 1)
    ]
    return tuple(file for file in (*files, *packages) if file.exists())
