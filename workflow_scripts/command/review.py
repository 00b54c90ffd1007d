"""Look at a film's cast map and correct it: merge, split, move and name characters.

Opens the film's page from a small server on this machine. What you say there is written to
resources/corrections/MOVIE.csv and holds on every later run, also when faces are found and followed
anew. The address that is printed works once; Ctrl-C ends the review.

    castmap review heat
"""

import argparse
import asyncio
import contextlib
import sys
import webbrowser
from pathlib import Path

from aiohttp import web

from workflow_scripts.command.repository import check_known, films_of, read_config, run_snakemake
from workflow_scripts.command.review_server import Review, create_app

NAME = "review"
_LAST_LINES = 12


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what `castmap review` takes."""
    parser.add_argument("movie", metavar="MOVIE", help="the name of a film")
    parser.add_argument("--port", type=int, default=0, help="of the server; default: a free one")
    parser.add_argument("--no-browser", action="store_true", help="only print the address")
    parser.add_argument("--cores", default="all", metavar="N", help="a number, or all (default)")


def run(args: argparse.Namespace) -> int:
    """Make the film's page, serve it, and make it anew when corrections are applied."""
    films = films_of(read_config())
    check_known([args.movie], films)
    targets = [f"results/report/{args.movie}.html", f"results/exports/{args.movie}/cast_map.csv"]
    status = run_snakemake(targets, "--cores", args.cores, output=sys.stderr)
    if status:
        return status

    async def apply() -> str:
        command = [sys.executable, "-m", "snakemake", *targets, "--cores", args.cores]
        job = await asyncio.create_subprocess_exec(
            *command, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
        )
        output, _ = await job.communicate()
        lines = output.decode(errors="replace").splitlines()
        return "\n".join(lines[-_LAST_LINES:]) if job.returncode else ""

    review = Review(
        movie=args.movie,
        film=Path(films[args.movie].path),
        pages=Path("results/report"),
        exports=Path("results/exports", args.movie),
        corrections=Path("resources/corrections", f"{args.movie}.csv"),
        apply=apply,
    )
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(_serve(review, args.port, not args.no_browser))
    return 0


async def _serve(review: Review, port: int, open_browser: bool) -> None:
    runner = web.AppRunner(create_app(review), access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", port)
    await site.start()
    port = site._server.sockets[0].getsockname()[1]
    address = f"http://127.0.0.1:{port}/?token={review.token}"
    print(f"Review {review.movie} at {address} (Ctrl-C ends)", flush=True)
    if open_browser:
        webbrowser.open(address)
    try:
        await asyncio.Event().wait()
    finally:
        await runner.cleanup()
