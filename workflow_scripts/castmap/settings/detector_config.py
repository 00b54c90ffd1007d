"""The files that an mmdet config is made of, found without running it."""

import ast
from collections.abc import Iterator
from pathlib import Path

OWN_DETECTOR = "centerface"


def detector_files(path: str) -> list[str]:
    """A config and the configs that it builds on, in this order.

    Bases are followed as mmengine writes them: ``_base_ = ["../base.py"]``, and imports below
    ``with read_base():``. Those inside installed packages (``mmdet::...``) are left out: the lock
    says which they are. Of a config that is not Python only itself is listed.

    Raises:
        ValueError: one is missing or is not Python; the text continues a sentence on ``path``.
    """
    found: dict[str, None] = {}
    waiting = [Path(path)]
    while waiting:
        file = waiting.pop(0)
        if str(file) in found:
            continue
        if not file.is_file():
            builds_on = f"which builds on {file}, " if found else ""
            raise ValueError(f"{builds_on}which is no file")
        found[str(file)] = None
        if file.suffix == ".py":
            waiting += [file.parent / base for base in _bases(file)]
    return list(found)


def _bases(file: Path) -> Iterator[str]:
    """Paths relative to the file."""
    try:
        tree = ast.parse(file.read_text(encoding="utf-8"))
    except (SyntaxError, ValueError) as error:
        number = error.lineno if isinstance(error, SyntaxError) else None
        line = f", line {number}" if number else ""
        raise ValueError(f"but {file}{line} is not Python ({error.args[0]})") from error
    for node in tree.body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "_base_":
            texts = [part.value for part in ast.walk(node.value) if isinstance(part, ast.Constant)]
            yield from (text for text in texts if isinstance(text, str) and "::" not in text)
        if isinstance(node, ast.With):
            yield from _imported(node)


def _imported(block: ast.With) -> Iterator[str]:
    """Modules that a ``with read_base():`` block imports from beside the file."""
    for node in ast.walk(block):
        if isinstance(node, ast.ImportFrom) and node.level and node.module:
            yield "../" * (node.level - 1) + node.module.replace(".", "/") + ".py"
