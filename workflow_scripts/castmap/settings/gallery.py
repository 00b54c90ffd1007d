"""The gallery of known people: a folder for each, named like the person, with pictures in it."""

import hashlib
import os
import unicodedata
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from castmap.files.entries import file_fault
from castmap.files.hashing import sha256_file
from castmap.formats.corrections import CorrectionError, check_name
from castmap.formats.names import one_line

SUFFIXES = (".bmp", ".jpeg", ".jpg", ".png", ".tif", ".tiff", ".webp")
LARGEST_BYTES = 64 << 20


class Picture(NamedTuple):
    """A picture of the gallery.

    Attributes:
        name: of the person.
        origin: where it lies in the gallery, as one line of text.
        path: of the file.
        fault: why it cannot be used, the end of a sentence; None if it may be.
    """

    name: str
    origin: str
    path: Path
    fault: str | None


def list_pictures(folder: Path) -> list[Picture]:
    """The pictures of a gallery, in order of the bytes of their paths.

    What is hidden and what is no folder is left out. A folder whose name nobody can have, and a
    file that is no picture by its name, too large or no file, have a fault.

    Args:
        folder: of the gallery; it need not be there.
    """
    if not folder.is_dir():
        return []
    people = [entry for entry in _entries(folder) if entry.is_dir()]
    return [picture for person in people for picture in _of_person(person)]


def hash_gallery(folder: Path) -> str | None:
    """What a gallery holds, by names and content, as hexadecimal digits; None if it holds nothing.

    Args:
        folder: of the gallery; it need not be there.
    """
    pictures = list_pictures(folder)
    if not pictures:
        return None
    digest = hashlib.sha256()
    for picture in pictures:
        content = picture.fault or sha256_file(picture.path)
        digest.update(f"{picture.name}\0{picture.origin}\0{content}\0".encode())
    return digest.hexdigest()


def _of_person(person: Path) -> Iterator[Picture]:
    name, fault = one_line(person.name), None
    try:
        name = check_name(unicodedata.normalize("NFC", person.name))
    except CorrectionError as error:
        fault = f"is in a folder whose name nobody can have ({error}); rename the folder"
    for path in _entries(person):
        if not path.is_dir():
            origin = one_line(f"{person.name}/{path.name}")
            yield Picture(name, origin, path, fault or _picture_fault(path))


def _picture_fault(path: Path) -> str | None:
    if path.suffix.lower() not in SUFFIXES:
        return f"is no picture by its name; castmap takes {', '.join(SUFFIXES)}"
    if fault := file_fault(path, "picture"):
        return fault
    if path.stat().st_size > LARGEST_BYTES:
        return f"has more than {LARGEST_BYTES >> 20} MiB; make it smaller"
    return None


def _entries(folder: Path) -> list[Path]:
    found = sorted(folder.iterdir(), key=os.fsencode)
    return [path for path in found if not path.name.startswith(".")]
