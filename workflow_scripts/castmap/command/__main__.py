"""Who appears where in movies: shots, faces, tracks and characters, without labels.

Run it inside a castmap repository. It is a front of Snakemake, which does everything else: settings
are in config.yaml, films with a title or labels have a row in resources/movies.tsv, and
docs/cluster.md describes clusters.

    castmap doctor                      does this machine have what castmap needs?
    castmap run ~/videos/heat.mp4       who appears where in heat.mp4?
    castmap review heat                 check it and correct it
    castmap import-corrections heat.eaf what was corrected in ELAN, CVAT, VIA or a spreadsheet
    castmap compare before results      what has changed since a copy of results?
    castmap find ann.jpg                in which films is the person in this picture?
    castmap export heat                 the same as tables, for other tools
    castmap clips heat Ann              cut Ann's appearances out of heat
    castmap forget heat                 delete the faces of heat
"""

import argparse
import ast
import os
import signal
import sys
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

_NO_ENVIRONMENT = (
    "castmap: {} in {}; activate the environment (`source .venv/bin/activate`), or install it by "
    "`python envs/install.py`"
)
try:
    from castmap.console import InputError, say, shown
    from castmap.settings.settings import SettingsError
    from castmap.version import VERSION
except ModuleNotFoundError as error:
    sys.exit(_NO_ENVIRONMENT.format(error, sys.executable))

FOR_EVERYBODY = ("run", "review", "compare", "find", "export", "clips", "doctor", "forget")
FOR_MAINTAINERS = (
    "import-corrections",
    "import-labels",
    "publish",
    "hydrate",
    "check-provenance",
    "check-tables",
    "summarise-tables",
    "remove-damaged-weights",
)
_HERE = Path(__file__).resolve().parent


def main(argv: list[str] | None = None) -> int:
    """Run one subcommand; the exit status is its own, 1 if the input is at fault."""
    signal.signal(signal.SIGINT, signal.default_int_handler)
    ours, theirs = _part(sys.argv[1:] if argv is None else argv)
    args = _parser(ours[:1]).parse_args(ours)
    args.snakemake_arguments = theirs
    try:
        _check_repository()
        return args.run(args)
    except (InputError, SettingsError) as error:
        say(str(error))
        return 1
    except KeyboardInterrupt:
        return 128 + signal.SIGINT


def installed() -> int:
    """Run the code of the repository that the command is called in.

    The package may be installed from one clone and be called in another. What the command starts
    finds the same code: Snakemake, and through it the stages.
    """
    scripts = Path("workflow_scripts").absolute()
    package = scripts / "castmap" / "command"
    if package.is_dir() and package.resolve() != _HERE:
        search_path = [str(scripts), *os.environ.get("PYTHONPATH", "").split(os.pathsep)]
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, search_path))}
        command = [sys.executable, "-m", "castmap.command", *sys.argv[1:]]
        os.execve(sys.executable, command, environment)
    return main()


def _check_repository() -> None:
    """Check that the current folder is a castmap repository.

    Raises:
        InputError: it is none.
    """
    if not Path("Snakefile").is_file() or not Path("workflow_scripts").is_dir():
        raise InputError(
            f"{shown(Path.cwd())} is no castmap repository (it has no Snakefile); change into the "
            "folder that you cloned castmap to"
        )


def _part(argv: list[str]) -> tuple[list[str], list[str]]:
    """The arguments of `run` before and after ``--``: the latter are Snakemake's."""
    if argv[:1] != ["run"] or "--" not in argv:
        return argv, []
    at = argv.index("--")
    return argv[:at], argv[at + 1 :]


def _parser(called: Sequence[str]) -> argparse.ArgumentParser:
    """A parser that knows the names of all subcommands, and the arguments of the one called."""
    layout: dict[str, Any] = {"formatter_class": argparse.RawDescriptionHelpFormatter}
    width = max(map(len, FOR_MAINTAINERS)) + 2
    others = [f"  {name:{width}}{_summary(name)}" for name in FOR_MAINTAINERS]
    epilog = "\n".join(["to label, correct elsewhere, publish and maintain:", *others])
    parser = argparse.ArgumentParser("castmap", description=__doc__, epilog=epilog, **layout)
    parser.add_argument("--version", action="version", version=f"castmap {VERSION}")
    subparsers = parser.add_subparsers(title="subcommands", metavar="SUBCOMMAND", required=True)
    for name in (*FOR_EVERYBODY, *FOR_MAINTAINERS):
        listed: dict[str, Any] = {"help": _summary(name)} if name in FOR_EVERYBODY else {}
        module = load(name) if name in called else None
        subparser = subparsers.add_parser(
            name, **listed, description=module.__doc__ if module else None, **layout
        )
        if module:
            module.add_arguments(subparser)
            subparser.set_defaults(run=module.run)
    return parser


def load(name: str) -> ModuleType:
    """The module of a subcommand; the process ends with a sentence if a package is missing."""
    try:
        return import_module(f"castmap.command.{_module(name)}")
    except ModuleNotFoundError as error:
        sys.exit(_NO_ENVIRONMENT.format(error, sys.executable))


def _summary(name: str) -> str:
    """The first line of a module's docstring; read, for importing it may take seconds."""
    source = _HERE.joinpath(f"{_module(name)}.py").read_text(encoding="utf-8")
    return (ast.get_docstring(ast.parse(source)) or "").partition("\n")[0]


def _module(name: str) -> str:
    return name.replace("-", "_")


if __name__ == "__main__":
    sys.exit(installed())
