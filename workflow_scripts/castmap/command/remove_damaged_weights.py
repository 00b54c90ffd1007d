"""Remove pretrained weights that are not, bit for bit, what they should be.

The next run makes them again; `make weights` removes them and makes them at once.

    castmap remove-damaged-weights
"""

import argparse
from pathlib import Path

import yaml

from castmap.console import say
from castmap.files.hashing import sha256_file
from castmap.packages.weights import damaged_weights, pins_of_packages


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what `castmap remove-damaged-weights` takes."""
    parser.add_argument("--pinned", type=Path, default="resources/pinned_files.yaml")
    parser.add_argument("--folder", type=Path, default="resources/weights")


def run(args: argparse.Namespace) -> int:
    """Look at every file of weights that is there."""
    pins = pins_of_packages(yaml.safe_load(args.pinned.read_text(encoding="utf-8")))
    damaged = damaged_weights(args.folder)
    for name, pin in pins.items():
        path = args.folder / "original" / name
        if path.exists() and sha256_file(path) != pin.sha256:
            damaged.append(path)
    for path in damaged:
        path.unlink()
        say(f"{path} was damaged, or tampered with; removed")
    return 0
