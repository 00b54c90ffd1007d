"""Which room of the library may build on which: the science knows no stage and no workflow."""

import ast
from pathlib import Path

import castmap

LIBRARY = Path(castmap.__file__).parent
LAYERS = (
    ("catalogues", "compute", "console", "files", "formats", "packages", "settings", "version"),
    (
        *("adaptation", "clustering", "corrections", "demo", "embedding", "evaluation", "exports"),
        *("faces", "mining", "people", "shots", "tracks", "video"),
    ),
    ("pages", "planning"),
    ("stages",),
    ("cast_maps",),
    ("command",),
)
LAYER = {room: layer for layer, rooms in enumerate(LAYERS) for room in rooms}
MODULES = sorted(
    path for path in LIBRARY.rglob("*.py") if path.parent != LIBRARY or "__" not in path.name
)


def room_of(path):
    return path.relative_to(LIBRARY).parts[0].removesuffix(".py")


def imported(path):
    """Dotted names of what a module imports, wherever in it."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def test_a_room_builds_on_its_own_layer_and_those_below():
    upward = {
        f"{path.relative_to(LIBRARY)} imports {name}"
        for path in MODULES
        for name in imported(path)
        if name.startswith("castmap.") and LAYER[name.split(".")[1]] > LAYER[room_of(path)]
    }
    assert upward == set()


def test_only_the_command_that_starts_snakemake_knows_it():
    knowing = {
        path.relative_to(LIBRARY).as_posix()
        for path in MODULES
        for name in imported(path)
        if name.split(".")[0] == "snakemake"
    }
    assert knowing == {"command/engine.py"}
