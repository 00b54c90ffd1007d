"""Who appears where in movies: shots, faces, tracks and characters, without labels.

Run it inside a castmap repository. It calls Snakemake, which stays the way to do what is not here:
settings are in config.yaml, films with a title or labels have a row in resources/movies.tsv, and
clusters are described in docs/cluster.md.

    castmap doctor                      is all here that castmap needs?
    castmap run ~/videos/heat.mp4       who appears where in heat.mp4?
    castmap review heat                 look at it, and correct it
    castmap export heat                 the same as tables, for other tools
    castmap forget heat                 delete the faces of heat
"""

import argparse
import os
import signal
import sys
from pathlib import Path
from types import ModuleType

try:
    from castmap.command import doctor, export, forget, review, run
    from castmap.command.repository import check_repository
    from castmap.console import InputError
    from castmap.settings.settings import SettingsError
except ModuleNotFoundError as error:
    sys.exit(
        f"castmap: {error} in {sys.executable}; activate the environment (`source "
        ".venv/bin/activate`), or install it by `python envs/install.py`"
    )

SUBCOMMANDS: tuple[ModuleType, ...] = (run, review, export, doctor, forget)


def main(argv: list[str] | None = None) -> int:
    """Run one subcommand; the exit status is its own, 1 if the input is at fault."""
    signal.signal(signal.SIGINT, signal.default_int_handler)
    ours, theirs = _part(sys.argv[1:] if argv is None else argv)
    args = _parser().parse_args(ours)
    args.snakemake_arguments = theirs
    try:
        check_repository()
        return args.run(args)
    except (InputError, SettingsError) as error:
        print(f"castmap: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 128 + signal.SIGINT


def installed() -> int:
    """What the installed command does: run the code of the repository that it is called in.

    The package may be installed from one clone and be called in another.
    """
    package = Path("workflow_scripts", "command")
    if package.is_dir() and package.resolve() != Path(__file__).resolve().parent:
        module = [sys.executable, "-m", "castmap.command"]
        os.execv(sys.executable, [*module, *sys.argv[1:]])
    return main()


def _part(argv: list[str]) -> tuple[list[str], list[str]]:
    """The arguments of `run` before and after ``--``: the latter are Snakemake's."""
    if argv[:1] != [run.NAME] or "--" not in argv:
        return argv, []
    at = argv.index("--")
    return argv[:at], argv[at + 1 :]


def _parser() -> argparse.ArgumentParser:
    layout = {"formatter_class": argparse.RawDescriptionHelpFormatter}
    parser = argparse.ArgumentParser("castmap", description=__doc__, **layout)
    subparsers = parser.add_subparsers(metavar="SUBCOMMAND", required=True)
    for module in SUBCOMMANDS:
        summary = module.__doc__.partition("\n")[0]
        subparser = subparsers.add_parser(
            module.NAME, help=summary, description=module.__doc__, **layout
        )
        module.add_arguments(subparser)
        subparser.set_defaults(run=module.run)
    return parser


if __name__ == "__main__":
    sys.exit(main())
