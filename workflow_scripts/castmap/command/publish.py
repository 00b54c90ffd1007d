"""Pack the results that tables can be rebuilt from, and track them with DVC.

Whoever gets them can rebuild every table without a film. There is one archive per film, and one of
what belongs to no film. Films and face crops stay here. Embeddings go along, and they are biometric
data: docs/data.md says what to consider before.

With --crate, what can be cited and shown to anybody is written instead: the cast maps, tables and
settings as an RO-Crate, without any picture or embedding of a face.

    castmap publish
    castmap publish --crate friends.zip --author "Ann Lee" --licence CC-BY-4.0
"""

import argparse
import subprocess
import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path, PurePosixPath

import yaml

from castmap.command.biometrics import find_faces
from castmap.command.crate import Credit, write_crate
from castmap.command.records import (
    LABELS,
    RESULTS,
    PlannedFile,
    check_recorded,
    check_up_to_date,
    count_files,
    find_records,
    planned_files,
)
from castmap.console import InputError
from castmap.files.archives import pack
from castmap.settings.sheet import load_sheet

_TARGET, _EVERYTHING = "tables_all", "all"
_WITH_CROPS = {"faces.zip", "known_faces.parquet", "name_evidence.parquet", "remembered.parquet"}
_SCHEMA = Path("rules/schemas/movies.schema.yaml")
_NO_FILM = "corpus"
_SPDX = "https://spdx.org/licenses/"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what `castmap publish` takes."""
    parser.add_argument("--sheet", type=Path, default="resources/movies.tsv", help="of the films")
    parser.add_argument("--out-folder", type=Path, default="resources/published")
    crate = parser.add_argument_group("a crate, instead of archives for DVC")
    crate.add_argument("--crate", type=Path, metavar="FILE.zip", help="the file to write")
    crate.add_argument(
        "--author",
        action="append",
        default=[],
        metavar="NAME",
        help='whose the cast map is, once for each author; also "Ann Lee <https://orcid.org/...>"',
    )
    crate.add_argument(
        "--licence",
        metavar="SPDX",
        help="under which others may use it: a name of SPDX's, as CC-BY-4.0, or an address",
    )


def run(args: argparse.Namespace) -> int:
    """Check that everything is up to date and committed; pack, and say what is left to do."""
    pointer = args.out_folder.with_suffix(".dvc")
    if args.crate:
        return _publish_crate(args, pointer)
    files, records = _finished(_TARGET, f"snakemake {_TARGET} --cores 2", pointer)
    films = _films(files)
    _check_sheet(films, args.sheet)
    contents = _contents(files, records, films)
    archives = {args.out_folder / f"{name}.tar": names for name, names in contents.items()}
    for old in set(args.out_folder.glob("*.tar")) - archives.keys():
        old.unlink()
    for archive, names in archives.items():
        pack(archive, names)
    _track(args.out_folder)
    size_mb = sum(path.stat().st_size for path in args.out_folder.glob("*.tar")) / 1e6
    print(f"{args.out_folder}: {len(films)} films, {size_mb:.1f} MB")
    print(f"to share: git add {pointer} && git commit && git push, and dvc push {pointer}")
    return 0


def _publish_crate(args: argparse.Namespace, pointer: Path) -> int:
    if not args.author or not args.licence:
        raise InputError(
            "a crate is to be cited: say whose it is, and how others may use it, as in "
            '--author "Ann Lee" --licence CC-BY-4.0'
        )
    files, records = _finished(_EVERYTHING, "castmap run", pointer)
    films = _films(files)
    with_faces = {path.as_posix() for film in films for path in find_faces(film).files}
    shown = [
        file.path
        for file in files
        if file.exists and file.path not in with_faces and _is_shown(file.path)
    ]
    known = [records[file.path].as_posix() for file in files if file.path in records]
    licence = args.licence if "://" in args.licence else f"{_SPDX}{args.licence}"
    write_crate(args.crate, shown, known, Credit(args.author, licence))
    print(f"{args.crate}: {len(films)} films, {len(shown)} files, no picture of a face")
    print("whoever has the same commit opens it by `castmap hydrate --crate FILE.zip`")
    return 0


def _finished(
    target: str, command: str, pointer: Path
) -> tuple[list[PlannedFile], dict[str, Path]]:
    """The files of a target and Snakemake's records, of results that can be published.

    Raises:
        InputError: what is tracked is not committed, something is to be done, or has no record.
    """
    _check_committed(pointer)
    files, records = planned_files(target), find_records()
    check_up_to_date(files, f"run `{command}` first")
    check_recorded(files, records)
    return files, records


def _contents(
    files: Iterable[PlannedFile], records: Mapping[str, Path], films: Sequence[str]
) -> dict[str, list[str]]:
    """What goes into the archive of each film, and of no film: results and records."""
    contents: dict[str, list[str]] = {name: [] for name in (*films, _NO_FILM)}
    for file in files:
        content = contents[_film_of(file.path, films)]
        if file.exists and _is_published(file.path):
            content.append(file.path)
        # Also of what is not published: a job is known by the records of all its files.
        if file.path in records:
            content.append(records[file.path].as_posix())
    return contents


def _check_committed(pointer: Path) -> None:
    """Check that the results are those of a commit: its code and settings are all readers get."""
    command = ["git", "status", "--porcelain", "--untracked-files=no", "--", ".", f":!{pointer}"]
    run = subprocess.run(command, text=True, capture_output=True, check=True)
    changes = [line[3:] for line in run.stdout.splitlines()]
    if changes:
        raise InputError(
            f"{count_files(changes)}: changed since the last commit, but whoever clones gets the "
            "last commit; commit or take back the changes"
        )


def _films(files: Iterable[PlannedFile]) -> list[str]:
    return sorted(
        PurePosixPath(file.path).parts[1]
        for file in files
        if file.rule == "probe_movie" and file.path.endswith("movie.json")
    )


def _check_sheet(films: Iterable[str], sheet: Path) -> None:
    schema = yaml.safe_load(_SCHEMA.read_text(encoding="utf-8"))
    rows = {row.movie for row in load_sheet(sheet, schema)}
    unknown = [film for film in films if film not in rows]
    if unknown:
        raise InputError(
            f"{count_files(unknown)}: a file of the film folder, of which a reader without films "
            f"knows nothing; give it a row in {sheet}"
        )


def _film_of(path: str, films: Iterable[str]) -> str:
    return next((part for part in PurePosixPath(path).parts if part in films), _NO_FILM)


def _is_published(path: str) -> bool:
    return path.startswith((RESULTS, LABELS)) and PurePosixPath(path).name not in _WITH_CROPS


def _is_shown(path: str) -> bool:
    """Whether a file is neither a page, nor embeddings, nor a network that learnt from faces."""
    return _is_published(path) and PurePosixPath(path).suffix not in (".html", ".safetensors")


def _track(folder: Path) -> None:
    command = [sys.executable, "-m", "dvc", "add", "--quiet", str(folder)]
    run = subprocess.run(command, text=True, capture_output=True, check=False)
    if run.returncode:
        raise InputError(f"dvc add {folder} failed: {run.stderr.strip()}")
