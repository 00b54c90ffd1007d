"""Pack the results that every table can be rebuilt from without a film, and track them with DVC.

One archive per film, and one of what belongs to no film. Films and face crops stay here.
Embeddings go along, and they are biometric data: docs/data.md says what to think of before.
"""

import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path, PurePosixPath

import yaml

from castmap.console import InputError, logger
from castmap.files.archives import pack
from castmap.planning.workflow import (
    LABELS,
    RESULTS,
    PlannedFile,
    check_recorded,
    check_up_to_date,
    count_files,
    find_records,
    planned_files,
)
from castmap.settings.sheet import load_sheet
from castmap.stages.process import stage, stage_parser

_TARGET = "tables_all"
_CROPS = "faces.zip"
_SCHEMA = Path("rules/schemas/movies.schema.yaml")
_NO_FILM = "corpus"


def main(argv: list[str] | None = None) -> None:
    """Check that all is up to date and committed; pack, and tell what is left to do."""
    parser = stage_parser(__doc__)
    parser.add_argument("--sheet", type=Path, default="resources/movies.tsv", help="of the films")
    parser.add_argument("--out-folder", type=Path, default="resources/published")
    with stage(parser, argv) as args:
        pointer = args.out_folder.with_suffix(".dvc")
        _check_committed(pointer)
        files, records = planned_files(_TARGET), find_records()
        check_up_to_date(files, f"run `snakemake {_TARGET} --cores 2` first")
        check_recorded(files, records)
        films = _films(files)
        _check_sheet(films, args.sheet)
        contents: dict[str, list[str]] = {name: [] for name in (*films, _NO_FILM)}
        for file in files:
            content = contents[_film_of(file.path, films)]
            if file.exists and _is_published(file.path):
                content.append(file.path)
            # Also of what is not published: a job is known by the records of all its files.
            if file.path in records:
                content.append(records[file.path].as_posix())
        for old in set(args.out_folder.glob("*.tar")) - set(_archives(args.out_folder, contents)):
            old.unlink()
        for archive, content in zip(
            _archives(args.out_folder, contents), contents.values(), strict=True
        ):
            pack(archive, content)
        _track(args.out_folder)
        size_mb = sum(path.stat().st_size for path in args.out_folder.glob("*.tar")) / 1e6
        logger.info("%s: %d films, %.1f MB", args.out_folder, len(films), size_mb)
        logger.info(
            "to share: git add %s && git commit && git push, and dvc push %s", pointer, pointer
        )


def _check_committed(pointer: Path) -> None:
    """Readers get the code and settings of a commit; so must the results be made by one."""
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
    return path.startswith((RESULTS, LABELS)) and PurePosixPath(path).name != _CROPS


def _archives(folder: Path, names: Iterable[str]) -> list[Path]:
    return [folder / f"{name}.tar" for name in names]


def _track(folder: Path) -> None:
    command = [sys.executable, "-m", "dvc", "add", "--quiet", str(folder)]
    run = subprocess.run(command, text=True, capture_output=True, check=False)
    if run.returncode:
        raise InputError(f"dvc add {folder} failed: {run.stderr.strip()}")


if __name__ == "__main__":
    main()
