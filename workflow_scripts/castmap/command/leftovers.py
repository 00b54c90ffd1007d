"""Where else the bytes of deleted files may be, each with what to do about it."""

import subprocess
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from castmap.console import shown


def size_of(path: Path) -> str:
    """How large a file is, or where a link leads, in words."""
    if path.is_symlink():
        return f"a link to {shown(path.readlink())}"
    return f"{path.stat().st_size / 1e3:.0f} kB"


def behind_links(paths: Iterable[Path]) -> Iterator[str]:
    """What links lead to that are to be deleted."""
    for link in (path for path in paths if path.is_symlink()):
        target = shown(link.resolve())
        yield f"{target}: what the deleted link {shown(link)} led to. Judge it yourself"


def second_names(paths: Iterable[Path]) -> Iterator[str]:
    """That files which are to be deleted have a second name on the disk."""
    shared = [path for path in paths if not path.is_symlink() and path.stat().st_nlink > 1]
    if shared:
        yield (
            f"{len(shared)} of the deleted files, among them {shown(shared[0])}, had a second "
            "name on this disk (hard links: DVC's cache, a copy). `dvc gc --workspace` empties the "
            "cache of what no .dvc file names any more"
        )


def in_git(paths: Iterable[Path], *places: str) -> Iterator[str]:
    """That git's history has files which are to be deleted or changed.

    Args:
        paths: the files.
        places: folders that they are in.
    """
    if tracked := _known_to_git(list(paths), places):
        yield (
            f"git's history has {' '.join(tracked)}. `git rm` them; `git filter-repo` takes them "
            "out of the history"
        )


def _known_to_git(paths: Sequence[Path], places: Sequence[str]) -> list[str]:
    command = ["git", "ls-files", "-z", "--", *places]
    try:
        listed = subprocess.run(command, capture_output=True, check=False).stdout
    except OSError:
        return []
    known = set(listed.decode("utf-8", "surrogateescape").split("\0"))
    return sorted(shown(path) for path in paths if str(path) in known)
