"""Seals: size and hash of every result, by which one that is cut, changed or lost is noticed.

A stage seals what it has written, in one small file per job, named after the job's log. Planning
compares every sealed file with its seal: by size, dates and inode, and only where these differ (a
copied project, a touched file) by content, once. A result without a seal is taken as it is.
"""

import json
import os
import stat
from collections import defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from castmap.files import whole
from castmap.files.hashing import sha256_file

SEALS = Path("results/seals")
_LOGS = Path("results/logs")
# Weights, demo films and labels are DVC's, which brings others in their place.
_RESULTS = Path("results")
_SHOWN_OF_A_FOLDER = 3


class Seal(NamedTuple):
    """What a file was when it was made.

    Attributes:
        bytes: its size.
        sha256: of its content.
        seen: date of its content and of its inode, in ns, and the inode's number, when the content
            was last found to be that.
    """

    bytes: int
    sha256: str
    seen: tuple[int, int, int]


def seal_written(log: Path) -> None:
    """Seal what this process has written; the seal takes the place of the job's last one.

    Args:
        log: the job's. Without one in results/logs it is no job of the workflow, and makes no seal.
    """
    paths = sorted(path for path in whole.WRITTEN if _is_sealed(path) and path.is_file())
    whole.WRITTEN.clear()
    if log.is_relative_to(_LOGS):
        _write(_holder(log), {path.as_posix(): _seal(path) for path in paths})


def seal_files(log: Path, paths: Iterable[Path]) -> None:
    """Seal files as if a job, known by its log, had made them; its other seals stay."""
    seals = {path.as_posix(): _seal(path) for path in paths}
    _write(_holder(log), _read(_holder(log)) | seals)


def read_seals() -> dict[str, dict[Path, Seal]]:
    """All seals of each file, by the file that holds the seal.

    There is more than one if a job's log was renamed; the file may be as any of them says.
    """
    found: dict[str, dict[Path, Seal]] = defaultdict(dict)
    for holder in sorted(SEALS.rglob("*.json")):
        for path, seal in _read(holder).items():
            found[path][holder] = seal
    return found


def find_damage(remember: bool = True) -> dict[str, str]:
    """Compare every sealed file with its seal.

    Args:
        remember: whether to write the dates of files that had to be read into their seals, so that
            they need not be read again.

    Returns:
        Of each file that is not as it was made: what is wrong, as the end of a sentence.
    """
    damage: dict[str, str] = {}
    copied: defaultdict[Path, dict[str, Seal]] = defaultdict(dict)
    for path, seals in read_seals().items():
        try:
            status = Path(path).stat()
            if any(_looks_like(status, seal) for seal in seals.values()):
                continue
            fault = _fault(path, status, seals, copied)
        except FileNotFoundError:
            fault = "is gone"
        except OSError as error:
            fault = f"cannot be read ({error.strerror})"
        if fault:
            damage[path] = fault
    for holder, renewed in copied.items() if remember else ():
        _write(holder, _read(holder) | renewed)
    return damage


def unsealed(hashes: dict[str, str]) -> list[str]:
    """Which of some files have a seal and not its content; ``hashes`` are what they have today."""
    seals = read_seals()
    return [
        path
        for path, sha256 in hashes.items()
        if path in seals and sha256 not in {seal.sha256 for seal in seals[path].values()}
    ]


def describe_damage(damage: dict[str, str], end: str) -> Iterator[str]:
    """A sentence for each damaged file; of many that are gone from one folder, one for all.

    Args:
        damage: as find_damage gives it.
        end: what happens to them: made again.
    """
    gone = defaultdict(list)
    for path, fault in sorted(damage.items()):
        gone[str(Path(path).parent) if fault == "is gone" else path].append(path)
    for place, paths in sorted(gone.items()):
        if len(paths) > _SHOWN_OF_A_FOLDER:
            yield f"{len(paths)} files of {place} are gone, {paths[0]} among them; they are {end}"
        else:
            yield from (f"{path} {damage[path]}; it is {end}" for path in paths)


def _holder(log: Path) -> Path:
    return SEALS / log.relative_to(_LOGS).with_suffix(".json")


def _is_sealed(path: Path) -> bool:
    ours = (_LOGS, SEALS)
    return path.is_relative_to(_RESULTS) and not any(map(path.is_relative_to, ours))


def _seal(path: Path) -> Seal:
    status = path.stat()
    return Seal(status.st_size, sha256_file(path), _seen(status))


def _seen(status: os.stat_result) -> tuple[int, int, int]:
    return status.st_mtime_ns, status.st_ctime_ns, status.st_ino


def _looks_like(status: os.stat_result, seal: Seal) -> bool:
    return status.st_size == seal.bytes and _seen(status) == seal.seen


def _fault(path: str, status: os.stat_result, seals: dict, copied: dict) -> str | None:
    """What is wrong with a file whose dates differ; if nothing is, ``copied`` gets its seal."""
    if not stat.S_ISREG(status.st_mode):
        return "is no file"
    sizes = {seal.bytes for seal in seals.values()}
    if status.st_size not in sizes:
        return f"is damaged ({status.st_size} bytes instead of {min(sizes)})"
    sha256 = sha256_file(Path(path))
    for holder, seal in seals.items():
        if seal.sha256 == sha256:
            copied[holder][path] = seal._replace(seen=_seen(status))
            return None
    return "is damaged or was changed (its size is right, its content is not)"


def _write(holder: Path, seals: dict[str, Seal]) -> None:
    text = json.dumps({path: seal._asdict() for path, seal in seals.items()}, indent=1)
    whole.write_text(holder, text + "\n")


def _read(holder: Path) -> dict[str, Seal]:
    """The seals in a file; none if it is damaged itself: its files go unchecked till made again."""
    try:
        content = json.loads(holder.read_text(encoding="utf-8"))
        return {
            path: Seal(seal["bytes"], seal["sha256"], tuple(seal["seen"]))
            for path, seal in content.items()
        }
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return {}
