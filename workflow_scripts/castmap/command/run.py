"""Make the cast maps of films: of the video files or folders named, or of all films.

A FILE lies anywhere on disk; of a folder, the video files in it are taken, not those in folders
below. Each becomes a film of the corpus by a link in the film folder (`movies.folder` in
config.yaml), unless it lies there or has a row in resources/movies.tsv already; nothing is copied.
The film's name is the file's, with _ for what is not a letter, a digit, - or _. What is no film is
left out, with a sentence that says why.
Then Snakemake makes what is missing or out of date of its pages and its cast map, which may include
other films: those that the adapted networks learn from and are judged on (resources/splits/). The
page of all films shows what is done. Without a FILE, all of every film is made. While that goes on,
a terminal shows how far it is and how long it still takes, a pipe gets a line every half minute;
all that Snakemake and the stages say is in a file of results/logs/, which is named if something
fails. With --verbose, Snakemake's own output is shown instead. Arguments after -- are Snakemake's
own. The exit status is Snakemake's: 0 also if a film was turned away, which its page says; 130 if
the run was stopped by Ctrl-C, 143 by a request to end. The next run goes on from there.

    castmap run                                 all films
    castmap run ~/videos/heat.mp4 -n            what there would be to do; nothing is linked
    castmap run ~/videos --cores 4              all video files in a folder
    castmap run ./-odd-.mp4 -- --resources gpu=1 --forcerun detect_shots
"""

import argparse
import os
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from castmap.command.film_pages import HOME, page_of, targets_of
from castmap.command.follow import describe_end, follow_snakemake
from castmap.command.repository import (
    corpus_of,
    films_of,
    read_config,
    run_snakemake,
)
from castmap.console import InputError, say, shown
from castmap.files.entries import file_fault
from castmap.formats.names import FILM_SUFFIXES, movie_of_file, name_with_hash
from castmap.planning.corpus import Corpus, film_lengths_s, read_movie_info
from castmap.settings.settings import Movie

