"""Files that other programs wrote: their bytes and their text, or a sentence on why not."""

import re
from pathlib import Path

from castmap.console import InputError, shown


def read_foreign(path: Path, most_bytes: int) -> bytes:
    """The content of a file that another program wrote.

    Raises:
        InputError: it is no ordinary file, cannot be read, or is larger than any such file.
    """
    try:
        size = path.stat().st_size
        if not path.is_file():
            raise InputError(
                f"{shown(path)}: not a file; give the file that the other program wrote"
            )
        if size > most_bytes:
            raise InputError(
                f"{shown(path)}: {size / 2**30:.1f} GiB, of which castmap reads at most "
                f"{most_bytes / 2**30:.4g}; is this the right file?"
            )
        return path.read_bytes()
    except OSError as error:
        raise InputError(f"{shown(path)}: cannot be read: {error.strerror}") from error


def decode_foreign(content: bytes) -> str:
    """The text of a file: Unicode, or as its XML declaration says.

    Raises:
        ValueError: it is no text.
    """
    if content.startswith(b"PK\x03\x04"):
        raise ValueError("a ZIP archive; unpack it, and give the file inside")
    declared = re.match(rb"<\?xml[^>]{0,80}encoding=[\"']([\w.-]+)[\"']", content)
    encoding = declared[1].decode() if declared else "utf-8-sig"
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        encoding = "utf-16"
    try:
        text = content.decode(encoding)
    except LookupError as error:
        raise ValueError(f"the encoding {encoding!r} is unknown") from error
    except UnicodeDecodeError as error:
        raise ValueError(f"no text: byte {error.start + 1} is not {encoding}") from error
    if "\0" in text:
        raise ValueError("no text: it holds zero bytes")
    return text.removeprefix("\ufeff")
