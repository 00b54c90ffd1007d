"""Whether a file can be a film, by its header alone: quick, but decoding may still reject it."""

from collections.abc import Iterable
from pathlib import Path

import av
import av.error
from av.container import InputContainer

from castmap.video.decoding import open_film
from castmap.video.probing import NotAFilmError, choose_stream


def open_or_reject(film: str | Path) -> InputContainer:
    """Open a film; use it in a ``with`` block.

    Raises:
        NotAFilmError: it is none.
    """
    try:
        return open_film(film)
    except av.error.FFmpegError as error:
        raise NotAFilmError(
            f"is not a video file, or its beginning or index is damaged: {error.strerror}"
        ) from error


def header_faults(paths: Iterable[str]) -> list[str | None]:
    """Of each file, why it is no film, as far as its header tells; None of what may be one."""
    return [_header_fault(path) for path in paths]


def header_length_s(path: str) -> float | None:
    """How long a film lasts by its header, which may err; None if it does not say."""
    try:
        with open_or_reject(path) as container:
            return container.duration / av.time_base if container.duration else None
    except NotAFilmError:
        return None


def _header_fault(path: str) -> str | None:
    try:
        with open_or_reject(path) as container:
            choose_stream(container)
    except NotAFilmError as error:
        return str(error)
    return None