_LONGEST_FILE = 255  # bytes
_DRY = {"-n", "--dry-run", "--dryrun"}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what `castmap run` takes."""
    parser.usage = (
        "castmap run [-h] [--cores N] [-n] [--verbose] [FILE ...] [-- SNAKEMAKE_ARGUMENT ...]"
    )
    parser.add_argument(
        "files", nargs="*", type=Path, metavar="FILE", help="a video file, or a folder of some"
    )
    parser.add_argument("--cores", default="all", metavar="N", help="a number, or all (default)")
    parser.add_argument("-n", "--dry-run", action="store_true", help="only say what there is to do")
    parser.add_argument("--verbose", action="store_true", help="show Snakemake's own output")


def run(args: argparse.Namespace) -> int:
    """Link the files, run Snakemake, and name the pages."""
    config = read_config(args.snakemake_arguments)
    files, skipped = choose_files(args.files)
    known = {os.path.realpath(movie.path) for movie in films_of(config).values()}
    links = plan_links(files, config["movies"]["folder"], known)
    dry = args.dry_run or not _DRY.isdisjoint(args.snakemake_arguments)
    options = ["--cores", args.cores, *["--dry-run"] * args.dry_run, *args.snakemake_arguments]
    with _linked(links) as made:
        names, turned_away = _find_films(files, corpus_of(config, open_files=True))
        _drop_links(made, turned_away)
        _say_skipped([*skipped, *turned_away.values()], nothing_left=args.files and not names)
        for link, file in made.items():
            print(f"{shown(link)} -> {shown(file)}{' (only for this dry run)' if dry else ''}")
        if not dry:
            made.clear()  # they stay, however the run ends
        films = films_of(config)
        targets = targets_of(films[name] for name in names)
        if dry or args.verbose:
            status = run_snakemake(targets, *options)
        else:
            status = _run_quietly(targets, options, films)
    if not status and not dry:
        if names:
            # What it imports takes a third of a second, which a refusal need not wait for.
            from castmap.command.home import write_home  # noqa: PLC0415

            write_home(config)
        _say_where(names)
    return status


def _run_quietly(targets: Sequence[str], options: Sequence[str], films: Mapping[str, Movie]) -> int:
    """Run Snakemake behind a live block; returns its exit status."""

    def find_lengths(names: Collection[str]) -> Mapping[str, float]:
        return film_lengths_s(films[name] for name in names if name in films)

    run = follow_snakemake(targets, *options, find_lengths=find_lengths)
    if run.log:
        for sentence in describe_end(run):
            say(sentence)
    return run.status


def choose_files(named: Iterable[Path]) -> tuple[list[Path], list[str]]:
    """The video files among what the user named, and a sentence for each that is none.

    Raises:
        InputError: something does not exist, so its name was mistyped.
    """
    files: list[Path] = []
    skipped: list[str] = []
    for path in named:
        if not os.path.lexists(path):
            raise InputError(f"{shown(path)} does not exist; correct the path")
        films, others = _files_of_folder(path) if path.is_dir() else ([path], [])
        skipped += others
        for file in films:
            if reason := _why_no_film(file):
                skipped.append(f"{shown(file)} {reason}")
            else:
                files.append(file)
    return files, skipped


def _files_of_folder(folder: Path) -> tuple[list[Path], list[str]]:
    """The files that can be films by their names, and a sentence if there are none."""
    try:
        entries = sorted(folder.iterdir(), key=os.fsencode)
    except OSError as error:
        return [], [f"{shown(folder)} cannot be read: {error.strerror}"]
    films = [path for path in entries if movie_of_file(path.name) and not _is_hidden(path)]
    if films:
        return films, []
    return [], [f"{shown(folder)} has no video file; those in folders below are not taken"]


def _is_hidden(path: Path) -> bool:
    return path.name.startswith(".")


def _why_no_film(file: Path) -> str | None:
    if movie_of_file(file.name) is None:
        return f"is no video file by its name; castmap takes {', '.join(FILM_SUFFIXES)}"
    if _is_hidden(file):
        return "is hidden, or macOS's notes about a file; to have it analysed, rename it"
    return file_fault(file)


def plan_links(files: Iterable[Path], folder: str | None, known: Collection[str]) -> dict:
    """Which links make films of the files that are none yet.

    Args:
        files: video files.
        folder: the film folder.
        known: the real paths of the films there are.

    Returns:
        Of each new link in the film folder, the file it leads to. A link has the file's name, with
        a hash of the file's path if another file has that name.

    Raises:
        InputError: there is no film folder.
    """
    links: dict[Path, Path] = {}
    known = set(known)
    for file in files:
        real = os.path.realpath(file)
        if real in known:
            continue
        known.add(real)
        if folder is None:
            raise InputError(
                f"config.yaml: movies.folder is null, so there is no place for {shown(file)}; name "
                "a folder, or give the film a row in the sheet"
            )
        link = Path(folder, file.name)
        if os.path.lexists(link) or link in links:
            stem = name_with_hash(file.stem, real, longest=_LONGEST_FILE - len(file.suffix))
            link = Path(folder, stem + file.suffix)
        links[link] = file.absolute()
    return links


def _find_films(files: Iterable[Path], corpus: Corpus) -> tuple[list[str], dict[Path, str]]:
    """The names of the files' films, and of each file that is none, why."""
    films = {os.path.realpath(movie.path): movie.movie for movie in corpus.movies}
    faults = {os.path.realpath(movie.path): why for movie, why in corpus.turned_away.items()}
    real = {file: os.path.realpath(file) for file in files}
    names = [films[path] for path in real.values() if path in films]
    turned_away = {
        file: f"{shown(file)} {faults[path]}" for file, path in real.items() if path in faults
    }
    return list(dict.fromkeys(names)), turned_away


def _drop_links(links: dict[Path, Path], turned_away: Iterable[Path]) -> None:
    """No link stays to what is no film."""
    unwanted = {file.absolute() for file in turned_away}
    for link in [link for link, file in links.items() if file in unwanted]:
        link.unlink()
        del links[link]


def _say_skipped(sentences: Sequence[str], nothing_left: bool) -> None:
    if nothing_left:
        more = f"; {len(sentences) - 1} more are no films either" if len(sentences) > 1 else ""
        raise InputError(f"{sentences[0]}{more}")
    for sentence in sentences:
        say(f"left out: {sentence}")


@contextmanager
def _linked(links: Mapping[Path, Path]) -> Iterator[dict[Path, Path]]:
    """Make the links; those that are still listed at the end are taken back."""
    made: dict[Path, Path] = {}
    try:
        for link, file in links.items():
            _make_link(link, file)
            made[link] = file
        yield made
    finally:
        for link in made:
            link.unlink(missing_ok=True)


def _make_link(link: Path, file: Path) -> None:
    try:
        link.parent.mkdir(parents=True, exist_ok=True)
        link.symlink_to(file)
    except OSError as error:
        raise InputError(
            f"{link} cannot be made a link to {shown(file)} ({error.strerror}); see what is in its "
            "way, or give the film a row in the sheet"
        ) from error


def _say_where(names: Sequence[str]) -> None:
    """Name the pages to open, and what was turned away; a run may have been told to make none."""
    if not names and HOME.exists():
        print(f"Open {HOME}")
    for name in names:
        info = read_movie_info(name) or {}
        if info.get("status") == "rejected":
            print(f"{name} was turned away: {shown(info['reason'])}")
        elif Path(page_of(name)).exists():
            print(f"Open {page_of(name)}; tables for other tools are in results/exports/{name}/")
