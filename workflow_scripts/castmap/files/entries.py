"""What lies where a film should be. Nothing is opened: a pipe would wait indefinitely."""

import errno
import os
import stat
from pathlib import Path

_KINDS = {
    stat.S_IFIFO: "a pipe",
    stat.S_IFSOCK: "a socket",
    stat.S_IFCHR: "a device",
    stat.S_IFBLK: "a device",
}


def file_fault(path: Path, wanted: str = "video file") -> str | None:
    """Why there is no file that can be read: the end of a sentence that begins with its name.

    Args:
        path: where it should be.
        wanted: what it should be.
    """
    try:
        info = path.stat()
    except OSError as error:
        return _unreachable(path, error)
    kind = stat.S_IFMT(info.st_mode)
    if kind == stat.S_IFDIR:
        return f"is a folder, not a {wanted}"
    if kind != stat.S_IFREG:
        return f"is {_KINDS.get(kind, 'something else')}, not a {wanted}"
    if info.st_size == 0:
        return "is empty (0 bytes): it may not have finished copying"
    if not os.access(path, os.R_OK):
        return f"cannot be read: {os.strerror(errno.EACCES)}"
    return None


def _unreachable(path: Path, error: OSError) -> str:
    if error.errno == errno.ELOOP:
        return "is a link that leads to itself"
    if not isinstance(error, FileNotFoundError):
        return f"cannot be read: {error.strerror}"
    if path.is_symlink():
        return f"is a link to {path.readlink()}, which is not there: is its disk mounted?"
    return "does not exist"
