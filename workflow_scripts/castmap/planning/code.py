"""Which files a stage is made of: its results are out of date when one of them changes."""

import ast
import hashlib
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path

from castmap.files.hashing import sha256_file

_hash = cache(sha256_file)


def stage_code(script: Path, *members: Path) -> list[Path]:
    """A stage's script, and every module and data file of castmap's that it uses, directly or not.

    Imports are read from the syntax tree, so nothing is imported here. A package's files that are
    not Python (templates, network configs) count as used by each of its modules.

    Args:
        script: the file of a stage. What lies in its folder is castmap's.
        members: further modules that the stage is told to import; they may be of other packages.

    Returns:
        Paths relative to the script's folder if they lie in it, sorted.

    Raises:
        FileNotFoundError: there is no such stage.
    """
    if not script.exists():
        raise FileNotFoundError(f"{script}: every rule has a script of the same name")
    # One file has one path: a project may be reached by a link, and a member by none.
    script, members = script.resolve(), tuple(path.resolve() for path in members)
    folder = script.parent
    seen: set[Path] = set()
    waiting = [script, *members]
    while waiting:
        path = waiting.pop()
        if path in seen:
            continue
        seen.add(path)
        waiting += _imported(path, folder)
    ours = {path for path in seen if path.is_relative_to(folder)}
    data = {file for path in ours if path.parent != folder for file in _data(path.parent)}
    return sorted([path.relative_to(folder) for path in ours | data] + list(seen - ours))


def hash_code(script: Path, *members: Path) -> str:
    """SHA-256, in hexadecimal, of the names and the contents of the files of stage_code."""
    files = stage_code(script, *members)
    # Where another package lies is the machine's business.
    names = (file.name if file.is_absolute() else file.as_posix() for file in files)
    lines = (
        f"{_hash(script.parent / file)}  {name}\n" for file, name in zip(files, names, strict=True)
    )
    return hashlib.sha256("".join(lines).encode()).hexdigest()


@cache
def _data(folder: Path) -> tuple[Path, ...]:
    """The files of a package that are not Python; those of packages in it are theirs."""
    files = (path for path in folder.rglob("*") if path.is_file())
    data = (path for path in files if path.suffix not in (".py", ".pyc"))
    return tuple(path for path in data if _package(path) == folder)


def _package(path: Path) -> Path:
    """The innermost package that a file lies in; its folder if it lies in none."""
    return next((up for up in path.parents if (up / "__init__.py").exists()), path.parent)


@cache
def _first_names(folder: Path) -> set[str]:
    """What a dotted name begins with that leads to a file in this folder."""
    return {path.stem for path in folder.iterdir()}


@cache
def _imported(path: Path, folder: Path) -> tuple[Path, ...]:
    names = []
    for node in _statements(ast.parse(path.read_text(encoding="utf-8")).body):
        if isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            names += [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
    return _files_of(names, folder)


def _statements(nodes: Iterable[ast.AST]) -> Iterator[ast.AST]:
    """All statements, however deep: most of a syntax tree is expressions, which import nothing."""
    for node in nodes:
        yield node
        for block in ("body", "handlers", "orelse", "finalbody", "cases"):
            yield from _statements(getattr(node, block, ()))


def _files_of(names: Iterable[str], folder: Path) -> tuple[Path, ...]:
    """The files behind dotted names of castmap's, and those of the packages they are in."""
    parts = [own for name in names if (own := name.split("."))[0] in _first_names(folder)]
    files = [folder.joinpath(*own).with_suffix(".py") for own in parts]
    packages = [
        folder.joinpath(*own[:depth], "__init__.py")
        for own in parts
        for depth in range(1, len(own) + 1)
    ]
    return tuple(file for file in (*files, *packages) if file.exists())
