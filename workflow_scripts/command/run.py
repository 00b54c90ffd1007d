"""Make the cast maps of films: of the video files named, or of all films.

A FILE lies anywhere on disk. It becomes a film of the corpus by a link in the film folder
(`movies.folder` in config.yaml), unless it lies there or has a row in resources/movies.tsv already;
nothing is copied. Its name, with _ for what is not a letter, digit, - or _, is the film's name.
Then Snakemake makes what is missing or out of date of its page and its cast map, which may include
other films: those that the adapted networks learn from and are judged on (resources/splits/).
Without a FILE, all of every film is made. Arguments after -- are Snakemake's own. The exit status
is Snakemake's: 0 also if a file was turned away because it is no film, which its page says; 130 if
the run was stopped by Ctrl-C, 143 by a request to end. The next run goes on from there.

    castmap run                                 all films
    castmap run ~/videos/heat.mp4 -n            what there would be to do; nothing is linked
    castmap run ~/videos/*.mkv --cores 4
    castmap run ./-odd-.mp4 -- --resources gpu=1 --forcerun detect_shots
"""

import argparse
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from workflow_scripts.command.repository import films_of, read_config, run_snakemake, shown
from workflow_scripts.formats.settings import FILM_SUFFIXES, Movie, movie_of_file
from workflow_scripts.stagekit.console import InputError
from workflow_scripts.stagekit.corpus import read_movie_info

NAME = "run"
_CORPUS_PAGE = "results/report/index.html"
# File names may have 255 bytes, of which temporary files and pages take some.
_LONGEST_NAME = 150
# Snakemake refuses such a name, for it may come from a loop.
_PERIODIC = re.compile(r"(.+)\1{19}$")
_DRY = {"-n", "--dry-run", "--dryrun"}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what `castmap run` takes."""
    parser.usage = "castmap run [-h] [--cores N] [-n] [FILE ...] [-- SNAKEMAKE_ARGUMENT ...]"
    parser.add_argument("files", nargs="*", type=Path, metavar="FILE", help="a video file")
    parser.add_argument("--cores", default="all", metavar="N", help="a number, or all (default)")
    parser.add_argument("-n", "--dry-run", action="store_true", help="only say what there is to do")


def run(args: argparse.Namespace) -> int:
    """Link the files, run Snakemake, and say where to look."""
    config = read_config(args.snakemake_arguments)
    names, links = plan_films(args.files, config["movies"]["folder"], films_of(config))
    dry = args.dry_run or not _DRY.isdisjoint(args.snakemake_arguments)
    options = ["--cores", args.cores, *["--dry-run"] * args.dry_run, *args.snakemake_arguments]
    with _linked(links, for_good=not dry):
        status = run_snakemake(_targets(names), *options)
    if not status and not dry:
        _say_where(names)
    return status


def plan_films(
    files: Sequence[Path], folder: str | None, movies: Mapping[str, Movie]
) -> tuple[list[str], dict[Path, Path]]:
    """Which films the files are, and which links make films of those that are none yet.

    Args:
        files: as the user named them.
        folder: the film folder.
        movies: the films there are, by name.

    Returns:
        The names of the films, and of each new link in the film folder the file it leads to.

    Raises:
        InputError: a file is missing, no video, or would have another film's name.
    """
    owners = {name.casefold(): movie.path for name, movie in movies.items()}
    known = {os.path.realpath(movie.path): name for name, movie in movies.items()}
    links: dict[Path, Path] = {}
    for file in files:
        real = os.path.realpath(file)
        if real in known:
            continue
        movie = _name_of(file)
        if folder is None:
            raise InputError(
                f"config.yaml: movies.folder is null, so there is no place for {shown(file)}; name "
                "a folder, or give the film a row in the sheet"
            )
        if movie.casefold() in owners:
            raise InputError(_clash(file, movie, owners[movie.casefold()]))
        owners[movie.casefold()] = str(file)
        known[real] = movie
        links[Path(folder, movie + file.suffix.lower())] = file.absolute()
    return list(dict.fromkeys(known[os.path.realpath(file)] for file in files)), links


def _name_of(file: Path) -> str:
    """The name of the film that a file becomes."""
    if not file.exists():
        raise InputError(f"{shown(file)} does not exist; correct the path")
    if not file.is_file():
        raise InputError(f"{shown(file)} is no file; name the video files themselves")
    movie = movie_of_file(file.name)
    if movie is None:
        raise InputError(
            f"{shown(file)} is no video file by its name; castmap takes {', '.join(FILM_SUFFIXES)}"
        )
    if len(movie) > _LONGEST_NAME or _PERIODIC.search(movie):
        raise InputError(
            f"{shown(file)}: a film's name may have {_LONGEST_NAME} characters, and not the same "
            "ones 20 times at its end; rename the file"
        )
    return movie


def _clash(file: Path, movie: str, owner: str) -> str:
    start = f"{shown(file)}: its name becomes {movie}, which {shown(owner)} has already"
    if Path(owner).is_symlink() and not Path(owner).exists():
        return f"{start}, a link to a file that is gone; remove that link"
    return f"{start}; rename one of the two"


@contextmanager
def _linked(links: Mapping[Path, Path], for_good: bool) -> Iterator[None]:
    """Make the links; take them back if one cannot be made, and after a dry run."""
    made: list[Path] = []
    keep = False
    try:
        for link, file in links.items():
            _make_link(link, file)
            made.append(link)
            print(f"{link} -> {shown(file)}{'' if for_good else ' (only for this dry run)'}")
        keep = for_good
        yield
    finally:
        for link in made * (not keep):
            link.unlink()


def _make_link(link: Path, file: Path) -> None:
    try:
        link.parent.mkdir(parents=True, exist_ok=True)
        link.symlink_to(file)
    except OSError as error:
        raise InputError(
            f"{link} cannot be made a link to {shown(file)} ({error.strerror}); see what is in its "
            "way, or give the film a row in the sheet"
        ) from error


def _targets(names: Sequence[str]) -> list[str]:
    return [
        path for name in names for path in (_page(name), f"results/exports/{name}/cast_map.csv")
    ]


def _page(name: str) -> str:
    return f"results/report/{name}.html"


def _say_where(names: Sequence[str]) -> None:
    """Name the pages to open, and what was turned away; a run may have been told to make none."""
    if not names and Path(_CORPUS_PAGE).exists():
        print(f"Open {_CORPUS_PAGE}")
    for name in names:
        info = read_movie_info(name) or {}
        if info.get("status") == "rejected":
            print(f"{name} was turned away: {shown(info['reason'])}")
        elif Path(_page(name)).exists():
            print(f"Open {_page(name)}; tables for other tools are in results/exports/{name}/")
