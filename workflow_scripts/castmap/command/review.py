"""Look at a film's cast map and correct it: merge, split, move and name characters.

Opens the film's page from a small server on this machine. What you say there is written to
resources/corrections/MOVIE.csv and holds on every later run, also when faces are detected and
tracked again. The address that is printed works once; Ctrl-C ends the review.

    castmap review heat
"""

import argparse
import asyncio
import contextlib
import os
import sys
import webbrowser
from collections.abc import Callable
from functools import partial
from pathlib import Path

from castmap.command.film_pages import HOME, targets_of
from castmap.command.repository import (
    check_known,
    films_of,
    read_config,
    run_snakemake,
    typed_name,
)
from castmap.console import InputError
from castmap.planning.runs import check_idle

_LAST_LINES = 12
_SAVED = "your corrections are saved: apply them afterwards, or the next run does"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what `castmap review` takes."""
    parser.add_argument("movie", type=typed_name, metavar="MOVIE", help="the name of a film")
    parser.add_argument("--port", type=int, default=0, help="of the server; default: a free one")
    parser.add_argument("--no-browser", action="store_true", help="only print the address")
    parser.add_argument("--cores", default="all", metavar="N", help="a number, or all (default)")


def run(args: argparse.Namespace) -> int:
    """Make the film's page, serve it, and make it again when corrections are applied."""
    # What they import takes a second, which the other subcommands need not wait for.
    from castmap.command import home, review_server  # noqa: PLC0415

    config = read_config()
    films = films_of(config)
    check_known([args.movie], films)
    taken = review_server.open_port(args.port)
    targets = targets_of([films[args.movie]])
    status = run_snakemake(targets, "--cores", args.cores, output=sys.stderr)
    if status:
        return status
    home.write_home(config)

    def opened(address: str) -> None:
        print(f"Review {args.movie} at {address} (Ctrl-C ends)", flush=True)
        if not args.no_browser:
            webbrowser.open(address)

    review = review_server.Review(
        movie=args.movie,
        film=Path(films[args.movie].path),
        pages=HOME.parent,
        exports=Path("results/exports", args.movie),
        corrections=Path("resources/corrections", f"{args.movie}.csv"),
        apply=partial(make, targets, args.cores, partial(home.write_home, config)),
    )
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(review_server.serve(review, taken, opened))
    return 0


async def make(targets: list[str], cores: str, write_home: Callable[[], None]) -> str:
    """Make a film's files; returns the last that Snakemake said if it failed, else nothing."""
    try:
        await asyncio.to_thread(check_idle)
    except InputError as error:
        return f"{error}; {_SAVED}"
    job = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "snakemake",
        *targets,
        "--cores",
        cores,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        env={"PYTHONHASHSEED": "0", **os.environ},
    )
    output, _ = await job.communicate()
    if job.returncode:
        return "\n".join(output.decode(errors="replace").splitlines()[-_LAST_LINES:])
    await asyncio.to_thread(write_home)
    return ""
