"""Files of work in progress, which end with the SHA-256 of their content: damage is noticed."""

import hashlib
from pathlib import Path

from castmap.console import logger
from castmap.files.whole import replacing

EVERY_S = 60.0  # how often work in progress is kept
_SHA256_BYTES = 32


def write_sealed(path: Path, content: bytes) -> None:
    """Write a file, whole or not at all, that ends with the SHA-256 of its content."""
    with replacing(path) as partial:
        partial.write_bytes(content + hashlib.sha256(content).digest())


def read_sealed(path: Path) -> bytes | None:
    """The content of such a file; None if it is not there, or is not as it was written."""
    if not path.is_file():
        return None
    sealed = path.read_bytes()
    content, seal = sealed[:-_SHA256_BYTES], sealed[-_SHA256_BYTES:]
    if hashlib.sha256(content).digest() != seal:
        logger.warning("%s is damaged; what it held is done again", path)
        return None
    return content
